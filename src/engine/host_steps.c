/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's steps, in the order of the table. Each says what it leaves for the next one.
 */
#include "engine/host_steps.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "engine/init_image.h"
#include "engine/rdt.h"
#include "engine/relay.h"
#include "engine/sched.h"
#include "plan/hint.h"
#include "plan/overlay.h"
#include "sys/caps.h"
#include "sys/cgroup.h"
#include "sys/fd.h"
#include "sys/ids.h"
#include "sys/limits.h"
#include "sys/ns.h"
#include "sys/process.h"
#include "sys/sched.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#define HELPER_NUMBERS 64

/* ns.open: leaves run->boot.ns_fd, -1 for namespaces that the caller is in already. */

static int open_target(const struct plan_ns *ns, enum cove_ns kind, const struct plan *plan,
		       struct cove_error *err)
{
	const char *name = plan_ns_name(kind);
	auto_fd int pidfd = -1;
	pid_t pid;

	switch ((enum plan_target)ns->target) {
	case PLAN_TARGET_FD:
		pid = process_number(ns->number);
		return pid > 0 ? ns_open_of(ns->number, pid, name, err)
			       : fd_dup_above(ns->number, 3, err);
	case PLAN_TARGET_PATH:
		return ns_open_path(plan_str(plan, ns->path), err);
	case PLAN_TARGET_PID:
		pidfd = ns_open_process(ns->number, err);
		return pidfd < 0 ? pidfd : ns_open_of(pidfd, ns->number, name, err);
	}
	return -EINVAL;
}

static enum cove_ns sysctl_ns(const char *name)
{
	if (strncmp(name, "net/", 4) == 0)
		return COVE_NS_NET;
	if (strncmp(name, "user/", 5) == 0)
		return COVE_NS_USER;
	return strcmp(name, "kernel/domainname") == 0 ? COVE_NS_UTS : COVE_NS_IPC;
}

/* A path may lead to the namespace that we are in ourselves: what is set there is the host's. */
static int check_own(const struct plan *plan, enum cove_ns kind, struct cove_error *err)
{
	bool sets = kind == COVE_NS_UTS && (plan->hostname || plan->domainname);

	plan_each (plan, struct plan_sysctl, s, plan->sysctls)
		sets = sets || sysctl_ns(plan_str(plan, s->name)) == kind;
	if (!sets)
		return 1;
	err_set(err, EINVAL, NULL, NULL, "the %s namespace to join is the host's own, and something "
					 "is to be set in it", plan_ns_name(kind));
	return -EINVAL;
}

static int open_namespace(struct run *run, enum cove_ns kind, struct cove_error *err)
{
	const struct plan_ns *ns = &run->plan->ns[kind];
	auto_fd int fd = open_target(ns, kind, run->plan, err);
	const char *path = ns->target == PLAN_TARGET_PATH ? plan_str(run->plan, ns->path) : NULL;
	int r = fd < 0 ? fd : ns_check_kind(fd, plan_ns_flag(kind), plan_ns_name(kind), path, err);

	if (r >= 0)
		r = ns_is_own(fd, plan_ns_name(kind), err);
	if (r == 1)
		r = check_own(run->plan, kind, err);
	if (r < 0)
		err_origin(err, plan_str(run->plan, ns->origin));
	if (r == -ENOENT && path && strncmp(path, "/proc/", 6) == 0)
		err_hint(err, "has the container or process that it belongs to ended?");
	if (r == -EACCES)
		err_hint(err, "it is another user's process: that takes root, or CAP_SYS_PTRACE");
	if (r == 0)
		run->boot.ns_fd[kind] = TAKE_FD(fd);
	return r < 0 ? r : 0;
}

/* A process leads to several namespaces by the same descriptor. */
static void undo_ns_open(struct run *run)
{
	int *fds = run->boot.ns_fd;

	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++) {
		int fd = fds[kind];

		for (enum cove_ns other = kind; other < COVE_NS_COUNT; other++)
			if (fds[other] == fd)
				fds[other] = -1;
		if (fd >= 0)
			fd_close(fd);
	}
}

