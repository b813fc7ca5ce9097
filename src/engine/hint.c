/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints: see hint.h.
 */
#include "engine/hint.h"
#include "base/auto.h"
#include "base/err.h"
#include "plan/hint.h"
#include "sys/fd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* The failure, and all that may explain it. */
struct question {
	const struct probe *probe;
	const struct plan *plan;
	struct cove_error *err;
	bool user; /* the box has a user namespace of its own */
};

static bool is_call(const struct question *q, const char *call)
{
	return strcmp(q->err->call, call) == 0;
}

static bool makes_process(const struct question *q)
{
	return is_call(q, "clone3") || is_call(q, "unshare");
}

static bool is_denied(const struct question *q)
{
	return q->err->num == EPERM || q->err->num == EACCES;
}

/* ---- causes, each tried in turn until one has something to say ---- */

static void namespace_limit(const struct question *q)
{
	bool spawned = makes_process(q) && (q->err->num == ENOSPC || q->err->num == EUSERS);

	for (enum cove_ns ns = 0; spawned && ns < COVE_NS_COUNT; ns++) {
		unsigned long long limit = q->probe->limits[ns];
		const char *name = plan_ns_name(ns);

		if (!plan_is_new(q->plan, ns) || limit >= 16)
			continue;
		if (q->probe->nested)
			err_hint(q->err, "the limit user.max_%s_namespaces is %llu here; an outer box or "
					 "container has set it, and only there it can be raised",
				 name, limit);
		else
			err_hint(q->err, "the limit user.max_%s_namespaces is %llu here: as root: sysctl "
					 "-w user.max_%s_namespaces=15000",
				 name, limit, name);
	}
	if (spawned)
		err_hint(q->err, "a limit on namespaces is reached: see /proc/sys/user, or user "
				 "namespaces are nested 32 deep");
}

static void apparmor(const struct question *q)
{
	if (is_denied(q) && q->user && !q->probe->admin && q->probe->apparmor_restricts)
		err_hint(q->err, "AppArmor restricts user namespaces here "
				 "(kernel.apparmor_restrict_unprivileged_userns=1): as root, load cove's "
				 "profile, contrib/apparmor/cove: cp it to /etc/apparmor.d, then "
				 "apparmor_parser -r /etc/apparmor.d/cove; or sysctl -w "
				 "kernel.apparmor_restrict_unprivileged_userns=0");
}

static void users_off(const struct question *q)
{
	if (is_denied(q) && q->user && !q->probe->admin && q->probe->users_off)
		err_hint(q->err, "user namespaces are switched off for users: as root: sysctl -w "
				 "kernel.unprivileged_userns_clone=1");
}

static void chrooted(const struct question *q)
{
	if (q->err->num == EPERM && q->user && makes_process(q) && q->probe->in_chroot)
		plan_hint(q->plan, q->err,
			  "this is a chroot, in which the kernel makes no user namespace: run "
			  "cove outside, or enter the directory with cove box --rootfs instead",
			  "this is a chroot, in which the kernel makes no user namespace: run "
			  "cove outside");
}

/* Calls that a process with all capabilities in its own namespaces may always make. */
static bool is_own_right(const struct question *q)
{
	static const char *const calls[] = {
		"clone3",   "unshare",	  "mount_setattr", "open_tree",	    "fsopen",	  "fsconfig",
		"openat2",  "move_mount", "sethostname",   "setdomainname", "pivot_root", "umount2",
		"execveat", "memfd_create", "close_range", "mount",
	};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (is_call(q, calls[i]))
			return true;
	return is_call(q, "fsmount") && strcmp(q->err->object, "proc") != 0 &&
	       strcmp(q->err->object, "sysfs") != 0;
}

#define UNFILTERED                                                                                 \
	"start the container with --security-opt seccomp=unconfined, or with a profile that "      \
	"allows it; a box of cove with --allow userns"

static void filtered(const struct question *q)
{
	if (!q->probe->filtered)
		return;
	if (q->err->num == ENOSYS)
		err_hint(q->err, "a system call filter, such as an outer container's, says that the "
				 "kernel has no %s, which cove needs: " UNFILTERED, q->err->call);
	else if (q->err->num == EPERM && is_own_right(q))
		err_hint(q->err, "a system call filter is on here, of an outer container most likely, "
				 "and forbids %s: " UNFILTERED, q->err->call);
}

