/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See exec.h.
 */
#include "api/exec.h"
#include "plan/build.h"

#include <linux/mount.h>
#include <string.h>

static void forget_derived(struct plan *plan)
{
	plan->sealed = 0;
	plan->spawn_flags = plan->late_flags = 0;
	plan->late_forks = 0;
	plan->last = PLAN_LAST_DIRECT;
	plan->last_copies = plan->own_time = plan->own_cgroup = 0;
	plan->setup_uid = plan->setup_gid = PLAN_NO_ID;
	plan->source_count = 0;
}

/* What the container's own process made is there, and was made once. */
static void forget_box(struct plan *plan)
{
	forget_derived(plan);
	plan->maps = (struct plan_maps){ 0 };
	plan->monotonic = plan->boottime = (struct plan_offset){ 0 };
	plan->hostname = plan->domainname = 0;
	plan->limit_userns = 0;
	plan->loopback = 0;
	plan->root = (struct plan_root){ 0 };
	plan->mounts = (struct plan_list){ 0 };
	plan->propagation = 0;
	memset(plan->hooks, 0, sizeof(plan->hooks));
	plan->sysctls = plan->net_devices = plan->notes = (struct plan_list){ 0 };
	plan->container.is = plan->container.gate = 0;
	plan->cgroup.join = 1;
	plan->fault = PLAN_FAULT_NONE;
	plan->process.terminal = plan->process.console = 0;
	plan->process.make_cwd = 0;
	plan->process.init = 0;
	plan->process.keep_fds = (struct plan_list){ 0 };
}

struct plan *exec_plan(const struct plan *plan, int pidfd)
{
	struct plan *copy = plan_copy(plan);

	if (!copy)
		return NULL;
	forget_box(copy);
	plan_set_origin(copy, "exec");
	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++)
		if (plan->ns[kind].mode != PLAN_NS_HOST)
			plan_join_fd(copy, kind, pidfd);
	return copy;
}

/* A new filesystem shows the pid, network, ipc or cgroup namespace of who makes it. */
struct plan *amend_plan(const struct plan *plan, int pidfd)
{
	static const enum cove_ns kinds[] = {
		COVE_NS_USER, COVE_NS_MNT, COVE_NS_PID, COVE_NS_NET, COVE_NS_IPC, COVE_NS_CGROUP,
	};
	struct plan *amend = plan_new();

	if (!amend)
		return NULL;
	plan_set_origin(amend, "mounts");
	amend->name = plan_add_string(amend, plan_str(plan, plan->name));
	amend->container.amend = 1;
	amend->propagation = MS_SLAVE | MS_REC;
	amend->label.mount = plan_add_string(amend, plan_at(plan, plan->label.mount));
	amend->label.mount_word = plan_add_string(amend, plan_at(plan, plan->label.mount_word));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (plan->ns[kinds[i]].mode != PLAN_NS_HOST)
			plan_join_fd(amend, kinds[i], pidfd);
	return amend;
}

void exec_forget_process(struct plan *plan)
{
	const struct plan_process nothing = {
		.outlives = plan->process.outlives,
		.check_command = plan->process.check_command,
		.death_signal = plan->process.death_signal,
		.new_session = plan->process.new_session,
		.uid = PLAN_NO_ID,
		.gid = PLAN_NO_ID,
	};

	plan->process = nothing;
	plan->rlimits = (struct plan_list){ 0 };
	plan->umask = plan->nice = plan->oom_score_adj = (struct plan_setting){ 0 };
	plan->scheduler = (struct plan_scheduler){ 0 };
	plan->ioprio = (struct plan_ioprio){ 0 };
	plan->caps = (struct plan_caps){ 0 };
	plan->label.apparmor = plan->label.selinux = 0;
	plan->affinity = (struct plan_affinity){ 0 };
}
