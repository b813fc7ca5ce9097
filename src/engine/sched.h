/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the step `process` that is about scheduling.
 */
#ifndef ENGINE_SCHED_H
#define ENGINE_SCHED_H

#include "engine/run.h"

/* Nice value, scheduling policy and I/O priority of cove-init, which the command inherits. */
int sched_apply(struct run *run, struct cove_error *err);

#endif
