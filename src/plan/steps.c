/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order, and its reasons.
 *
 * record           What is known of a container is on disk before anything is done for it, so that
 *                  whatever is killed from here on, `delete` finds what is left.
 * ns.open          The namespaces to join are opened while we still are who the caller is.
 * layers           Layers that are kept are made and locked for as long as the box lives.
 * cgroup           Before the process that is born in it.
 * spawn            One clone3 makes cove-init in all new namespaces at once. When namespaces are
 *                  joined and a user namespace takes part, new ones must come after the joins
 *                  (they would belong to the wrong user namespace): then it is made in none.
 * ns.join          User namespace first when it gives us the right to enter the others, last when
 *                  entering it would take that right away.
 * ns.late          The new namespaces that had to wait for the joins.
 * limits.raise, process    Need the caller's privilege, which ends with the new user namespace.
 * net.devices      From outside, where the devices are.
 * net.loopback, hostname
 * mount.private    Nothing that is mounted from here on is seen outside, nor the reverse.
 * mount.open       The only row that looks up host paths, and still as the caller: every source
 *                  becomes a descriptor before anything in the box could have changed what a path
 *                  means.
 * ids.map          From outside, so that more than one id can be mapped. Goes ahead: the rows
 *                  before it need no ids, and each waiting for the other would cost as much as
 *                  they do.
 * ns.unshare       A time namespace with offsets (they can be set only while nobody is in it).
 * ns.limit         After the joins, which are not concerned; with the caller's /proc, while it is
 *                  there: the box's own may hide /proc/sys, or protect it.
 * ids.setup        Files made from here on need an owner that exists in the box.
 * mount.idmap      From outside, by who has privilege over the host's filesystems; the ids must
 *                  exist. And all sources of mounts for a container that is there already.
 * root             The new root. New mounts of proc and sysfs need the old ones visible, so the
 *                  old root goes away only after:
 * mount.attach     Targets are looked up below the root's descriptor, never outside.
 * hooks.runtime, hooks.container    See the root as it will be, and still all of the host.
 * sysctl, label    By the host's /proc, which leaves with the old root; a hook may have made the
 *                  device that a setting is about. A label counts from the next execution on.
 * root.pivot       The old root leaves the tree; it has had no name in it at any time.
 * root.seal        Read-only last, for mount points had to be made.
 * umask, cwd
 * session          The terminal comes from the /dev of the box, while we may still open what
 *                  belongs to its root, and give it to the command's user.
 * console          The engine that asked for the terminal gets its master.
 * keyring, affinity
 * ids, caps, no_new_privs    In this order: each takes away the right to do the one before. caps is
 *                  always wanted, for cove-init was started with more than any command gets.
 * landlock         Needs no_new_privs, and looks paths up with the command's rights. Before the
 *                  fork: an init that stays is in the same domain as the command, or it could not
 *                  pass signals on to it.
 * fds              Before the fork, so that its child never has one more than the command.
 * seccomp.early    A filter that takes a right to load, where it allows all that follows: the right
 *                  is given up before anybody in the box could see who has it.
 * fork             Everything that sees the box from within is born with these rights only.
 * limits           After the fork, which they could forbid.
 * personality, mempolicy    Of the command alone: they are a thread's own.
 * command          What cannot be executed is said while `create` can still say it.
 * created          The record has the process, and the caller its number.
 * gate             The process belongs to no cove any more, and waits for `start`.
 * hooks.start      With the rights of the command.
 * seccomp          As late as possible: what follows must be allowed by every filter.
 * exec
 * running          The host has seen that the command runs.
 * hooks.poststart  Its failure is only told.
 */
#include "plan/steps.h"
#include "plan/amend.h"

#include <stdio.h>
#include <string.h>

static bool always(const struct plan *plan)
{
	(void)plan;
	return true;
}

static bool is_container(const struct plan *plan)
{
	return plan->container.is;
}

static bool wants_gate(const struct plan *plan)
{
	return plan->container.gate;
}

