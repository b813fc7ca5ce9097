/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plan wants of a cgroup: values for its files, and device rules.
 */
#ifndef ENGINE_CGROUP_SETTINGS_H
#define ENGINE_CGROUP_SETTINGS_H

#include "engine/run.h"
#include "plan/plan.h"
#include <cove/error.h>

/* Writes all of it. What only divides what is short is left out with a warning, where the controller
 * is missing; every limit is kept or refused. `run` (may be NULL) hears the warnings. `all_or_none`:
 * when one is refused those before it are put back. */
int cgroup_settings_apply(const struct plan *plan, int cgroup, bool all_or_none,
			  const struct run *run, struct cove_error *err);

/* Writes the settings as far as `cgroup` takes them, and no device rules: for one above that which
 * cgroup_settings_apply is called with, where each is kept or refused. */
int cgroup_settings_write(const struct plan *plan, int cgroup, struct cove_error *err);

/* Whether any of it holds a box back: then a box without a cgroup must be refused. */
bool cgroup_settings_limit(const struct plan *plan);

/* Whether the caller has no rights over the devices of this host, so that rules would add nothing:
 * it can make no nodes, and opens only what its user may. */
bool cgroup_settings_need_no_devices(void);

#endif