static int target_ended(struct run *run, const struct plan_ns *ns, struct cove_error *err)
{
	err_set(err, ESRCH, "pidfd_send_signal", NULL,
		"the process whose namespaces are joined has ended");
	err_origin(err, plan_str(run->plan, ns->origin));
	return -ESRCH;
}

/* The first kind that is reached by the same descriptor of the caller's, for which we have ours. */
static enum cove_ns find_opened(const struct run *run, enum cove_ns kind)
{
	const struct plan_ns *ns = run->plan->ns;
	enum cove_ns first = 0;

	while (first < kind &&
	       !(ns[first].mode == PLAN_NS_JOIN && ns[first].target == PLAN_TARGET_FD &&
		 ns[first].number == ns[kind].number && run->boot.ns_fd[first] >= 0))
		first++;
	return first;
}

/* A process to join, as its pidfd: what is shared with it already is found out for the user namespace
 * alone, for the kernel refuses to enter that again. Returns 0 when `number` is no pidfd. */
static int open_by_pidfd(struct run *run, enum cove_ns kind, struct cove_error *err)
{
	const struct plan_ns *ns = &run->plan->ns[kind];
	enum cove_ns opened = find_opened(run, kind);
	int r = 1, shared = 0;

	if (opened == kind)
		r = ns_is_pidfd(ns->number);
	if (r == -ESRCH)
		return target_ended(run, ns, err);
	if (r != 1)
		return r;
	if (kind == COVE_NS_USER)
		shared = ns_is_shared(ns->number, plan_ns_name(kind), err);
	if (shared)
		return shared < 0 ? shared : 1;
	r = opened == kind ? fd_dup_above(ns->number, 3, err) : run->boot.ns_fd[opened];
	run->boot.ns_fd[kind] = r < 0 ? -1 : r;
	return r < 0 ? r : 1;
}

/* To join everything of a process, its user namespace too, and find that one is there already, is a
 * mistake: most often the number of the cove that made a box instead of a process in it. */
static int nothing_to_join(struct run *run, plan_ref origin, struct cove_error *err)
{
	err_set(err, EINVAL, NULL, NULL, "there is nothing to join: you are in these namespaces "
					 "already");
	err_origin(err, plan_str(run->plan, origin));
	plan_hint(run->plan, err,
		  "to join a box, name a process in it: a child of its cove, see pgrep -P",
		  "leave the user namespace out of /linux/namespaces");
	return -EINVAL;
}

static int apply_ns_open(struct run *run, struct cove_error *err)
{
	plan_ref origin = 0;
	bool any = false;

	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++) {
		int r = 0;

		if (run->plan->ns[kind].mode != PLAN_NS_JOIN)
			continue;
		origin = run->plan->ns[kind].origin;
		if (run->plan->ns[kind].target == PLAN_TARGET_FD)
			r = open_by_pidfd(run, kind, err);
		if (r == 0)
			r = open_namespace(run, kind, err);
		any |= run->boot.ns_fd[kind] >= 0;
		if (r < 0) {
			undo_ns_open(run);
			return r;
		}
	}
	if (!any && run->plan->ns[COVE_NS_USER].mode == PLAN_NS_JOIN)
		return nothing_to_join(run, origin, err);
	return 0;
}

/* spawn: leaves cove-init running, in new namespaces, waiting for the first hand-over. */

static unsigned add_fd(int *fds, unsigned count, int fd)
{
	fds[count] = fd;
	return count + 1;
}

#define BIT(cap) (UINT64_C(1) << (cap))

/* What making this box takes, and what its command gets. Few, for each costs a system call. But all
 * where the command's are left to the kernel: were it to gain some by its execution, it would lose
 * the signal that ends it with its parent. */
