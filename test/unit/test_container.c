/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "plan/build.h"
#include "plan/filter.h"
#include "plan/seal.h"
#include "plan/state.h"
#include "plan/steps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#define ALL_CAPS ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

static const struct facts user = { .kernel = KERNEL(6, 1), .uid = 1000, .gid = 100,
				   .all_caps = ALL_CAPS };
static const struct facts root = { .kernel = KERNEL(6, 1), .caps = ALL_CAPS,
				   .all_caps = ALL_CAPS };

static int setup(void **state)
{
	struct plan *plan = plan_new();

	*state = plan;
	if (!plan)
		return -1;
	plan_append_text(plan, &plan->process.args, "true");
	plan->process.check_command = 1;
	return 0;
}

static int teardown(void **state)
{
	plan_free(*state);
	return 0;
}

/* A filter that answers `number` with `action` and allows the rest. */
static void filter(struct plan *plan, int number, uint32_t action)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	plan->seccomp.program = plan_add_bytes(plan, program, sizeof(program));
	plan->seccomp.count = sizeof(program) / sizeof(program[0]);
}

static void seal(struct plan *plan, const struct facts *facts)
{
	struct cove_error err;

	if (plan_seal(plan, facts, &err) < 0)
		fail_msg("%s", err.what);
}

/* Whether a plan that joins a pid namespace can load its filter before the last fork. */
struct early {
	const char *what;
	long number;
	uint32_t action;
	bool early, forbids_capset;
};

static const struct early early[] = {
	{ "nothing of ours", SYS_mkdirat, SECCOMP_RET_ERRNO | EPERM, true, false },
	{ "the execution", SYS_execve, SECCOMP_RET_TRACE, false, false },
	{ "the message", SYS_sendmsg, SECCOMP_RET_KILL_PROCESS, false, false },
	{ "the newer fork is said to be unknown", SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS, true,
	  false },
	{ "the newer fork is forbidden", SYS_clone3, SECCOMP_RET_ERRNO | EPERM, false, false },
	{ "the older fork is not needed", SYS_clone, SECCOMP_RET_ERRNO | EPERM, true, false },
	{ "what is only told", SYS_execve, SECCOMP_RET_USER_NOTIF, false, false },
	{ "giving up the right", SYS_capset, SECCOMP_RET_ERRNO | EPERM, false, true },
	{ "what this plan does not do", SYS_personality, SECCOMP_RET_ERRNO | EPERM, true, false },
};

static void filters_are_early_where_they_can(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
		void *made;
		struct plan *plan;

		assert_int_equal(setup(&made), 0);
		plan = made;
		plan_join_pid(plan, COVE_NS_PID, 7);
		filter(plan, (int)early[i].number, early[i].action);
		seal(plan, &root);
		assert_true(plan->seccomp.as_admin);
		if (plan->seccomp.early != early[i].early ||
		    plan->seccomp.forbids_capset != early[i].forbids_capset)
			fail_msg("%s: early %d, forbids capset %d", early[i].what,
				 plan->seccomp.early, plan->seccomp.forbids_capset);
		assert_int_equal(step_wanted(plan, STEP_SECCOMP_EARLY), early[i].early);
		assert_int_equal(step_wanted(plan, STEP_SECCOMP), !early[i].early);
		plan_free(plan);
	}
}

static void what_else_makes_it_late(void **state)
{
	struct plan *plan = *state;

	filter(plan, SYS_mkdirat, SECCOMP_RET_ERRNO | EPERM);
	plan_set_ns(plan, COVE_NS_PID, PLAN_NS_NEW);
	seal(plan, &root);
	assert_true(plan->seccomp.as_admin);
	assert_false(plan->seccomp.early); /* nobody is there to see it */
	plan_set_ns(plan, COVE_NS_PID, PLAN_NS_HOST);
	plan_join_pid(plan, COVE_NS_PID, 7);
	plan_append(plan, &plan->hooks[PLAN_HOOK_START_CONTAINER], sizeof(struct plan_hook));
	seal(plan, &root);
	assert_false(plan->seccomp.early);
}

