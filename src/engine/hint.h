/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do about a failure: one true sentence, or none. A hint that a step has given stays. They
 * look at this machine to find the one cause that applies (probe.h), and change nothing.
 */
#ifndef ENGINE_HINT_H
#define ENGINE_HINT_H

#include "engine/probe.h"
#include "plan/plan.h"
#include <cove/error.h>

/* A step of ours failed. `err` may be NULL, as below. */
void hint_host(const struct plan *plan, struct cove_error *err);
/* A step inside the box failed. */
void hint_inside(const struct plan *plan, struct cove_error *err);
/* cove-init has ended before its time; `status` as of waitpid(2). */
void hint_end(int status, struct cove_error *err);

/* The same on a machine that is given. */
void hint_choose(const struct probe *probe, const struct plan *plan, struct cove_error *err);

#endif
