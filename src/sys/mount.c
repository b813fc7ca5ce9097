/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts by descriptor: see mount.h.
 */
#define _GNU_SOURCE
#include "sys/mount.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/statx.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UMOUNT_DETACH 2
#define UMOUNT_NO_FOLLOW 8

static int clone_path(const char *path, unsigned flags, struct cove_error *err)
{
	long tree = syscall(SYS_open_tree, AT_FDCWD, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);

	return tree >= 0 ? (int)tree
			 : err_set(err, errno, "open_tree", path, "cannot share '%s'", path);
}

int mount_clone(const char *path, struct cove_error *err)
{
	return clone_path(path, AT_RECURSIVE, err);
}

int mount_clone_alone(const char *path, struct cove_error *err)
{
	return clone_path(path, 0, err);
}

static int clone_fd(int fd, unsigned flags, const char *object, struct cove_error *err)
{
	long tree = syscall(SYS_open_tree, fd, "",
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags);

	return tree >= 0 ? (int)tree
			 : err_set(err, errno, "open_tree", object, "cannot share '%s'", object);
}

int mount_clone_of(int fd, const char *object, struct cove_error *err)
{
	return clone_fd(fd, AT_RECURSIVE, object, err);
}

int mount_clone_again(int fd, const char *object, struct cove_error *err)
{
	return clone_fd(fd, 0, object, err);
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
	return mount_make_as(fs, fstype, fstype, attr, err);
}

int mount_make_as(int fs, const char *fstype, const char *source, uint64_t attr,
		  struct cove_error *err)
{
	long tree;

	syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", source, 0);
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

int mount_change(int tree, const struct mount_change *change, bool recursive, const char *object,
		 struct cove_error *err)
{
	struct mount_attr attr = {
		.attr_set = change->set,
		.attr_clr = change->clear,
		.propagation = change->propagation & ~MOUNT_RECURSIVE,
	};
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	/* Its modes are one value, not bits. */
	if ((attr.attr_set | attr.attr_clr) & MOUNT_ATTR__ATIME)
		attr.attr_clr |= MOUNT_ATTR__ATIME;
	if (!attr.attr_set && !attr.attr_clr && !attr.propagation)
		return 0;
	if (syscall(SYS_mount_setattr, tree, "", flags, &attr, sizeof(attr)) == 0)
		return 0;
	return err_set(err, errno, "mount_setattr", object, "cannot change how '%s' is mounted",
		       object);
}

int mount_restrict(int tree, uint64_t attr, bool recursive, const char *object,
		   struct cove_error *err)
{
	return mount_change(tree, &(struct mount_change){ .set = attr }, recursive, object, err);
}

void mount_allow_writing(int tree)
{
	struct mount_attr change = { .attr_clr = MOUNT_RDONLY };

	syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &change, sizeof(change));
}

int mount_propagate(uint64_t propagation, struct cove_error *err)
{
	struct mount_attr attr = { .propagation = propagation & ~MOUNT_RECURSIVE };
	unsigned flags = propagation & MOUNT_RECURSIVE ? AT_RECURSIVE : 0;

	if (syscall(SYS_mount_setattr, AT_FDCWD, "/", flags, &attr, sizeof(attr)) == 0)
		return 0;
	return err_set(err, errno, "mount_setattr", "/",
		       "cannot change how the mounts propagate");
}

