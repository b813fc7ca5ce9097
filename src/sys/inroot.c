/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths inside a root: see inroot.h.
 */
#define _GNU_SOURCE
#include "sys/inroot.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES 128
#define PATH_SIZE 4096

static int look_up(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	for (int i = 0; i < TRIES; i++) {
		long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

int inroot_open(int root, const char *path, int flags, struct cove_error *err)
{
	int fd = look_up(root, path, flags);

	return fd >= 0 ? fd : err_set(err, -fd, "openat2", path, "cannot open '%s' in the box", path);
}

static int make_error(int num, const char *call, const char *path, struct cove_error *err)
{
	int r = err_set(err, num, call, path, "cannot make '%s' in the box", path);

	if (num == EROFS)
		err_hint(err, "its directory is read-only there: make '%s' on the host, or put a "
			      "--tmpfs or --rw above it", path);
	else if (num == EACCES || num == EPERM)
		err_hint(err, "you may not write where it belongs: have '%s' made there by who may",
			 path);
	return r;
}

/* `path` is scratch: it is cut at each component on the way up and restored on the way down. */
static int make_dir(int root, char *path, unsigned mode, struct cove_error *err)
{
	int fd = look_up(root, *path ? path : "/", O_PATH | O_DIRECTORY);
	auto_fd int parent = -1;
	char *name = strrchr(path, '/');

	if (fd != -ENOENT || !name)
		return fd >= 0 ? fd : make_error(-fd, "openat2", path, err);
	*name = '\0';
	parent = make_dir(root, path, mode, err);
	*name++ = '/';
	if (parent < 0)
		return parent;
	if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
		return make_error(errno, "mkdirat", path, err);
	fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : make_error(errno, "openat", path, err);
}

int inroot_make_dir(int root, const char *path, unsigned mode, struct cove_error *err)
{
	char scratch[PATH_SIZE];
	size_t len = strlen(path);

	if (len >= sizeof(scratch))
		return make_error(ENAMETOOLONG, "openat2", path, err);
	memcpy(scratch, path, len + 1);
	return make_dir(root, scratch, mode, err);
}

/* Opens the directory that holds the last component, making it, and finds that component. */
static int open_parent(int root, const char *path, const char **ret_name, struct cove_error *err)
{
	char parent[PATH_SIZE];
	const char *slash = strrchr(path, '/');
	size_t len = (size_t)(slash - path);

	if (len >= sizeof(parent))
		return make_error(ENAMETOOLONG, "openat2", path, err);
	memcpy(parent, path, len);
	parent[len] = '\0';
	*ret_name = slash + 1;
	return inroot_make_dir(root, len ? parent : "/", 0755, err);
}

int inroot_make_file(int root, const char *path, unsigned mode, struct cove_error *err)
{
	const char *name;
	auto_fd int parent = open_parent(root, path, &name, err);
	int fd;

	if (parent < 0)
		return parent;
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	return fd >= 0 ? fd : make_error(errno, "openat", path, err);
}

int inroot_make_link(int root, const char *path, const char *text, struct cove_error *err)
{
	const char *name;
	auto_fd int parent = open_parent(root, path, &name, err);

	if (parent < 0)
		return parent;
	return symlinkat(text, parent, name) == 0 ? 0 : make_error(errno, "symlinkat", path, err);
}
