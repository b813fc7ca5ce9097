/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See private.h. Everything is checked on descriptors, so nothing can be exchanged in between.
 */
#define _GNU_SOURCE
#include "sys/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Of ours or root's, and nobody else can put something into it. */
static int check_parent(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_uid != geteuid() && st.st_uid != 0) || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	return 0;
}

static int check_own(int fd, mode_t type, mode_t forbidden)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & S_IFMT) != type || st.st_uid != geteuid() || (st.st_mode & forbidden))
		return -EPERM;
	return 0;
}

int private_open(const char *parent, const char *name, bool make)
{
	auto_fd int above = open(parent, DIRECTORY);
	auto_fd int dir = -1;
	int r;

	if (above < 0)
		return -errno;
	r = check_parent(above);
	if (r < 0)
		return r;
	if (make && mkdirat(above, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	dir = openat(above, name, DIRECTORY);
	if (dir < 0)
		return -errno;
	r = check_own(dir, S_IFDIR, S_IRWXG | S_IRWXO);
	return r < 0 ? r : TAKE_FD(dir);
}

long private_read(int dir, const char *name, size_t limit, char **ret_data)
{
	auto_fd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int r = fd < 0 ? -errno : check_own(fd, S_IFREG, S_IWGRP | S_IWOTH);

	return r < 0 ? r : fd_read_all(fd, limit, ret_data, NULL);
}

static int write_parts(int fd, const struct fd_part *parts, unsigned count)
{
	int r = 0;

	for (unsigned i = 0; i < count && r >= 0; i++)
		r = fd_write(fd, parts[i].data, parts[i].len, "", NULL);
	return r;
}

int private_write(int dir, const char *name, const struct fd_part *parts, unsigned count)
{
	auto_fd int fd = -1;
	char draft[48];
	int r;

	snprintf(draft, sizeof(draft), ".%d", (int)getpid());
	unlinkat(dir, draft, 0); /* left behind by one of that number that was killed */
	fd = openat(dir, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_parts(fd, parts, count);
	if (r >= 0 && renameat(dir, draft, dir, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dir, draft, 0);
	return r;
}

int private_identify(const char *path, char *text, size_t size)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	snprintf(text, size, "%llx:%llx %llu %lld.%09ld", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino, (unsigned long long)st.st_size,
		 (long long)st.st_ctim.tv_sec, (long)st.st_ctim.tv_nsec);
	return 0;
}