/* Only the root of a mount can be named to change it: upwards from `fd` that is the first. */
int mount_make_private_around(int fd, const char *object, struct cove_error *err)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	auto_fd int above = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	while (syscall(SYS_mount_setattr, above, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0) {
		int num = errno;
		auto_fd int last = TAKE_FD(above);

		if (num == EINVAL)
			above = openat(last, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (above < 0 || fd_is_same(above, last))
			return err_set(err, num, "mount_setattr", object,
				       "cannot make the mount of '%s' private", object);
	}
	return 0;
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

int mount_remove_at(int parent, const char *name, const char *object, struct cove_error *err)
{
	if (fchdir(parent) == 0 &&
	    syscall(SYS_umount2, name, UMOUNT_DETACH | UMOUNT_NO_FOLLOW) == 0)
		return 0;
	if (errno == EINVAL)
		return err_set(err, EINVAL, "umount2", object, "nothing is mounted at '%s'", object);
	return err_set(err, errno, "umount2", object, "cannot unmount '%s'", object);
}

/* Unmounting what is shared would unmount it everywhere. */
static int let_others_be(int old_root, struct cove_error *err)
{
	struct mount_attr attr = { .propagation = MS_SLAVE };

	if (syscall(SYS_mount_setattr, old_root, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
		    sizeof(attr)) == 0)
		return 0;
	return err_set(err, errno, "mount_setattr", NULL, "cannot part from the host's mounts");
}

int mount_pivot(int root, bool shared, struct cove_error *err)
{
	auto_fd int old_root = shared ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int r;

	if (shared && old_root < 0)
		return err_set(err, errno, "open", "/", "cannot open the old root");
	if (fchdir(root) < 0)
		return err_set(err, errno, "fchdir", NULL, "cannot enter the new root");
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		r = err_set(err, errno, "pivot_root", NULL, "cannot change the root");

		if (r == -EINVAL)
			err_hint(err, "the host's root is the initial ramfs, which cannot be "
				      "pivoted away from");
		return r;
	}
	r = shared ? let_others_be(old_root, err) : 0;
	if (r < 0)
		return r;
	/* "." is now the old root, stacked over the new one. */
	if (syscall(SYS_umount2, ".", UMOUNT_DETACH) < 0)
		return err_set(err, errno, "umount2", NULL, "cannot let go of the old root");
	if (chdir("/") < 0)
		return err_set(err, errno, "chdir", "/", "cannot enter the new root");
	return 0;
}

/* The mount point of a line of mountinfo, if that is a mount in `parent`, elsewhere than at "/". */
static char *find_child(char *line, const char *parent)
{
	char *at = strchr(line, ' '), *end;
	size_t len = strlen(parent);

	if (!at || strncmp(at + 1, parent, len) != 0 || at[1 + len] != ' ')
		return NULL;
	at += 1 + len;
	for (int column = 0; column < 2 && at; column++) /* its device, and what of it is mounted */
		at = strchr(at + 1, ' ');
	end = at ? strchr(at + 1, ' ') : NULL;
	if (!end)
		return NULL;
	*end = '\0';
	return strcmp(at + 1, "/") == 0 ? NULL : at + 1;
}

/* mountinfo writes blanks and the like as three octal digits. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static int unmount_here(const char *path)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd >= 0)
		let_others_be(fd, NULL);
	return syscall(SYS_umount2, path, UMOUNT_DETACH) < 0 ? -errno : 0;
}

/* One round over the beginning of the list; how many were unmounted. */
static int unmount_some(int list, const char *parent)
{
	static char text[65536];
	long n = fd_rewind(list, NULL) < 0 ? -1 : fd_read(list, text, sizeof(text));
	int count = 0;

	for (char *line = text, *next; n > 0 && (next = strchr(line, '\n')); line = next + 1) {
		char *path;

		*next = '\0';
		path = find_child(line, parent);
		if (!path)
			continue;
		unescape(path);
		count += unmount_here(path) == 0;
	}
	return count;
}

int mount_cover_root(int root, struct cove_error *err)
{
	auto_fd int list = fd_open("/proc/self/mountinfo", O_RDONLY, err);
	uint64_t old = statx_mount_id("/");
	char number[24];

	if (list < 0)
		return list;
	if (fchdir(root) < 0)
		return err_set(err, errno, "fchdir", NULL, "cannot enter the new root");
	if (!old)
		return err_set(err, ENOSYS, "statx", "/", "cannot tell the host's mounts");
	snprintf(number, sizeof(number), "%llu", (unsigned long long)old);
	while (unmount_some(list, number) > 0)
		;
	if (chroot(".") < 0)
		return err_set(err, errno, "chroot", NULL, "cannot change the root");
	return chdir("/") == 0 ? 0 : err_set(err, errno, "chdir", "/", "cannot enter the new root");
}
