/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: see names.h.
 */
#include "plan/names.h"
#include "base/auto.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

static const char *const capabilities[] = {
	[CAP_CHOWN] = "CAP_CHOWN",
	[CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
	[CAP_FOWNER] = "CAP_FOWNER",
	[CAP_FSETID] = "CAP_FSETID",
	[CAP_KILL] = "CAP_KILL",
	[CAP_SETGID] = "CAP_SETGID",
	[CAP_SETUID] = "CAP_SETUID",
	[CAP_SETPCAP] = "CAP_SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
	[CAP_NET_ADMIN] = "CAP_NET_ADMIN",
	[CAP_NET_RAW] = "CAP_NET_RAW",
	[CAP_IPC_LOCK] = "CAP_IPC_LOCK",
	[CAP_IPC_OWNER] = "CAP_IPC_OWNER",
	[CAP_SYS_MODULE] = "CAP_SYS_MODULE",
	[CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
	[CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
	[CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
	[CAP_SYS_PACCT] = "CAP_SYS_PACCT",
	[CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
	[CAP_SYS_BOOT] = "CAP_SYS_BOOT",
	[CAP_SYS_NICE] = "CAP_SYS_NICE",
	[CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
	[CAP_SYS_TIME] = "CAP_SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
	[CAP_MKNOD] = "CAP_MKNOD",
	[CAP_LEASE] = "CAP_LEASE",
	[CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
	[CAP_SETFCAP] = "CAP_SETFCAP",
	[CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
	[CAP_SYSLOG] = "CAP_SYSLOG",
	[CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "CAP_AUDIT_READ",
	[CAP_PERFMON] = "CAP_PERFMON",
	[CAP_BPF] = "CAP_BPF",
	[CAP_CHECKPOINT_RESTORE] = "CAP_CHECKPOINT_RESTORE",
};

static const char *const rlimits[] = {
	[RLIMIT_CPU] = "cpu",
	[RLIMIT_FSIZE] = "fsize",
	[RLIMIT_DATA] = "data",
	[RLIMIT_STACK] = "stack",
	[RLIMIT_CORE] = "core",
	[RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc",
	[RLIMIT_NOFILE] = "nofile",
	[RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_AS] = "as",
	[RLIMIT_LOCKS] = "locks",
	[RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue",
	[RLIMIT_NICE] = "nice",
	[RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime",
};

static int find(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (names[i] && strcasecmp(name, names[i]) == 0)
			return (int)i;
	return -EINVAL;
}

int names_capability(const char *name)
{
	int number = find(name, capabilities, ARRAY_LEN(capabilities));

	for (size_t i = 0; number < 0 && i < ARRAY_LEN(capabilities); i++)
		if (strcasecmp(name, capabilities[i] + strlen("CAP_")) == 0)
			number = (int)i;
	return number;
}

const char *names_capability_name(unsigned number)
{
	return number < ARRAY_LEN(capabilities) ? capabilities[number] : NULL;
}

void names_capabilities(uint64_t set, struct buf *out)
{
	uint64_t all = (UINT64_C(1) << ARRAY_LEN(capabilities)) - 1;
	const char *separator = "";

	if ((set & all) == all) {
		buf_adds(out, "all capabilities");
		return;
	}
	for (unsigned i = 0; i < ARRAY_LEN(capabilities); i++) {
		if (!(set & (UINT64_C(1) << i)))
			continue;
		buf_addf(out, "%s%s", separator, capabilities[i] + strlen("CAP_"));
		separator = " ";
	}
}

const char *names_nearest_capability(const char *name)
{
	const char *words[ARRAY_LEN(capabilities)];
	const char *near;
	char upper[32];
	size_t len = 0;

	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	for (; name[len] && len + 1 < sizeof(upper); len++)
		upper[len] = (char)toupper((unsigned char)name[len]);
	upper[len] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		words[i] = capabilities[i] + strlen("CAP_");
	near = text_nearest(upper, words, ARRAY_LEN(words));
	return near ? near - strlen("CAP_") : NULL;
}

int names_rlimit(const char *name)
{
	if (strncasecmp(name, "RLIMIT_", 7) == 0)
		name += 7;
	return find(name, rlimits, ARRAY_LEN(rlimits));
}

const char *names_rlimit_name(unsigned resource)
{
	return resource < ARRAY_LEN(rlimits) ? rlimits[resource] : NULL;
}

const char *names_nearest_rlimit(const char *name)
{
	return text_nearest(name, rlimits, ARRAY_LEN(rlimits));
}

const char *names_oci_ns(enum cove_ns ns)
{
	static const char *const names[COVE_NS_COUNT] = {
		[COVE_NS_USER] = "user", [COVE_NS_MNT] = "mount", [COVE_NS_PID] = "pid",
		[COVE_NS_NET] = "network", [COVE_NS_IPC] = "ipc", [COVE_NS_UTS] = "uts",
		[COVE_NS_CGROUP] = "cgroup", [COVE_NS_TIME] = "time",
	};

	return names[ns];
}
