/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idmapped mounts: see idmap.h.
 */
#define _GNU_SOURCE
#include "sys/idmap.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/ids.h"
#include "sys/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* Without a signal at its end: the caller may count its children. */
static pid_t start_keeper(int *ret_pidfd, struct cove_error *err)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_PIDFD,
		.pidfd = (uintptr_t)ret_pidfd,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (pid < 0)
		return err_set(err, errno, "clone3", NULL,
			       "cannot make a user namespace for an idmapped mount");
	return (pid_t)pid;
}

static void end_keeper(int pidfd)
{
	siginfo_t info;

	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | __WALL) < 0 && errno == EINTR)
		;
}

int idmap_make(const char *uid_map, const char *gid_map, struct cove_error *err)
{
	auto_fd int pidfd = -1;
	pid_t pid = start_keeper(&pidfd, err);
	int r;

	if (pid < 0)
		return pid;
	r = ids_write_map(pid, "uid_map", uid_map, err);
	if (r == 0)
		r = ids_write_map(pid, "gid_map", gid_map, err);
	if (r == 0)
		r = ns_open_of(pidfd, pid, "user", err);
	end_keeper(pidfd);
	return r;
}

static const char *filesystem_name(int fd)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} names[] = {
		{ NFS_SUPER_MAGIC, "nfs" },	{ FUSE_SUPER_MAGIC, "fuse" },
		{ OVERLAYFS_SUPER_MAGIC, "overlay" }, { TMPFS_MAGIC, "tmpfs" },
		{ PROC_SUPER_MAGIC, "proc" },	{ SYSFS_MAGIC, "sysfs" },
		{ RAMFS_MAGIC, "ramfs" },	{ V9FS_MAGIC, "9p" },
		{ CGROUP2_SUPER_MAGIC, "cgroup2" }, { 0xff534d42, "cifs" },
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return "this";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((uint32_t)fs.f_type == names[i].magic)
			return names[i].name;
	return "mounted";
}

int idmap_apply(int tree, int user, bool recursive, const char *object, struct cove_error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user };
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
	int r;

	if (syscall(SYS_mount_setattr, tree, "", flags, &attr, sizeof(attr)) == 0)
		return 0;
	r = err_set(err, errno, "mount_setattr", object, "cannot map the ids of '%s'", object);
	if (r == -EINVAL)
		err_hint(err, "this kernel cannot do that for the %s filesystem%s",
			 filesystem_name(tree), recursive ? ", or one mounted below" : "");
	if (r == -EPERM)
		err_hint(err, "that takes root on the host, and a tree that is not mapped yet");
	return r;
}
