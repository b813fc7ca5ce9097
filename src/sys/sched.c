/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduling and its kin: see sched.h. None of these calls has a wrapper in every C library.
 */
#define _GNU_SOURCE
#include "sys/sched.h"
#include "base/err.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROCESSORS 8192

struct attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

int sched_get_nice(pid_t pid)
{
	long value = syscall(SYS_getpriority, PRIO_PROCESS, pid); /* 20 less the nice value */

	return value > 0 ? 20 - (int)value : 0;
}

int sched_set(pid_t pid, const struct sched_wanted *wanted, struct cove_error *err)
{
	const struct attributes attributes = {
		.size = sizeof(attributes),
		.policy = wanted->policy,
		.flags = wanted->flags,
		.nice = wanted->nice,
		.priority = (uint32_t)wanted->priority,
		.runtime = wanted->runtime,
		.deadline = wanted->deadline,
		.period = wanted->period,
	};

	if (syscall(SYS_sched_setattr, pid, &attributes, 0) == 0)
		return 0;
	return err_set(err, errno, "sched_setattr", NULL, "cannot set the scheduling policy");
}

int sched_set_ioprio(pid_t pid, unsigned io_class, unsigned level, struct cove_error *err)
{
	unsigned value = io_class << IOPRIO_CLASS_SHIFT | level;

	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, value) == 0)
		return 0;
	return err_set(err, errno, "ioprio_set", NULL, "cannot set the I/O priority");
}

/* Adds "N" or "N-M" at *at to the set, and goes on to what follows it. */
static int take_range(const char **at, uint64_t set[PROCESSORS / 64])
{
	unsigned long numbers[2];
	unsigned count = 0;

	do {
		if (count == 2 || **at < '0' || **at > '9')
			return -EINVAL;
		for (numbers[count] = 0; **at >= '0' && **at <= '9'; (*at)++) {
			numbers[count] = numbers[count] * 10 + (unsigned long)(**at - '0');
			if (numbers[count] >= PROCESSORS)
				return -EINVAL;
		}
		count++;
	} while (**at == '-' && (*at)++);
	for (unsigned long n = numbers[0]; n <= numbers[count - 1]; n++)
		set[n / 64] |= UINT64_C(1) << n % 64;
	return numbers[0] <= numbers[count - 1] ? 0 : -EINVAL;
}

int sched_set_processors(pid_t pid, const char *list, struct cove_error *err)
{
	uint64_t set[PROCESSORS / 64] = { 0 };
	const char *at = list;
	int r;

	do
		r = take_range(&at, set);
	while (r == 0 && *at == ',' && at++);
	if (r < 0 || *at)
		return err_set(err, EINVAL, NULL, list, "'%s' is no list of processors", list);
	if (syscall(SYS_sched_setaffinity, pid, sizeof(set), set) == 0)
		return 0;
	return err_set(err, errno, "sched_setaffinity", list, "cannot run on the processors %s",
		       list);
}

int sched_set_personality(uint32_t persona, struct cove_error *err)
{
	if (syscall(SYS_personality, persona) >= 0)
		return 0;
	return err_set(err, errno, "personality", NULL, "cannot set the personality 0x%x", persona);
}

int sched_set_mempolicy(uint32_t mode, const uint64_t *nodes, unsigned bits,
			struct cove_error *err)
{
	/* The kernel counts one bit less than it is told. */
	if (syscall(SYS_set_mempolicy, mode, nodes, (unsigned long)bits + 1) == 0)
		return 0;
	return err_set(err, errno, "set_mempolicy", NULL, "cannot set the memory policy");
}
