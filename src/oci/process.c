/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of a container, in config.json or in a document of its own.
 */
#include "base/auto.h"
#include "base/path.h"
#include "base/text.h"
#include "oci/parts.h"
#include "plan/build.h"
#include "plan/names.h"
#include "plan/sched.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_UMASK 0022
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define MAX_COLUMNS UINT16_MAX

/* ---- terminal ---- */

static int take_terminal(struct reader *r, json_node node)
{
	r->plan->process.terminal = json_is_true(&r->doc, node) ? 7 : 0;
	return 0;
}

static int take_size(struct reader *r, json_node node)
{
	if (r->size.height.u > MAX_COLUMNS || r->size.width.u > MAX_COLUMNS)
		return reader_refuse(r, node, "a terminal has at most %d rows and columns",
				     MAX_COLUMNS);
	r->plan->process.rows = (uint16_t)r->size.height.u;
	r->plan->process.columns = (uint16_t)r->size.width.u;
	return 0;
}

static const struct field size_fields[] = {
	{ "height", FIELD_U64, .required = true, .store = STORE(size.height) },
	{ "width", FIELD_U64, .required = true, .store = STORE(size.width) },
	{ 0 },
};

/* ---- command ---- */

static int begin_args(struct reader *r, json_node node)
{
	if (json_first(&r->doc, node) == JSON_NONE)
		return reader_refuse(r, node, "names no command");
	return 0;
}

static int take_arg(struct reader *r, json_node node)
{
	reader_origin(r, node);
	plan_append_text(r->plan, &r->plan->process.args, reader_text(r, node));
	return 0;
}

/* As it is given: also twice, and without a '='. */
static int take_env(struct reader *r, json_node node)
{
	reader_origin(r, node);
	plan_append_text(r->plan, &r->plan->process.env, reader_text(r, node));
	return 0;
}

static int take_cwd(struct reader *r, json_node node)
{
	auto_(buf_done) struct buf clean = { 0 };

	if (!path_is_absolute(reader_text(r, node)))
		return reader_refuse(r, node, "must be an absolute path");
	if (path_clean(reader_text(r, node), &clean) < 0)
		return -ENOMEM;
	reader_origin(r, node);
	r->plan->process.cwd = plan_add_string(r->plan, buf_str(&clean));
	r->plan->process.cwd_origin = r->plan->origin;
	return 0;
}

/* ---- user ---- */

static int take_group(struct reader *r, json_node node)
{
	struct plan_number *group;

	reader_origin(r, node);
	group = plan_append(r->plan, &r->plan->process.groups, sizeof(*group));
	group->value = (int64_t)strtoull(reader_text(r, node), NULL, 10);
	return 0;
}

static int take_user(struct reader *r, json_node node)
{
	struct plan *plan = r->plan;

	if (r->user.umask.set && r->user.umask.u > 0777)
		return reader_refuse(r, r->user.umask.node, "more than 511 (octal 777)");
	reader_origin(r, node);
	plan->process.uid = (uint32_t)r->user.uid.u;
	plan->process.gid = (uint32_t)r->user.gid.u;
	plan->process.user_origin = plan->origin;
	if (r->user.umask.set)
		plan->umask.value = (int32_t)r->user.umask.u;
	plan->umask.origin = plan->origin;
	return 0;
}

static const struct field user_fields[] = {
	{ "uid", FIELD_ID, .store = STORE(user.uid) },
	{ "gid", FIELD_ID, .store = STORE(user.gid) },
	{ "umask", FIELD_U32, .store = STORE(user.umask) },
	{ "additionalGids", FIELD_IDS, .take = take_group },
	{ "username", FIELD_STRING, .ignored = "of Windows" },
	{ 0 },
};

/* ---- capabilities ---- */

/* Those that the process can have; of a new user namespace it has all. */
static uint64_t allowed_caps(const struct reader *r)
{
	const struct facts *facts = r->request->facts;

	if (r->plan->ns[COVE_NS_USER].mode != PLAN_NS_HOST || !facts_is_admin(facts))
		return facts->all_caps;
	return facts->caps;
}

static int add_cap(struct reader *r, json_node node, uint64_t *set)
{
	int number = names_capability(reader_text(r, node));
	char shown[48];

	text_show(reader_text(r, node), shown, sizeof(shown));
	if (number < 0 || !(r->request->facts->all_caps >> number & 1)) {
		reader_note(r, node, "no capability '%s' is known here: left out", shown);
		return 0;
	}
	if (!(allowed_caps(r) >> number & 1)) {
		reader_note(r, node, "capability %s is not in our bounding set: left out",
			    names_capability_name((unsigned)number));
		return 0;
	}
	*set |= UINT64_C(1) << number;
	return 0;
}

