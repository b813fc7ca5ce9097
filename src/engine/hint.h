/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do about a failure: one true sentence, or none. Hints look at this host to find the one
 * cause that applies; they never change anything.
 */
#ifndef ENGINE_HINT_H
#define ENGINE_HINT_H

#include "plan/plan.h"
#include <cove/error.h>

/* No process could be made in the new namespaces. */
void hint_spawn(const struct plan *plan, struct cove_error *err);
/* The id maps were refused. */
void hint_map(struct cove_error *err);
/* A step inside the box failed. */
void hint_inside(const struct plan *plan, struct cove_error *err);

#endif
