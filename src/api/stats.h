/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures of a cgroup, as JSON in the form that other runtimes have, with what version 2 counts.
 */
#ifndef API_STATS_H
#define API_STATS_H

#include "base/json.h"

/* Puts the members of the object "data". */
void stats_put(int cgroup, struct json *j);
/* How often the kernel has killed in it because memory was short. */
uint64_t stats_oom_kills(int cgroup);

#endif
