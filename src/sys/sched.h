/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processor time, I/O order, execution domain and memory placement of a process.
 */
#ifndef SYS_SCHED_H
#define SYS_SCHED_H

#include <cove/error.h>
#include <stdint.h>
#include <sys/types.h>

/* As the kernel's struct sched_attr, version 0. Times in nanoseconds. */
struct sched_wanted {
	uint32_t policy;  /* SCHED_* */
	int32_t nice;     /* of SCHED_OTHER and SCHED_BATCH */
	int32_t priority; /* of SCHED_FIFO and SCHED_RR: 1 to 99 */
	uint64_t flags;   /* SCHED_FLAG_* */
	uint64_t runtime, deadline, period; /* of SCHED_DEADLINE */
};

/* The nice value of `pid`; 0 when it cannot be asked. */
int sched_get_nice(pid_t pid);
/* -EPERM: that takes CAP_SYS_NICE. -EBUSY: the processors have not that much time left for
 * SCHED_DEADLINE. */
int sched_set(pid_t pid, const struct sched_wanted *wanted, struct cove_error *err);
/* IOPRIO_CLASS_* and a level from 0 to 7. -EPERM: IOPRIO_CLASS_RT takes CAP_SYS_NICE. */
int sched_set_ioprio(pid_t pid, unsigned io_class, unsigned level, struct cove_error *err);
/* The processors of `pid` (0: the caller's), as a list such as "0-3,7". -EINVAL: it is no list, or
 * none of them is there and allowed. */
int sched_set_processors(pid_t pid, const char *list, struct cove_error *err);
/* Of the calling thread; its children and execve keep it. PER_* and flags. */
int sched_set_personality(uint32_t persona, struct cove_error *err);
/* Of the calling thread; its children and execve keep it. `mode` is MPOL_* with MPOL_F_*; `nodes`
 * has one bit a node. -EINVAL: none of the nodes is there and allowed; -ENOSYS: a kernel without
 * NUMA. */
int sched_set_mempolicy(uint32_t mode, const uint64_t *nodes, unsigned bits,
			struct cove_error *err);

#endif
