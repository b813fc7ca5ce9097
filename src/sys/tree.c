/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File trees: see tree.h.
 */
#define _GNU_SOURCE
#include "sys/tree.h"
#include "base/auto.h"
#include "base/err.h"
#include "sys/dir.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define BLOCK 16384
#define XATTR_VALUE 65536
#define VFAT_MAGIC 0x4d44

int tree_stat(int dir, const char *name, struct stat *ret_stat, struct cove_error *err)
{
	if (fstatat(dir, name, ret_stat, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0)
		return 0;
	return err_set(err, errno, "fstatat", name, "cannot look at '%s'", name);
}

int tree_open_file(int dir, const char *name, struct cove_error *err)
{
	auto_fd int fd = fd_open_at(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, err);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return TAKE_FD(fd);
	return err_set(err, ESTALE, "fstat", name, "'%s' is no longer a file", name);
}

int tree_open_dir(int dir, const char *name, bool path_only, struct cove_error *err)
{
	struct open_how how = {
		.flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | (path_only ? O_PATH : O_RDONLY),
		.resolve = RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));

	if (fd >= 0)
		return (int)fd;
	if (errno != EXDEV)
		return err_set(err, errno, "openat2", name, "cannot open '%s'", name);
	err_set(err, EXDEV, "openat2", name, "something else is mounted at '%s'", name);
	err_hint(err, "what is mounted there is left alone; unmount it first");
	return -EXDEV;
}

long tree_read_link(int dir, const char *name, char *text, size_t size, struct cove_error *err)
{
	ssize_t n = readlinkat(dir, name, text, size - 1);

	if (n < 0)
		return err_set(err, errno, "readlinkat", name, "cannot read the link '%s'", name);
	text[n] = '\0';
	return n;
}

int tree_same_content(int a_dir, int b_dir, const char *name, struct cove_error *err)
{
	auto_fd int a = tree_open_file(a_dir, name, err);
	auto_fd int b = a < 0 ? -1 : tree_open_file(b_dir, name, err);
	uninitialized char one[BLOCK], other[BLOCK];

	if (a < 0 || b < 0)
		return a < 0 ? a : b;
	for (;;) {
		long n = fd_read(a, one, sizeof(one));
		long m = n < 0 ? n : fd_read(b, other, sizeof(other));

		if (m < 0)
			return err_set(err, (int)-m, "read", name, "cannot read '%s'", name);
		if (n != m || memcmp(one, other, (size_t)n) != 0)
			return 0;
		if (n == 0)
			return 1;
	}
}

