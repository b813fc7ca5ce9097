/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User and group ids: see ids.h.
 */
#define _GNU_SOURCE
#include "sys/ids.h"
#include "base/auto.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAP_SIZE 16384 /* 340 entries, the kernel's limit, of at most 33 bytes, fit twice */
#define HELPER_TIMEOUT_MS 10000
#define HELPER_ARGS 64

static int open_file(pid_t pid, const char *file, int flags, struct cove_error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return fd_open(path, flags, err);
}

/* Compares number by number, for the kernel pads its columns. */
static bool same_numbers(const char *a, const char *b)
{
	for (;;) {
		size_t len;

		a += strspn(a, " \n");
		b += strspn(b, " \n");
		len = strcspn(a, " \n");
		if (len != strcspn(b, " \n") || memcmp(a, b, len) != 0)
			return false;
		if (len == 0)
			return true;
		a += len;
		b += len;
	}
}

static int check_map(int fd, const char *file, const char *wanted, struct cove_error *err)
{
	uninitialized char text[MAP_SIZE];
	long n = fd_read_start(fd, text, sizeof(text));

	if (n < 0)
		return err_set(err, (int)-n, "read", file, "cannot read back the %s", file);
	if (same_numbers(text, wanted))
		return 0;
	return err_set(err, EIO, "read", file, "the kernel's %s is not the one that was asked for",
		       file);
}

int ids_write_map(pid_t pid, const char *file, const char *text, struct cove_error *err)
{
	auto_fd int fd = open_file(pid, file, O_RDWR, err);
	int r;

	if (fd < 0)
		return fd;
	r = fd_write_once(fd, text, strlen(text), file, err);
	return r < 0 ? r : check_map(fd, file, text, err);
}

static int read_back(pid_t pid, const char *file, const char *wanted, struct cove_error *err)
{
	auto_fd int fd = open_file(pid, file, O_RDONLY, err);

	return fd < 0 ? fd : check_map(fd, file, wanted, err);
}

int ids_deny_setgroups(pid_t pid, struct cove_error *err)
{
	auto_fd int fd = open_file(pid, "setgroups", O_WRONLY, err);

	return fd < 0 ? fd : fd_write_once(fd, "deny", 4, "setgroups", err);
}

/* Where the distributions put newuidmap; PATH is the caller's and not asked. */
static int find_helper(const char *helper, char *path, size_t size, struct cove_error *err)
{
	static const char *const dirs[] = { "/usr/bin", "/bin", "/usr/local/bin" };
	int r;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, size, "%s/%s", dirs[i], helper);
		if (access(path, X_OK) == 0)
			return 0;
	}
	r = err_set(err, ENOENT, "access", helper, "cannot find '%s'", helper);
	err_hint(err, "it maps more ids than your own; install it (Debian, Ubuntu: uidmap, "
		      "Fedora: shadow-utils)");
	return r;
}

/* It maps by rights that its file gives it, which copying and some containers take away. */
static bool has_rights(const char *path)
{
	struct stat st;

	return (stat(path, &st) == 0 && st.st_mode & S_ISUID) ||
	       getxattr(path, "security.capability", NULL, 0) > 0;
}

static int helper_error(const char *helper, const char *path, int status, char *text,
			struct cove_error *err)
{
	int r = err_set(err, EPERM, helper, NULL, "%s refused the map (status %d)", helper, status);

	text[strcspn(text, "\n")] = '\0';
	if (!has_rights(path))
		err_hint(err,
			 "'%s' has neither the set-user-id bit nor file capabilities: as root: "
			 "chmod u+s %s",
			 path, path);
	else if (text[0])
		err_hint(err, "it says: %s", text);
	return r;
}

int ids_run_helper(const char *helper, pid_t pid, const char *const *numbers,
		   struct cove_error *err)
{
	const char *file = strcmp(helper, "newuidmap") == 0 ? "uid_map" : "gid_map";
	char path[64], pid_text[16], text[512], wanted[1024] = "";
	char *argv[HELPER_ARGS + 3] = { path, pid_text };
	size_t len = 0;
	int r = find_helper(helper, path, sizeof(path), err);

	if (r < 0)
		return r;
	snprintf(pid_text, sizeof(pid_text), "%d", pid);
	for (unsigned i = 0; numbers[i]; i++) {
		if (i >= HELPER_ARGS || len + strlen(numbers[i]) + 2 > sizeof(wanted))
			return err_set(err, E2BIG, helper, NULL, "too many ranges in the %s", file);
		argv[i + 2] = (char *)numbers[i];
		len += (size_t)snprintf(wanted + len, sizeof(wanted) - len, "%s ", numbers[i]);
	}
	r = process_run_helper(&(struct process_helper){ .argv = argv,
							 .input = -1,
							 .output = -1,
							 .timeout_ms = HELPER_TIMEOUT_MS,
							 .text = text,
							 .size = sizeof(text) },
			       err);
	if (r < 0)
		return r;
	if (r > 0)
		return helper_error(helper, path, r, text, err);
	return read_back(pid, file, wanted, err);
}

int ids_set_uid(uint32_t uid, struct cove_error *err)
{
	uid_t real, effective, saved;

	if (uid == UINT32_MAX)
		return 0;
	if (syscall(SYS_setresuid, uid, uid, uid) < 0)
		return err_set(err, errno, "setresuid", NULL, "cannot become user %u", uid);
	if (getresuid(&real, &effective, &saved) < 0 || real != uid || effective != uid ||
	    saved != uid)
		return err_set(err, EIO, "getresuid", NULL, "did not become user %u", uid);
	return 0;
}

int ids_set_gid(uint32_t gid, struct cove_error *err)
{
	gid_t real, effective, saved;

	if (gid == UINT32_MAX)
		return 0;
	if (syscall(SYS_setresgid, gid, gid, gid) < 0)
		return err_set(err, errno, "setresgid", NULL, "cannot become group %u", gid);
	if (getresgid(&real, &effective, &saved) < 0 || real != gid || effective != gid ||
	    saved != gid)
		return err_set(err, EIO, "getresgid", NULL, "did not become group %u", gid);
	return 0;
}

int ids_set_groups(const uint32_t *groups, unsigned count, struct cove_error *err)
{
	if (syscall(SYS_setgroups, count, groups) < 0)
		return err_set(err, errno, "setgroups", NULL,
			       "cannot set the supplementary groups");
	if (syscall(SYS_getgroups, 0, NULL) != (long)count)
		return err_set(err, EIO, "getgroups", NULL,
			       "the supplementary groups are not those asked for");
	return 0;
}

int ids_give(int fd, uint32_t uid, struct cove_error *err)
{
	if (fchown(fd, uid, (gid_t)-1) == 0)
		return 0;
	return err_set(err, errno, "fchown", NULL, "cannot give the terminal to user %u", uid);
}

bool ids_groups_are_fixed(void)
{
	char text[8];

	return syscall(SYS_getgroups, 0, NULL) == 0 ||
	       (fd_read_file("/proc/self/setgroups", text, sizeof(text), NULL) > 0 &&
		strncmp(text, "deny", 4) == 0);
}
