/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a container, as the runtime specification gives it to hooks: JSON on their standard
 * input. It is rendered when the plan is sealed, but for what changes, since cove-init cannot.
 */
#ifndef PLAN_STATE_H
#define PLAN_STATE_H

#include "base/buf.h"
#include "plan/plan.h"

/* Between state_head and state_tail of struct plan_container: the status, this, the process's number
 * and a comma. */
#define PLAN_STATE_PID "\",\"pid\":"

/* "prestart", ...: as the specification has it (ns.c, for cove-init). */
const char *plan_hook_name(enum plan_hook_kind kind);

/* Derives the texts of plan->container, where somebody will read them. */
void plan_resolve_state(struct plan *plan);
/* All of it, of a sealed plan that has hooks or a listener: an object without a newline. */
void plan_write_state(const struct plan *plan, const char *status, int pid, struct buf *out);

#endif
