/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of cgroups: finding, making and removing. See cgroup.h.
 */
#define _GNU_SOURCE
#include "sys/cgroup.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/dir.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define UNIFIED "/sys/fs/cgroup"
#define HYBRID "/sys/fs/cgroup/unified"
#define PATH_SIZE 4096
#define REMOVE_MS 10000
#define TRUSTED_MARK "trusted.cove.container"
#define USER_MARK "user.cove.container"

static bool is_v2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

enum cgroup_layout cgroup_layout(const char **ret_root)
{
	enum cgroup_layout layout = CGROUP_NONE;

	if (is_v2(UNIFIED))
		layout = CGROUP_UNIFIED;
	else if (is_v2(HYBRID))
		layout = CGROUP_HYBRID;
	if (ret_root && layout != CGROUP_NONE)
		*ret_root = layout == CGROUP_UNIFIED ? UNIFIED : HYBRID;
	return layout;
}

int cgroup_own_path(char *path, size_t size, struct cove_error *err)
{
	char text[PATH_SIZE];
	char *line;
	long n = fd_read_file("/proc/self/cgroup", text, sizeof(text), err);

	if (n < 0)
		return (int)n;
	/* The line of the v2 tree is "0::/path". */
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return err_set(err, ENOENT, "read", "/proc/self/cgroup",
			       "this process has no cgroup of version 2");
	line += line == text ? 3 : 4;
	line[strcspn(line, "\n")] = '\0';
	if ((size_t)snprintf(path, size, "%s", line) >= size)
		return err_set(err, ENAMETOOLONG, "read", "/proc/self/cgroup",
			       "the path of our own cgroup is too long");
	return 0;
}

int cgroup_oom_kills(uint64_t *ret_count)
{
	char own[PATH_SIZE], path[PATH_SIZE + 64], text[512];
	const char *line, *root = UNIFIED;
	char number[24];
	int r = cgroup_own_path(own, sizeof(own), NULL);

	if (r < 0)
		return r;
	cgroup_layout(&root);
	snprintf(path, sizeof(path), "%s%s/memory.events", root, own);
	r = (int)fd_read_file(path, text, sizeof(text), NULL);
	if (r < 0)
		return r;
	line = strstr(text, "\noom_kill ");
	if (!line)
		return -ENODATA;
	snprintf(number, sizeof(number), "%.*s", (int)strcspn(line + 10, "\n"), line + 10);
	return num_u64(number, ret_count);
}

/* The next component from *at on, and behind it; false at the end. */
static bool next_name(const char **at, const char **ret_name, size_t *ret_len)
{
	*at += strspn(*at, "/");
	*ret_name = *at;
	*ret_len = strcspn(*at, "/");
	*at += *ret_len;
	return *ret_len > 0;
}

int cgroup_check_path(const char *path, struct cove_error *err)
{
	const char *at = path, *name, *why = NULL;
	size_t len;

	if (path[0] != '/')
		why = "is not absolute";
	if (strlen(path) >= PATH_SIZE)
		why = "is too long";
	if (strchr(path, '\n'))
		why = "has a line break";
	while (!why && next_name(&at, &name, &len)) {
		if (len == 2 && memcmp(name, "..", 2) == 0)
			why = "has '..'";
		else if (len > 255)
			why = "has a name that is too long";
	}
	if (!why)
		return 0;
	return err_set(err, EINVAL, NULL, path, "the cgroup path '%s' %s", path, why);
}

static int open_root(struct cove_error *err)
{
	const char *root = NULL;

	if (cgroup_layout(&root) != CGROUP_NONE)
		return fd_open(root, O_RDONLY | O_DIRECTORY, err);
	err_set(err, ENOTSUP, "statfs", UNIFIED, "there is no cgroup v2 tree on this host");
	err_hint(err, "mount it (mount -t cgroup2 cgroup2 %s), or use --cgroup-manager disabled, "
		      "which runs without a cgroup and limits", HYBRID);
	return -ENOTSUP;
}

