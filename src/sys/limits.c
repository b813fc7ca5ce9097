/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource limits: see limits.h.
 */
#include "sys/limits.h"
#include "base/err.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void limit_text(uint64_t value, char *text, size_t size)
{
	if (value == RLIM64_INFINITY)
		snprintf(text, size, "unlimited");
	else
		snprintf(text, size, "%llu", (unsigned long long)value);
}

int process_limit_error(int num, int resource, uint64_t soft, uint64_t hard, struct cove_error *err)
{
	static const char *const names[] = {
		"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE",
		"MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
	};
	bool known = resource >= 0 && (size_t)resource < sizeof(names) / sizeof(names[0]);
	char one[24], other[24];

	limit_text(soft, one, sizeof(one));
	limit_text(hard, other, sizeof(other));
	return err_set(err, -num, "prlimit", NULL, "cannot set RLIMIT_%s to %s (soft) and %s (hard)",
		       known ? names[resource] : "?", one, other);
}

int process_set_rlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard,
		       struct cove_error *err)
{
	struct {
		uint64_t soft, hard;
	} limit = { soft, hard };

	if (syscall(SYS_prlimit64, pid, resource, &limit, NULL) == 0)
		return 0;
	return process_limit_error(-errno, resource, soft, hard, err);
}

int process_get_limit(pid_t pid, int resource, uint64_t *ret_soft, uint64_t *ret_hard)
{
	struct {
		uint64_t soft, hard;
	} limit;

	if (syscall(SYS_prlimit64, pid, resource, NULL, &limit) < 0)
		return -errno;
	*ret_soft = limit.soft;
	*ret_hard = limit.hard;
	return 0;
}
