/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering and making namespaces, and what is set in them first.
 */
#include "base/err.h"
#include "init/inside.h"
#include "plan/hint.h"
#include "sys/fd.h"
#include "sys/ids.h"
#include "sys/ns.h"
#include "sys/proc.h"
#include "sys/process.h"

#include <errno.h>
#include <stdio.h>

/* The descriptor of a process serves several kinds: the last one closes it. */
static int enter(struct inside *in, enum cove_ns kind)
{
	int fd = in->boot.ns_fd[kind];
	int r = ns_enter(fd, plan_ns_flag(kind));

	if (r < 0)
		return r;
	in->boot.ns_fd[kind] = -1;
	for (enum cove_ns other = 0; other < COVE_NS_COUNT; other++)
		if (in->boot.ns_fd[other] == fd)
			return 0;
	fd_close(fd);
	return 0;
}

/* All that is joined, where a single process leads to it: the kernel knows the order. False: it is
 * not so, or some of it is refused and has to be found out. */
static bool enter_at_once(struct inside *in)
{
	uint32_t flags = 0;
	int fd = -1;

	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++) {
		if (in->boot.ns_fd[kind] < 0)
			continue;
		if (fd >= 0 && in->boot.ns_fd[kind] != fd)
			return false;
		fd = in->boot.ns_fd[kind];
		flags |= plan_ns_flag(kind);
	}
	if (fd < 0 || (flags & (flags - 1)) == 0 || ns_enter(fd, flags) < 0)
		return false;
	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++)
		in->boot.ns_fd[kind] = -1;
	fd_close(fd);
	return true;
}

static int enter_error(struct inside *in, enum cove_ns kind, int num, struct cove_error *err)
{
	if (num == ESRCH)
		return err_set(err, num, "setns", plan_ns_name(kind),
			       "the process whose namespaces are joined has ended");
	err_set(err, num, "setns", plan_ns_name(kind), "cannot join the %s namespace",
		plan_ns_name(kind));
	err_origin(err, plan_str(in->plan, in->plan->ns[kind].origin));
	if (num == EPERM)
		plan_hint(in->plan, err,
			  "it belongs to a user namespace in which you have no CAP_SYS_ADMIN: "
			  "join that one too (--join user=...), or become root",
			  "it belongs to a user namespace in which you have no CAP_SYS_ADMIN: "
			  "join that one too, or become root");
	return -num;
}

/* The user namespace may give the right to join the others, or take it away. So what can be joined
 * before it is, and the rest after it. */
int apply_ns_join(struct inside *in, struct cove_error *err)
{
	const struct plan *plan = in->plan;
	bool user = plan->ns[COVE_NS_USER].mode == PLAN_NS_JOIN;
	int r = 0;

	/* Who is in there already must not see more in us than in the command. */
	if ((user || plan->ns[COVE_NS_PID].mode == PLAN_NS_JOIN) && !plan->own_time)
		r = inside_hide(in, err);
	/* That of the joined one may forbid it for good: what is here goes now. */
	if (r == 0 && user && plan->process.set_groups)
		r = ids_set_groups(NULL, 0, err);
	if (r < 0 || enter_at_once(in))
		return r;
	for (enum cove_ns kind = COVE_NS_USER + 1; kind < COVE_NS_COUNT; kind++) {
		if (in->boot.ns_fd[kind] < 0)
			continue;
		r = enter(in, kind);
		if (r < 0 && (r != -EPERM || in->boot.ns_fd[COVE_NS_USER] < 0))
			return enter_error(in, kind, -r, err);
	}
	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++) {
		if (in->boot.ns_fd[kind] < 0)
			continue;
		r = enter(in, kind);
		if (r < 0)
			return enter_error(in, kind, -r, err);
	}
	return 0;
}

/* The parent tells the host who goes on, and ends; only then does the child speak. It may be seen
 * in a joined pid namespace, but not looked into: it is undumpable, and its memory belongs to the
 * user namespace in which cove-init was executed. */
