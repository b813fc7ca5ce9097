/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public handle of a plan.
 */
#ifndef API_HANDLE_H
#define API_HANDLE_H

#include "base/facts.h"
#include "plan/plan.h"
#include <cove/box.h>

struct cove_plan {
	struct plan *plan;
	bool env_set; /* the environment is in the plan; else the caller's is used */
};

/* A sealed copy for one run. Release with plan_free. */
int handle_seal(const struct cove_plan *handle, struct plan **ret_plan, struct cove_error *err);

#endif
