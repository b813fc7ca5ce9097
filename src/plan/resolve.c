/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from a request: a user namespace where one is needed, id maps, the flags of each
 * clone, and who executes the command.
 */
#include "plan/resolve.h"
#include "base/err.h"
#include "plan/amend.h"
#include "plan/build.h"
#include "plan/early.h"
#include "plan/hint.h"
#include "plan/landlock.h"
#include "plan/overlay.h"
#include "plan/sched.h"
#include "plan/state.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

static bool makes_namespaces(const struct plan *plan)
{
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		if (ns != COVE_NS_USER && plan_is_new(plan, ns))
			return true;
	return false;
}

/* Without privilege, other namespaces can be made only inside an own user namespace; unless the
 * caller asked for the host's. */
static void add_user_ns(struct plan *plan, const struct facts *facts)
{
	if (plan->ns[COVE_NS_USER].mode != PLAN_NS_HOST || plan->ns[COVE_NS_USER].origin ||
	    facts_is_admin(facts) || !makes_namespaces(plan))
		return;
	plan_set_origin(plan, "needed without privilege");
	plan_set_ns(plan, COVE_NS_USER, PLAN_NS_NEW);
	if (plan->maps.kind == PLAN_MAP_NONE) {
		plan->maps.kind = PLAN_MAP_OWN;
		plan->maps.origin = plan->origin;
	}
}

static bool map_is_own(const struct plan *plan, const struct plan_list *list, uint32_t own)
{
	const struct plan_map *only = plan_at(plan, list->first);

	return list->count == 1 && only->count == 1 && only->outside == own;
}

static void add_ranges(struct plan *plan, struct plan_list *list, const struct facts_range *ranges,
		       unsigned count)
{
	uint32_t inside = 1;

	for (unsigned i = 0; i < count; i++) {
		plan_map(plan, list, inside, ranges[i].start, ranges[i].count);
		inside += ranges[i].count;
	}
}

static int map_auto(struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	if (facts->subuid_count == 0 || facts->subgid_count == 0) {
		bool users = facts->subuid_count == 0;
		const char *file = users ? "/etc/subuid" : "/etc/subgid";
		int r = err_set(err, EPERM, NULL, file, "no subordinate ids for %s in %s",
				facts->user[0] ? facts->user : "you", file);

		err_origin(err, plan_str(plan, plan->maps.origin));
		err_hint(err, "as root: usermod --add-sub%cids FIRST-LAST %s, with 65536 ids that "
			      "nobody else has", users ? 'u' : 'g',
			 facts->user[0] ? facts->user : "USER");
		return r;
	}
	plan_map(plan, &plan->maps.uids, 0, facts->uid, 1);
	plan_map(plan, &plan->maps.gids, 0, facts->gid, 1);
	add_ranges(plan, &plan->maps.uids, facts->subuids, facts->subuid_count);
	add_ranges(plan, &plan->maps.gids, facts->subgids, facts->subgid_count);
	return 0;
}

static int resolve_maps(struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	struct plan_maps *maps = &plan->maps;
	bool root = maps->kind == PLAN_MAP_ROOT;
	plan_ref origin = plan->origin;
	int r = 0;

	if (!plan_is_new(plan, COVE_NS_USER))
		return 0;
	plan->origin = maps->origin;
	if (maps->kind == PLAN_MAP_NONE)
		maps->kind = PLAN_MAP_OWN;
	if (maps->kind == PLAN_MAP_AUTO)
		r = map_auto(plan, facts, err);
	if (maps->uids.count == 0)
		plan_map(plan, &maps->uids, root ? 0 : facts->uid, facts->uid, 1);
	if (maps->gids.count == 0)
		plan_map(plan, &maps->gids, root ? 0 : facts->gid, facts->gid, 1);
	plan->origin = origin;
	maps->by_helper = !facts_is_admin(facts) && !(map_is_own(plan, &maps->uids, facts->uid) &&
						      map_is_own(plan, &maps->gids, facts->gid));
	maps->deny_setgroups = !facts_is_admin(facts) && !maps->by_helper;
	return r;
}

