/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each step will do, in words: one small function a row. Those on files are in
 * explain_files.c.
 */
#include "base/auto.h"
#include "plan/argv.h"
#include "plan/explain.h"
#include "plan/explain_row.h"
#include "plan/landlock.h"
#include "plan/names.h"
#include "plan/sched.h"
#include "plan/steps.h"

#include <stdarg.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

void explain_say(const struct explain_row *row, plan_ref origin, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	row->line(row->context, row->name, text, plan_str(row->plan, origin));
}

static void add_kinds(uint32_t flags, struct buf *out)
{
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		if (flags & plan_ns_flag(ns))
			buf_addf(out, "%s%s", out->len ? " " : "", plan_ns_name(ns));
}

static void ns_target(const struct plan *plan, const struct plan_ns *ns, char *text, size_t size)
{
	switch ((enum plan_target)ns->target) {
	case PLAN_TARGET_PID:
		snprintf(text, size, "of process %d", ns->number);
		break;
	case PLAN_TARGET_FD:
		snprintf(text, size, "at descriptor %d", ns->number);
		break;
	case PLAN_TARGET_PATH:
		snprintf(text, size, "at %s", plan_str(plan, ns->path));
		break;
	}
}

static void each_join(const struct explain_row *row, const char *verb)
{
	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++) {
		const struct plan_ns *ns = &row->plan->ns[kind];
		char target[512];

		if (ns->mode != PLAN_NS_JOIN)
			continue;
		ns_target(row->plan, ns, target, sizeof(target));
		explain_say(row, ns->origin, "%s the %s namespace %s", verb, plan_ns_name(kind),
			    target);
	}
}

static void ns_open(const struct explain_row *row)
{
	each_join(row, "open");
}

/* The kinds with the same origin share a line. */
static void new_kinds(const struct explain_row *row, uint32_t flags)
{
	const struct plan *plan = row->plan;

	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++) {
		auto_(buf_done) struct buf kinds = { 0 };
		const char *origin = plan_str(plan, plan->ns[ns].origin);
		uint32_t same = 0;

		for (enum cove_ns other = 0; other < COVE_NS_COUNT; other++)
			if (strcmp(origin, plan_str(plan, plan->ns[other].origin)) == 0)
				same |= plan_ns_flag(other);
		if (!(flags & plan_ns_flag(ns)))
			continue;
		add_kinds(same & flags, &kinds);
		explain_say(row, plan->ns[ns].origin, "new namespaces: %s", buf_str(&kinds));
		flags &= ~same;
	}
}

static void layers(const struct explain_row *row)
{
	const struct plan *plan = row->plan;

	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (plan_is_kept(m) && !m->layer_of)
			explain_say(row, m->item.origin, "lock %s, made if it is missing",
				    plan_str(plan, m->source));
}

static void spawn(const struct explain_row *row)
{
	explain_say(row, 0, "start cove-init from a sealed memory file");
	new_kinds(row, row->plan->spawn_flags);
}

static void ns_join(const struct explain_row *row)
{
	each_join(row, "join");
}

static void ns_late(const struct explain_row *row)
{
	new_kinds(row, row->plan->late_flags);
}

static void limit_text(uint64_t value, char *text, size_t size)
{
	if (value == UINT64_MAX)
		snprintf(text, size, "unlimited");
	else
		snprintf(text, size, "%llu", (unsigned long long)value);
}

static void each_limit(const struct explain_row *row, bool raise)
{
	plan_each (row->plan, struct plan_rlimit, limit, row->plan->rlimits) {
		char soft[24], hard[24];

		limit_text(limit->soft, soft, sizeof(soft));
		limit_text(limit->hard, hard, sizeof(hard));
		if (raise && limit->raise)
			explain_say(row, limit->item.origin, "raise the hard limit of %s to %s",
				    names_rlimit_name(limit->resource), hard);
		else if (!raise)
			explain_say(row, limit->item.origin, "%s: soft %s, hard %s",
				    names_rlimit_name(limit->resource), soft, hard);
	}
}

static void limits_raise(const struct explain_row *row)
{
	each_limit(row, true);
}

static void each_map(const struct explain_row *row, const struct plan_list *list, const char *what)
{
	plan_each (row->plan, struct plan_map, map, *list) {
		if (map->count == 1)
			explain_say(row, map->item.origin, "%s %u inside is %u outside", what,
				    map->inside, map->outside);
		else
			explain_say(row, map->item.origin,
				    "%s %u to %u inside are %u to %u outside", what, map->inside,
				    map->inside + map->count - 1, map->outside,
				    map->outside + map->count - 1);
	}
}

