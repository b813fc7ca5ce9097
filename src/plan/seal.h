/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealing: the plan is checked for contradictions, completed with what follows from it, and from
 * then on never changed.
 */
#ifndef PLAN_SEAL_H
#define PLAN_SEAL_H

#include "base/facts.h"
#include "plan/plan.h"
#include <cove/error.h>

/* Completes and checks the plan. When this returns 0, only the machine can still refuse it.
 *
 * A user namespace is added when the plan makes namespaces that the caller has no privilege for.
 *
 * -EINVAL  the plan contradicts itself (status COVE_STATUS_USAGE)
 * -EPERM   the caller may not have what it asks for, such as subordinate ids
 * -E2BIG   it outgrew PLAN_CAPACITY */
int plan_seal(struct plan *plan, const struct facts *facts, struct cove_error *err);

#endif
