/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread sets for itself: personality, memory policy, the processors of the command. The rest
 * of scheduling takes the caller's privilege and is the host's (engine/sched.c).
 */
#include "base/err.h"
#include "init/inside.h"
#include "sys/sched.h"

#include <errno.h>

int apply_personality(struct inside *in, struct cove_error *err)
{
	const struct plan_setting *personality = &in->plan->personality;
	int r = sched_set_personality((uint32_t)personality->value, err);

	if (r < 0)
		err_origin(err, plan_str(in->plan, personality->origin));
	if (r == -EINVAL)
		err_hint(err, "this kernel or processor does not have it");
	return r;
}

int apply_affinity(struct inside *in, struct cove_error *err)
{
	const struct plan_affinity *affinity = &in->plan->affinity;
	int r = sched_set_processors(0, plan_str(in->plan, affinity->last), err);

	if (r < 0)
		err_origin(err, plan_str(in->plan, affinity->origin));
	return r;
}

int apply_mempolicy(struct inside *in, struct cove_error *err)
{
	const struct plan_mempolicy *policy = &in->plan->mempolicy;
	int r = sched_set_mempolicy(policy->mode | policy->flags, policy->nodes, PLAN_MEMORY_NODES,
				    err);

	if (r < 0)
		err_origin(err, plan_str(in->plan, policy->origin));
	if (r == -EINVAL && policy->text)
		err_hint(err, "the nodes must be there (/sys/devices/system/node/online) and "
			      "allowed (Mems_allowed_list in /proc/self/status)");
	else if (r == -ENOSYS)
		err_hint(err, "this kernel is built without NUMA");
	return r;
}
