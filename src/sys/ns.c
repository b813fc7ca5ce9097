/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces: see ns.h.
 */
#define _GNU_SOURCE
#include "sys/ns.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int ns_open_process(pid_t pid, struct cove_error *err)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0)
		return (int)fd;
	return err_set(err, errno, "pidfd_open", NULL, "cannot open process %d", pid);
}

int ns_open_of(int pidfd, pid_t pid, const char *name, struct cove_error *err)
{
	char path[64];
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return err_set(err, errno, "open", path, "cannot open the %s namespace of "
							 "process %d", name, pid);
	if (fd < 0 || syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0)
		return err_set(err, ESRCH, "open", path, "process %d is gone", pid);
	return TAKE_FD(fd);
}

int ns_open_path(const char *path, struct cove_error *err)
{
	return fd_open(path, O_RDONLY, err);
}

int ns_check_kind(int fd, uint32_t flag, const char *name, const char *path, struct cove_error *err)
{
	int kind = ioctl(fd, NS_GET_NSTYPE);

	if (kind >= 0 && (uint32_t)kind == flag)
		return 0;
	err_set(err, EINVAL, "ioctl", path, "%s%.120s%s is not a %s namespace", path ? "'" : "this",
		path ? path : "", path ? "'" : "", name);
	if (kind < 0)
		err_hint(err, "it is no namespace file at all; a namespace that is kept by a bind "
			      "mount shows in /proc/self/mountinfo as nsfs");
	return -EINVAL;
}

int ns_is_own(int fd, const char *name, struct cove_error *err)
{
	char path[64];
	struct stat own, other;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	if (stat(path, &own) < 0 || fstat(fd, &other) < 0)
		return err_set(err, errno, "stat", path, "cannot identify the %s namespace", name);
	return own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

int ns_is_pidfd(int fd)
{
	if (syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) == 0 || errno == EPERM)
		return 1;
	return errno == ESRCH ? -ESRCH : 0;
}

/* The number is looked up by the descriptor, and the process is not reaped before it is gone. */
int ns_is_shared(int pidfd, const char *name, struct cove_error *err)
{
	pid_t pid = process_number(pidfd);
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	if (pid == 0 || stat(path, &other) < 0 || ns_is_pidfd(pidfd) != 1)
		return err_set(err, pid ? errno : ESRCH, "stat", path,
			       "cannot identify the %s namespace of the process", name);
	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	if (stat(path, &own) < 0)
		return err_set(err, errno, "stat", path, "cannot identify the %s namespace", name);
	return own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

uint64_t ns_own_id(const char *name)
{
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return stat(path, &status) == 0 ? status.st_ino : 0;
}

int ns_enter(int fd, uint32_t flags)
{
	return setns(fd, (int)flags) == 0 ? 0 : -errno;
}

int ns_unshare(uint32_t flags)
{
	return unshare((int)flags) == 0 ? 0 : -errno;
}

int ns_set_hostname(const char *name, struct cove_error *err)
{
	if (sethostname(name, strlen(name)) == 0)
		return 0;
	return err_set(err, errno, "sethostname", name, "cannot set the host name '%s'", name);
}

int ns_set_domainname(const char *name, struct cove_error *err)
{
	if (setdomainname(name, strlen(name)) == 0)
		return 0;
	return err_set(err, errno, "setdomainname", name, "cannot set the domain name '%s'", name);
}

int ns_loopback_up(struct cove_error *err)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	auto_fd int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return err_set(err, errno, "socket", NULL, "cannot open a socket");
	if (ioctl(sock, SIOCSIFFLAGS, &request) < 0)
		return err_set(err, errno, "ioctl", "lo", "cannot bring the loopback device up");
	return 0;
}