bool tree_is_opaque(int fd)
{
	char value = 0;

	if (fgetxattr(fd, "user.overlay.opaque", &value, 1) == 1 && value == 'y')
		return true;
	return fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

bool tree_has_file_caps(int dir, const char *name)
{
	auto_fd int fd = fd_open_at(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, NULL);

	return fd >= 0 && fgetxattr(fd, "security.capability", NULL, 0) >= 0;
}

static int find_newer(int dir, const char *name, const struct timespec *since, unsigned depth,
		      struct cove_error *err)
{
	auto_fd int fd = tree_open_dir(dir, name, false, err);
	struct dir list;
	const char *child;
	bool maybe_dir;
	int r = 0, num;

	if (fd < 0 || depth > TREE_DEEPEST)
		return fd < 0 ? fd : err_set(err, ELOOP, NULL, name,
					     "directories are more than %d deep", TREE_DEEPEST);
	dir_init(&list, fd);
	while (r == 0 && (child = dir_next(&list, &maybe_dir, &num))) {
		struct stat st;

		r = tree_stat(fd, child, &st, err);
		if (r == 0 && (st.st_ctim.tv_sec > since->tv_sec ||
			       (st.st_ctim.tv_sec == since->tv_sec &&
				st.st_ctim.tv_nsec > since->tv_nsec)))
			return 1;
		if (r == 0 && S_ISDIR(st.st_mode))
			r = find_newer(fd, child, since, depth + 1, err);
	}
	if (r == 0 && num < 0)
		r = err_set(err, -num, "getdents64", name, "cannot list '%s'", name);
	return r;
}

int tree_has_newer(int dir, const char *name, const struct timespec *since,
		   struct cove_error *err)
{
	return find_newer(dir, name, since, 0, err);
}

static int cannot_make(const char *call, const char *name, struct cove_error *err)
{
	return err_set(err, errno, call, name, "cannot make '%s'", name);
}

static int meta_error(const char *call, const char *name, struct cove_error *err)
{
	return err_set(err, errno, call, name, "cannot set mode, owner and times of '%s'", name);
}

static int owner_error(const char *name, const struct stat *meta, struct cove_error *err)
{
	return err_set(err, errno, "fchownat", name, "cannot give '%s' to %u:%u", name,
		       (unsigned)meta->st_uid, (unsigned)meta->st_gid);
}

static bool has_owner(const struct stat *now, const struct stat *meta)
{
	return now->st_uid == meta->st_uid && now->st_gid == meta->st_gid;
}

int tree_set_meta(int fd, const char *name, const struct stat *meta, bool set_id,
		  struct cove_error *err)
{
	const struct timespec times[] = { meta->st_atim, meta->st_mtim };
	mode_t mode = meta->st_mode & 07777;
	struct stat now;

	if (!set_id)
		mode &= (mode_t)~(S_ISUID | S_ISGID);
	if (fstat(fd, &now) < 0)
		return meta_error("fstat", name, err);
	if (!has_owner(&now, meta) && fchown(fd, meta->st_uid, meta->st_gid) < 0)
		return owner_error(name, meta, err);
	if (fchmod(fd, mode) < 0)
		return meta_error("fchmod", name, err);
	return futimens(fd, times) == 0 ? 0 : meta_error("futimens", name, err);
}

static int set_meta_by_name(int dir, const char *name, const struct stat *meta,
			    struct cove_error *err)
{
	const struct timespec times[] = { meta->st_atim, meta->st_mtim };
	struct stat now;

	if (tree_stat(dir, name, &now, err) < 0)
		return -EIO;
	if (!has_owner(&now, meta) &&
	    fchownat(dir, name, meta->st_uid, meta->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return owner_error(name, meta, err);
	if (utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return meta_error("utimensat", name, err);
	return 0;
}

int tree_make_file(int dir, const char *name, int from, bool set_id, struct cove_error *err)
{
	struct stat meta;
	auto_fd int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return cannot_make("openat", name, err);
	if (fstat(from, &meta) < 0)
		return meta_error("fstat", name, err);
	r = fd_copy(from, fd, err);
	if (r == 0)
		r = tree_copy_xattrs(from, fd, name, err);
	return r < 0 ? r : tree_set_meta(fd, name, &meta, set_id, err);
}

int tree_make_link(int dir, const char *name, const char *text, const struct stat *meta,
		   struct cove_error *err)
{
	if (symlinkat(text, dir, name) < 0)
		return cannot_make("symlinkat", name, err);
	return set_meta_by_name(dir, name, meta, err);
}

int tree_make_fifo(int dir, const char *name, const struct stat *meta, struct cove_error *err)
{
	auto_fd int fd = -1;

	if (mknodat(dir, name, S_IFIFO | 0600, 0) < 0)
		return cannot_make("mknodat", name, err);
	fd = fd_open_at(dir, name, O_RDONLY | O_NONBLOCK, 0, err);
	return fd < 0 ? fd : tree_set_meta(fd, name, meta, false, err);
}

int tree_make_node(int dir, const char *name, const struct stat *meta, struct cove_error *err)
{
	if (mknodat(dir, name, meta->st_mode & (S_IFMT | 07777), meta->st_rdev) < 0)
		return cannot_make("mknodat", name, err);
	return set_meta_by_name(dir, name, meta, err);
}

int tree_make_dir(int dir, const char *name, struct cove_error *err)
{
	return mkdirat(dir, name, 0700) == 0 ? 0 : cannot_make("mkdirat", name, err);
}

static bool is_copied(const char *attribute)
{
	static const char *const left[] = { "user.overlay.", "trusted.overlay.", "user.cove.",
					    "security." };

	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		if (strncmp(attribute, left[i], strlen(left[i])) == 0)
			return false;
	return true;
}

int tree_copy_xattrs(int from, int to, const char *object, struct cove_error *err)
{
	uninitialized char list[XATTR_VALUE];
	uninitialized char value[XATTR_VALUE];
	ssize_t len = flistxattr(from, list, sizeof(list));

	if (len < 0 && errno == EOPNOTSUPP)
		return 0;
	if (len < 0)
		return err_set(err, errno, "flistxattr", object,
			       "cannot list the attributes of '%s'", object);
	for (const char *name = list; name < list + len; name += strlen(name) + 1) {
		ssize_t n = is_copied(name) ? fgetxattr(from, name, value, sizeof(value)) : -1;

		if (n < 0)
			continue;
		if (fsetxattr(to, name, value, (size_t)n, 0) < 0)
			return err_set(err, errno, "fsetxattr", object,
				       "cannot set the attribute '%s' of '%s'", name, object);
	}
	return 0;
}

int tree_rename(int dir, const char *from, const char *to, struct cove_error *err)
{
	if (renameat(dir, from, dir, to) == 0)
		return 0;
	return err_set(err, errno, "renameat", to, "cannot replace '%s'", to);
}

static int remove_dir(int dir, const char *name, unsigned depth, struct cove_error *err);

static int remove_one(int dir, const char *name, unsigned depth, struct cove_error *err)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return err_set(err, errno, "unlinkat", name, "cannot remove '%s'", name);
	return remove_dir(dir, name, depth, err);
}

/* overlayfs leaves directories without any right in its work directory. */
static int open_to_empty(int dir, const char *name, struct cove_error *err)
{
	int fd = tree_open_dir(dir, name, false, err);
	auto_fd int place = fd == -EACCES ? tree_open_dir(dir, name, true, err) : -1;
	char path[32];

	if (place < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	return chmod(path, 0700) == 0 ? tree_open_dir(dir, name, false, err) : fd;
}

static int remove_dir(int dir, const char *name, unsigned depth, struct cove_error *err)
{
	auto_fd int fd = open_to_empty(dir, name, err);
	struct dir list;
	const char *child;
	bool maybe_dir;
	int r = 0, num;

	if (fd < 0)
		return fd;
	if (depth > TREE_DEEPEST)
		return err_set(err, ELOOP, NULL, name, "directories are more than %d deep",
			       TREE_DEEPEST);
	/* Entries are removed while they are listed: some may be left out, so again. */
	for (bool any = true; any;) {
		any = false;
		lseek(fd, 0, SEEK_SET);
		dir_init(&list, fd);
		while (r == 0 && (child = dir_next(&list, &maybe_dir, &num))) {
			r = remove_one(fd, child, depth + 1, err);
			any = true;
		}
		if (r == 0 && num < 0)
			r = err_set(err, -num, "getdents64", name, "cannot list '%s'", name);
		if (r < 0)
			return r;
	}
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return err_set(err, errno, "unlinkat", name, "cannot remove '%s'", name);
}

int tree_remove(int dir, const char *name, struct cove_error *err)
{
	return remove_one(dir, name, 0, err);
}

int tree_lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : -errno;
}

static const char *bad_filesystem(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return NULL;
	switch (fs.f_type) {
	case OVERLAYFS_SUPER_MAGIC:
		return "an overlay itself";
	case NFS_SUPER_MAGIC:
		return "a network filesystem (NFS)";
	case VFAT_MAGIC:
		return "a FAT filesystem";
	default:
		return NULL;
	}
}

int tree_check_upper(int fd, const char *path, struct cove_error *err)
{
	const char *what = bad_filesystem(fd);
	int r = 0;

	if (what)
		r = err_set(err, EOPNOTSUPP, "fstatfs", path,
			    "'%s' cannot keep changes: it is on %s", path, what);
	else if (fsetxattr(fd, "user.cove.test", "", 0, 0) == 0)
		fremovexattr(fd, "user.cove.test");
	else if (errno == EOPNOTSUPP)
		r = err_set(err, EOPNOTSUPP, "fsetxattr", path,
			    "'%s' cannot keep changes: its filesystem has no user attributes",
			    path);
	else
		r = err_set(err, errno, "fsetxattr", path, "cannot write to '%s'", path);
	if (r == -EOPNOTSUPP)
		err_hint(err, "choose a directory on a local disk or a tmpfs");
	return r;
}

unsigned tree_own_uid(void)
{
	return geteuid();
}
