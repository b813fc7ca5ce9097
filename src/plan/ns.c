/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and flags of the eight namespaces, and names of the hooks.
 */
#include "plan/plan.h"
#include "plan/state.h"

#define FLAG_NEWTIME 0x00000080u
#define FLAG_NEWNS 0x00020000u
#define FLAG_NEWCGROUP 0x02000000u
#define FLAG_NEWUTS 0x04000000u
#define FLAG_NEWIPC 0x08000000u
#define FLAG_NEWUSER 0x10000000u
#define FLAG_NEWPID 0x20000000u
#define FLAG_NEWNET 0x40000000u

static const struct {
	const char *name;
	uint32_t flag;
} kinds[] = {
	[COVE_NS_USER] = { "user", FLAG_NEWUSER },
	[COVE_NS_MNT] = { "mnt", FLAG_NEWNS },
	[COVE_NS_PID] = { "pid", FLAG_NEWPID },
	[COVE_NS_NET] = { "net", FLAG_NEWNET },
	[COVE_NS_IPC] = { "ipc", FLAG_NEWIPC },
	[COVE_NS_UTS] = { "uts", FLAG_NEWUTS },
	[COVE_NS_CGROUP] = { "cgroup", FLAG_NEWCGROUP },
	[COVE_NS_TIME] = { "time", FLAG_NEWTIME },
};

_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == COVE_NS_COUNT, "a row for each kind");

const char *plan_ns_name(enum cove_ns ns)
{
	return kinds[ns].name;
}

uint32_t plan_ns_flag(enum cove_ns ns)
{
	return kinds[ns].flag;
}

const char *plan_hook_name(enum plan_hook_kind kind)
{
	static const char *const names[PLAN_HOOK_COUNT] = {
		[PLAN_HOOK_PRESTART] = "prestart",
		[PLAN_HOOK_CREATE_RUNTIME] = "createRuntime",
		[PLAN_HOOK_CREATE_CONTAINER] = "createContainer",
		[PLAN_HOOK_START_CONTAINER] = "startContainer",
		[PLAN_HOOK_POSTSTART] = "poststart",
		[PLAN_HOOK_POSTSTOP] = "poststop",
	};

	return names[kind];
}

bool plan_has_join(const struct plan *plan)
{
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		if (plan->ns[ns].mode == PLAN_NS_JOIN)
			return true;
	return false;
}