static uint64_t needed_caps(const struct plan *plan)
{
	const struct plan_caps *caps = &plan->caps;
	uint64_t needed = caps->permitted | caps->inheritable | BIT(CAP_SYS_ADMIN) |
			  BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) |
			  BIT(CAP_DAC_OVERRIDE);

	/* Hooks, and what is copied and made in a container's root, may take any. */
	if (!caps->set || plan->container.is)
		return ~UINT64_C(0);
	if (plan->loopback)
		needed |= BIT(CAP_NET_ADMIN);
	/* An overlay copies files with the rights of who made it. */
	if (plan_has_overlay(plan))
		needed |= BIT(CAP_CHOWN) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_MKNOD) |
			  BIT(CAP_SETFCAP);
	if (plan_has_join(plan))
		needed |= BIT(CAP_SYS_CHROOT) | BIT(CAP_SYS_PTRACE) | BIT(CAP_NET_ADMIN);
	if (plan->process.terminal && plan->process.uid != PLAN_NO_ID)
		needed |= BIT(CAP_CHOWN);
	if (plan->own_time)
		needed |= BIT(CAP_SYS_TIME);
	if (plan->rlimits.count || plan->limit_userns)
		needed |= BIT(CAP_SYS_RESOURCE);
	return needed;
}

static void undo_spawn(struct run *run)
{
	if (!run->reaped) {
		process_signal(run->pidfd, SIGKILL);
		process_wait(run->pidfd, &run->end, NULL);
		run->reaped = true;
	}
	channel_done(&run->channel);
	if (run->pidfd >= 0)
		fd_close(TAKE_FD(run->pidfd));
	if (run->terminal >= 0)
		fd_close(TAKE_FD(run->terminal));
}

/* A threaded cgroup, or one whose common ancestor with ours is not the caller's, takes no newborn. One
 * in which all were killed by cgroup.kill once kills each (-ECANCELED, seen with Linux 6.18). Moved
 * there it is before it has done anything. */
static int spawn_in_cgroup(struct run *run, struct process_spawn *spawn, struct cove_error *err)
{
	pid_t pid = process_spawn(spawn, &run->pidfd, err);
	int r;

	if (spawn->cgroup < 0 ||
	    (pid != -EOPNOTSUPP && pid != -EBUSY && pid != -EACCES && pid != -ECANCELED))
		return pid;
	spawn->cgroup = -1;
	pid = process_spawn(spawn, &run->pidfd, err);
	r = pid < 0 ? pid : cgroup_move_process(run, pid, err);
	if (pid > 0 && r < 0)
		undo_spawn(run);
	return r < 0 ? r : pid;
}

/* Who gets all anyway need not keep each by a call of its own. */
static uint64_t caps_to_keep(const struct plan *plan)
{
	bool all = plan->container.is && plan->ns[COVE_NS_USER].mode == PLAN_NS_HOST;

	return all && caps_come_with_root() ? 0 : needed_caps(plan);
}

static int spawn(struct run *run, int image, int channel, struct cove_error *err)
{
	const struct plan *plan = run->plan;
	char where[48];
	char *argv[] = { "cove-init", where, NULL };
	int inherit[COVE_NS_COUNT + 3 + PLAN_KEEP_FDS];
	unsigned count = 0;

	snprintf(where, sizeof(where), "%d,%d,%zu", channel, image, init_image_size());
	count = add_fd(inherit, count, channel);
	count = add_fd(inherit, count, image);
	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++)
		if (run->boot.ns_fd[kind] >= 0)
			count = add_fd(inherit, count, run->boot.ns_fd[kind]);
	if (run->boot.gate_fd >= 0)
		count = add_fd(inherit, count, run->boot.gate_fd);
	plan_each (plan, struct plan_number, keep, plan->process.keep_fds)
		count = add_fd(inherit, count, (int)keep->value);
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->content_fd >= 0 && count < ARRAY_LEN(inherit))
			count = add_fd(inherit, count, m->content_fd);
	return spawn_in_cgroup(run,
			       &(struct process_spawn){ .flags = plan->spawn_flags,
							.image = image,
							.argv = argv,
							.cgroup = run->cgroup,
							.caps = caps_to_keep(plan),
							.inherit = inherit,
							.inherit_count = count },
			       err);
}