static uint32_t map_inside(const struct plan *plan, const struct plan_list *list, uint32_t outside,
			   bool *ret_found)
{
	plan_each (plan, struct plan_map, map, *list) {
		if (outside >= map->outside && outside - map->outside < map->count) {
			*ret_found = true;
			return map->inside + (outside - map->outside);
		}
	}
	*ret_found = false;
	return 0;
}

static bool maps_id(const struct plan *plan, const struct plan_list *list, uint32_t inside)
{
	plan_each (plan, struct plan_map, map, *list)
		if (inside >= map->inside && inside - map->inside < map->count)
			return true;
	return false;
}

/* An id that owns the files made during set-up: 0 if the box has it, else the caller's own. */
static uint32_t setup_id(const struct plan *plan, const struct plan_list *list, uint32_t own)
{
	const struct plan_map *first = plan_at(plan, list->first);
	bool found;
	uint32_t inside = map_inside(plan, list, own, &found);

	if (found && (inside == 0 || !maps_id(plan, list, 0)))
		return PLAN_NO_ID;
	return maps_id(plan, list, 0) ? 0 : first->inside;
}

static int check_user(const struct plan *plan, struct cove_error *err)
{
	const struct plan_process *process = &plan->process;
	bool uid_ok = process->uid == PLAN_NO_ID || maps_id(plan, &plan->maps.uids, process->uid);
	bool gid_ok = process->gid == PLAN_NO_ID || maps_id(plan, &plan->maps.gids, process->gid);

	if (uid_ok && gid_ok)
		return 0;
	err_usage(err, "%s %u does not exist in the %s", uid_ok ? "group" : "user",
		  uid_ok ? process->gid : process->uid, plan->container.is ? "container" : "box");
	err_origin(err, plan_str(plan, process->user_origin));
	if (plan->container.is)
		err_hint(err, "map it: /linux/%s", uid_ok ? "gidMappings" : "uidMappings");
	else
		err_hint(err, "map it: --map auto gives the box its own range of ids");
	return -EINVAL;
}

static uint32_t map_outside(const struct plan *plan, const struct plan_list *list, uint32_t inside)
{
	plan_each (plan, struct plan_map, map, *list)
		if (inside >= map->inside && inside - map->inside < map->count)
			return map->outside + (inside - map->inside);
	return PLAN_NO_ID;
}

/* Who the command is, inside and outside. */
static void resolve_user(struct plan *plan, const struct facts *facts)
{
	bool joined = plan->ns[COVE_NS_USER].mode == PLAN_NS_JOIN;
	bool mapped = plan_is_new(plan, COVE_NS_USER);
	uint32_t uid = facts->uid, gid = facts->gid;
	bool found;

	if (mapped) {
		uid = map_inside(plan, &plan->maps.uids, facts->uid, &found);
		uid = found ? uid : PLAN_NO_ID;
		gid = map_inside(plan, &plan->maps.gids, facts->gid, &found);
		gid = found ? gid : PLAN_NO_ID;
	}
	plan->uid_inside = plan->process.uid != PLAN_NO_ID ? plan->process.uid
			   : joined ? PLAN_NO_ID : uid;
	plan->gid_inside = plan->process.gid != PLAN_NO_ID ? plan->process.gid
			   : joined ? PLAN_NO_ID : gid;
	plan->uid_outside = mapped ? map_outside(plan, &plan->maps.uids, plan->uid_inside)
			   : joined ? PLAN_NO_ID : plan->uid_inside;
	plan->gid_outside = mapped ? map_outside(plan, &plan->maps.gids, plan->gid_inside)
			   : joined ? PLAN_NO_ID : plan->gid_inside;
}

/* The host's root keeps its id in a joined user namespace, where it has no name but all the rights
 * of the host's files: it becomes that namespace's root instead. */
static void become_joined_root(struct plan *plan, const struct facts *facts)
{
	struct plan_process *process = &plan->process;

	if (plan->ns[COVE_NS_USER].mode != PLAN_NS_JOIN || facts->uid != 0)
		return;
	if (process->uid == PLAN_NO_ID) {
		process->uid = 0;
		process->gid = 0;
		process->user_origin = plan->ns[COVE_NS_USER].origin;
		process->set_groups = 1;
	}
	if (!process->check_command) /* which says itself whether they are kept */
		process->set_groups = 1;
}

