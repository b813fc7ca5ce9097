/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hints speak the language of the request: of options for a box, of the configuration for a
 * container, for a command in one, and for mounts added to one.
 */
#ifndef PLAN_HINT_H
#define PLAN_HINT_H

#include "base/err.h"
#include "plan/amend.h"

static inline bool plan_is_oci(const struct plan *plan)
{
	return plan_is_for_container(plan) || plan->process.check_command;
}

/* err_hint with one of two formats. */
#define plan_hint(plan, err, box, container, ...)                                                  \
	(plan_is_oci(plan) ? err_hint(err, container, ##__VA_ARGS__)                               \
			   : err_hint(err, box, ##__VA_ARGS__))

#endif
