/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See store.h.
 */
#define _GNU_SOURCE
#include "sys/store.h"
#include "base/auto.h"
#include "base/err.h"
#include "sys/dir.h"
#include "sys/private.h"
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define LOCKS_LIMIT ((size_t)4 << 20)
#define LONGEST_NAP_MS 20

static int make_way(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r;

		*slash = '\0';
		r = mkdir(path, 0711);
		*slash = '/';
		if (r < 0 && errno != EEXIST)
			return -errno;
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

int store_open_root(const char *path, bool make, struct cove_error *err)
{
	uninitialized char way[4096];
	int fd = openat(AT_FDCWD, path, DIRECTORY), r = 0;

	if (fd >= 0)
		return fd;
	if (errno == ENOENT && make) {
		if ((size_t)snprintf(way, sizeof(way), "%s", path) >= sizeof(way))
			return err_set(err, ENAMETOOLONG, "mkdir", path, "the root is too long");
		r = make_way(way);
		if (r < 0)
			return err_set(err, -r, "mkdir", path, "cannot make the directory '%s'",
				       path);
		fd = openat(AT_FDCWD, path, DIRECTORY);
	}
	return fd >= 0 ? fd : err_set(err, errno, "open", path, "cannot open the directory '%s'",
				      path);
}

int store_make(int root, const char *name)
{
	int dir;

	if (mkdirat(root, name, 0700) < 0)
		return -errno;
	dir = store_open(root, name);
	if (dir < 0)
		unlinkat(root, name, AT_REMOVEDIR);
	return dir;
}

int store_open(int root, const char *name)
{
	auto_fd int dir = openat(root, name, DIRECTORY | O_NOFOLLOW);
	uid_t user = geteuid();
	struct stat st;

	if (dir < 0)
		return errno == ENOTDIR || errno == ELOOP ? -ENOENT : -errno;
	if (fstat(dir, &st) < 0 || st.st_uid != user)
		return -EPERM;
	return TAKE_FD(dir);
}

int store_owner(int root, uint32_t *ret_uid, uint32_t *ret_gid, struct cove_error *err)
{
	struct stat st;

	if (fstat(root, &st) < 0)
		return err_set(err, errno, "fstat", NULL, "cannot tell whose the root is");
	*ret_uid = st.st_uid;
	*ret_gid = st.st_gid;
	return 0;
}

bool store_is_current(int root, const char *name, int dir)
{
	struct stat here, there;

	return fstat(dir, &here) == 0 && fstatat(root, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 123 00:1f:456 0 EOF". */
static pid_t find_holder(int dir)
{
	auto_fd int fd = fd_open("/proc/locks", O_RDONLY, NULL);
	auto_free char *text = NULL;
	char wanted[64];
	struct stat st;
	char *rest;

	if (fd < 0 || fstat(dir, &st) < 0 || fd_read_all(fd, LOCKS_LIMIT, &text, NULL) < 0)
		return 0;
	snprintf(wanted, sizeof(wanted), "%02x:%02x:%llu", major(st.st_dev), minor(st.st_dev),
		 (unsigned long long)st.st_ino);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char place[64];
		int pid;

		if (!strstr(line, "->") &&
		    sscanf(line, "%*s FLOCK %*s %*s %d %63s", &pid, place) == 2 &&
		    strcmp(place, wanted) == 0)
			return pid > 0 ? pid : 0;
	}
	return 0;
}

int store_lock(int dir, bool shared, int timeout_ms, pid_t *ret_holder)
{
	uint64_t begin = 0;
	int nap = 1;

	while (flock(dir, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (!begin)
			begin = process_clock();
		if (process_time_left(begin, (uint64_t)timeout_ms * 1000000) == 0) {
			*ret_holder = find_holder(dir);
			return -ETIMEDOUT;
		}
		process_poll_many(NULL, 0, nap);
		nap = nap * 2 < LONGEST_NAP_MS ? nap * 2 : LONGEST_NAP_MS;
	}
	return 0;
}

bool store_is_locked(int dir)
{
	if (flock(dir, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(dir, LOCK_UN);
	return false;
}

void store_unlock(int dir)
{
	flock(dir, LOCK_UN);
}

int store_write(int dir, const char *name, const struct fd_part *parts, unsigned count)
{
	return private_write(dir, name, parts, count);
}

long store_read(int dir, const char *name, size_t limit, char **ret_text)
{
	auto_fd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fd_read_all(fd, limit, ret_text, NULL);
}

int store_map(int dir, const char *name, const void **ret_data, size_t *ret_len)
{
	auto_fd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fd_map(fd, ret_data, ret_len, NULL);
}

int store_remove(int root, const char *name, int dir)
{
	struct dir files;
	const char *file;
	bool maybe_dir;
	int num, r = 0;

	dir_init(&files, dir);
	while ((file = dir_next(&files, &maybe_dir, &num)))
		if (unlinkat(dir, file, 0) < 0 && errno != ENOENT && r == 0)
			r = -errno;
	if (unlinkat(root, name, AT_REMOVEDIR) < 0 && errno != ENOENT && r == 0)
		r = -errno;
	return r;
}

int store_write_beside(const char *path, const char *data, size_t len, struct cove_error *err)
{
	uninitialized char draft[4096];
	const char *name = strrchr(path, '/');
	int before = name ? (int)(name + 1 - path) : 0;
	auto_fd int fd = -1;
	struct stat st;
	int r;

	if ((size_t)snprintf(draft, sizeof(draft), "%.*s.%s.%d", before, path, path + before,
			     (int)getpid()) >= sizeof(draft))
		return err_set(err, ENAMETOOLONG, "open", path, "the path '%s' is too long", path);
	/* A device or FIFO is written to, not replaced. */
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
		fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
		return fd >= 0 ? fd_write(fd, data, len, path, err)
			       : err_set(err, errno, "open", path, "cannot write the file '%s'",
					 path);
	}
	unlink(draft);
	fd = openat(AT_FDCWD, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(err, errno, "open", path, "cannot write the file '%s'", path);
	r = fd_write(fd, data, len, path, err);
	if (r == 0 && rename(draft, path) < 0)
		r = err_set(err, errno, "rename", path, "cannot write the file '%s'", path);
	if (r < 0)
		unlink(draft);
	return r;
}