static bool wants_cgroup(const struct plan *plan)
{
	return plan->cgroup.manager != PLAN_CGROUP_NONE || plan->rdt.set;
}

static bool wants_net_devices(const struct plan *plan)
{
	return plan->net_devices.count > 0;
}

static bool wants_runtime_hooks(const struct plan *plan)
{
	return plan->hooks[PLAN_HOOK_PRESTART].count || plan->hooks[PLAN_HOOK_CREATE_RUNTIME].count;
}

static bool wants_container_hooks(const struct plan *plan)
{
	return plan->hooks[PLAN_HOOK_CREATE_CONTAINER].count > 0;
}

static bool wants_start_hooks(const struct plan *plan)
{
	return plan->hooks[PLAN_HOOK_START_CONTAINER].count > 0;
}

static bool wants_poststart_hooks(const struct plan *plan)
{
	return plan->hooks[PLAN_HOOK_POSTSTART].count > 0;
}

static bool wants_sysctl(const struct plan *plan)
{
	return plan->sysctls.count > 0;
}

static bool wants_label(const struct plan *plan)
{
	return plan->label.apparmor || plan->label.selinux;
}

static bool wants_console(const struct plan *plan)
{
	return plan->process.console;
}

static bool wants_command(const struct plan *plan)
{
	return plan->process.check_command;
}

static bool wants_late(const struct plan *plan)
{
	return plan->late_flags != 0;
}

static bool wants_layers(const struct plan *plan)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (plan_is_kept(m))
			return true;
	return false;
}

static bool wants_raise(const struct plan *plan)
{
	plan_each (plan, struct plan_rlimit, limit, plan->rlimits)
		if (limit->raise)
			return true;
	return false;
}

static bool wants_map(const struct plan *plan)
{
	return plan->maps.kind != PLAN_MAP_NONE;
}

static bool wants_setup_ids(const struct plan *plan)
{
	return plan->setup_uid != PLAN_NO_ID || plan->setup_gid != PLAN_NO_ID;
}

static bool wants_unshare(const struct plan *plan)
{
	return plan->own_time || plan->own_cgroup;
}

static bool wants_ns_limit(const struct plan *plan)
{
	return plan->limit_userns;
}

static bool wants_loopback(const struct plan *plan)
{
	return plan->loopback;
}

static bool wants_hostname(const struct plan *plan)
{
	return plan->hostname || plan->domainname;
}

static bool wants_process(const struct plan *plan)
{
	return plan->nice.set || plan->oom_score_adj.set || plan->scheduler.set ||
	       plan->ioprio.set || plan->affinity.initial || plan->rdt.set;
}

static bool wants_umask(const struct plan *plan)
{
	return plan->umask.set;
}

static bool wants_private(const struct plan *plan)
{
	return plan_is_new(plan, COVE_NS_MNT);
}

static bool wants_open(const struct plan *plan)
{
	return plan->source_count > 0;
}

static bool wants_idmap(const struct plan *plan)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (plan_mount_is_sent(plan, m))
			return true;
	return false;
}

static bool wants_root(const struct plan *plan)
{
	return plan->root.kind != PLAN_ROOT_KEEP;
}

static bool wants_attach(const struct plan *plan)
{
	return plan->mounts.count > 0;
}

static bool wants_pivot(const struct plan *plan)
{
	return plan->root.kind == PLAN_ROOT_DIR;
}

static bool wants_root_seal(const struct plan *plan)
{
	return plan->root.kind == PLAN_ROOT_DIR &&
	       (plan->root.propagation || (plan->root.read_only && !plan_root_overlay(plan)));
}

static bool wants_cwd(const struct plan *plan)
{
	return plan->process.cwd != 0;
}

static bool wants_session(const struct plan *plan)
{
	return plan->process.terminal || plan->process.new_session;
}

static bool wants_keyring(const struct plan *plan)
{
	return plan->keyring == PLAN_KEYRING_NEW;
}

