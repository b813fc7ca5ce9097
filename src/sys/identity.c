/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See identity.h.
 */
#include "sys/identity.h"
#include "sys/fd.h"
#include "sys/ns.h"
#include "sys/process.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FIELDS_TO_START 22

/* The kernel's struct pidfd_info, as far as it is used; the headers may be older than the kernel. */
struct exit_info {
	uint64_t mask;
	uint64_t cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};

#define EXIT_INFO_MASK UINT64_C(8)
#define GET_EXIT_INFO _IOWR(0xff, 11, struct exit_info)

_Static_assert(sizeof(struct exit_info) == 64, "as PIDFD_INFO_SIZE_VER0");

/* The name in parentheses may have anything in it, so fields are counted from its end. */
int identity_look(pid_t pid, struct identity *ret)
{
	char path[40], text[1024];
	const char *at;
	int parent;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (fd_read_file(path, text, sizeof(text), NULL) < 0)
		return -ESRCH;
	at = strrchr(text, ')');
	if (!at || sscanf(at, ") %c %d", &ret->state, &parent) != 2)
		return -ESRCH;
	ret->parent = parent;
	for (int field = 2; field < FIELDS_TO_START && at; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, " %lu", &ret->start) == 1 ? 0 : -ESRCH;
}

int identity_open(pid_t pid, uint64_t start)
{
	struct identity identity;
	auto_fd int pidfd = ns_open_process(pid, NULL);

	if (pidfd < 0)
		return pidfd == -EINVAL ? -ESRCH : pidfd;
	if (identity_look(pid, &identity) < 0 || identity.start != start ||
	    identity.state == 'Z' || identity.state == 'X')
		return -ESRCH;
	/* What was looked at is what the descriptor is about, if that has not ended. */
	if (process_poll(pidfd, 0) > 0)
		return -ESRCH;
	return TAKE_FD(pidfd);
}

void identity_boot(char text[IDENTITY_BOOT_SIZE])
{
	if (fd_read_file("/proc/sys/kernel/random/boot_id", text, IDENTITY_BOOT_SIZE, NULL) == -EFBIG)
		text[IDENTITY_BOOT_SIZE - 1] = '\0';
	else
		text[0] = '\0';
}

pid_t identity_own(uint64_t *ret_start)
{
	struct identity identity = { 0 };
	pid_t pid = getpid();

	identity_look(pid, &identity);
	*ret_start = identity.start;
	return pid;
}

void identity_command(pid_t pid, char *text, size_t size)
{
	char path[40];
	long len;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	{
		auto_fd int fd = fd_open(path, 0, NULL);

		len = fd < 0 ? 0 : fd_read(fd, text, size);
	}
	if (len < 0)
		len = 0;
	for (long i = 0; i + 1 < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	text[len] = '\0';
}

int identity_exit(int pidfd, int *ret_status)
{
	struct exit_info info = { .mask = EXIT_INFO_MASK };

	if (ioctl(pidfd, GET_EXIT_INFO, &info) < 0 || !(info.mask & EXIT_INFO_MASK))
		return -ENODATA;
	*ret_status = info.exit_code;
	return 0;
}

uint32_t identity_user(void)
{
	return geteuid();
}

void identity_user_name(uint32_t uid, char *text, size_t size)
{
	struct passwd memory, *entry = NULL;
	char room[4096];

	getpwuid_r(uid, &memory, room, sizeof(room), &entry);
	if (entry)
		snprintf(text, size, "%s", entry->pw_name);
	else
		snprintf(text, size, "#%u", uid);
}

int identity_is_mapped(void)
{
	char text[128];
	unsigned inside = 0, outside = 0, count = 0;

	if (fd_read_file("/proc/self/uid_map", text, sizeof(text), NULL) < 0)
		return 0;
	return sscanf(text, "%u %u %u", &inside, &outside, &count) != 3 || inside || outside ||
	       count != UINT32_MAX;
}