static int take_bounding(struct reader *r, json_node node)
{
	return add_cap(r, node, &r->plan->caps.bounding);
}

static int take_effective(struct reader *r, json_node node)
{
	return add_cap(r, node, &r->plan->caps.effective);
}

static int take_permitted(struct reader *r, json_node node)
{
	return add_cap(r, node, &r->plan->caps.permitted);
}

static int take_inheritable(struct reader *r, json_node node)
{
	return add_cap(r, node, &r->plan->caps.inheritable);
}

static int take_ambient(struct reader *r, json_node node)
{
	return add_cap(r, node, &r->plan->caps.ambient);
}

/* The kernel refuses what is effective and not permitted, and an ambient one that is not both
 * permitted and inheritable. */
static int take_caps(struct reader *r, json_node node)
{
	struct plan_caps *caps = &r->plan->caps;

	if (caps->effective & ~caps->permitted)
		reader_note(r, node, "effective capabilities that are not permitted: left out");
	if (caps->ambient & ~(caps->permitted & caps->inheritable))
		reader_note(r, node, "ambient capabilities that are not permitted and "
				     "inheritable: left out");
	caps->effective &= caps->permitted;
	caps->ambient &= caps->permitted & caps->inheritable;
	reader_origin(r, node);
	caps->origin = r->plan->origin;
	return 0;
}

static const struct field cap_fields[] = {
	{ "bounding", FIELD_STRINGS, .take = take_bounding },
	{ "permitted", FIELD_STRINGS, .take = take_permitted },
	{ "effective", FIELD_STRINGS, .take = take_effective },
	{ "inheritable", FIELD_STRINGS, .take = take_inheritable },
	{ "ambient", FIELD_STRINGS, .take = take_ambient },
	{ 0 },
};

static int take_no_new_privs(struct reader *r, json_node node)
{
	reader_origin(r, node);
	r->plan->process.no_new_privs = json_is_true(&r->doc, node);
	r->plan->process.no_new_privs_origin = r->plan->origin;
	return 0;
}

/* ---- limits ---- */

static int begin_rlimit(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->rlimit, 0, sizeof(r->rlimit));
	return 0;
}

static int take_rlimit(struct reader *r, json_node node)
{
	const char *name = r->rlimit.type.text;
	int resource = strncmp(name, "RLIMIT_", 7) == 0 ? names_rlimit(name) : -EINVAL;
	char shown[48];

	if (resource < 0)
		return reader_refuse(r, r->rlimit.type.node, "no limit '%s' is known",
				     text_show(name, shown, sizeof(shown)));
	if (r->rlimit.soft.u > r->rlimit.hard.u)
		return reader_refuse(r, node, "the soft limit is above the hard one");
	plan_each (r->plan, struct plan_rlimit, old, r->plan->rlimits)
		if (old->resource == (uint32_t)resource)
			return reader_refuse(r, node, "%s is limited twice", name);
	reader_origin(r, node);
	plan_set_rlimit(r->plan, (uint32_t)resource, r->rlimit.soft.u, r->rlimit.hard.u);
	return 0;
}

static const struct field rlimit_fields[] = {
	{ "type", FIELD_STRING, .required = true, .store = STORE(rlimit.type) },
	{ "soft", FIELD_U64, .required = true, .store = STORE(rlimit.soft) },
	{ "hard", FIELD_U64, .required = true, .store = STORE(rlimit.hard) },
	{ 0 },
};

static int take_oom(struct reader *r, json_node node)
{
	long value = strtol(reader_text(r, node), NULL, 10);

	if (value < -1000 || value > 1000)
		return reader_refuse(r, node, "%ld is not between -1000 and 1000", value);
	reader_origin(r, node);
	r->plan->oom_score_adj = (struct plan_setting){ true, (int32_t)value, r->plan->origin };
	return 0;
}

/* ---- labels ---- */

static int take_apparmor(struct reader *r, json_node node)
{
	const char *text = reader_text(r, node);

	reader_origin(r, node);
	r->plan->label.apparmor = text[0] ? plan_add_string(r->plan, text) : 0;
	r->plan->label.origin = r->plan->origin;
	return 0;
}

