/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command will see and may do, in a few lines.
 */
#include "base/auto.h"
#include "plan/argv.h"
#include "plan/explain.h"
#include "plan/filter.h"
#include "plan/landlock.h"
#include "plan/names.h"

#include <linux/capability.h>
#include <linux/mount.h>
#include <string.h>

struct out {
	const struct plan *plan;
	explain_line line;
	void *context;
};

static void say(const struct out *out, const char *about, const struct buf *text)
{
	out->line(out->context, about, buf_str(text), "");
}

static void command(const struct out *out)
{
	auto_(buf_done) struct buf text = { 0 };

	argv_text(out->plan, &text);
	if (out->plan->process.cwd)
		buf_addf(&text, "  (in %s)", plan_str(out->plan, out->plan->process.cwd));
	say(out, "runs", &text);
}

static void user_name(const struct plan *plan, struct buf *text)
{
	if (plan->uid_inside == PLAN_NO_ID && plan->ns[COVE_NS_USER].mode == PLAN_NS_JOIN)
		buf_adds(text, "whoever you are in the user namespace that it joins");
	else if (plan->uid_inside == PLAN_NO_ID)
		buf_adds(text, "nobody of the box: your own id is not mapped");
	else
		buf_addf(text, "user %u", plan->uid_inside);
	if (plan->uid_outside != plan->uid_inside && plan->uid_outside != PLAN_NO_ID)
		buf_addf(text, ", who is %u outside", plan->uid_outside);
	if (plan_is_new(plan, COVE_NS_USER))
		buf_adds(text, ", in a user namespace of its own");
}

static void user(const struct out *out)
{
	const struct plan *plan = out->plan;
	auto_(buf_done) struct buf text = { 0 };

	user_name(plan, &text);
	say(out, "is", &text);
	buf_done(&text);
	if (!plan->caps.set)
		buf_adds(&text, "what the kernel gives that user");
	else if (!plan->caps.permitted)
		buf_adds(&text, "no capabilities");
	else
		names_capabilities(plan->caps.permitted, &text);
	if (plan->process.no_new_privs)
		buf_adds(&text, "; no new privileges");
	say(out, "may", &text);
}

/* Not covered by a later one at the same place that is surely there. */
static bool is_top(const struct plan *plan, const struct plan_mount *mount)
{
	const struct plan_mount *later = plan_at(plan, mount->item.next);

	for (; later; later = plan_at(plan, later->item.next))
		if (!later->optional &&
		    strcmp(plan_str(plan, later->target), plan_str(plan, mount->target)) == 0)
			return false;
	return true;
}

/* Lists the targets of a sort of mounts. */
static void list(const struct plan *plan, bool (*belongs)(const struct plan *plan,
							   const struct plan_mount *),
		 const char *what, struct buf *text)
{
	const char *separator = what;

	plan_each (plan, struct plan_mount, m, plan->mounts) {
		if (!belongs(plan, m) || !is_top(plan, m))
			continue;
		buf_addf(text, "%s%s", separator, plan_str(plan, m->target));
		separator = " ";
	}
}

static bool is_writable(const struct plan *plan, const struct plan_mount *m)
{
	(void)plan;
	return m->kind == PLAN_MOUNT_BIND && !(m->attr & MOUNT_ATTR_RDONLY) && !m->optional;
}

static bool is_read_only(const struct plan *plan, const struct plan_mount *m)
{
	(void)plan;
	return m->kind == PLAN_MOUNT_BIND && m->attr & MOUNT_ATTR_RDONLY && !m->optional;
}

static bool is_perhaps(const struct plan *plan, const struct plan_mount *m)
{
	(void)plan;
	return m->kind == PLAN_MOUNT_BIND && m->optional;
}

static bool is_private(const struct plan *plan, const struct plan_mount *m)
{
	return m->kind == PLAN_MOUNT_FS && strcmp(plan_str(plan, m->fstype), "tmpfs") == 0 &&
	       strcmp(plan_str(plan, m->target), "/dev/shm") != 0;
}

static bool is_overlay(const struct plan *plan, const struct plan_mount *m)
{
	(void)plan;
	return m->kind == PLAN_MOUNT_OVERLAY && !plan_is_kept(m);
}

static bool is_kept(const struct plan *plan, const struct plan_mount *m)
{
	(void)plan;
	return plan_is_kept(m);
}

static bool is_hidden(const struct plan *plan, const struct plan_mount *m)
{
	(void)plan;
	return m->kind == PLAN_MOUNT_MASK && !m->optional; /* of the host's files, by an option */
}

