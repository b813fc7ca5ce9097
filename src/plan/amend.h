/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is the same for a container that is made and for mounts that are added to one.
 */
#ifndef PLAN_AMEND_H
#define PLAN_AMEND_H

#include "plan/plan.h"

/* Whether the documents of a container are carried out: when it is made, or what is added to it. */
static inline bool plan_is_for_container(const struct plan *plan)
{
	return plan->container.is || plan->container.amend;
}
/* Whether the host side opens the source and sends it: where that takes its privilege, or its list of
 * mounts, which the inside has left. */
static inline bool plan_mount_is_sent(const struct plan *plan, const struct plan_mount *mount)
{
	return mount->idmap || (plan->container.amend && plan_mount_has_source(mount));
}

#endif
