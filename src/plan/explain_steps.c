/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each step will do, in words: one small function a row, in the order of the step table.
 */
#include "base/auto.h"
#include "base/path.h"
#include "plan/argv.h"
#include "plan/explain.h"
#include "plan/landlock.h"
#include "plan/names.h"
#include "plan/sched.h"
#include "plan/steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The page that lines go to. */
struct out {
	const struct plan *plan;
	const char *name;
	explain_line line;
	void *context;
};

__attribute__((format(printf, 3, 4))) static void say(const struct out *out, plan_ref origin,
						       const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	out->line(out->context, out->name, text, plan_str(out->plan, origin));
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

static void each_join(const struct out *out, const char *verb)
{
	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++) {
		const struct plan_ns *ns = &out->plan->ns[kind];
		char target[512];

		if (ns->mode != PLAN_NS_JOIN)
			continue;
		ns_target(out->plan, ns, target, sizeof(target));
		say(out, ns->origin, "%s the %s namespace %s", verb, plan_ns_name(kind), target);
	}
}

static void ns_open(const struct out *out)
{
	each_join(out, "open");
}

/* The kinds with the same origin share a line. */
static void new_kinds(const struct out *out, uint32_t flags)
{
	const struct plan *plan = out->plan;

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
		say(out, plan->ns[ns].origin, "new namespaces: %s", buf_str(&kinds));
		flags &= ~same;
	}
}

static void layers(const struct out *out)
{
	const struct plan *plan = out->plan;

	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (plan_is_kept(m) && !m->layer_of)
			say(out, m->item.origin, "lock %s, made if it is missing",
			    plan_str(plan, m->source));
}

static void spawn(const struct out *out)
{
	say(out, 0, "start cove-init from a sealed memory file");
	new_kinds(out, out->plan->spawn_flags);
}

static void ns_join(const struct out *out)
{
	each_join(out, "join");
}

static void ns_late(const struct out *out)
{
	new_kinds(out, out->plan->late_flags);
}

static void limit_text(uint64_t value, char *text, size_t size)
{
	if (value == UINT64_MAX)
		snprintf(text, size, "unlimited");
	else
		snprintf(text, size, "%llu", (unsigned long long)value);
}

static void each_limit(const struct out *out, bool raise)
{
	plan_each (out->plan, struct plan_rlimit, limit, out->plan->rlimits) {
		char soft[24], hard[24];

		limit_text(limit->soft, soft, sizeof(soft));
		limit_text(limit->hard, hard, sizeof(hard));
		if (raise && limit->raise)
			say(out, limit->item.origin, "raise the hard limit of %s to %s",
			    names_rlimit_name(limit->resource), hard);
		else if (!raise)
			say(out, limit->item.origin, "%s: soft %s, hard %s",
			    names_rlimit_name(limit->resource), soft, hard);
	}
}

static void limits_raise(const struct out *out)
{
	each_limit(out, true);
}

static void each_map(const struct out *out, const struct plan_list *list, const char *what)
{
	plan_each (out->plan, struct plan_map, map, *list) {
		if (map->count == 1)
			say(out, map->item.origin, "%s %u inside is %u outside", what, map->inside,
			    map->outside);
		else
			say(out, map->item.origin, "%s %u to %u inside are %u to %u outside", what,
			    map->inside, map->inside + map->count - 1, map->outside,
			    map->outside + map->count - 1);
	}
}

static void ids_map(const struct out *out)
{
	const struct plan_maps *maps = &out->plan->maps;

	each_map(out, &maps->uids, "uid");
	each_map(out, &maps->gids, "gid");
	if (maps->by_helper)
		say(out, 0, "written by newuidmap and newgidmap");
	if (maps->deny_setgroups)
		say(out, 0, "setgroups is forbidden for good, as an unprivileged map requires");
}

