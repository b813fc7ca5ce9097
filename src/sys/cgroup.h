/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the cgroup v2 tree.
 */
#ifndef SYS_CGROUP_H
#define SYS_CGROUP_H

#include <stdint.h>

/* How often the kernel has killed in the caller's own cgroup, or in one below it, because memory
 * was short. A negative errno where its memory is not accounted by cgroup v2. Since Linux 4.13. */
int cgroup_oom_kills(uint64_t *ret_count);

#endif
