/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a system call filter is loaded that takes CAP_SYS_ADMIN to load: before the last fork, if it
 * allows what cove-init does from there on. Then nobody in the box sees a process with more rights
 * than the command.
 */
#ifndef PLAN_EARLY_H
#define PLAN_EARLY_H

#include "base/facts.h"
#include "plan/plan.h"
#include <cove/error.h>

/* Derives plan->seccomp.as_admin, early and forbids_capset, once plan->last is known. -EPERM: the
 * filter can be loaded in no way. */
int plan_resolve_filter(struct plan *plan, const struct facts *facts, struct cove_error *err);

#endif
