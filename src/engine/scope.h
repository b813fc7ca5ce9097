/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scope of a container: a unit of systemd with a process in it. The container's cgroup is one
 * below the scope's, which systemd leaves alone. The helper cove-systemd does the talking.
 *
 * A scope is made around a process that is there, and is collected when it is empty; so nothing is
 * left of one whose process has ended.
 */
#ifndef ENGINE_SCOPE_H
#define ENGINE_SCOPE_H

#include "plan/plan.h"
#include <cove/error.h>
#include <stddef.h>
#include <sys/types.h>

/* The path of the container's cgroup. plan->cgroup.path is that already, or "SLICE:PREFIX:NAME", or
 * empty. -ENOTSUP: systemd does not run here. -ETIMEDOUT: it does not answer. */
int scope_find(const struct plan *plan, char *path, size_t size, struct cove_error *err);
/* Makes the scope for the cgroup at `path`, and moves the process into it. -EEXIST: there is a unit
 * of that name. */
int scope_start(const struct plan *plan, const char *path, pid_t pid, struct cove_error *err);
/* The same cgroup's scope gets the settings of `plan`. */
int scope_set(const struct plan *plan, const char *path, struct cove_error *err);
/* Has systemd move a process to the cgroup at `path`, of the scope or below it: between a session of
 * a user and the user's own units only systemd may. */
int scope_attach(const char *path, pid_t pid, struct cove_error *err);
/* Stops the scope and waits until systemd has let go of it. None there is success. */
int scope_stop(const char *path, struct cove_error *err);
/* The path of the scope's own cgroup: `path`, or what is above it. */
int scope_path(const char *path, char *scope, size_t size, struct cove_error *err);

#endif