/* One sealed file holds the program and, behind it, the plan. */
static int make_image(const struct plan *plan, struct cove_error *err)
{
	const struct fd_part parts[] = {
		{ init_image, init_image_size() },
		{ plan, plan->size },
	};

	return fd_sealed_memfd("cove-init", parts, ARRAY_LEN(parts), err);
}

static int check_fd(const struct plan *plan, int fd, plan_ref origin, struct cove_error *err)
{
	if (fd_is_open(fd))
		return 0;
	err_set(err, EBADF, "fcntl", NULL, "descriptor %d is not open", fd);
	err_origin(err, plan_str(plan, origin));
	return -EBADF;
}

/* The descriptors that the caller passes on. */
static int check_fds(const struct plan *plan, struct cove_error *err)
{
	int r = 0;

	plan_each (plan, struct plan_number, keep, plan->process.keep_fds)
		if (r == 0)
			r = check_fd(plan, (int)keep->value, keep->item.origin, err);
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (r == 0 && m->content_fd >= 0)
			r = check_fd(plan, m->content_fd, m->item.origin, err);
	return r;
}

/* The size that the plan asks for comes first. */
static void read_terminal(struct run *run)
{
	const struct plan_process *process = &run->plan->process;
	struct tty_setup *tty = &run->boot.tty;

	tty_read(relay_shows_on(process->terminal), tty);
	if (!process->rows && !process->columns)
		return;
	tty->set = true;
	tty->rows = process->rows;
	tty->columns = process->columns;
	tty->width = tty->height = 0;
}

static int apply_spawn(struct run *run, struct cove_error *err)
{
	struct channel inside = { .fd = -1 };
	auto_fd int image = -1;
	pid_t pid;
	int r = check_fds(run->plan, err);

	if (r < 0)
		return r;
	if (run->plan->process.new_session == PLAN_SESSION_APART)
		run->boot.controlled = tty_is_controlled();
	if (run->plan->process.terminal)
		read_terminal(run);
	run->boot.gate_fd = run->gate;
	image = make_image(run->plan, err);
	if (image < 0)
		return image;
	r = channel_open(&run->channel, &inside, err);
	if (r < 0)
		return r;
	run->channel.waiting = run->signals < 0 ? run->waiting : NULL;
	if (run->plan->process.keep_signal_mask)
		run->boot.signal_mask = run->waiting ? *run->waiting : process_blocked_signals();
	pid = spawn(run, image, inside.fd, err);
	channel_done(&inside);
	if (pid < 0) {
		channel_done(&run->channel);
		return pid;
	}
	run->pid = pid;
	r = cgroup_take_process(run, err);
	if (r < 0) {
		undo_spawn(run);
		return r;
	}
	/* Here it would only keep connections waiting that nobody will take. */
	if (run->gate >= 0)
		fd_close(TAKE_FD(run->gate));
	return 0;
}

/* limits.raise: leaves room for the limits that cove-init sets at the end. */

static int apply_limits_raise(struct run *run, struct cove_error *err)
{
	plan_each (run->plan, struct plan_rlimit, limit, run->plan->rlimits) {
		uint64_t soft = 0, hard;
		int r = 0;

		if (!limit->raise)
			continue;
		process_get_limit(run->pid, (int)limit->resource, &soft, &hard);
		r = process_set_rlimit(run->pid, (int)limit->resource, soft, limit->hard, NULL);
		if (r < 0) {
			process_limit_error(r, (int)limit->resource, limit->soft, limit->hard, err);
			err_origin(err, plan_str(run->plan, limit->item.origin));
			err_hint(err, "it is above your own hard limit; raising that takes "
				      "CAP_SYS_RESOURCE, and nofile goes up to /proc/sys/fs/nr_open");
			return r;
		}
	}
	return 0;
}

/* process: what the command inherits, set while we may still lower it. */

static int set_oom_score(struct run *run, struct cove_error *err)
{
	const struct plan_setting *score = &run->plan->oom_score_adj;
	int r = score->set ? process_set_oom_score(run->pid, score->value, err) : 0;

	if (r < 0)
		err_origin(err, plan_str(run->plan, score->origin));
	if (r == -EACCES || r == -EPERM)
		err_hint(err, "lowering it takes CAP_SYS_RESOURCE");
	return r;
}

