/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The class of service of a container (plan->rdt). It is made in the row `cgroup`, before any process,
 * and entered in the row `process`: by the process itself nothing is to be done, and all that it makes
 * is born in the class.
 */
#ifndef ENGINE_RDT_H
#define ENGINE_RDT_H

#include "engine/run.h"

/* All do nothing without plan->rdt. */
int rdt_make(struct run *run, struct cove_error *err);
int rdt_enter(struct run *run, struct cove_error *err);
void rdt_unmake(struct run *run);
/* Writes lines of schemata, ended by NULL, to the class of the container that the plan is about.
 * -ENOTSUP: there is no resctrl, or the container was made without a class. */
int rdt_update(const struct plan *plan, const char *const *lines, struct cove_error *err);
/* Removes what was made for the container that the plan is about: the class, if it had no name but the
 * container's, and the group that is monitored. */
void rdt_remove(const struct plan *plan);

#endif
