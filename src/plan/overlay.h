/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlays in a plan: which may be, and around which mounts each is laid.
 */
#ifndef PLAN_OVERLAY_H
#define PLAN_OVERLAY_H

#include "base/facts.h"
#include "plan/plan.h"
#include <cove/error.h>

bool plan_has_overlay(const struct plan *plan);

/* -EINVAL with the rule that an overlay breaks: one in another, a layer in what it lies over, two
 * in one directory, "/" without a root of its own. */
int plan_check_overlays(const struct plan *plan, struct cove_error *err);

/* Derives what each lies over and the mounts of the host below it. -EINVAL: an own root has mounts
 * below it. */
int plan_resolve_overlays(struct plan *plan, const struct facts *facts, struct cove_error *err);

#endif
