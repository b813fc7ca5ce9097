/* SPDX-License-Identifier: Apache-2.0 */
#include "oci.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>

#define BIT(cap) (UINT64_C(1) << (cap))

static void terminal(void **state)
{
	struct plan *plan = config(",'terminal':true,'consoleSize':{'height':24,'width':80}", "", "");

	(void)state;
	assert_int_equal(plan->process.terminal, 7);
	assert_int_equal(plan->process.rows, 24);
	assert_int_equal(plan->process.columns, 80);
	plan_free(plan);
	refused(",'consoleSize':{'height':1}", "", "", "/process/consoleSize: 'width' is missing");
	refused(",'consoleSize':{'height':70000,'width':1}", "", "",
		"/process/consoleSize: a terminal has at most 65535 rows and columns");
}

static struct plan *with_process(const char *members)
{
	snprintf(document, sizeof(document), "{'ociVersion':'1.3.0','root':{'path':'r'},"
		 "'process':{%s},'linux':{'namespaces':[{'type':'mount'}]}}", members);
	return read_document();
}

static void command(void **state)
{
	struct plan *plan = with_process("'cwd':'/a/./b/','args':['x','','\\u00e4 b'],"
					 "'env':['A=1','A=2','B','PATH=/p','']");

	(void)state;
	assert_non_null(plan);
	assert_string_equal(joined(plan, plan->process.args), "x||\xc3\xa4 b|");
	assert_string_equal(joined(plan, plan->process.env), "A=1|A=2|B|PATH=/p||");
	assert_text(plan, plan->process.search, "/p");
	assert_text(plan, plan->process.cwd, "/a/b");
	assert_text(plan, plan->process.cwd_origin, "/process/cwd");
	assert_text(plan, ((const struct plan_string *)plan_at(plan, plan->process.args.last))
				  ->item.origin, "/process/args/2");
	plan_free(plan);
	assert_null(with_process("'cwd':'/'"));
	assert_string_equal(error.what, "config.json:1:53: /process: 'args' is missing");
	assert_null(with_process("'args':['x']"));
	assert_string_equal(error.what, "config.json:1:53: /process: 'cwd' is missing");
	assert_null(with_process("'cwd':'/','args':[]"));
	assert_string_equal(error.what, "config.json:1:71: /process/args: names no command");
	assert_null(with_process("'cwd':'/','args':7"));
	assert_string_equal(error.what, "config.json:1:71: /process/args: expected an array of "
					"strings, found a number");
	assert_null(with_process("'cwd':'/','args':['a',true]"));
	assert_string_equal(error.what, "config.json:1:76: /process/args/1: expected a string, found "
					"a boolean");
	assert_null(with_process("'cwd':'a','args':['a']"));
	assert_string_equal(error.what,
			    "config.json:1:60: /process/cwd: must be an absolute path");
}

static void user(void **state)
{
	struct plan *plan = config(",'user':{'uid':1000,'gid':4294967294,'umask':18,"
				   "'additionalGids':[5,6]}", "", "");
	const struct plan_number *group = plan_at(plan, plan->process.groups.last);

	(void)state;
	assert_int_equal(plan->process.uid, 1000);
	assert_int_equal(plan->process.gid, 4294967294);
	assert_text(plan, plan->process.user_origin, "/process/user");
	assert_int_equal(plan->process.set_groups, 1);
	assert_int_equal(plan->process.groups.count, 2);
	assert_int_equal(group->value, 6);
	assert_int_equal(plan->umask.value, 022);
	plan_free(plan);
	/* Who is not told to be anybody is root, in no group but its own. */
	plan = config("", "", "");
	assert_int_equal(plan->process.uid, 0);
	assert_int_equal(plan->process.gid, 0);
	assert_int_equal(plan->process.set_groups, 1);
	assert_int_equal(plan->umask.set, true);
	assert_int_equal(plan->umask.value, 022);
	plan_free(plan);
}

static void ids_are_exact(void **state)
{
	static const char *const wrong[] = { "-1", "4294967295", "4294967296", "18446744073709551615" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[64], said[128];

		snprintf(text, sizeof(text), ",'user':{'uid':%s}", wrong[i]);
		snprintf(said, sizeof(said),
			 "/process/user/uid: %s is not between 0 and 4294967294", wrong[i]);
		refused(text, "", "", said);
		snprintf(text, sizeof(text), ",'user':{'additionalGids':[0,%s]}", wrong[i]);
		snprintf(said, sizeof(said),
			 "/process/user/additionalGids/1: %s is not between 0 and 4294967294",
			 wrong[i]);
		refused(text, "", "", said);
	}
	refused(",'user':{'uid':'0'}", "", "",
		"/process/user/uid: expected an integer, found a string");
	refused(",'user':{'gid':1e3}", "", "",
		"/process/user/gid: expected an integer, found a fraction");
	refused(",'user':{'gid':1.0}", "", "",
		"/process/user/gid: expected an integer, found a fraction");
	refused(",'user':{'umask':512}", "", "",
		"/process/user/umask: more than 511 (octal 777)");
}

