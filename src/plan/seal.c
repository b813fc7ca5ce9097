/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that a request must keep. Each is a small function with its own message; what they
 * refuse can never be carried out, whatever the machine.
 */
#include "plan/seal.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/path.h"
#include "plan/overlay.h"
#include "plan/resolve.h"

#include <errno.h>
#include <string.h>

static int refuse(const struct plan *plan, plan_ref origin, struct cove_error *err)
{
	err_origin(err, plan_str(plan, origin));
	return -EINVAL;
}

/* As who has asked calls it. */
static const char *name_of(const struct plan *plan, enum cove_ns ns)
{
	if (plan->container.is && ns == COVE_NS_MNT)
		return "mount";
	return plan->container.is && ns == COVE_NS_NET ? "network" : plan_ns_name(ns);
}

/* Why there is no new namespace, which `origin` needs. */
static int refuse_without(const struct plan *plan, enum cove_ns ns, plan_ref origin,
			  struct cove_error *err)
{
	const char *said = plan_str(plan, plan->ns[ns].origin);

	if (plan->ns[ns].mode == PLAN_NS_JOIN)
		err_hint(err, "%s enters another one: leave one of the two out", said);
	else if (said[0])
		err_hint(err, "%s keeps the host's: leave one of the two out", said);
	else
		err_hint(err, "add '%s' to %s", name_of(plan, ns),
			 plan->container.is ? "/linux/namespaces" : "the namespaces that are made new");
	return refuse(plan, origin, err);
}

static int check_command(const struct plan *plan, struct cove_error *err)
{
	if (plan->process.args.count > 0 || plan->container.amend)
		return 0;
	err_usage(err, "no command to run");
	return -EINVAL;
}

static int check_time(const struct plan *plan, struct cove_error *err)
{
	if (!(plan->monotonic.set || plan->boottime.set) || plan_is_new(plan, COVE_NS_TIME))
		return 0;
	err_usage(err, "clock offsets need a new time namespace");
	return refuse(plan, plan->monotonic.set ? plan->monotonic.origin : plan->boottime.origin,
		      err);
}

static int check_name(const struct plan *plan, plan_ref name, plan_ref origin, const char *what,
		      struct cove_error *err)
{
	if (!name)
		return 0;
	/* The containers of a pod share one that they enter by its path. */
	if (!plan_is_new(plan, COVE_NS_UTS) &&
	    !(plan->container.is && plan->ns[COVE_NS_UTS].mode == PLAN_NS_JOIN)) {
		err_usage(err, "a %s name of its own needs a new uts namespace", what);
		return refuse_without(plan, COVE_NS_UTS, origin, err);
	}
	if (strlen(plan_str(plan, name)) > 64) {
		err_usage(err, "a %s name has at most 64 bytes", what);
		return refuse(plan, origin, err);
	}
	return 0;
}

static int check_names(const struct plan *plan, struct cove_error *err)
{
	int r = check_name(plan, plan->hostname, plan->hostname_origin, "host", err);

	return r < 0 ? r : check_name(plan, plan->domainname, plan->domainname_origin, "domain",
				      err);
}

static int check_tree(const struct plan *plan, struct cove_error *err)
{
	const struct plan_mount *first = plan_at(plan, plan->mounts.first);

	if ((plan->root.kind == PLAN_ROOT_KEEP && !first) || plan_is_new(plan, COVE_NS_MNT))
		return 0;
	if (plan->container.amend && plan->ns[COVE_NS_MNT].mode == PLAN_NS_JOIN)
		return 0;
	err_usage(err, "mounts need a new mount namespace");
	return refuse_without(plan, COVE_NS_MNT, first ? first->item.origin : plan->root.origin,
			      err);
}

static bool is_clean(const char *path)
{
	auto_(buf_done) struct buf clean = { 0 };

	return path_clean(path, &clean) == 0 && strcmp(path, buf_str(&clean)) == 0;
}

static int check_targets(const struct plan *plan, struct cove_error *err)
{
	plan_each (plan, struct plan_mount, m, plan->mounts) {
		const char *target = plan_str(plan, m->target);

		if (m->kind == PLAN_MOUNT_OVERLAY && strcmp(target, "/") == 0)
			continue;
		if (target[0] != '/' || target[1] == '\0') {
			err_usage(err, "'%s' cannot be a mount point: it must be an absolute path "
				       "other than '/'", target);
			return refuse(plan, m->item.origin, err);
		}
		if (!is_clean(target)) {
			err_usage(err, "'%s' cannot be a mount point: it has a '.', a '..' or a "
				       "needless '/'", target);
			return refuse(plan, m->item.origin, err);
		}
	}
	return 0;
}

/* A filesystem made in a box has the box's ids already. */
static int check_idmaps(const struct plan *plan, struct cove_error *err)
{
	plan_each (plan, struct plan_mount, m, plan->mounts) {
		const char *target = plan_str(plan, m->target);

		if (!m->idmap)
			continue;
		if (m->kind != PLAN_MOUNT_BIND || m->content_fd >= 0) {
			err_usage(err, "the ids of '%s' cannot be mapped: it is not a bind mount",
				  target);
			return refuse(plan, m->item.origin, err);
		}
		if (m->idmap == PLAN_IDMAP_OWN && (!m->uids.count || !m->gids.count)) {
			err_usage(err, "the maps of '%s' lack user or group ids", target);
			return refuse(plan, m->item.origin, err);
		}
		if (m->idmap == PLAN_IDMAP_BOX && plan->ns[COVE_NS_USER].mode == PLAN_NS_HOST) {
			err_usage(err, "'%s' has no maps of its own, and there is no user namespace "
				       "whose maps it could have", target);
			return refuse(plan, m->item.origin, err);
		}
	}
	return 0;
}