int inside_respawn(struct inside *in, uint32_t flags, struct cove_error *err)
{
	auto_fd int ended = -1, other = -1;
	int pidfd = -1, r;
	char byte[2];
	pid_t pid;

	r = fd_pipe(&ended, &other, err);
	if (r < 0)
		return r;
	pid = process_respawn(flags, &pidfd, err);
	if (pid < 0)
		return pid;
	if (pid > 0) {
		in->message.kind = CHANNEL_MOVED;
		in->message.value = pid;
		channel_send(&in->channel, &in->message, pidfd, NULL);
		process_exit(0);
	}
	fd_close(TAKE_FD(other));
	fd_read(ended, byte, sizeof(byte));
	if (!in->plan->last_copies) /* else the count is shared */
		in->channel.sent++;
	return inside_die_with_host(in, err);
}

int apply_ns_late(struct inside *in, struct cove_error *err)
{
	int r;

	if (in->plan->late_forks)
		return inside_respawn(in, in->plan->late_flags, err);
	r = ns_unshare(in->plan->late_flags);
	return r == 0 ? 0 : err_set(err, -r, "unshare", NULL, "cannot make new namespaces");
}

static int set_offset(const struct plan_offset *offset, const char *clock, struct inside *in,
		      struct cove_error *err)
{
	int64_t seconds = offset->ns / 1000000000;
	int64_t rest = offset->ns % 1000000000;
	char line[64];
	int r;

	if (!offset->set)
		return 0;
	if (rest < 0) {
		rest += 1000000000;
		seconds--;
	}
	snprintf(line, sizeof(line), "%s %lld %lld\n", clock, (long long)seconds, (long long)rest);
	r = proc_write_self("timens_offsets", line, err);
	if (r == -ERANGE)
		err_hint(err, "the clock would leave its range: it may not become negative");
	if (r < 0)
		err_origin(err, plan_str(in->plan, offset->origin));
	return r;
}

int apply_ns_unshare(struct inside *in, struct cove_error *err)
{
	const struct plan *plan = in->plan;
	uint32_t flags = (plan->own_time ? plan_ns_flag(COVE_NS_TIME) : 0) |
			 (plan->own_cgroup ? plan_ns_flag(COVE_NS_CGROUP) : 0);
	int r = ns_unshare(flags);

	if (r < 0)
		return err_set(err, -r, "unshare", NULL, "cannot make a new %s namespace",
			       plan->own_time ? "time" : "cgroup");
	if (!plan->own_time)
		return 0;
	r = set_offset(&plan->monotonic, "monotonic", in, err);
	return r < 0 ? r : set_offset(&plan->boottime, "boottime", in, err);
}

/* The file shows the limit of the user namespace that looks at it: the box's. */
int apply_ns_limit(struct inside *in, struct cove_error *err)
{
	int r = proc_write_sys("user/max_user_namespaces", "0", err);

	if (r < 0)
		err_origin(err, plan_str(in->plan, in->plan->limit_userns_origin));
	/* -EPERM and -ENOSYS are a filter's answers. */
	if (r == -ENOENT || r == -EACCES || r == -EROFS || r == -EINVAL || r == -EXDEV)
		err_hint(err,
			 "an outer container may hide or protect /proc/sys; --allow userns does "
			 "without");
	return r;
}

int apply_loopback(struct inside *in, struct cove_error *err)
{
	(void)in;
	return ns_loopback_up(err);
}

int apply_hostname(struct inside *in, struct cove_error *err)
{
	const struct plan *plan = in->plan;
	int r = 0;

	if (plan->hostname)
		r = ns_set_hostname(plan_str(plan, plan->hostname), err);
	if (r < 0)
		err_origin(err, plan_str(plan, plan->hostname_origin));
	if (r == 0 && plan->domainname) {
		r = ns_set_domainname(plan_str(plan, plan->domainname), err);
		if (r < 0)
			err_origin(err, plan_str(plan, plan->domainname_origin));
	}
	return r;
}
