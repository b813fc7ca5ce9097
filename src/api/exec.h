/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a container's plan to that of a command that is added to it.
 */
#ifndef API_EXEC_H
#define API_EXEC_H

#include "plan/plan.h"
#include <cove/error.h>

/* A copy that joins the container's namespaces by the descriptor of its process, and leaves alone all
 * else that was made: only the process, its rights and its cgroup stay. NULL when memory is short. */
struct plan *exec_plan(const struct plan *plan, int pidfd);
/* A new plan that joins what the container has of its own and takes part in mounts, where mounts can be
 * added and removed; its process, cgroup and rights are nothing to it. NULL when memory is short. */
struct plan *amend_plan(const struct plan *plan, int pidfd);
/* Forgets what the container's own process is like, before another document says it. */
void exec_forget_process(struct plan *plan);

#endif