/* Opens what is below `dir`, at a path without slashes in front; "" is `dir` itself. */
static int open_below(int dir, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	long fd;

	path += strspn(path, "/");
	do
		fd = syscall(SYS_openat2, dir, *path ? path : ".", &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd >= 0 ? (int)fd : -errno;
}

int cgroup_open(const char *path, struct cove_error *err)
{
	auto_fd int root = -1;
	int fd = cgroup_check_path(path, err);

	if (fd < 0)
		return fd;
	root = open_root(err);
	if (root < 0)
		return root;
	fd = open_below(root, path);
	return fd >= 0 ? fd : err_set(err, -fd, "openat2", path, "cannot open the cgroup '%s'", path);
}

static int make_error(int num, const char *path, struct cove_error *err)
{
	int r = err_set(err, num, "mkdirat", path, "cannot make the cgroup '%s'", path);

	if (num == EROFS)
		err_hint(err, "the cgroup v2 tree is mounted read-only here: remount it, or use "
			      "--cgroup-manager disabled");
	else if (num == EACCES || num == EPERM)
		err_hint(err, "you may not write there: have a cgroup delegated to you (systemd-run "
			      "--user --scope -p Delegate=yes), or use --cgroup-manager disabled");
	else if (num == EAGAIN)
		err_hint(err, "a cgroup above it allows no more: see its cgroup.max.descendants and "
			      "cgroup.max.depth");
	return r;
}

/* Steps from *dir down into `name`, which is made when it is missing. 1: it was. */
static int step_down(int *dir, const char *name)
{
	bool made = mkdirat(*dir, name, 0755) == 0;
	int fd = 0;

	if (!made && errno != EEXIST) {
		int num = errno;

		/* Who may not make one there may still go through one that is there. */
		fd = open_below(*dir, name);
		if (fd < 0)
			return fd == -ENOENT ? -num : fd;
	} else {
		fd = open_below(*dir, name);
	}
	if (fd < 0 && made)
		unlinkat(*dir, name, AT_REMOVEDIR);
	if (fd < 0)
		return fd;
	close(*dir);
	*dir = fd;
	return made;
}

int cgroup_make(const char *path, unsigned *ret_made, struct cove_error *err)
{
	const char *at = path, *component;
	auto_fd int dir = -1;
	unsigned made = 0;
	size_t len;
	int r = cgroup_check_path(path, err);

	if (r < 0)
		return r;
	dir = open_root(err);
	if (dir < 0)
		return dir;
	while (next_name(&at, &component, &len)) {
		char name[256];

		memcpy(name, component, len);
		name[len] = '\0';
		r = step_down(&dir, name);
		if (r < 0)
			break;
		made += (unsigned)r;
	}
	if (r < 0) {
		char part[PATH_SIZE];

		snprintf(part, sizeof(part), "%.*s", (int)(component - path), path);
		cgroup_remove_above(part[0] ? part : "/", made);
		return make_error(-r, path, err);
	}
	*ret_made = made;
	return TAKE_FD(dir);
}

void cgroup_remove_above(const char *path, unsigned count)
{
	char part[PATH_SIZE];
	auto_fd int root = open_root(NULL);

	if (root < 0 || strlen(path) >= sizeof(part))
		return;
	strcpy(part, path);
	while (count-- > 0) {
		char *slash;

		while ((slash = strrchr(part, '/')) && slash[1] == '\0' && slash > part)
			*slash = '\0';
		if (!slash)
			return;
		*slash = '\0';
		if (part[0] == '\0' || unlinkat(root, part + strspn(part, "/"), AT_REMOVEDIR) < 0)
			return;
	}
}

/* ---- removing ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The first cgroup in `dir`. 1: there is one; 0: none. */
static int first_child(int dir, char *name, size_t size)
{
	auto_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dir list;
	const char *entry;
	bool maybe_dir;
	int num;

	if (fd < 0)
		return -errno;
	dir_init(&list, fd);
	while ((entry = dir_next(&list, &maybe_dir, &num)))
		if (maybe_dir) {
			snprintf(name, size, "%s", entry);
			return 1;
		}
	return num;
}

/* Removes all below `top`. However deep it is: up goes by "..", for a cgroup never moves. */
static int remove_below(int top)
{
	auto_fd int at = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned depth = 0;

	if (at < 0)
		return -errno;
	for (;;) {
		char name[256];
		int r = first_child(at, name, sizeof(name)), next;

		if (r < 0)
			return r;
		if (r == 0 && depth == 0)
			return 0;
		if (r > 0 && unlinkat(at, name, AT_REMOVEDIR) == 0)
			continue;
		if (r > 0 && errno != EBUSY && errno != ENOENT)
			return -errno;
		/* One that is busy has others below it, or else processes: then it is met again. */
		next = openat(at, r > 0 ? name : "..",
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		if (r > 0 && first_child(next, name, sizeof(name)) <= 0) {
			close(next);
			return -EBUSY;
		}
		depth += r > 0 ? 1 : -1U;
		close(at);
		at = next;
	}
}

struct left {
	char text[160];
	size_t len;
	unsigned count;
};

static int note_left(void *context, pid_t pid)
{
	struct left *left = context;

	if (left->count++ < 4)
		left->len += (size_t)snprintf(left->text + left->len,
					      sizeof(left->text) - left->len, "%s%d",
					      left->len ? ", " : "", (int)pid);
	return 0;
}

static int still_busy(int cgroup, const char *path, struct cove_error *err)
{
	struct left left = { .len = 0 };

	cgroup_each_process(cgroup, note_left, &left, NULL);
	err_set(err, EBUSY, "rmdir", path, "cannot remove the cgroup '%s': %u processes are in it",
		path, left.count);
	if (left.count)
		err_hint(err, "process %s%s; one that waits in the kernel (state D in "
			      "/proc/PID/status) ends when that is over: try again then", left.text,
			 left.count > 4 ? " and others" : "");
	return -EBUSY;
}

static int remove_at(int root, const char *path, int fd)
{
	int r = remove_below(fd);

	if (r == 0 && unlinkat(root, path + strspn(path, "/"), AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

int cgroup_remove(const char *path, struct cove_error *err)
{
	int64_t end = now_ms() + REMOVE_MS;
	struct cove_error scratch;
	auto_fd int fd = cgroup_open(path, err ? err : &scratch);
	auto_fd int root = -1;
	int r;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	if (path[strspn(path, "/")] == '\0')
		return err_set(err, EINVAL, NULL, path, "the root of all cgroups stays");
	root = open_root(err);
	if (root < 0)
		return root;
	for (int pause = 1;; pause = pause < 50 ? pause * 2 : 50) {
		r = remove_at(root, path, fd);
		if ((r != -EBUSY && r != -ENOENT) || now_ms() >= end)
			break;
		if (cgroup_is_populated(fd) > 0)
			cgroup_wait_empty(fd, (int)(end - now_ms()));
		else
			poll(NULL, 0, pause);
	}
	if (r == -ENOENT || r == 0)
		return 0;
	return r == -EBUSY ? still_busy(fd, path, err)
			   : err_set(err, -r, "rmdir", path, "cannot remove the cgroup '%s'", path);
}

/* ---- marks ---- */

int cgroup_mark(int cgroup, const char *text, struct cove_error *err)
{
	if (fsetxattr(cgroup, TRUSTED_MARK, text, strlen(text), 0) == 0 ||
	    fsetxattr(cgroup, USER_MARK, text, strlen(text), 0) == 0)
		return 0;
	return err_set(err, errno, "fsetxattr", text, "cannot mark the cgroup of '%s'", text);
}

int cgroup_is_marked(int cgroup, const char *text)
{
	char mark[1024];
	ssize_t n = fgetxattr(cgroup, TRUSTED_MARK, mark, sizeof(mark));

	if (n < 0)
		n = fgetxattr(cgroup, USER_MARK, mark, sizeof(mark));
	if (n < 0)
		return errno == ERANGE ? 0 : -ENODATA;
	return (size_t)n == strlen(text) && memcmp(mark, text, (size_t)n) == 0;
}