static void old_kernel(const struct question *q)
{
	if (q->err->num == ENOSYS)
		err_hint(q->err, "this kernel has no %s; cove needs Linux 5.14", q->err->call);
	else if (q->err->num == EINVAL && makes_process(q))
		err_hint(q->err, "this kernel lacks one of the namespaces; cove needs Linux 5.14");
}

static void foreign_proc(const struct question *q)
{
	if (is_denied(q) && q->user && q->plan->ns[COVE_NS_PID].mode == PLAN_NS_JOIN &&
	    strcmp(q->err->object, "proc") == 0)
		plan_hint(q->plan, q->err,
			  "a procfs of the joined pid namespace needs its user namespace: join "
			  "that, too (--join user,pid=...), or stay in yours (--share user)",
			  "a procfs of the joined pid namespace needs its user namespace: join "
			  "that, too");
}

/* The kernel gives a new one only to who could see all of the present one. */
static void covered(const struct question *q)
{
	bool proc = strcmp(q->err->object, "proc") == 0;
	bool sys = strcmp(q->err->object, "sysfs") == 0;
	const char *cover = proc ? q->probe->proc_cover : q->probe->sys_cover;

	if (q->err->num != EPERM || !is_call(q, "fsmount") || !(proc || sys))
		return;
	if (cover[0])
		plan_hint(q->plan, q->err,
			  "'%s' is covered by an outer container, so the kernel allows no new "
			  "'%s': start that with podman --security-opt unmask=ALL or docker "
			  "--security-opt systempaths=unconfined; or keep its %s: --share %s",
			  "'%s' is covered by an outer container, so the kernel allows no new "
			  "'%s': start that with podman --security-opt unmask=ALL or docker "
			  "--security-opt systempaths=unconfined; or keep its %s: no new %s namespace",
			  cover, q->err->object, proc ? "processes" : "network", proc ? "pid" : "net");
	else
		err_hint(q->err, "the kernel allows a new '%s' only where all of the present one is "
				 "seen; an outer container, or who made this chroot, hides it",
			 q->err->object);
}

static void forbidden(const struct question *q)
{
	if (q->err->num != EPERM || !makes_process(q))
		return;
	if (q->user)
		err_hint(q->err, "user namespaces are forbidden here, by a chroot or a security module "
				 "of the kernel");
	else
		err_hint(q->err, "new namespaces without a user namespace need CAP_SYS_ADMIN");
}

static void map(const struct question *q)
{
	if (q->err->num == EPERM && (strcmp(q->err->object, "uid_map") == 0 ||
				     strcmp(q->err->object, "gid_map") == 0))
		err_hint(q->err, "root's own id is mapped only by who has CAP_SETFCAP, and others' by who "
				 "has CAP_SETUID and CAP_SETGID");
}

static void memory_file(const struct question *q)
{
	if (q->err->num == EACCES && q->probe->memfd_noexec &&
	    (is_call(q, "memfd_create") || is_call(q, "execveat")))
		err_hint(q->err, "vm.memfd_noexec forbids executable memory files, which cove-init is: as "
				 "root: sysctl -w vm.memfd_noexec=1");
}

static bool makes_file(const struct question *q)
{
	return is_call(q, "mkdirat") || is_call(q, "mknodat") || is_call(q, "symlinkat");
}

/* Something on the way to a mount, which the root does not have. */
static void no_place(const struct question *q)
{
	const char *path = q->err->object;

	if (!makes_file(q) || path[0] != '/')
		return;
	if (q->err->num == EROFS)
		plan_hint(q->plan, q->err,
			  "its directory is read-only there: make '%s' on the host, or put a "
			  "--tmpfs or --rw above it",
			  "its directory is read-only there: make '%s' in the root, or mount a tmpfs "
			  "above it", path);
	else if (is_denied(q))
		err_hint(q->err, "you may not write where it belongs: have '%s' made there by who "
				 "may", path);
}

