/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options that contradict each other. Where an option that takes one value is given twice, the last
 * one counts, so that a script's can be overridden; what could only be a mistake is refused.
 */
#ifndef BOX_CONFLICTS_H
#define BOX_CONFLICTS_H

#include "box/box.h"

/* -EINVAL: a usage error that names both. To be called when all options were read, and nothing was
 * added to them. */
int box_check_conflicts(const struct box *box, struct cove_error *err);

/* The error itself: `what` cannot be both. */
int box_conflict(const struct box *box, const char *what, plan_ref first, plan_ref second,
		 struct cove_error *err);

#endif
