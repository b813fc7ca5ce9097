/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors: see fd.h.
 */
#define _GNU_SOURCE
#include "sys/fd.h"
#include "base/auto.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

void fd_close(int fd)
{
	close(fd);
}

int fd_open(const char *path, int flags, struct cove_error *err)
{
	int fd = openat(AT_FDCWD, path, flags | O_CLOEXEC); /* musl's open makes two calls */

	return fd >= 0 ? fd : err_set(err, errno, "open", path, "cannot open '%s'", path);
}

int fd_open_at(int dir, const char *name, int flags, unsigned mode, struct cove_error *err)
{
	int fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);

	return fd >= 0 ? fd : err_set(err, errno, "openat", name, "cannot open '%s'", name);
}

int fd_create(const char *path, struct cove_error *err)
{
	int fd = openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	return fd >= 0 ? fd : err_set(err, errno, "open", path, "cannot create '%s'", path);
}

int fd_create_new(const char *path, struct cove_error *err)
{
	int fd = openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	return fd >= 0 ? fd : err_set(err, errno, "open", path, "cannot create '%s'", path);
}

int fd_append(const char *path, struct cove_error *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);

	return fd >= 0 ? fd : err_set(err, errno, "open", path, "cannot open '%s'", path);
}

int fd_empty(int fd, const char *path, struct cove_error *err)
{
	if (ftruncate(fd, 0) == 0 || errno == EINVAL) /* a pipe or device */
		return 0;
	return err_set(err, errno, "ftruncate", path, "cannot write '%s'", path);
}

long fd_read(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size - 1) {
		ssize_t n = read(fd, buf + len, size - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return (long)len;
}

long fd_read_some(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? n : -errno;
}

long fd_write_some(int fd, const char *data, size_t len)
{
	ssize_t n;

	do
		n = write(fd, data, len);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? n : -errno;
}

void fd_set_blocking(int fd, bool blocking)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

long fd_read_start(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return n;
}

long fd_read_file(const char *path, char *buf, size_t size, struct cove_error *err)
{
	auto_fd int fd = fd_open(path, O_RDONLY, err);
	long n;

	if (fd < 0)
		return fd;
	n = fd_read(fd, buf, size);
	if (n == (long)size - 1)
		n = -EFBIG;
	return n >= 0 ? n : err_set(err, (int)-n, "read", path, "cannot read '%s'", path);
}

long fd_read_all(int fd, size_t limit, char **ret_data, struct cove_error *err)
{
	size_t size = 16384, len = 0;
	auto_free char *data = malloc(size);

	while (data) {
		long n = fd_read(fd, data + len, size - len);
		char *larger;

		if (n < 0)
			return err_set(err, (int)-n, "read", NULL, "cannot read");
		len += (size_t)n;
		if (len > limit)
			return err_set(err, EFBIG, "read", NULL, "more than %zu bytes", limit);
		if (len < size - 1) {
			*ret_data = TAKE_PTR(data);
			return (long)len;
		}
		size *= 2;
		larger = realloc(data, size);
		if (!larger)
			break;
		data = larger;
	}
	return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
}

int fd_write(int fd, const void *data, size_t len, const char *object, struct cove_error *err)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, errno, "write", object, "cannot write '%s'", object);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_write_once(int fd, const void *data, size_t len, const char *object, struct cove_error *err)
{
	ssize_t n = write(fd, data, len);

	if (n == (ssize_t)len)
		return 0;
	return err_set(err, n < 0 ? errno : EIO, "write", object, "cannot write '%s'", object);
}

int fd_copy(int from, int to, struct cove_error *err)
{
	char block[8192];

	for (;;) {
		ssize_t n = read(from, block, sizeof(block));
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, errno, "read", NULL, "cannot read descriptor %d", from);
		if (n == 0)
			return 0;
		r = fd_write(to, block, (size_t)n, "copy", err);
		if (r < 0)
			return r;
	}
}

int fd_sealed_memfd(const char *name, const struct fd_part *parts, unsigned count,
		    struct cove_error *err)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	auto_fd int fd = (int)syscall(SYS_memfd_create, name, flags | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_memfd_create, name, flags);
	if (fd < 0)
		return err_set(err, errno, "memfd_create", name, "cannot make a memory file");
	for (unsigned i = 0; i < count; i++) {
		int r = fd_write(fd, parts[i].data, parts[i].len, name, err);

		if (r < 0)
			return r;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return err_set(err, errno, "fcntl", name, "cannot seal a memory file");
	return TAKE_FD(fd);
}