static void files(const struct out *out)
{
	const struct plan *plan = out->plan;
	auto_(buf_done) struct buf text = { 0 };

	switch ((enum plan_root_kind)plan->root.kind) {
	case PLAN_ROOT_KEEP:
		buf_adds(&text, plan->ns[COVE_NS_MNT].mode == PLAN_NS_JOIN
					? "the files of the mount namespace that it joins"
					: "your files as they are");
		break;
	case PLAN_ROOT_HOST:
		buf_adds(&text, "the host's files, read-only");
		break;
	case PLAN_ROOT_DIR:
		if (!plan->root.path)
			buf_adds(&text, "no files of the host but those below");
		else
			buf_addf(&text, "the files in %s, %s", plan_str(plan, plan->root.path),
				 plan->root.read_only || plan_root_overlay(plan) ? "read-only"
								       : "writable");
		break;
	}
	say(out, "sees", &text);
	buf_done(&text);
	list(plan, is_writable, "", &text);
	if (text.len)
		say(out, "can write", &text);
	buf_done(&text);
	list(plan, is_read_only, "", &text);
	if (text.len)
		say(out, "can read", &text);
	buf_done(&text);
	list(plan, is_perhaps, "", &text);
	if (text.len)
		say(out, "if there", &text);
	buf_done(&text);
	list(plan, is_overlay, "", &text);
	if (text.len)
		say(out, "changes vanish", &text);
	buf_done(&text);
	list(plan, is_kept, "", &text);
	if (text.len)
		say(out, "changes kept", &text);
	buf_done(&text);
	list(plan, is_private, "", &text);
	if (text.len)
		say(out, "private, empty", &text);
	buf_done(&text);
	list(plan, is_hidden, "", &text);
	if (text.len)
		say(out, "hidden", &text);
}

static void line(const struct out *out, const char *about, const char *text)
{
	out->line(out->context, about, text, "");
}

static const char *choose(const struct plan *plan, enum cove_ns ns, const char *host,
			  const char *new, const char *joined)
{
	switch ((enum plan_ns_mode)plan->ns[ns].mode) {
	case PLAN_NS_HOST:
		return host;
	case PLAN_NS_NEW:
		return new;
	case PLAN_NS_JOIN:
		return joined;
	}
	return "";
}

static void limits(const struct out *out)
{
	auto_(buf_done) struct buf text = { 0 };

	plan_each (out->plan, struct plan_rlimit, limit, out->plan->rlimits)
		buf_addf(&text, "%s%s", text.len ? " " : "", names_rlimit_name(limit->resource));
	if (text.len)
		say(out, "limits", &text);
}

static void landlock(const struct out *out)
{
	auto_(buf_done) struct buf text = { 0 };

	plan_landlock_summary(out->plan, &text);
	if (text.len)
		say(out, "Landlock", &text);
}

/* A new pid namespace shows in a procfs of its own only. */
static bool shows_old_proc(const struct plan *plan)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->kind == PLAN_MOUNT_FS && strcmp(plan_str(plan, m->fstype), "proc") == 0)
			return false;
	return plan_is_new(plan, COVE_NS_PID);
}

static void system_calls(const struct out *out)
{
	const struct plan *plan = out->plan;
	auto_(buf_done) struct buf text = { 0 };

	if (!plan->seccomp.count) {
		line(out, "system calls", "not filtered");
		return;
	}
	buf_adds(&text, plan_str(plan, plan->seccomp.name));
	if (plan->seccomp.is_default)
		buf_addf(&text, ", which denies %u of them%s", filter_count_denied(plan),
			 plan_str(plan, plan->seccomp.changes));
	say(out, "system calls", &text);
}

static void terminal(const struct out *out)
{
	const struct plan_process *process = &out->plan->process;

	if (process->terminal)
		line(out, "terminal", "one of its own");
	else if (process->new_session)
		line(out, "terminal", "none");
	else
		line(out, "terminal", "yours, in your session");
}

static void surroundings(const struct out *out)
{
	const struct plan *plan = out->plan;

	line(out, "network", choose(plan, COVE_NS_NET, "the host's",
				    plan->loopback ? "none, but for a loopback of its own" : "none",
				    "that of the namespace that it joins"));
	terminal(out);
	line(out, "processes",
	     choose(plan, COVE_NS_PID, "all of the host's", "only those of the box",
		    "those of the namespace that it joins"));
	system_calls(out);
	landlock(out);
	limits(out);
	if (plan->caps.permitted & (UINT64_C(1) << CAP_SYS_ADMIN) &&
	    plan->root.kind == PLAN_ROOT_HOST)
		line(out, "note", "with SYS_ADMIN it can unmount what hides the host's files");
	if (shows_old_proc(plan))
		line(out, "note", "/proc still shows the host's processes");
	plan_each (plan, struct plan_string, note, plan->notes)
		line(out, "note", plan_str(plan, note->text));
}

void explain_summary(const struct plan *plan, explain_line line_out, void *context)
{
	const struct out out = { .plan = plan, .line = line_out, .context = context };

	command(&out);
	user(&out);
	files(&out);
	surroundings(&out);
}
