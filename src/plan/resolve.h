/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second half of plan_seal: fills what plan.h calls derived.
 */
#ifndef PLAN_RESOLVE_H
#define PLAN_RESOLVE_H

#include "base/facts.h"
#include "plan/plan.h"
#include <cove/error.h>

/* As plan_seal; the plan has been checked. */
int plan_resolve(struct plan *plan, const struct facts *facts, struct cove_error *err);

#endif
