/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup of a container, for whoever deals with it while no plan is walked. What each does
 * follows from plan->cgroup alone.
 */
#ifndef ENGINE_CGROUP_H
#define ENGINE_CGROUP_H

#include "plan/plan.h"
#include <cove/error.h>

/* Makes plan->cgroup.path a path below the root of the v2 tree, whatever it was: to be called before
 * plan_seal and before the plan is stored, for a path that is missing or relative is chosen by where
 * the caller is. -EINVAL: it has "..". */
int engine_cgroup_settle(struct plan *plan, struct cove_error *err);

/* Opens the container's cgroup, for sys/cgroup.h. -ENOENT: it has none (any more); what another
 * container has made at its path since is not its. */
int engine_cgroup_open(const struct plan *plan, struct cove_error *err);

/* Kills what is in it and below, and removes all. Nothing there is success. -EEXIST: what has the
 * path now is not this container's, and was left alone. -EBUSY: a process does not end. Removes what
 * plan->rdt made, too. */
int engine_cgroup_remove(const struct plan *plan, struct cove_error *err);

/* Writes the settings of the plan, and its device rules if it has them, to the open `cgroup`. All or
 * nothing: when one is refused those before it are put back. Of a scope the unit gets them too, after
 * that: plan->cgroup.path is the container's. */
int engine_cgroup_update(const struct plan *plan, int cgroup, struct cove_error *err);

#endif