static bool wants_affinity(const struct plan *plan)
{
	return plan->affinity.last != 0;
}

static bool wants_early_seccomp(const struct plan *plan)
{
	return plan->seccomp.count && plan->seccomp.early;
}

static bool wants_seccomp(const struct plan *plan)
{
	return plan->seccomp.count && !plan->seccomp.early;
}

static bool wants_ids(const struct plan *plan)
{
	return plan->process.uid != PLAN_NO_ID || plan->process.gid != PLAN_NO_ID ||
	       plan->process.set_groups;
}

static bool wants_no_new_privs(const struct plan *plan)
{
	return plan->process.no_new_privs;
}

static bool wants_personality(const struct plan *plan)
{
	return plan->personality.set;
}

static bool wants_mempolicy(const struct plan *plan)
{
	return plan->mempolicy.set;
}

static bool wants_fork(const struct plan *plan)
{
	return plan->last != PLAN_LAST_DIRECT;
}

static bool wants_limits(const struct plan *plan)
{
	return plan->rlimits.count > 0;
}

#define HOST COVE_SIDE_HOST
#define INSIDE COVE_SIDE_INSIDE
#define IN_TURN false
#define AHEAD true

const struct step_row step_rows[STEP_COUNT] = {
	[STEP_RECORD] = { "record", HOST, is_container, IN_TURN },
	[STEP_NS_OPEN] = { "ns.open", HOST, plan_has_join, IN_TURN },
	[STEP_LAYERS] = { "layers", HOST, wants_layers, IN_TURN },
	[STEP_CGROUP] = { "cgroup", HOST, wants_cgroup, IN_TURN },
	[STEP_SPAWN] = { "spawn", HOST, always, IN_TURN },
	[STEP_NS_JOIN] = { "ns.join", INSIDE, plan_has_join, IN_TURN },
	[STEP_NS_LATE] = { "ns.late", INSIDE, wants_late, IN_TURN },
	[STEP_LIMITS_RAISE] = { "limits.raise", HOST, wants_raise, IN_TURN },
	[STEP_PROCESS] = { "process", HOST, wants_process, IN_TURN },
	[STEP_NET_DEVICES] = { "net.devices", HOST, wants_net_devices, IN_TURN },
	[STEP_NET_LOOPBACK] = { "net.loopback", INSIDE, wants_loopback, IN_TURN },
	[STEP_HOSTNAME] = { "hostname", INSIDE, wants_hostname, IN_TURN },
	[STEP_MOUNT_PRIVATE] = { "mount.private", INSIDE, wants_private, IN_TURN },
	[STEP_MOUNT_OPEN] = { "mount.open", INSIDE, wants_open, IN_TURN },
	[STEP_IDS_MAP] = { "ids.map", HOST, wants_map, AHEAD },
	[STEP_NS_UNSHARE] = { "ns.unshare", INSIDE, wants_unshare, IN_TURN },
	[STEP_NS_LIMIT] = { "ns.limit", INSIDE, wants_ns_limit, IN_TURN },
	[STEP_IDS_SETUP] = { "ids.setup", INSIDE, wants_setup_ids, IN_TURN },
	[STEP_MOUNT_IDMAP] = { "mount.idmap", HOST, wants_idmap, IN_TURN },
	[STEP_ROOT] = { "root", INSIDE, wants_root, IN_TURN },
	[STEP_MOUNT_ATTACH] = { "mount.attach", INSIDE, wants_attach, IN_TURN },
	[STEP_HOOKS_RUNTIME] = { "hooks.runtime", HOST, wants_runtime_hooks, IN_TURN },
	[STEP_HOOKS_CONTAINER] = { "hooks.container", INSIDE, wants_container_hooks, IN_TURN },
	[STEP_SYSCTL] = { "sysctl", INSIDE, wants_sysctl, IN_TURN },
	[STEP_LABEL] = { "label", INSIDE, wants_label, IN_TURN },
	[STEP_ROOT_PIVOT] = { "root.pivot", INSIDE, wants_pivot, IN_TURN },
	[STEP_ROOT_SEAL] = { "root.seal", INSIDE, wants_root_seal, IN_TURN },
	[STEP_UMASK] = { "umask", INSIDE, wants_umask, IN_TURN },
	[STEP_CWD] = { "cwd", INSIDE, wants_cwd, IN_TURN },
	[STEP_SESSION] = { "session", INSIDE, wants_session, IN_TURN },
	[STEP_CONSOLE] = { "console", HOST, wants_console, IN_TURN },
	[STEP_KEYRING] = { "keyring", INSIDE, wants_keyring, IN_TURN },
	[STEP_AFFINITY] = { "affinity", INSIDE, wants_affinity, IN_TURN },
	[STEP_IDS] = { "ids", INSIDE, wants_ids, IN_TURN },
	[STEP_CAPS] = { "caps", INSIDE, always, IN_TURN },
	[STEP_NO_NEW_PRIVS] = { "no_new_privs", INSIDE, wants_no_new_privs, IN_TURN },
	[STEP_LANDLOCK] = { "landlock", INSIDE, plan_has_landlock, IN_TURN },
	[STEP_FDS] = { "fds", INSIDE, always, IN_TURN },
	[STEP_SECCOMP_EARLY] = { "seccomp.early", INSIDE, wants_early_seccomp, IN_TURN },
	[STEP_FORK] = { "fork", INSIDE, wants_fork, IN_TURN },
	[STEP_LIMITS] = { "limits", INSIDE, wants_limits, IN_TURN },
	[STEP_PERSONALITY] = { "personality", INSIDE, wants_personality, IN_TURN },
	[STEP_MEMPOLICY] = { "mempolicy", INSIDE, wants_mempolicy, IN_TURN },
	[STEP_COMMAND] = { "command", INSIDE, wants_command, IN_TURN },
	[STEP_CREATED] = { "created", HOST, is_container, IN_TURN },
	[STEP_GATE] = { "gate", INSIDE, wants_gate, IN_TURN },
	[STEP_HOOKS_START] = { "hooks.start", INSIDE, wants_start_hooks, IN_TURN },
	[STEP_SECCOMP] = { "seccomp", INSIDE, wants_seccomp, IN_TURN },
	[STEP_EXEC] = { "exec", INSIDE, always, IN_TURN },
	[STEP_RUNNING] = { "running", HOST, always, IN_TURN },
	[STEP_HOOKS_POSTSTART] = { "hooks.poststart", HOST, wants_poststart_hooks, IN_TURN },
};

