/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts by descriptor: see mount.h.
 */
#define _GNU_SOURCE
#include "sys/mount.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UMOUNT_DETACH 2

int mount_clone(const char *path, struct cove_error *err)
{
	long tree = syscall(SYS_open_tree, AT_FDCWD, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	return tree >= 0 ? (int)tree
			 : err_set(err, errno, "open_tree", path, "cannot share '%s'", path);
}

int mount_clone_of(int fd, const char *object, struct cove_error *err)
{
	long tree = syscall(SYS_open_tree, fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
						    AT_EMPTY_PATH | AT_RECURSIVE);

	return tree >= 0 ? (int)tree
			 : err_set(err, errno, "open_tree", object, "cannot share '%s'", object);
}

int mount_clone_at(int dir, const char *name, struct cove_error *err)
{
	long tree = syscall(SYS_open_tree, dir, name,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);

	return tree >= 0 ? (int)tree
			 : err_set(err, errno, "open_tree", name, "cannot share '%s'", name);
}

int mount_new(const char *fstype, struct cove_error *err)
{
	long fs = syscall(SYS_fsopen, fstype, FSOPEN_CLOEXEC);

	return fs >= 0 ? (int)fs
		       : err_set(err, errno, "fsopen", fstype, "cannot make a '%s' filesystem",
				 fstype);
}

/* The kernel explains some refusals in a message that is read from the descriptor. */
static void add_kernel_words(int fs, struct cove_error *err)
{
	char text[200];
	ssize_t n = read(fs, text, sizeof(text) - 1);

	if (n <= 2)
		return;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	err_hint(err, "the kernel says: %s", text + 2);
}

int mount_set(int fs, const char *key, const char *value, struct cove_error *err)
{
	unsigned command = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

	if (syscall(SYS_fsconfig, fs, command, key, value, 0) == 0)
		return 0;
	err_set(err, errno, "fsconfig", key, "cannot set '%s%s%s' of a filesystem", key,
		value ? "=" : "", value ? value : "");
	add_kernel_words(fs, err);
	return err ? -err->num : -EINVAL;
}

int mount_make(int fs, const char *fstype, uint64_t attr, struct cove_error *err)
{
	long tree;

	/* What mount(8) and df show as its device. */
	syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", fstype, 0);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		int num = errno;

		err_set(err, num, "fsconfig", fstype, "cannot make a '%s' filesystem", fstype);
		add_kernel_words(fs, err);
		return -num;
	}
	tree = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, (unsigned)attr);
	if (tree >= 0)
		return (int)tree;
	return err_set(err, errno, "fsmount", fstype, "cannot mount a '%s' filesystem", fstype);
}

int mount_restrict(int tree, uint64_t attr, bool recursive, const char *object,
		   struct cove_error *err)
{
	struct mount_attr change = { .attr_set = attr };
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	if (syscall(SYS_mount_setattr, tree, "", flags, &change, sizeof(change)) == 0)
		return 0;
	return err_set(err, errno, "mount_setattr", object, "cannot change how '%s' is mounted",
		       object);
}

void mount_allow_writing(int tree)
{
	struct mount_attr change = { .attr_clr = MOUNT_RDONLY };

	syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &change, sizeof(change));
}

int mount_make_private(struct cove_error *err)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };

	if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) == 0)
		return 0;
	return err_set(err, errno, "mount_setattr", "/", "cannot make the mounts private");
}

int mount_attach(int tree, int target, const char *object, struct cove_error *err)
{
	if (syscall(SYS_move_mount, tree, "", target, "",
		    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0)
		return 0;
	return err_set(err, errno, "move_mount", object, "cannot attach a mount at '%s'", object);
}

int mount_attach_at(int tree, int parent, const char *name, const char *object,
		    struct cove_error *err)
{
	if (syscall(SYS_move_mount, tree, "", parent, name, MOVE_MOUNT_F_EMPTY_PATH) == 0)
		return 0;
	return err_set(err, errno, "move_mount", object, "cannot attach a mount at '%s'", object);
}

int mount_attach_root(int tree, struct cove_error *err)
{
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) == 0)
		return 0;
	return err_set(err, errno, "move_mount", "/", "cannot attach the new root");
}

void mount_detach(int tree)
{
	if (fchdir(tree) == 0)
		syscall(SYS_umount2, ".", UMOUNT_DETACH);
}

int mount_pivot(int root, struct cove_error *err)
{
	if (fchdir(root) < 0)
		return err_set(err, errno, "fchdir", NULL, "cannot enter the new root");
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		int r = err_set(err, errno, "pivot_root", NULL, "cannot change the root");

		if (r == -EINVAL)
			err_hint(err, "the host's root is the initial ramfs, which cannot be "
				      "pivoted away from");
		return r;
	}
	/* "." is now the old root, stacked over the new one. */
	if (syscall(SYS_umount2, ".", UMOUNT_DETACH) < 0)
		return err_set(err, errno, "umount2", NULL, "cannot let go of the old root");
	if (chdir("/") < 0)
		return err_set(err, errno, "chdir", "/", "cannot enter the new root");
	return 0;
}
