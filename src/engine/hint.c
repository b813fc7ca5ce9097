/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints: see hint.h.
 */
#include "engine/hint.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/fd.h"
#include "sys/landlock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A number from a file of /proc/sys; `fallback` when there is no such file. */
static uint64_t read_number(const char *path, uint64_t fallback)
{
	char text[32];
	uint64_t value;

	if (fd_read_file(path, text, sizeof(text), NULL) < 0)
		return fallback;
	text[strcspn(text, "\n")] = '\0';
	return num_u64(text, &value) == 0 ? value : fallback;
}

/* What does without any namespace, where this kernel has it. */
static const char *without_namespaces(void)
{
	return landlock_abi() > 0 ? "; --only none --landlock RULES works without namespaces" : "";
}

static bool hint_restriction(struct cove_error *err)
{
	if (read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1) {
		err_hint(err, "AppArmor restricts user namespaces here: load a profile that allows "
			      "cove 'userns,', or as root: sysctl -w "
			      "kernel.apparmor_restrict_unprivileged_userns=0%s",
			 without_namespaces());
		return true;
	}
	if (read_number("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0) {
		err_hint(err, "user namespaces are switched off for users: as root: sysctl -w "
			      "kernel.unprivileged_userns_clone=1%s",
			 without_namespaces());
		return true;
	}
	return false;
}

static void hint_limits(const struct plan *plan, struct cove_error *err)
{
	static const char *const files[COVE_NS_COUNT] = {
		[COVE_NS_USER] = "user", [COVE_NS_MNT] = "mnt", [COVE_NS_PID] = "pid",
		[COVE_NS_NET] = "net", [COVE_NS_IPC] = "ipc", [COVE_NS_UTS] = "uts",
		[COVE_NS_CGROUP] = "cgroup", [COVE_NS_TIME] = "time",
	};

	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++) {
		char path[64];
		uint64_t limit;

		if (!plan_is_new(plan, ns))
			continue;
		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", files[ns]);
		limit = read_number(path, UINT64_MAX);
		if (limit < 16) {
			err_hint(err, "the limit user.max_%s_namespaces is %llu here; it counts all "
				      "of a user's, and ends nesting too%s", files[ns],
				 (unsigned long long)limit,
				 ns == COVE_NS_USER ? without_namespaces() : "");
			return;
		}
	}
	err_hint(err, "a limit on namespaces is reached: see /proc/sys/user, or user namespaces are "
		      "nested 32 deep");
}

void hint_spawn(const struct plan *plan, struct cove_error *err)
{
	if (!err)
		return;
	if (err->num == ENOSPC || err->num == EUSERS)
		hint_limits(plan, err);
	else if (err->num == EPERM && plan_is_new(plan, COVE_NS_USER) && !hint_restriction(err))
		err_hint(err, "user namespaces are forbidden here, often by the seccomp filter of "
			      "an outer container; a chroot forbids them, too%s",
			 without_namespaces());
	else if (err->num == EPERM)
		err_hint(err, "new namespaces without a user namespace need CAP_SYS_ADMIN");
	else if (err->num == EAGAIN)
		err_hint(err, "a limit on processes is reached: ulimit -u, or pids.max of the "
			      "cgroup");
	else if (err->num == ENOSYS)
		err_hint(err, "the filter of an outer box or container hides clone3; an outer cove allows "
			      "it with --allow userns");
	else if (err->num == EINVAL)
		err_hint(err, "this kernel lacks one of the namespaces; cove needs Linux 5.14");
}

void hint_map(struct cove_error *err)
{
	if (err && (err->num == EPERM || err->num == EACCES))
		hint_restriction(err);
}

/* The command is there on the host, in a place that the box does not show. */
static void hint_hidden_command(const struct plan *plan, struct cove_error *err)
{
	const char *search = plan_str(plan, plan->process.search);
	char path[4096];

	for (size_t len; *search; search += len + (search[len] == ':')) {
		len = strcspn(search, ":");
		if ((size_t)snprintf(path, sizeof(path), "%.*s/%s", (int)len, search,
				     err->object) >= sizeof(path) ||
		    strchr(err->object, '/') || fd_classify(path) != FD_PATH_FILE)
			continue;
		err->hint[0] = '\0';
		err_hint(err, "the host has it as '%s', which the box does not show; share it: "
			      "--ro %s", path, path);
		return;
	}
}

void hint_inside(const struct plan *plan, struct cove_error *err)
{
	bool user = plan_is_new(plan, COVE_NS_USER);

	if (err && err->status == COVE_STATUS_NOT_FOUND)
		hint_hidden_command(plan, err);
	if (!err || err->hint[0] || (err->num != EPERM && err->num != EACCES))
		return;
	if (user && hint_restriction(err))
		return;
	if (user && plan->ns[COVE_NS_PID].mode == PLAN_NS_JOIN && strcmp(err->object, "proc") == 0)
		err_hint(err, "a procfs of the joined pid namespace needs its user namespace: join "
			      "that, too (--join user,pid=...), or stay in yours (--share user)");
	else if (user && strcmp(err->call, "fsmount") == 0)
		err_hint(err, "the kernel allows a new '%s' only where the present one is fully "
			      "visible; an outer container hides parts of it", err->object);
}
