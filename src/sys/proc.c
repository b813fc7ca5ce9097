/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own files in /proc: see proc.h.
 */
#define _GNU_SOURCE
#include "sys/proc.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A procfs of our own that has no place in any tree. -EPERM: the pid namespace is not ours. */
static int open_private(void)
{
	struct cove_error err;
	auto_fd int fs = mount_new("proc", &err);
	int tree;

	if (fs < 0)
		return fs;
	tree = mount_set(fs, "subset", "pid", &err);
	if (tree == 0)
		tree = mount_make(fs, "proc", MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC, &err);
	return tree;
}

static int open_checked(struct cove_error *err)
{
	auto_fd int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return err_set(err, errno, "open", "/proc", "cannot open '/proc'");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return err_set(err, EINVAL, "statfs", "/proc", "'/proc' is not procfs");
	return TAKE_FD(fd);
}

int proc_write_self(const char *name, const char *text, struct cove_error *err)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	auto_fd int proc = open_private();
	auto_fd int file = -1;
	char path[64];

	if (proc < 0)
		proc = open_checked(err);
	if (proc < 0)
		return proc;
	snprintf(path, sizeof(path), "self/%s", name);
	file = (int)syscall(SYS_openat2, proc, path, &how, sizeof(how));
	if (file < 0)
		return err_set(err, errno, "openat2", path, "cannot open '/proc/%s'", path);
	return fd_write_once(file, text, strlen(text), path, err);
}

/* A ".." would stay below the tree, and still lead from what may be set to what may not. */
static bool is_plain(const char *name)
{
	while (name) {
		const char *end = strchr(name, '/');
		size_t len = end ? (size_t)(end - name) : strlen(name);

		if (len == 0 || (len == 1 && name[0] == '.') ||
		    (len == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		name = end ? end + 1 : NULL;
	}
	return true;
}

int proc_write_sys(const char *name, const char *text, struct cove_error *err)
{
	static const char tree[] = "/proc/sys";
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	auto_fd int sys = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int file = -1;
	struct statfs fs;
	int r;

	if (!is_plain(name))
		return err_set(err, EINVAL, NULL, name, "'%s' is no kernel setting", name);
	if (sys < 0 || fstatfs(sys, &fs) < 0)
		return err_set(err, errno, "open", tree, "cannot open '%s'", tree);
	if (fs.f_type != PROC_SUPER_MAGIC)
		return err_set(err, EINVAL, "fstatfs", tree,
			       "cannot set '%s': '%s' is not on procfs", name, tree);
	file = (int)syscall(SYS_openat2, sys, name, &how, sizeof(how));
	if (file < 0)
		return err_set(err, errno, "openat2", name, "cannot open '%s/%s'", tree, name);
	r = fd_write_once(file, text, strlen(text), name, NULL);
	return r == 0 ? 0 : err_set(err, -r, "write", name, "cannot write '%.64s' to '%s/%s'", text,
				    tree, name);
}