/* What is the same on every machine: something is used up, or paths do not fit together. */
static void plain(const struct question *q)
{
	switch (q->err->num) {
	case EMFILE:
		plan_hint(q->plan, q->err,
			  "the limit on open descriptors is %llu, and a box takes about 20 and "
			  "one for each path: ulimit -n 256",
			  "the limit on open descriptors is %llu, and a container takes about 20 and "
			  "one for each mount: ulimit -n 256",
			  (unsigned long long)q->probe->descriptors);
		break;
	case ENFILE:
		err_hint(q->err, "the machine has too many open files: see /proc/sys/fs/file-max");
		break;
	case EAGAIN:
		if (makes_process(q))
			err_hint(q->err, "a limit on processes is reached: ulimit -u, or pids.max of "
					 "the cgroup");
		break;
	case ENOMEM:
		err_hint(q->err, "memory is short or limited: ulimit -v, or memory.max of the cgroup");
		break;
	case EFBIG:
		err_hint(q->err, "the limit on the size of files is too low for cove: ulimit -f 32768");
		break;
	case ENOSPC:
		err_hint(q->err, "the filesystem there has no room, or no inode, left");
		break;
	case EISDIR:
		err_hint(q->err, "a file or device goes onto a file: name one in that directory");
		break;
	case ENOTDIR:
		err_hint(q->err, "the path leads over, or to, what is no directory");
		break;
	case ENOENT:
		if (strncmp(q->err->object, "/proc/", 6) == 0 || strncmp(q->err->object, "/sys/", 5) == 0)
			err_hint(q->err, "nothing can be made in /proc and /sys");
		break;
	case ENAMETOOLONG:
		err_hint(q->err, "a path has at most 4095 bytes, and each part of it 255");
		break;
	case ELOOP:
		plan_hint(q->plan, q->err, "symbolic links lead in a circle there; see: namei %s",
			  "symbolic links of the root lead in a circle, or out of it: %s",
			  q->err->object);
		break;
	default:
		break;
	}
}

/* What does without any namespace, where this kernel has it. */
static void without_namespaces(const struct question *q)
{
	static const char text[] = "; --only none --landlock RULES works without namespaces";
	char *hint = q->err->hint;
	size_t len = strlen(hint);

	if (!plan_is_oci(q->plan) && q->user && q->probe->landlock && makes_process(q) && len > 0 &&
	    len + sizeof(text) <= sizeof(q->err->hint))
		memcpy(hint + len, text, sizeof(text));
}

void hint_choose(const struct probe *probe, const struct plan *plan, struct cove_error *err)
{
	static void (*const causes[])(const struct question *q) = {
		no_place, namespace_limit, memory_file, foreign_proc, covered, filtered, chrooted,
		apparmor,	 users_off,   old_kernel,   forbidden, map,	     plain,
	};
	const struct question q = {
		.probe = probe,
		.plan = plan,
		.err = err,
		.user = plan_is_new(plan, COVE_NS_USER),
	};

	for (size_t i = 0; i < ARRAY_LEN(causes) && !err->hint[0]; i++)
		causes[i](&q);
	without_namespaces(&q);
}

/* ---- where they are asked for ---- */

static void look_around(const struct plan *plan, struct cove_error *err)
{
	struct probe probe;

	if (!err || err->hint[0])
		return;
	probe_gather(&probe);
	hint_choose(&probe, plan, err);
}

void hint_host(const struct plan *plan, struct cove_error *err)
{
	look_around(plan, err);
}

/* The command is there on the host, in a place that the box does not show. */
static void hint_hidden_command(const struct plan *plan, struct cove_error *err)
{
	const char *search = plan_str(plan, plan->process.search);
	char path[4096];

	for (size_t len; *search; search += len + (search[len] == ':')) {
		len = strcspn(search, ":");
		if ((size_t)snprintf(path, sizeof(path), "%.*s/%s", (int)len, search,
				     err->object) >= sizeof(path) ||
		    strchr(err->object, '/') || fd_classify(path) != FD_PATH_FILE)
			continue;
		err->hint[0] = '\0';
		err_hint(err, "the host has it as '%s', which the box does not show; share it: "
			      "--ro %s", path, path);
		return;
	}
}

void hint_inside(const struct plan *plan, struct cove_error *err)
{
	if (err && err->status == COVE_STATUS_NOT_FOUND && !plan_is_oci(plan))
		hint_hidden_command(plan, err);
	else if (err && err->status == COVE_STATUS_SETUP)
		look_around(plan, err);
}

void hint_end(int status, struct cove_error *err)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (signal == SIGXFSZ)
		err_hint(err, "the limit on the size of files is too low for cove: ulimit -f 32768");
	else if (signal == SIGXCPU)
		err_hint(err, "the limit on processor time is used up: ulimit -t");
	else if (signal == SIGSYS)
		err_hint(err, "a system call filter, of an outer container most likely, kills what "
			      "makes it");
	else
		err_hint(err, "it happened in this step or a later one inside; the kernel's log may "
			      "know more (out of memory?)");
}