static int set_processors(struct run *run, struct cove_error *err)
{
	const struct plan_affinity *affinity = &run->plan->affinity;
	int r = 0;

	if (affinity->initial)
		r = sched_set_processors(run->pid, plan_str(run->plan, affinity->initial), err);
	if (r < 0)
		err_origin(err, plan_str(run->plan, affinity->origin));
	return r;
}

static int apply_process(struct run *run, struct cove_error *err)
{
	int r = sched_apply(run, err);

	if (r == 0)
		r = set_oom_score(run, err);
	if (r == 0)
		r = set_processors(run, err);
	return r < 0 ? r : rdt_enter(run, err);
}

/* ids.map: leaves the ids of the box existing. */

static int write_map(struct run *run, const char *file, const struct plan_list *list,
		     struct cove_error *err)
{
	auto_(buf_done) struct buf text = { 0 };

	plan_each (run->plan, struct plan_map, map, *list)
		buf_addf(&text, "%u %u %u\n", map->inside, map->outside, map->count);
	if (text.failed)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	return ids_write_map(run->pid, file, buf_str(&text), err);
}

static int run_map_helper(struct run *run, const char *helper, const struct plan_list *list,
			  struct cove_error *err)
{
	char numbers[HELPER_NUMBERS][12];
	const char *pointers[HELPER_NUMBERS + 1] = { NULL };
	unsigned n = 0;

	plan_each (run->plan, struct plan_map, map, *list) {
		const uint32_t columns[] = { map->inside, map->outside, map->count };

		for (unsigned i = 0; i < 3; i++, n++) {
			if (n >= HELPER_NUMBERS)
				return err_set(err, E2BIG, helper, NULL, "too many ranges to map");
			snprintf(numbers[n], sizeof(numbers[n]), "%u", columns[i]);
			pointers[n] = numbers[n];
		}
	}
	return ids_run_helper(helper, run->pid, pointers, err);
}

static int apply_ids_map(struct run *run, struct cove_error *err)
{
	const struct plan_maps *maps = &run->plan->maps;
	int r = 0;

	if (maps->by_helper) {
		r = run_map_helper(run, "newuidmap", &maps->uids, err);
		if (r == 0)
			r = run_map_helper(run, "newgidmap", &maps->gids, err);
	} else {
		if (maps->deny_setgroups)
			r = ids_deny_setgroups(run->pid, err);
		if (r == 0)
			r = write_map(run, "uid_map", &maps->uids, err);
		if (r == 0)
			r = write_map(run, "gid_map", &maps->gids, err);
	}
	if (r < 0)
		err_origin(err, plan_str(run->plan, maps->origin));
	return r;
}

const struct host_step host_steps[STEP_COUNT] = {
	[STEP_RECORD] = { apply_record, undo_record },
	[STEP_NS_OPEN] = { apply_ns_open, undo_ns_open },
	[STEP_LAYERS] = { apply_layers, undo_layers },
	[STEP_CGROUP] = { apply_cgroup, undo_cgroup },
	[STEP_SPAWN] = { apply_spawn, undo_spawn },
	[STEP_LIMITS_RAISE] = { apply_limits_raise, NULL },
	[STEP_PROCESS] = { apply_process, NULL },
	[STEP_NET_DEVICES] = { apply_net_devices, NULL },
	[STEP_IDS_MAP] = { apply_ids_map, NULL },
	[STEP_MOUNT_IDMAP] = { apply_mount_idmap, NULL },
	[STEP_HOOKS_RUNTIME] = { apply_hooks_runtime, NULL },
	[STEP_CONSOLE] = { apply_console, NULL },
	[STEP_CREATED] = { apply_created, NULL },
	[STEP_RUNNING] = { apply_running, NULL },
	[STEP_HOOKS_POSTSTART] = { apply_hooks_poststart, NULL },
};