static void ids_map(const struct explain_row *row)
{
	const struct plan_maps *maps = &row->plan->maps;

	each_map(row, &maps->uids, "uid");
	each_map(row, &maps->gids, "gid");
	if (maps->by_helper)
		explain_say(row, 0, "written by newuidmap and newgidmap");
	if (maps->deny_setgroups)
		explain_say(row, 0,
			    "setgroups is forbidden for good, as an unprivileged map requires");
}

static void ids_setup(const struct explain_row *row)
{
	explain_say(row, 0, "files made for the box belong to %u:%u of it",
		    row->plan->setup_uid == PLAN_NO_ID ? 0 : row->plan->setup_uid,
		    row->plan->setup_gid == PLAN_NO_ID ? 0 : row->plan->setup_gid);
}

/* Seconds with as many digits as they need. */
static void seconds(int64_t ns, char *text, size_t size)
{
	uint64_t value = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	size_t len = (size_t)snprintf(text, size, "%llu.%09llu",
				      (unsigned long long)(value / 1000000000),
				      (unsigned long long)(value % 1000000000));

	while (text[len - 1] == '0')
		text[--len] = '\0';
	if (text[len - 1] == '.')
		text[len - 1] = '\0';
}

static void offset(const struct explain_row *row, const struct plan_offset *value,
		   const char *clock)
{
	char text[48];

	seconds(value->ns, text, sizeof(text));
	if (value->set)
		explain_say(row, value->origin, "the %s clock is %s s %s", clock, text,
			    value->ns < 0 ? "behind" : "ahead");
}

static void ns_unshare(const struct explain_row *row)
{
	if (row->plan->own_cgroup)
		explain_say(row, row->plan->ns[COVE_NS_CGROUP].origin,
			    "new cgroup namespace, with the box's cgroup as its root");
	if (row->plan->own_time)
		explain_say(row, row->plan->ns[COVE_NS_TIME].origin, "new time namespace");
	offset(row, &row->plan->monotonic, "monotonic");
	offset(row, &row->plan->boottime, "boot");
}

static void ns_limit(const struct explain_row *row)
{
	explain_say(row, row->plan->limit_userns_origin, "allow no further user namespaces in it");
}

static void net_loopback(const struct explain_row *row)
{
	explain_say(row, row->plan->loopback_origin, "bring up the loopback device");
}

static void hostname(const struct explain_row *row)
{
	const struct plan *plan = row->plan;

	if (plan->hostname)
		explain_say(row, plan->hostname_origin, "host name %s",
			    plan_str(plan, plan->hostname));
	if (plan->domainname)
		explain_say(row, plan->domainname_origin, "NIS domain name %s",
			    plan_str(plan, plan->domainname));
}

static void scheduling(const struct explain_row *row)
{
	const struct plan *plan = row->plan;
	auto_(buf_done) struct buf policy = { 0 }, io = { 0 };

	plan_sched_policy_text(&plan->scheduler, &policy);
	plan_sched_ioprio_text(&plan->ioprio, &io);
	if (plan->scheduler.set)
		explain_say(row, plan->scheduler.origin, "%s", buf_str(&policy));
	if (plan->ioprio.set)
		explain_say(row, plan->ioprio.origin, "%s", buf_str(&io));
}

static void personality(const struct explain_row *row)
{
	auto_(buf_done) struct buf text = { 0 };

	plan_sched_personality_text((uint32_t)row->plan->personality.value, &text);
	explain_say(row, row->plan->personality.origin, "%s", buf_str(&text));
}

static void mempolicy(const struct explain_row *row)
{
	auto_(buf_done) struct buf text = { 0 };

	plan_sched_mempolicy_text(row->plan, &text);
	explain_say(row, row->plan->mempolicy.origin, "%s", buf_str(&text));
}

static void landlock(const struct explain_row *row)
{
	const struct plan_landlock *wanted = &row->plan->landlock;

	for (enum plan_landlock_sort sort = 0; sort < PLAN_LANDLOCK_SORTS; sort++) {
		auto_(buf_done) struct buf ban = { 0 };

		plan_landlock_ban_text(row->plan, sort, &ban);
		if (ban.len)
			explain_say(row, wanted->origins[sort], "%s", buf_str(&ban));
		plan_each (row->plan, struct plan_landlock_rule, rule, wanted->rules) {
			auto_(buf_done) struct buf text = { 0 };

			if (rule->sort != sort || !(rule->access & wanted->handled[sort]))
				continue;
			plan_landlock_rule_text(row->plan, rule, &text);
			explain_say(row, rule->item.origin, "%s", buf_str(&text));
		}
	}
	if (row->plan->require.parts & PLAN_REQUIRE_LANDLOCK)
		explain_say(row, row->plan->require.origin, "all of it, or there is no box");
}