static int take_selinux(struct reader *r, json_node node)
{
	const char *text = reader_text(r, node);

	reader_origin(r, node);
	r->plan->label.selinux = text[0] ? plan_add_string(r->plan, text) : 0;
	r->plan->label.origin = r->plan->origin;
	return 0;
}

/* ---- scheduling ---- */

int oci_find_name(struct reader *r, json_node node, enum plan_sched_names table, const char *what,
		  uint32_t *ret)
{
	const char *name = reader_text(r, node);
	char shown[48];

	for (const struct plan_sched_name *n = plan_sched_names(table); n->word; n++) {
		if (n->oci && strcmp(n->oci, name) == 0) {
			*ret = n->value;
			return 0;
		}
	}
	return reader_refuse(r, node, "no %s '%s' is known", what,
			     text_show(name, shown, sizeof(shown)));
}

static int take_sched_flag(struct reader *r, json_node node)
{
	/* Those that only this specification asks for. */
	static const struct {
		const char *name;
		uint64_t flag;
	} more[] = {
		{ "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
		{ "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
		{ "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
		{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
		{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
	};
	uint32_t flag = 0;
	int result;

	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		if (strcmp(more[i].name, reader_text(r, node)) != 0)
			continue;
		r->plan->scheduler.flags |= more[i].flag;
		return 0;
	}
	result = oci_find_name(r, node, PLAN_SCHED_FLAGS, "scheduler flag", &flag);

	r->plan->scheduler.flags |= flag;
	return result;
}

static int take_scheduler(struct reader *r, json_node node)
{
	struct plan_scheduler *s = &r->plan->scheduler;
	int result = oci_find_name(r, r->sched.policy.node, PLAN_SCHED_POLICIES, "policy",
				   &s->policy);

	if (result < 0)
		return result;
	reader_origin(r, node);
	s->set = true;
	s->origin = r->plan->origin;
	s->priority = (int32_t)r->sched.priority.i;
	if ((s->policy == SCHED_FIFO || s->policy == SCHED_RR) &&
	    (s->priority < 1 || s->priority > 99))
		return reader_refuse(r, r->sched.priority.set ? r->sched.priority.node : node,
				     "this policy takes a priority from 1 to 99");
	s->runtime = r->sched.runtime.u;
	s->deadline = r->sched.deadline.u;
	s->period = r->sched.period.u;
	if (!r->sched.nice.set)
		return 0;
	if (r->sched.nice.i < -20 || r->sched.nice.i > 19)
		return reader_refuse(r, r->sched.nice.node, "a nice value is between -20 and 19");
	r->plan->nice = (struct plan_setting){ true, (int32_t)r->sched.nice.i, r->plan->origin };
	return 0;
}

static const struct field scheduler_fields[] = {
	{ "policy", FIELD_STRING, .required = true, .store = STORE(sched.policy) },
	{ "nice", FIELD_I32, .store = STORE(sched.nice) },
	{ "priority", FIELD_I32, .store = STORE(sched.priority) },
	{ "flags", FIELD_STRINGS, .take = take_sched_flag },
	{ "runtime", FIELD_U64, .store = STORE(sched.runtime) },
	{ "deadline", FIELD_U64, .store = STORE(sched.deadline) },
	{ "period", FIELD_U64, .store = STORE(sched.period) },
	{ 0 },
};

static int take_io(struct reader *r, json_node node)
{
	uint32_t io_class = 0;
	int result = oci_find_name(r, r->io.io_class.node, PLAN_SCHED_IO_CLASSES, "I/O class",
				   &io_class);

	if (result < 0)
		return result;
	if (r->io.priority.i < 0 || r->io.priority.i > 7)
		return reader_refuse(r, r->io.priority.node, "an I/O priority is between 0 and 7");
	reader_origin(r, node);
	r->plan->ioprio = (struct plan_ioprio){
		.set = true,
		.io_class = (uint8_t)io_class,
		.level = io_class == IOPRIO_CLASS_IDLE ? 0 : (uint8_t)r->io.priority.i,
		.origin = r->plan->origin,
	};
	return 0;
}

static const struct field io_fields[] = {
	{ "class", FIELD_STRING, .required = true, .store = STORE(io.io_class) },
	{ "priority", FIELD_I32, .store = STORE(io.priority) },
	{ 0 },
};

/* Blanks are allowed in the specification, and in no list of the kernel. */
static int take_cpus(struct reader *r, json_node node, plan_ref *ret)
{
	const char *text = reader_text(r, node);
	auto_(buf_done) struct buf list = { 0 };

	if (text[strspn(text, "0123456789, -")])
		return reader_refuse(r, node, "a list of processors such as '0-3,7' is expected");
	for (const char *c = text; *c; c++)
		if (*c != ' ')
			buf_addc(&list, *c);
	reader_origin(r, node);
	r->plan->affinity.origin = r->plan->origin;
	*ret = list.len ? plan_add_string(r->plan, buf_str(&list)) : 0;
	return 0;
}

static int take_initial(struct reader *r, json_node node)
{
	return take_cpus(r, node, &r->plan->affinity.initial);
}

static int take_final(struct reader *r, json_node node)
{
	return take_cpus(r, node, &r->plan->affinity.last);
}

static const struct field affinity_fields[] = {
	{ "initial", FIELD_STRING, .take = take_initial },
	{ "final", FIELD_STRING, .take = take_final },
	{ 0 },
};

/* ---- the process ---- */

/* Who is not told to be anybody is root; without capabilities it has none. */
int oci_begin_process(struct reader *r, json_node node)
{
	struct plan *plan = r->plan;

	reader_origin(r, node);
	plan->process.uid = 0;
	plan->process.gid = 0;
	plan->process.set_groups = 1;
	plan->process.user_origin = plan->origin;
	plan->umask = (struct plan_setting){ true, DEFAULT_UMASK, plan->origin };
	plan->process.new_session = PLAN_SESSION_NEW; /* the caller's terminal is not for it */
	plan->caps.set = true;
	plan->caps.origin = plan->origin;
	return 0;
}

/* The descriptors that a socket-activated caller was given, and those that it wants passed on. */
static void keep_fds(struct reader *r)
{
	unsigned count = r->request->listen_fds + r->request->preserve_fds;
	char number[16];

	for (unsigned fd = 3; fd < 3 + count && fd < 3 + PLAN_KEEP_FDS + 1; fd++)
		plan_append_number(r->plan, &r->plan->process.keep_fds, (int64_t)fd);
	if (!r->request->listen_fds)
		return;
	snprintf(number, sizeof(number), "%u", r->request->listen_fds);
	plan_set_env(r->plan, "LISTEN_FDS", number);
	plan_set_env(r->plan, "LISTEN_PID", "1");
}

int oci_take_process(struct reader *r, json_node node)
{
	struct plan *plan = r->plan;

	reader_origin(r, node);
	plan->process.check_command = 1;
	plan->process.make_cwd = 1;
	plan->process.init = 0;
	if (!r->request->no_new_keyring) {
		auto_(buf_done) struct buf name = { 0 };

		buf_addf(&name, "_ses.%s", r->request->id);
		plan->keyring = PLAN_KEYRING_NEW;
		plan->keyring_origin = plan->origin;
		plan->process.keyring = plan_add_string(plan, buf_str(&name));
	}
	keep_fds(r);
	plan_set_search(plan, DEFAULT_PATH);
	return 0;
}

const struct field oci_process_fields[] = {
	{ "terminal", FIELD_BOOL, .take = take_terminal },
	{ "consoleSize", FIELD_OBJECT, .take = take_size, .members = size_fields },
	{ "user", FIELD_OBJECT, .take = take_user, .members = user_fields },
	{ "args", FIELD_STRINGS, .required = true, .begin = begin_args, .take = take_arg },
	{ "commandLine", FIELD_STRING, .ignored = "of Windows" },
	{ "env", FIELD_STRINGS, .take = take_env },
	{ "cwd", FIELD_STRING, .required = true, .take = take_cwd },
	{ "capabilities", FIELD_OBJECT, .take = take_caps, .members = cap_fields },
	{ "rlimits", FIELD_OBJECTS, .begin = begin_rlimit, .take = take_rlimit,
	  .members = rlimit_fields },
	{ "noNewPrivileges", FIELD_BOOL, .take = take_no_new_privs },
	{ "apparmorProfile", FIELD_STRING, .take = take_apparmor },
	{ "selinuxLabel", FIELD_STRING, .take = take_selinux },
	{ "oomScoreAdj", FIELD_I32, .take = take_oom },
	{ "scheduler", FIELD_OBJECT, .take = take_scheduler, .members = scheduler_fields },
	{ "ioPriority", FIELD_OBJECT, .take = take_io, .members = io_fields },
	{ "execCPUAffinity", FIELD_OBJECT, .members = affinity_fields },
	{ 0 },
};