static int check_list(const struct plan *plan, const struct plan_list *list, const char *what,
		      struct cove_error *err)
{
	plan_each (plan, struct plan_map, a, *list) {
		if (a->count == 0 || a->inside > UINT32_MAX - a->count ||
		    a->outside > UINT32_MAX - a->count) {
			err_usage(err, "the %s map %u:%u:%u is empty or leaves the range of ids",
				  what, a->inside, a->outside, a->count);
			return refuse(plan, a->item.origin, err);
		}
		plan_each (plan, struct plan_map, b, *list) {
			bool inside = a->inside < b->inside + b->count &&
				      b->inside < a->inside + a->count;
			bool outside = a->outside < b->outside + b->count &&
				       b->outside < a->outside + a->count;

			if (a == b || !(inside || outside))
				continue;
			err_usage(err, "two %s maps overlap: %u:%u:%u and %u:%u:%u", what,
				  a->inside, a->outside, a->count, b->inside, b->outside, b->count);
			return refuse(plan, b->item.origin, err);
		}
	}
	return 0;
}

static int check_maps(const struct plan *plan, struct cove_error *err)
{
	int r;

	if (plan->maps.kind != PLAN_MAP_NONE && !plan_is_new(plan, COVE_NS_USER)) {
		err_usage(err, "an id map needs a new user namespace");
		return refuse_without(plan, COVE_NS_USER, plan->maps.origin, err);
	}
	r = check_list(plan, &plan->maps.uids, "uid", err);
	return r < 0 ? r : check_list(plan, &plan->maps.gids, "gid", err);
}

static int check_loopback(const struct plan *plan, struct cove_error *err)
{
	if (!plan->loopback || plan_is_new(plan, COVE_NS_NET))
		return 0;
	err_usage(err, "the loopback device is set up only in a new %s namespace",
		  name_of(plan, COVE_NS_NET));
	return refuse(plan, plan->loopback_origin, err);
}

static int check_caps(const struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	uint64_t asked = plan->caps.permitted | plan->caps.bounding | plan->caps.ambient;

	if (!plan->caps.set || plan->ns[COVE_NS_USER].mode != PLAN_NS_HOST)
		return 0;
	if ((asked & facts->all_caps & ~facts->caps) == 0)
		return 0;
	err_set(err, EPERM, NULL, NULL, "capabilities beyond the caller's own need a new user "
					     "namespace");
	err_origin(err, plan_str(plan, plan->caps.origin));
	return -EPERM;
}

static int check_limit(const struct plan *plan, struct cove_error *err)
{
	if (!plan->limit_userns || plan_is_new(plan, COVE_NS_USER))
		return 0;
	err_usage(err, "user namespaces are limited only in a new user namespace");
	return refuse(plan, plan->limit_userns_origin, err);
}

static int check_seccomp(const struct plan *plan, struct cove_error *err)
{
	/* A container's may be loaded by who has the right. */
	if (!plan->seccomp.count || plan->process.no_new_privs || plan->process.check_command)
		return 0;
	err_usage(err, "a system call filter needs no_new_privs");
	return refuse(plan, plan->seccomp.origin, err);
}

static int check_landlock(const struct plan *plan, struct cove_error *err)
{
	if (!plan_has_landlock(plan) || plan->process.no_new_privs)
		return 0;
	err_usage(err, "Landlock rules need no_new_privs");
	return refuse(plan, plan->landlock.origin, err);
}

/* The process that waits at the gate becomes the command itself. */
static int check_container(const struct plan *plan, struct cove_error *err)
{
	if (plan->container.gate && !plan->container.is)
		return err_usage(err, "only a container can wait to be started");
	if (!plan->container.is || !plan->process.init)
		return 0;
	err_usage(err, "a container's first process is its command: it has no init of ours");
	return refuse(plan, plan->process.init_origin, err);
}

static int check_fds(const struct plan *plan, struct cove_error *err)
{
	uint32_t count = plan->process.keep_fds.count;

	plan_each (plan, struct plan_mount, m, plan->mounts)
		count += m->content_fd >= 0;
	if (count <= PLAN_KEEP_FDS)
		return 0;
	return err_usage(err, "more than %d descriptors are passed on", PLAN_KEEP_FDS);
}

static int too_large(struct cove_error *err)
{
	return err_set(err, E2BIG, NULL, NULL, "the plan is larger than %u MiB",
		       PLAN_CAPACITY >> 20);
}

int plan_seal(struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	static int (*const rules[])(const struct plan *, struct cove_error *) = {
		check_command, check_time, check_names, check_tree,
		check_targets, check_idmaps, check_maps, check_loopback, check_limit, check_fds,
		check_seccomp, check_landlock, check_container, plan_check_overlays,
	};
	int r;

	if (plan->overflow)
		return too_large(err);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		r = rules[i](plan, err);
		if (r < 0)
			return r;
	}
	r = plan_resolve(plan, facts, err);
	if (r < 0)
		return r;
	r = check_caps(plan, facts, err);
	if (r < 0)
		return r;
	if (plan->overflow)
		return too_large(err);
	plan->sealed = 1;
	return 0;
}