static void capabilities(void **state)
{
	struct plan *plan = config(",'capabilities':{'bounding':['CAP_KILL','CAP_CHOWN'],"
				   "'permitted':['CAP_KILL'],'effective':['CAP_KILL'],"
				   "'inheritable':['CAP_KILL'],'ambient':['CAP_KILL']}", "", "");

	(void)state;
	assert_int_equal(plan->caps.set, true);
	assert_int_equal(plan->caps.bounding, BIT(CAP_KILL) | BIT(CAP_CHOWN));
	assert_int_equal(plan->caps.permitted, BIT(CAP_KILL));
	assert_int_equal(plan->caps.effective, BIT(CAP_KILL));
	assert_int_equal(plan->caps.inheritable, BIT(CAP_KILL));
	assert_int_equal(plan->caps.ambient, BIT(CAP_KILL));
	assert_text(plan, plan->caps.origin, "/process/capabilities");
	plan_free(plan);
	/* Without any, the process has none. */
	plan = config("", "", "");
	assert_int_equal(plan->caps.set, true);
	assert_int_equal(plan->caps.bounding | plan->caps.permitted | plan->caps.inheritable, 0);
	plan_free(plan);
}

static void capabilities_that_cannot_be(void **state)
{
	struct plan *plan;

	(void)state;
	host.caps &= ~BIT(CAP_SYS_RESOURCE);
	plan = config(",'capabilities':{'bounding':['CAP_SYS_RESOURCE','CAP_MOON','CAP_KILL'],"
		      "'effective':['CAP_CHOWN'],'ambient':['CAP_KILL']}", "", "");
	host.caps = ALL_CAPS;
	assert_int_equal(plan->caps.bounding, BIT(CAP_KILL));
	assert_int_equal(plan->caps.effective | plan->caps.ambient, 0);
	assert_true(has_note(plan, "/process/capabilities/bounding/0: capability CAP_SYS_RESOURCE is "
				   "not in our bounding set: left out"));
	assert_true(has_note(plan, "/process/capabilities/bounding/1: no capability 'CAP_MOON' is "
				   "known here: left out"));
	assert_int_equal(plan->notes.count, 4);
	plan_free(plan);
}

static void limits(void **state)
{
	struct plan *plan = config(",'rlimits':[{'type':'RLIMIT_NOFILE','soft':10,'hard':20},"
				   "{'type':'RLIMIT_CORE','soft':18446744073709551615,"
				   "'hard':18446744073709551615}]", "", "");
	const struct plan_rlimit *limit = plan_at(plan, plan->rlimits.first);

	(void)state;
	assert_int_equal(limit->resource, RLIMIT_NOFILE);
	assert_int_equal(limit->soft, 10);
	assert_int_equal(limit->hard, 20);
	limit = plan_at(plan, limit->item.next);
	assert_int_equal(limit->resource, RLIMIT_CORE);
	assert_true(limit->hard == UINT64_MAX);
	plan_free(plan);
	refused(",'rlimits':[{'type':'RLIMIT_NOFILE','soft':2,'hard':1}]", "", "",
		"/process/rlimits/0: the soft limit is above the hard one");
	refused(",'rlimits':[{'type':'nofile','soft':1,'hard':1}]", "", "",
		"/process/rlimits/0/type: no limit 'nofile' is known");
	refused(",'rlimits':[{'type':'RLIMIT_AS','soft':1,'hard':1},"
		"{'type':'RLIMIT_AS','soft':1,'hard':1}]", "", "",
		"/process/rlimits/1: RLIMIT_AS is limited twice");
	refused(",'rlimits':[{'type':'RLIMIT_AS','soft':1}]", "", "",
		"/process/rlimits/0: 'hard' is missing");
}

static void privileges_labels_oom(void **state)
{
	struct plan *plan = config(",'noNewPrivileges':true,'apparmorProfile':'cove-default',"
				   "'selinuxLabel':'a:b:c','oomScoreAdj':-500", "", "");

	(void)state;
	assert_int_equal(plan->process.no_new_privs, 1);
	assert_text(plan, plan->process.no_new_privs_origin, "/process/noNewPrivileges");
	assert_text(plan, plan->label.apparmor, "cove-default");
	assert_text(plan, plan->label.selinux, "a:b:c");
	assert_int_equal(plan->oom_score_adj.set, true);
	assert_int_equal(plan->oom_score_adj.value, -500);
	plan_free(plan);
	plan = config(",'apparmorProfile':'','selinuxLabel':''", "", "");
	assert_int_equal(plan->label.apparmor, 0);
	assert_int_equal(plan->label.selinux, 0);
	assert_int_equal(plan->oom_score_adj.set, false);
	plan_free(plan);
	refused(",'oomScoreAdj':1001", "", "",
		"/process/oomScoreAdj: 1001 is not between -1000 and 1000");
	refused(",'noNewPrivileges':'yes'", "", "",
		"/process/noNewPrivileges: expected a boolean, found a string");
}

