/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks that run on the host.
 */
#ifndef ENGINE_HOOKS_H
#define ENGINE_HOOKS_H

#include "engine/run.h"

/* Runs the plan's hooks of a kind, in order; `status` and `pid` are what they are told of the
 * container. The first that fails ends it, but for poststart and poststop: those all run, and the
 * first failure is returned. `waiting` is as engine_caller has it. */
int engine_run_hooks(const struct plan *plan, enum plan_hook_kind kind, pid_t pid,
		     const char *status, const uint64_t *waiting, struct cove_error *err);

#endif