/* The host's root has no id there that a file could belong to. */
static bool makes_files_in_joined(const struct plan *plan, const struct facts *facts)
{
	return plan->ns[COVE_NS_USER].mode == PLAN_NS_JOIN &&
	       (plan->container.amend || (facts->uid == 0 && plan_is_new(plan, COVE_NS_MNT)));
}

static int resolve_ids(struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	become_joined_root(plan, facts);
	if (!plan_is_new(plan, COVE_NS_USER)) {
		if (!facts_is_admin(facts))
			plan->process.set_groups = 0;
		if (makes_files_in_joined(plan, facts))
			plan->setup_uid = plan->setup_gid = 0; /* who mount points belong to */
		return 0;
	}
	plan->setup_uid = setup_id(plan, &plan->maps.uids, facts->uid);
	plan->setup_gid = setup_id(plan, &plan->maps.gids, facts->gid);
	if (plan->maps.deny_setgroups && plan->container.is && plan->process.groups.count)
		plan_note(plan, "additional groups are left out: without newgidmap the kernel lets "
				"nobody change them");
	if (plan->maps.deny_setgroups)
		plan->process.set_groups = 0;
	return check_user(plan, err);
}

/* A changed time namespace is entered by a fork, or, since Linux 6.1, by executing. */
static int resolve_last(struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	bool pid_joined = plan->ns[COVE_NS_PID].mode == PLAN_NS_JOIN;
	bool time_changes = plan->own_time || plan->ns[COVE_NS_TIME].mode == PLAN_NS_JOIN;

	if (plan->container.amend)
		plan->last = PLAN_LAST_DIRECT;
	else if (pid_joined)
		plan->last = PLAN_LAST_DETACHED;
	else if (plan->process.init)
		plan->last = PLAN_LAST_INIT;
	else if (time_changes && !plan_is_new(plan, COVE_NS_PID))
		plan->last = PLAN_LAST_DETACHED;
	else
		plan->last = PLAN_LAST_DIRECT;
	plan->last_copies = time_changes && facts->kernel < KERNEL(6, 1);
	if (!plan->last_copies || plan->last != PLAN_LAST_DIRECT)
		return 0;
	err_usage(err, "a process 1 cannot enter another time namespace before Linux 6.1");
	err_origin(err, plan_str(plan, plan->ns[COVE_NS_TIME].origin));
	plan_hint(plan, err, "with --init its child does", "leave out /linux/timeOffsets");
	return -EINVAL;
}

/* The kernel gives a procfs the pid namespace of the process that mounts it. */
static bool mounts_proc(const struct plan *plan)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->kind == PLAN_MOUNT_FS && strcmp(plan_str(plan, m->fstype), "proc") == 0)
			return true;
	return false;
}

/* Which clone makes the new namespaces. */
static void resolve_spawn(struct plan *plan)
{
	bool late = plan_has_join(plan) && plan->ns[COVE_NS_USER].mode != PLAN_NS_HOST;
	uint32_t flags = 0;

	plan->own_time = plan_is_new(plan, COVE_NS_TIME) &&
			 (late || plan->monotonic.set || plan->boottime.set);
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		if (plan_is_new(plan, ns))
			flags |= plan_ns_flag(ns);
	plan->own_cgroup = plan_is_new(plan, COVE_NS_CGROUP) && !late &&
			   plan->cgroup.manager != PLAN_CGROUP_NONE;
	if (plan->own_time)
		flags &= ~plan_ns_flag(COVE_NS_TIME);
	if (plan->own_cgroup)
		flags &= ~plan_ns_flag(COVE_NS_CGROUP);
	*(late ? &plan->late_flags : &plan->spawn_flags) = flags;
	plan->late_forks =
		late && !plan->container.amend &&
		(flags & plan_ns_flag(COVE_NS_PID) ||
		 (plan->ns[COVE_NS_PID].mode == PLAN_NS_JOIN && mounts_proc(plan)));
}

/* The host's, for where the box may not have a new one: without privilege over the host no device
 * can be made, and a sysfs only with its net namespace. Of the cgroup tree the host's tells what
 * there is. */