bool step_wanted(const struct plan *plan, enum step step)
{
	return step_rows[step].wanted(plan);
}

bool step_goes_ahead(const struct plan *plan, enum step step)
{
	return step < STEP_COUNT && step_rows[step].ahead && !plan->late_flags;
}

enum step step_next(const struct plan *plan, enum step from, enum cove_side side)
{
	for (enum step s = from; s < STEP_COUNT; s++)
		if ((side == COVE_SIDE_NONE || step_rows[s].side == side) && step_wanted(plan, s))
			return s;
	return STEP_COUNT;
}

int step_number(const struct plan *plan, enum step step)
{
	int number = 0;

	for (enum step s = 0; s <= step && s < STEP_COUNT; s++)
		number += step_wanted(plan, s);
	return number;
}

enum step step_by_name(const char *name)
{
	for (enum step s = 0; s < STEP_COUNT; s++)
		if (strcmp(step_rows[s].name, name) == 0)
			return s;
	return STEP_COUNT;
}

void step_stamp(const struct plan *plan, enum step step, struct cove_error *err)
{
	if (!err || err->step[0])
		return;
	err->side = step_rows[step].side;
	err->step_number = step_number(plan, step);
	snprintf(err->step, sizeof(err->step), "%s", step_rows[step].name);
}
