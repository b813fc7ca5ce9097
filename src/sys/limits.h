/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource limits of a process; 0 is the caller.
 */
#ifndef SYS_LIMITS_H
#define SYS_LIMITS_H

#include <cove/error.h>
#include <stdint.h>
#include <sys/types.h>

int process_set_rlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard,
		       struct cove_error *err);
/* The error (a negative errno) of setting it to what was asked for. */
int process_limit_error(int num, int resource, uint64_t soft, uint64_t hard, struct cove_error *err);
int process_get_limit(pid_t pid, int resource, uint64_t *ret_soft, uint64_t *ret_hard);

#endif