static void process(const struct explain_row *row)
{
	const struct plan *plan = row->plan;

	if (plan->nice.set)
		explain_say(row, plan->nice.origin, "nice value %d", plan->nice.value);
	scheduling(row);
	if (plan->oom_score_adj.set)
		explain_say(row, plan->oom_score_adj.origin, "OOM score adjustment %d",
			    plan->oom_score_adj.value);
	if (plan->affinity.initial)
		explain_say(row, plan->affinity.origin, "processors %s",
			    plan_str(plan, plan->affinity.initial));
	if (plan->rdt.set)
		explain_say(row, plan->rdt.origin, "enter the class of service");
}

static void mount_private(const struct explain_row *row)
{
	uint32_t asked = row->plan->propagation;

	if (asked) {
		explain_say(row, row->plan->root.origin,
			    "make %s %s, and that at / private", asked & MS_REC ? "all mounts"
									   : "the mount at /",
			    explain_propagation(asked));
		return;
	}
	explain_say(row, row->plan->ns[COVE_NS_MNT].origin,
		    "make all mounts private: none is seen outside, nor comes in");
}

static void root_pivot(const struct explain_row *row)
{
	explain_say(row, row->plan->root.origin, "change the root%s; the host's tree is gone",
		    row->plan->root.no_pivot ? " by chroot(2)" : "");
}

static void root_seal(const struct explain_row *row)
{
	const struct plan_root *root = &row->plan->root;

	if (root->propagation)
		explain_say(row, root->origin, "make %s %s",
			    root->propagation & MS_REC ? "/ and all mounts below it" : "/",
			    explain_propagation(root->propagation));
	if (root->read_only && !plan_root_overlay(row->plan))
		explain_say(row, root->origin, "make / read-only");
}

static void umask_step(const struct explain_row *row)
{
	explain_say(row, row->plan->umask.origin, "umask %04o", (unsigned)row->plan->umask.value);
}

static void cwd(const struct explain_row *row)
{
	explain_say(row, row->plan->process.cwd_origin, "enter %s",
		    plan_str(row->plan, row->plan->process.cwd));
}

static void session(const struct explain_row *row)
{
	const struct plan_process *p = &row->plan->process;
	char fds[8] = "";
	size_t len = 0;

	if (!p->terminal) {
		explain_say(row, p->session_origin, "%s",
			    p->new_session == PLAN_SESSION_NEW
				    ? "new session, without a terminal"
				    : "a process group of its own; a new session, if a terminal "
				      "controls yours");
		return;
	}
	for (unsigned fd = 0; fd < 3; fd++)
		if (p->terminal & (1u << fd))
			len += (size_t)snprintf(fds + len, sizeof(fds) - len, " %u", fd);
	explain_say(row, p->session_origin,
		    "new session, with a terminal of its own as descriptor%s%s", len > 2 ? "s" : "",
		    fds);
}

static void keyring(const struct explain_row *row)
{
	explain_say(row, row->plan->keyring_origin, "new session keyring");
}

static void seccomp(const struct explain_row *row)
{
	const struct plan_seccomp *s = &row->plan->seccomp;

	explain_say(row, s->origin, "%s%s%s (%u instructions)",
		    s->is_default ? "" : "system call filter ", plan_str(row->plan, s->name),
		    plan_str(row->plan, s->changes), s->count);
}

static void ids(const struct explain_row *row)
{
	const struct plan_process *p = &row->plan->process;

	if (p->set_groups)
		explain_say(row, p->user_origin, "supplementary groups: %s",
			    p->groups.count ? "as listed" : "none");
	if (p->uid != PLAN_NO_ID || p->gid != PLAN_NO_ID)
		explain_say(row, p->user_origin, "become user %u, group %u", p->uid, p->gid);
}

static void caps(const struct explain_row *row)
{
	const struct plan_caps *c = &row->plan->caps;
	auto_(buf_done) struct buf names = { 0 };

	if (!c->set) {
		explain_say(row, 0, "as the kernel gives them when the command is executed");
		return;
	}
	names_capabilities(c->permitted, &names);
	explain_say(row, c->origin, "%s", c->permitted ? buf_str(&names) : "none in any set");
	if (c->securebits)
		explain_say(row, c->origin, "user 0 gets none either, for good");
}

static void no_new_privs(const struct explain_row *row)
{
	explain_say(row, row->plan->process.no_new_privs_origin,
		    "set-user-id programs and file capabilities give nothing");
}

static void fork_step(const struct explain_row *row)
{
	if (row->plan->last == PLAN_LAST_INIT)
		explain_say(row, row->plan->process.init_origin,
			    "cove-init stays as %s, reaps and passes signals on",
			    plan_is_new(row->plan, COVE_NS_PID) ? "process 1"
								: "the command's parent");
	else
		explain_say(row, 0,
			    "the command is started from outside, with no more rights than it "
			    "keeps");
}