static plan_ref spare_of(struct plan *plan, const struct plan_mount *m, const struct facts *facts)
{
	bool weak = plan->ns[COVE_NS_USER].mode != PLAN_NS_HOST || facts->mapped;
	bool is_fs = m->kind == PLAN_MOUNT_FS;

	if (m->kind == PLAN_MOUNT_CGROUP)
		return plan_add_string(plan, "/sys/fs/cgroup");
	if (m->kind == PLAN_MOUNT_NODE && m->node_type != S_IFIFO &&
	    (weak || !(facts->caps & UINT64_C(1) << CAP_MKNOD)))
		return m->source;
	if (is_fs && weak && plan_is_for_container(plan) && !plan_is_new(plan, COVE_NS_NET) &&
	    strcmp(plan_str(plan, m->fstype), "sysfs") == 0)
		return plan_add_string(plan, "/sys");
	return 0;
}

static bool seals_late(const struct plan *plan, const struct plan_mount *m)
{
	return plan_is_for_container(plan) && m->kind == PLAN_MOUNT_FS && m->attr & MOUNT_ATTR_RDONLY &&
	       strcmp(plan_str(plan, m->fstype), "tmpfs") == 0;
}

/* What opens a source in the step mount.open, numbers it. All masks have one. */
static void resolve_sources(struct plan *plan, const struct facts *facts)
{
	const struct plan_mount *mask = NULL;
	uint32_t slot = plan->root.kind == PLAN_ROOT_DIR && plan->root.path ? 1 : 0;

	plan_each (plan, struct plan_mount, item, plan->mounts) {
		struct plan_mount *m = (struct plan_mount *)item;

		m->spare = spare_of(plan, m, facts);
		m->seal_late = seals_late(plan, m);
		if (m->seal_late)
			m->slot = slot++;
		else if (plan_mount_has_source(m))
			m->slot = m->kind == PLAN_MOUNT_MASK && mask ? mask->slot : slot++;
		if (m->kind == PLAN_MOUNT_MASK)
			mask = m;
		if (m->kind == PLAN_MOUNT_OVERLAY)
			m->layer_slot = m->layer_of ? plan_layer(plan, m)->layer_slot : slot++;
	}
	plan->source_count = slot;
}

static bool has_propagation(const struct plan *plan)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		plan_each (plan, struct plan_number, number, m->propagation)
			if (number->value & (MS_SHARED | MS_SLAVE))
				return true;
	return false;
}

/* The root is private as it is. A mount can get what happens on the host only from a tree that
 * does. */
static void resolve_propagation(struct plan *plan)
{
	if (plan->root.propagation & MS_PRIVATE)
		plan->root.propagation = 0;
	if (plan->propagation == (MS_PRIVATE | MS_REC))
		plan->propagation = 0;
	else if (!plan->propagation && has_propagation(plan))
		plan->propagation = MS_SLAVE | MS_REC;
}

/* Hooks look for it where the bundle has it. */
static void resolve_root(struct plan *plan)
{
	resolve_propagation(plan);
	plan->root.at_path = plan->root.kind == PLAN_ROOT_DIR && plan->root.path &&
			     (plan->hooks[PLAN_HOOK_PRESTART].count ||
			      plan->hooks[PLAN_HOOK_CREATE_RUNTIME].count ||
			      plan->hooks[PLAN_HOOK_CREATE_CONTAINER].count);
}

static void resolve_limits(struct plan *plan, const struct facts *facts)
{
	plan_each (plan, struct plan_rlimit, limit, plan->rlimits)
		((struct plan_rlimit *)limit)->raise =
			limit->hard > facts->hard_limits[limit->resource];
}

int plan_resolve(struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	int r;

	add_user_ns(plan, facts);
	r = resolve_maps(plan, facts, err);
	if (r < 0)
		return r;
	r = resolve_ids(plan, facts, err);
	if (r < 0)
		return r;
	resolve_user(plan, facts);
	resolve_spawn(plan);
	r = resolve_last(plan, facts, err);
	if (r < 0)
		return r;
	r = plan_resolve_filter(plan, facts, err);
	if (r < 0)
		return r;
	resolve_sources(plan, facts);
	resolve_root(plan);
	resolve_limits(plan, facts);
	plan_resolve_state(plan);
	r = plan_sched_check(plan, facts, err);
	if (r == 0)
		r = plan_landlock_resolve(plan, facts, err);
	return r < 0 ? r : plan_resolve_overlays(plan, facts, err);
}