static void ids_setup(const struct out *out)
{
	say(out, 0, "files made for the box belong to %u:%u of it",
	    out->plan->setup_uid == PLAN_NO_ID ? 0 : out->plan->setup_uid,
	    out->plan->setup_gid == PLAN_NO_ID ? 0 : out->plan->setup_gid);
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

static void offset(const struct out *out, const struct plan_offset *value, const char *clock)
{
	char text[48];

	seconds(value->ns, text, sizeof(text));
	if (value->set)
		say(out, value->origin, "the %s clock is %s s %s", clock, text,
		    value->ns < 0 ? "behind" : "ahead");
}

static void ns_unshare(const struct out *out)
{
	say(out, out->plan->ns[COVE_NS_TIME].origin, "new time namespace");
	offset(out, &out->plan->monotonic, "monotonic");
	offset(out, &out->plan->boottime, "boot");
}

static void ns_limit(const struct out *out)
{
	say(out, out->plan->limit_userns_origin, "allow no further user namespaces in it");
}

static void net_loopback(const struct out *out)
{
	say(out, out->plan->loopback_origin, "bring up the loopback device");
}

static void hostname(const struct out *out)
{
	const struct plan *plan = out->plan;

	if (plan->hostname)
		say(out, plan->hostname_origin, "host name %s", plan_str(plan, plan->hostname));
	if (plan->domainname)
		say(out, plan->domainname_origin, "NIS domain name %s",
		    plan_str(plan, plan->domainname));
}

static void scheduling(const struct out *out)
{
	const struct plan *plan = out->plan;
	auto_(buf_done) struct buf policy = { 0 }, io = { 0 };

	plan_sched_policy_text(&plan->scheduler, &policy);
	plan_sched_ioprio_text(&plan->ioprio, &io);
	if (plan->scheduler.set)
		say(out, plan->scheduler.origin, "%s", buf_str(&policy));
	if (plan->ioprio.set)
		say(out, plan->ioprio.origin, "%s", buf_str(&io));
}

static void personality(const struct out *out)
{
	auto_(buf_done) struct buf text = { 0 };

	plan_sched_personality_text((uint32_t)out->plan->personality.value, &text);
	say(out, out->plan->personality.origin, "%s", buf_str(&text));
}

static void mempolicy(const struct out *out)
{
	auto_(buf_done) struct buf text = { 0 };

	plan_sched_mempolicy_text(out->plan, &text);
	say(out, out->plan->mempolicy.origin, "%s", buf_str(&text));
}

static void landlock(const struct out *out)
{
	const struct plan_landlock *wanted = &out->plan->landlock;

	for (enum plan_landlock_sort sort = 0; sort < PLAN_LANDLOCK_SORTS; sort++) {
		auto_(buf_done) struct buf ban = { 0 };

		plan_landlock_ban_text(out->plan, sort, &ban);
		if (ban.len)
			say(out, wanted->origins[sort], "%s", buf_str(&ban));
		plan_each (out->plan, struct plan_landlock_rule, rule, wanted->rules) {
			auto_(buf_done) struct buf text = { 0 };

			if (rule->sort != sort || !(rule->access & wanted->handled[sort]))
				continue;
			plan_landlock_rule_text(out->plan, rule, &text);
			say(out, rule->item.origin, "%s", buf_str(&text));
		}
	}
	if (out->plan->require.parts & PLAN_REQUIRE_LANDLOCK)
		say(out, out->plan->require.origin, "all of it, or there is no box");
}

static void process(const struct out *out)
{
	const struct plan *plan = out->plan;

	if (plan->nice.set)
		say(out, plan->nice.origin, "nice value %d", plan->nice.value);
	scheduling(out);
	if (plan->oom_score_adj.set)
		say(out, plan->oom_score_adj.origin, "OOM score adjustment %d",
		    plan->oom_score_adj.value);
}

static void mount_private(const struct out *out)
{
	say(out, out->plan->ns[COVE_NS_MNT].origin,
	    "make all mounts private: none is seen outside, nor comes in");
}

static bool is_plain_device(const struct plan *plan, const struct plan_mount *m)
{
	return m && m->kind == PLAN_MOUNT_DEVICE &&
	       strcmp(plan_str(plan, m->source), plan_str(plan, m->target)) == 0;
}

/* Devices with one origin share a line. Returns the last of them. */
static const struct plan_mount *devices(const struct out *out, const struct plan_mount *m,
					const char *before, const char *after)
{
	const struct plan *plan = out->plan;
	auto_(buf_done) struct buf names = { 0 };
	const struct plan_mount *next = m;

	do {
		m = next;
		buf_addf(&names, " %s", plan_str(plan, m->target));
		next = plan_at(plan, m->item.next);
	} while (is_plain_device(plan, next) && next->item.origin == m->item.origin);
	say(out, m->item.origin, "%s%s%s", before, buf_str(&names) + (before[0] ? 0 : 1), after);
	return m;
}

static void open_overlay(const struct out *out, const struct plan_mount *m)
{
	const struct plan *plan = out->plan;

	say(out, m->item.origin, "open %s", plan_str(plan, m->lower));
	if (plan_is_kept(m) && !m->layer_of)
		say(out, m->item.origin, "open %s", plan_str(plan, m->source));
}

static void mount_open(const struct out *out)
{
	const struct plan *plan = out->plan;

	if (plan->root.kind == PLAN_ROOT_DIR && plan->root.path)
		say(out, plan->root.origin, "open %s", plan_str(plan, plan->root.path));
	plan_each (plan, struct plan_mount, m, plan->mounts) {
		if (is_plain_device(plan, m))
			m = devices(out, m, "open", "");
		else if (m->kind == PLAN_MOUNT_OVERLAY)
			open_overlay(out, m);
		else if (plan_mount_has_source(m) && m->content_fd >= 0)
			say(out, m->item.origin, "look up what descriptor %d stands for",
			    m->content_fd);
		else if (plan_mount_has_source(m) && m->kind != PLAN_MOUNT_MASK)
			say(out, m->item.origin, "open %s%s", plan_str(plan, m->source),
			    m->optional ? ", if it is there" : "");
	}
}

static void root(const struct out *out)
{
	const struct plan_root *r = &out->plan->root;
	bool covered = plan_root_overlay(out->plan) != NULL;

	if (r->kind == PLAN_ROOT_HOST)
		say(out, r->origin, "make the host's / read-only, nosuid, nodev");
	else if (!r->path)
		say(out, r->origin, "put an empty tmpfs in the place of / (nosuid, nodev)");
	else
		say(out, r->origin, "put %s in the place of / (%s, nosuid, nodev)",
		    plan_str(out->plan, r->path),
		    r->read_only || covered ? "read-only" : "writable");
	if (r->kind == PLAN_ROOT_DIR && r->path && !covered)
		say(out, r->origin, "mount points that are missing are made in it");
}

static void data_text(const struct plan *plan, const struct plan_mount *m, struct buf *out)
{
	static const struct {
		uint64_t bit;
		const char *word;
	} words[] = { { 1, "ro" }, { 2, "nosuid" }, { 4, "nodev" }, { 8, "noexec" },
		      { 0x200000, "nosymfollow" } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (m->attr & words[i].bit)
			buf_addf(out, "%s%s", out->len ? "," : "", words[i].word);
	plan_each (plan, struct plan_data, data, m->data)
		buf_addf(out, "%s%s%s%s", out->len ? "," : "", plan_str(plan, data->key),
			 data->value ? "=" : "", plan_str(plan, data->value));
}

/* What is special about a share: nosuid and nodev are not. */
static void share_text(const struct plan_mount *m, struct buf *out)
{
	if (m->attr & 8)
		buf_adds(out, ", noexec");
	if (m->attr & 0x200000)
		buf_adds(out, ", nosymfollow");
	if (m->optional)
		buf_adds(out, ", if it is there");
}

/* Whether the box has something else there, so that it is no matter what the host has. */
static bool is_replaced(const struct plan *plan, const char *path)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if ((m->kind == PLAN_MOUNT_FS || m->kind == PLAN_MOUNT_BIND) &&
		    path_is_under(path, plan_str(plan, m->target)))
			return true;
	return false;
}

static void overlay(const struct out *out, const struct plan_mount *m)
{
	const struct plan *plan = out->plan;
	const char *target = plan_str(plan, m->target);
	bool split = m->below.count || (target[1] == '\0' && plan->root.kind == PLAN_ROOT_HOST);

	if (plan_is_kept(m))
		say(out, m->item.origin, "%s: overlay, what is written is kept in %s", target,
		    plan_str(plan, m->source));
	else
		say(out, m->item.origin, "%s: overlay, what is written vanishes", target);
	if (split)
		say(out, m->item.origin, "one for each directory in it, where mounts are in the way");
	plan_each (plan, struct plan_below, below, m->below)
		if (below->keep && !is_replaced(plan, plan_str(plan, below->path)))
			say(out, m->item.origin, "%s (%s) stays read-only",
			    plan_str(plan, below->path), plan_str(plan, below->fstype));
}

static void one_mount(const struct out *out, const struct plan_mount *m)
{
	const struct plan *plan = out->plan;
	const char *target = plan_str(plan, m->target);
	const char *source = plan_str(plan, m->source);
	const char *same = strcmp(source, target) == 0 ? "" : source;
	const char *read_only = m->attr & 1 ? " read-only" : "";
	auto_(buf_done) struct buf data = { 0 };

	if (m->kind == PLAN_MOUNT_FS)
		data_text(plan, m, &data);
	else
		share_text(m, &data);
	switch ((enum plan_mount_kind)m->kind) {
	case PLAN_MOUNT_BIND:
		if (m->content_fd >= 0) {
			say(out, m->item.origin, "%s: what descriptor %d stands for%s", target,
			    m->content_fd, m->attr & 1 ? ", read-only" : ", writable");
			break;
		}
		say(out, m->item.origin, "%s: the host's %s%s%s", target, same[0] ? same : "own",
		    m->attr & 1 ? ", read-only" : ", writable", buf_str(&data));
		break;
	case PLAN_MOUNT_FS:
		say(out, m->item.origin, "%s: new %s (%s)", target, plan_str(plan, m->fstype),
		    buf_str(&data));
		break;
	case PLAN_MOUNT_DEVICE:
		say(out, m->item.origin, "%s: the host's device%s%s", target, same[0] ? " " : "",
		    same);
		break;
	case PLAN_MOUNT_SYMLINK:
		say(out, m->item.origin, "%s: link to %s", target, source);
		break;
	case PLAN_MOUNT_FILE:
		if (m->content_fd >= 0)
			say(out, m->item.origin, "%s:%s file read from descriptor %d", target,
			    read_only, m->content_fd);
		else
			say(out, m->item.origin, "%s:%s file of %u byte%s", target, read_only,
			    m->content_len, m->content_len == 1 ? "" : "s");
		break;
	case PLAN_MOUNT_DIR:
		say(out, m->item.origin, "%s: directory", target);
		break;
	case PLAN_MOUNT_MASK:
		say(out, m->item.origin, "%s: hidden", target);
		break;
	case PLAN_MOUNT_PROTECT:
		say(out, m->item.origin, "%s: read-only", target);
		break;
	case PLAN_MOUNT_OVERLAY:
		overlay(out, m);
		break;
	case PLAN_MOUNT_COUNT:
		break;
	}
}

static void mount_attach(const struct out *out)
{
	plan_each (out->plan, struct plan_mount, m, out->plan->mounts) {
		if (is_plain_device(out->plan, m))
			m = devices(out, m, "", ": the host's");
		else
			one_mount(out, m);
	}
}

static void root_pivot(const struct out *out)
{
	say(out, out->plan->root.origin, "change the root; the host's tree is gone");
}

static void root_seal(const struct out *out)
{
	say(out, out->plan->root.origin, "make / read-only");
}

static void umask_step(const struct out *out)
{
	say(out, out->plan->umask.origin, "umask %04o", (unsigned)out->plan->umask.value);
}

static void cwd(const struct out *out)
{
	say(out, out->plan->process.cwd_origin, "enter %s",
	    plan_str(out->plan, out->plan->process.cwd));
}

static void session(const struct out *out)
{
	const struct plan_process *p = &out->plan->process;
	char fds[8] = "";
	size_t len = 0;

	if (!p->terminal) {
		say(out, p->session_origin, "new session, without a terminal");
		return;
	}
	for (unsigned fd = 0; fd < 3; fd++)
		if (p->terminal & (1u << fd))
			len += (size_t)snprintf(fds + len, sizeof(fds) - len, " %u", fd);
	say(out, p->session_origin, "new session, with a terminal of its own as descriptor%s%s",
	    len > 2 ? "s" : "", fds);
}

static void keyring(const struct out *out)
{
	say(out, out->plan->keyring_origin, "new session keyring");
}

static void seccomp(const struct out *out)
{
	const struct plan_seccomp *s = &out->plan->seccomp;

	say(out, s->origin, "%s%s%s (%u instructions)", s->is_default ? "" : "system call filter ",
	    plan_str(out->plan, s->name), plan_str(out->plan, s->changes), s->count);
}

static void ids(const struct out *out)
{
	const struct plan_process *p = &out->plan->process;

	if (p->set_groups)
		say(out, p->user_origin, "supplementary groups: %s",
		    p->groups.count ? "as listed" : "none");
	if (p->uid != PLAN_NO_ID || p->gid != PLAN_NO_ID)
		say(out, p->user_origin, "become user %u, group %u", p->uid, p->gid);
}

static void caps(const struct out *out)
{
	const struct plan_caps *c = &out->plan->caps;
	auto_(buf_done) struct buf names = { 0 };

	if (!c->set) {
		say(out, 0, "as the kernel gives them when the command is executed");
		return;
	}
	names_capabilities(c->permitted, &names);
	say(out, c->origin, "%s", c->permitted ? buf_str(&names) : "none in any set");
	if (c->securebits)
		say(out, c->origin, "user 0 gets none either, for good");
}

static void no_new_privs(const struct out *out)
{
	say(out, out->plan->process.no_new_privs_origin,
	    "set-user-id programs and file capabilities give nothing");
}

static void fork_step(const struct out *out)
{
	if (out->plan->last == PLAN_LAST_INIT)
		say(out, out->plan->process.init_origin,
		    "cove-init stays as %s, reaps and passes signals on",
		    plan_is_new(out->plan, COVE_NS_PID) ? "process 1" : "the command's parent");
	else
		say(out, 0, "the command is started from outside, with no more rights than it "
			    "keeps");
}

static void limits(const struct out *out)
{
	each_limit(out, false);
}

static void fds(const struct out *out)
{
	const struct plan_process *p = &out->plan->process;

	if (p->keep_all_fds) {
		say(out, 0, "inherited descriptors stay as they are");
		return;
	}
	say(out, 0, "close all but 0, 1, 2");
	plan_each (out->plan, struct plan_number, keep, p->keep_fds)
		say(out, keep->item.origin, "and %d", (int)keep->value);
}

static void exec(const struct out *out)
{
	const struct plan_process *p = &out->plan->process;
	auto_(buf_done) struct buf line = { 0 }, names = { 0 };

	argv_text(out->plan, &line);
	say(out, 0, "%s", buf_str(&line));
	plan_each (out->plan, struct plan_string, e, p->env) {
		const char *text = plan_str(out->plan, e->text);

		buf_addf(&names, " %.*s", (int)strcspn(text, "="), text);
	}
	say(out, 0, "environment:%s", p->env.count ? buf_str(&names) : " empty");
}

static void running(const struct out *out)
{
	const struct plan *plan = out->plan;
	char text[48];

	say(out, 0, "wait for its end, pass signals on, return its status");
	if (plan->process.terminal)
		say(out, plan->process.session_origin, "and stand between its terminal and yours");
	if (!plan->time_limit)
		return;
	seconds((int64_t)plan->time_limit, text, sizeof(text));
	say(out, plan->time_limit_origin, "after %s s end it, with status 124", text);
}

typedef void (*describe)(const struct out *out);

static const describe rows[STEP_COUNT] = {
	[STEP_NS_OPEN] = ns_open,
	[STEP_LAYERS] = layers,
	[STEP_SPAWN] = spawn,
	[STEP_NS_JOIN] = ns_join,
	[STEP_NS_LATE] = ns_late,
	[STEP_LIMITS_RAISE] = limits_raise,
	[STEP_PROCESS] = process,
	[STEP_NET_LOOPBACK] = net_loopback,
	[STEP_HOSTNAME] = hostname,
	[STEP_MOUNT_PRIVATE] = mount_private,
	[STEP_MOUNT_OPEN] = mount_open,
	[STEP_IDS_MAP] = ids_map,
	[STEP_NS_UNSHARE] = ns_unshare,
	[STEP_NS_LIMIT] = ns_limit,
	[STEP_IDS_SETUP] = ids_setup,
	[STEP_ROOT] = root,
	[STEP_MOUNT_ATTACH] = mount_attach,
	[STEP_ROOT_PIVOT] = root_pivot,
	[STEP_ROOT_SEAL] = root_seal,
	[STEP_UMASK] = umask_step,
	[STEP_CWD] = cwd,
	[STEP_SESSION] = session,
	[STEP_KEYRING] = keyring,
	[STEP_IDS] = ids,
	[STEP_CAPS] = caps,
	[STEP_NO_NEW_PRIVS] = no_new_privs,
	[STEP_LANDLOCK] = landlock,
	[STEP_FDS] = fds,
	[STEP_FORK] = fork_step,
	[STEP_LIMITS] = limits,
	[STEP_PERSONALITY] = personality,
	[STEP_MEMPOLICY] = mempolicy,
	[STEP_SECCOMP] = seccomp,
	[STEP_EXEC] = exec,
	[STEP_RUNNING] = running,
};

void explain_step(const struct plan *plan, unsigned step, explain_line line, void *context)
{
	const struct out out = {
		.plan = plan,
		.name = step_rows[step].name,
		.line = line,
		.context = context,
	};

	rows[step](&out);
}