static void scheduling(void **state)
{
	struct plan *plan = config(",'scheduler':{'policy':'SCHED_DEADLINE','runtime':1,'deadline':2,"
				   "'period':3,'flags':['SCHED_FLAG_RESET_ON_FORK',"
				   "'SCHED_FLAG_DL_OVERRUN']},"
				   "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':4},"
				   "'execCPUAffinity':{'initial':'0-3, 7','final':'1'}", "", "");

	(void)state;
	assert_int_equal(plan->scheduler.set, true);
	assert_int_equal(plan->scheduler.policy, 6);
	assert_int_equal(plan->scheduler.flags, 1 | 4);
	assert_int_equal(plan->scheduler.runtime * 100 + plan->scheduler.deadline * 10 +
			 plan->scheduler.period, 123);
	assert_int_equal(plan->nice.set, false);
	assert_int_equal(plan->ioprio.set, true);
	assert_int_equal(plan->ioprio.io_class, 2);
	assert_int_equal(plan->ioprio.level, 4);
	assert_text(plan, plan->affinity.initial, "0-3,7");
	assert_text(plan, plan->affinity.last, "1");
	plan_free(plan);
	plan = config(",'scheduler':{'policy':'SCHED_OTHER','nice':-3}", "", "");
	assert_int_equal(plan->nice.value, -3);
	plan_free(plan);
	plan = config(",'scheduler':{'policy':'SCHED_FIFO','priority':9}", "", "");
	assert_int_equal(plan->scheduler.priority, 9);
	plan_free(plan);
	refused(",'scheduler':{'policy':'SCHED_MOON'}", "", "",
		"/process/scheduler/policy: no policy 'SCHED_MOON' is known");
	refused(",'scheduler':{}", "", "", "/process/scheduler: 'policy' is missing");
	refused(",'scheduler':{'policy':'SCHED_OTHER','nice':20}", "", "",
		"/process/scheduler/nice: a nice value is between -20 and 19");
	refused(",'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}", "", "",
		"/process/ioPriority/priority: an I/O priority is between 0 and 7");
	refused(",'execCPUAffinity':{'initial':'a'}", "", "",
		"/process/execCPUAffinity/initial: a list of processors such as '0-3,7' is expected");
}

/* The same fields, in a document of their own; its pointers begin there. */
static void a_process_alone(void **state)
{
	const struct oci_text text = { "process.json", document, 0 };
	struct oci_text full;
	struct plan *plan = plan_new();

	(void)state;
	strcpy(document, "{'args':['ls'],'cwd':'/','terminal':true,'user':{'uid':3,'gid':4},"
			 "'capabilities':{'bounding':['CAP_KILL'],'permitted':['CAP_KILL'],"
			 "'effective':['CAP_KILL']},'noNewPrivileges':true}");
	quote();
	full = text;
	full.len = strlen(document);
	assert_int_equal(oci_read_process(plan, &full, &request, &error), 0);
	assert_string_equal(joined(plan, plan->process.args), "ls|");
	assert_int_equal(plan->process.uid, 3);
	assert_int_equal(plan->process.terminal, 7);
	assert_int_equal(plan->process.check_command, 1);
	assert_text(plan, plan->process.user_origin, "/user");
	plan_free(plan);
	plan = plan_new();
	strcpy(document, "{\"args\":[\"ls\"],\"cwd\":\"x\"}");
	full.len = strlen(document);
	assert_int_equal(oci_read_process(plan, &full, &request, &error), -EINVAL);
	assert_string_equal(error.what, "process.json:1:22: /cwd: must be an absolute path");
	plan_free(plan);
}

/* What annotations ask for holds for a process that is added, too. */
static void a_process_of_a_container(void **state)
{
	struct plan *plan = config("", "", ",'annotations':{'run.oci.keep_original_groups':'1',"
					   "'cove.landlock':'ro=/'}");
	struct plan *added = plan_copy(plan);
	struct oci_text text;

	(void)state;
	strcpy(document, "{\"args\":[\"ls\"],\"cwd\":\"/\",\"noNewPrivileges\":false,"
			 "\"user\":{\"additionalGids\":[5]}}");
	text = as_text("process.json");
	assert_int_equal(oci_read_process(added, &text, &request, &error), 0);
	assert_int_equal(added->process.set_groups, 0);
	assert_int_equal(added->process.groups.count, 0);
	assert_int_equal(added->process.no_new_privs, 1);
	plan_free(added);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminal),
		cmocka_unit_test(command),
		cmocka_unit_test(user),
		cmocka_unit_test(ids_are_exact),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(capabilities_that_cannot_be),
		cmocka_unit_test(limits),
		cmocka_unit_test(privileges_labels_oom),
		cmocka_unit_test(scheduling),
		cmocka_unit_test(a_process_alone),
		cmocka_unit_test(a_process_of_a_container),
	};

	return cmocka_run_group_tests_name("oci_process", tests, NULL, NULL);
}
