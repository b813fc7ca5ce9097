/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See probe.h.
 */
#include "engine/probe.h"
#include "base/auto.h"
#include "base/num.h"
#include "plan/plan.h"
#include "sys/caps.h"
#include "sys/fd.h"
#include "sys/landlock.h"
#include "sys/limits.h"
#include "sys/process.h"
#include "sys/statx.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MOUNTS_SIZE 65536

/* A number from a file of /proc/sys; `fallback` when there is no such file. */
static uint64_t read_number(probe_read *look, const char *path, uint64_t fallback)
{
	char text[32];
	uint64_t value;

	if (look(path, text, sizeof(text)) < 0)
		return fallback;
	text[strcspn(text, "\n")] = '\0';
	return num_u64(text, &value) == 0 ? value : fallback;
}

/* Not for a program that has a profile with 'userns,', such as the one in contrib/apparmor. */
static bool apparmor_restricts(probe_read *look)
{
	char label[64] = "";

	if (read_number(look, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 0)
		return false;
	return look("/proc/self/attr/current", label, sizeof(label)) < 0 ||
	       strncmp(label, "cove", 4) != 0;
}

static bool is_filtered(probe_read *look)
{
	char status[4096] = "";
	const char *line;

	if (look("/proc/self/status", status, sizeof(status)) < 0)
		return false;
	line = strstr(status, "\nSeccomp:");
	return line && strtoul(line + strlen("\nSeccomp:"), NULL, 10) == 2;
}

/* The first user namespace maps all ids onto themselves. */
static bool is_nested(probe_read *look)
{
	char map[128] = "";
	unsigned inside = 0, outside = 0, count = UINT32_MAX;

	if (look("/proc/self/uid_map", map, sizeof(map)) < 0)
		return false;
	return sscanf(map, "%u %u %u", &inside, &outside, &count) != 3 || count != UINT32_MAX;
}

/* On these the kernel expects a mount, and does not count it. */
static bool is_usual_mount(const char *path)
{
	static const char *const usual[] = { "/proc/sys/fs/binfmt_misc", "/sys/fs/", "/sys/kernel/",
					     "/sys/firmware/efi/efivars" };

	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (strncmp(path, usual[i], strlen(usual[i])) == 0)
			return true;
	return false;
}

/* A line of mountinfo: the fifth word is where it is mounted. */
static void look_at_mount(const char *line, struct probe *probe)
{
	char path[64];

	if (sscanf(line, "%*s %*s %*s %*s %63s", path) != 1 || is_usual_mount(path))
		return;
	if (strncmp(path, "/proc/", 6) == 0 && !probe->proc_cover[0])
		memcpy(probe->proc_cover, path, sizeof(path));
	if (strncmp(path, "/sys/", 5) == 0 && !probe->sys_cover[0])
		memcpy(probe->sys_cover, path, sizeof(path));
}

static void look_at_mounts(probe_read *look, struct probe *probe)
{
	auto_free char *text = malloc(MOUNTS_SIZE);
	char *rest;

	if (!text || look("/proc/self/mountinfo", text, MOUNTS_SIZE) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		look_at_mount(line, probe);
}

void probe_files(probe_read *look, struct probe *ret_probe)
{
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", plan_ns_name(ns));
		ret_probe->limits[ns] = read_number(look, path, UINT64_MAX);
	}
	ret_probe->apparmor_restricts = apparmor_restricts(look);
	ret_probe->users_off =
		read_number(look, "/proc/sys/kernel/unprivileged_userns_clone", 1) == 0;
	ret_probe->memfd_noexec = read_number(look, "/proc/sys/vm/memfd_noexec", 0) > 1;
	ret_probe->filtered = is_filtered(look);
	ret_probe->nested = is_nested(look);
	look_at_mounts(look, ret_probe);
}

static long read_start(const char *path, char *text, size_t size)
{
	auto_fd int fd = fd_open(path, O_RDONLY, NULL);

	return fd < 0 ? fd : fd_read(fd, text, size);
}

void probe_gather(struct probe *ret_probe)
{
	uint64_t hard;

	*ret_probe = (struct probe){
		.admin = caps_effective() & UINT64_C(1) << CAP_SYS_ADMIN,
		.in_chroot = !statx_is_mount_root("/"),
	};
	ret_probe->landlock = landlock_abi() > 0;
	process_get_limit(0, RLIMIT_NOFILE, &ret_probe->descriptors, &hard);
	probe_files(read_start, ret_probe);
}