int fd_memfd(const char *name, struct cove_error *err)
{
	int fd = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC);

	return fd >= 0 ? fd
		       : err_set(err, errno, "memfd_create", name, "cannot make a memory file");
}

int fd_rewind(int fd, struct cove_error *err)
{
	return lseek(fd, 0, SEEK_SET) == 0 ? 0
					   : err_set(err, errno, "lseek", NULL, "cannot rewind");
}

long fd_read_own_path(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);

	if (n < 0)
		return -errno;
	path[n] = '\0';
	return n;
}

int fd_map(int fd, const void **ret_data, size_t *ret_len, struct cove_error *err)
{
	struct stat st;
	void *data;

	if (fstat(fd, &st) < 0)
		return err_set(err, errno, "fstat", NULL, "cannot map descriptor %d", fd);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return err_set(err, errno, "mmap", NULL, "cannot map descriptor %d", fd);
	*ret_data = data;
	*ret_len = (size_t)st.st_size;
	return 0;
}

static enum fd_path kind_of(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return FD_PATH_DIRECTORY;
	return S_ISREG(st->st_mode) ? FD_PATH_FILE : FD_PATH_OTHER;
}

enum fd_path fd_classify(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? kind_of(&st) : FD_PATH_MISSING;
}

int fd_look(const char *path, enum fd_path *ret_kind)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	*ret_kind = kind_of(&st);
	return 0;
}

bool fd_is_plain_file(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

bool fd_path_exists(const char *path)
{
	return fd_classify(path) != FD_PATH_MISSING;
}

bool fd_may_execute(const char *path)
{
	return fd_classify(path) == FD_PATH_FILE &&
	       syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

enum fd_path fd_kind(int fd, uint64_t *ret_device)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return FD_PATH_MISSING;
	if (ret_device)
		*ret_device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) ? st.st_rdev : 0;
	return kind_of(&st);
}

int fd_enter(int fd, const char *path, struct cove_error *err)
{
	char cwd[4096];

	if (fchdir(fd) < 0)
		return err_set(err, errno, "fchdir", path, "cannot enter '%s'", path);
	/* Not the C library's, which brings its memory allocator along. */
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0 || cwd[0] != '/')
		return err_set(err, ENOENT, "getcwd", path, "'%s' is not below the box's root",
			       path);
	return 0;
}

int fd_is_kernel_tree(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC;
}

int fd_cgroup_version(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == CGROUP2_SUPER_MAGIC ? 2 : fs.f_type == CGROUP_SUPER_MAGIC;
}

int fd_path_of(int fd, char *path, size_t size, struct cove_error *err)
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, size - 1);
	if (n < 0)
		return err_set(err, errno, "readlink", link, "cannot see what descriptor %d is",
			       fd);
	path[n] = '\0';
	if (path[0] == '/')
		return 0;
	return err_set(err, ENOTDIR, "readlink", path,
		       "descriptor %d is no file or directory: '%s'", fd, path);
}

bool fd_is_same(int fd, int other)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

int fd_pipe(int *ret_read, int *ret_write, struct cove_error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe2", NULL, "cannot make a pipe");
	*ret_read = fds[0];
	*ret_write = fds[1];
	return 0;
}

void fd_occupy_standard(void)
{
	struct pollfd fds[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	int closed = poll(fds, 3, 0);

	for (unsigned i = 0; closed > 0 && i < 3; i++)
		if (fds[i].revents & POLLNVAL)
			openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC);
}

int fd_dup_above(int fd, int lowest, struct cove_error *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, lowest);

	return copy >= 0 ? copy
			 : err_set(err, errno, "fcntl", NULL, "cannot duplicate descriptor %d", fd);
}

int fd_dup_to(int fd, int number, struct cove_error *err)
{
	int r = dup2(fd, number);

	return r >= 0 ? 0
		      : err_set(err, errno, "dup2", NULL, "cannot replace descriptor %d", number);
}

int fd_set_inherited(int fd, bool inherited)
{
	return fcntl(fd, F_SETFD, inherited ? 0 : FD_CLOEXEC) < 0 ? -errno : 0;
}

bool fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int fd_close_range(unsigned first, unsigned last)
{
	if (first > last)
		return 0;
	return syscall(SYS_close_range, first, last, 0) == 0 ? 0 : -errno;
}