static void a_filter_takes_a_right_or_a_promise(void **state)
{
	struct plan *plan = *state;
	struct cove_error err;

	filter(plan, SYS_mkdirat, SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(plan_seal(plan, &user, &err), -EPERM);
	plan->process.no_new_privs = 1;
	seal(plan, &user);
	assert_false(plan->seccomp.as_admin);
	plan->process.no_new_privs = 0;
	plan_set_ns(plan, COVE_NS_USER, PLAN_NS_NEW);
	seal(plan, &user);
	assert_true(plan->seccomp.as_admin);
	plan->process.check_command = 0; /* a box promises it */
	assert_int_equal(plan_seal(plan, &user, &err), -EINVAL);
}

static void a_command_must_be_executable(void **state)
{
	struct plan *plan = *state;
	struct cove_error err;

	filter(plan, SYS_execve, SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(plan_seal(plan, &root, &err), -EINVAL);
	assert_non_null(strstr(err.what, "'execve'"));
	plan->container.amend = 1; /* it executes none */
	seal(plan, &root);
}

static void a_listener_must_be_sent(void **state)
{
	struct plan *plan = *state;
	struct cove_error err;

	plan->process.no_new_privs = 1;
	plan->seccomp.listener = plan_add_string(plan, "/s");
	filter(plan, SYS_sendmsg, SECCOMP_RET_USER_NOTIF);
	assert_int_equal(plan_seal(plan, &root, &err), -EINVAL);
	filter(plan, SYS_mkdirat, SECCOMP_RET_USER_NOTIF);
	seal(plan, &root);
}

static void a_cgroup_namespace_waits_for_its_cgroup(void **state)
{
	struct plan *plan = *state;

	plan_set_ns(plan, COVE_NS_CGROUP, PLAN_NS_NEW);
	seal(plan, &root);
	assert_int_equal(plan->spawn_flags, CLONE_NEWCGROUP);
	assert_false(step_wanted(plan, STEP_NS_UNSHARE));
	plan->cgroup.manager = PLAN_CGROUP_FS;
	seal(plan, &root);
	assert_int_equal(plan->spawn_flags, 0);
	assert_true(plan->own_cgroup && step_wanted(plan, STEP_NS_UNSHARE));
}

static void a_container_has_no_init(void **state)
{
	struct plan *plan = *state;
	struct cove_error err;

	plan->container.gate = 1;
	assert_int_equal(plan_seal(plan, &root, &err), -EINVAL);
	plan->container.is = 1;
	seal(plan, &root);
	plan->process.init = 1;
	assert_int_equal(plan_seal(plan, &root, &err), -EINVAL);
}

static void state_is_rendered(void **state)
{
	struct plan *plan = *state;
	struct plan_data *a = plan_append(plan, &plan->container.annotations, sizeof(*a));
	struct buf text = { 0 };

	a->key = plan_add_string(plan, "a \"b\"");
	a->value = plan_add_string(plan, "c");
	plan->container.id = plan_add_string(plan, "x\n");
	plan->container.version = plan_add_string(plan, "1.2.0");
	plan->container.bundle = plan_add_string(plan, "/b");
	plan->container.is = 1;
	seal(plan, &root);
	assert_int_equal(plan->container.state_head, 0); /* nobody reads it */
	plan_append(plan, &plan->hooks[PLAN_HOOK_POSTSTOP], sizeof(struct plan_hook));
	seal(plan, &root);
	plan_write_state(plan, "stopped", 7, &text);
	assert_string_equal(buf_str(&text),
			    "{\"ociVersion\":\"1.2.0\",\"id\":\"x\\n\",\"status\":\"stopped\","
			    "\"pid\":7,\"bundle\":\"/b\",\"annotations\":{\"a \\\"b\\\"\":"
			    "\"c\"}}");
	buf_done(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(filters_are_early_where_they_can),
		TEST(what_else_makes_it_late),
		TEST(a_filter_takes_a_right_or_a_promise),
		TEST(a_command_must_be_executable),
		TEST(a_listener_must_be_sent),
		TEST(a_cgroup_namespace_waits_for_its_cgroup),
		TEST(a_container_has_no_init),
		TEST(state_is_rendered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