static void limits(const struct explain_row *row)
{
	each_limit(row, false);
}

static void fds(const struct explain_row *row)
{
	const struct plan_process *p = &row->plan->process;

	if (p->keep_all_fds) {
		explain_say(row, 0, "inherited descriptors stay as they are");
		return;
	}
	explain_say(row, 0, "close all but 0, 1, 2");
	plan_each (row->plan, struct plan_number, keep, p->keep_fds)
		explain_say(row, keep->item.origin, "and %d", (int)keep->value);
}

static void exec(const struct explain_row *row)
{
	const struct plan_process *p = &row->plan->process;
	auto_(buf_done) struct buf line = { 0 }, names = { 0 };

	argv_text(row->plan, &line);
	explain_say(row, 0, "%s", buf_str(&line));
	plan_each (row->plan, struct plan_string, e, p->env) {
		const char *text = plan_str(row->plan, e->text);

		buf_addf(&names, " %.*s", (int)strcspn(text, "="), text);
	}
	explain_say(row, 0, "environment:%s", p->env.count ? buf_str(&names) : " empty");
}

static void running(const struct explain_row *row)
{
	const struct plan *plan = row->plan;
	char text[48];

	if (plan->container.gate) {
		explain_say(row, 0, "record that it runs");
		return;
	}
	explain_say(row, 0, "wait for its end, pass signals on, return its status");
	if (plan->process.terminal)
		explain_say(row, plan->process.session_origin,
			    "and stand between its terminal and yours");
	if (!plan->time_limit)
		return;
	seconds((int64_t)plan->time_limit, text, sizeof(text));
	explain_say(row, plan->time_limit_origin, "after %s s end it, with status 124", text);
}

typedef void describe(const struct explain_row *row);

static describe *const rows[STEP_COUNT] = {
	[STEP_RECORD] = explain_record,
	[STEP_NS_OPEN] = ns_open,
	[STEP_LAYERS] = layers,
	[STEP_CGROUP] = explain_cgroup,
	[STEP_SPAWN] = spawn,
	[STEP_NS_JOIN] = ns_join,
	[STEP_NS_LATE] = ns_late,
	[STEP_LIMITS_RAISE] = limits_raise,
	[STEP_PROCESS] = process,
	[STEP_NET_DEVICES] = explain_net_devices,
	[STEP_NET_LOOPBACK] = net_loopback,
	[STEP_HOSTNAME] = hostname,
	[STEP_MOUNT_PRIVATE] = mount_private,
	[STEP_MOUNT_OPEN] = explain_mount_open,
	[STEP_IDS_MAP] = ids_map,
	[STEP_NS_UNSHARE] = ns_unshare,
	[STEP_NS_LIMIT] = ns_limit,
	[STEP_IDS_SETUP] = ids_setup,
	[STEP_ROOT] = explain_root,
	[STEP_MOUNT_ATTACH] = explain_mount_attach,
	[STEP_MOUNT_IDMAP] = explain_mount_idmap,
	[STEP_HOOKS_RUNTIME] = explain_hooks_runtime,
	[STEP_HOOKS_CONTAINER] = explain_hooks_container,
	[STEP_SYSCTL] = explain_sysctl,
	[STEP_LABEL] = explain_label,
	[STEP_ROOT_PIVOT] = root_pivot,
	[STEP_ROOT_SEAL] = root_seal,
	[STEP_UMASK] = umask_step,
	[STEP_CWD] = cwd,
	[STEP_SESSION] = session,
	[STEP_CONSOLE] = explain_console,
	[STEP_KEYRING] = keyring,
	[STEP_AFFINITY] = explain_affinity,
	[STEP_IDS] = ids,
	[STEP_CAPS] = caps,
	[STEP_NO_NEW_PRIVS] = no_new_privs,
	[STEP_LANDLOCK] = landlock,
	[STEP_FDS] = fds,
	[STEP_FORK] = fork_step,
	[STEP_LIMITS] = limits,
	[STEP_PERSONALITY] = personality,
	[STEP_MEMPOLICY] = mempolicy,
	[STEP_COMMAND] = explain_find_command,
	[STEP_CREATED] = explain_created,
	[STEP_GATE] = explain_gate,
	[STEP_HOOKS_START] = explain_hooks_start,
	[STEP_SECCOMP_EARLY] = seccomp,
	[STEP_SECCOMP] = seccomp,
	[STEP_EXEC] = exec,
	[STEP_RUNNING] = running,
	[STEP_HOOKS_POSTSTART] = explain_hooks_poststart,
};

void explain_step(const struct plan *plan, unsigned step, explain_line line, void *context)
{
	const struct explain_row row = {
		.plan = plan,
		.name = step_rows[step].name,
		.line = line,
		.context = context,
	};

	rows[step](&row);
}
