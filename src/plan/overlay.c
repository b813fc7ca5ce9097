/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlays in a plan. The kernel lays none over a directory in which something is mounted, when
 * the mounts came from another user namespace, and would not show what is mounted otherwise. So
 * such a directory is not covered itself, but each directory in it. Which these are is found out
 * when the box is made; where mounts are is known from the facts.
 */
#include "plan/overlay.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/path.h"
#include "plan/build.h"

#include <errno.h>
#include <string.h>

bool plan_has_overlay(const struct plan *plan)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->kind == PLAN_MOUNT_OVERLAY)
			return true;
	return false;
}

static int refuse(const struct plan *plan, const struct plan_mount *m, struct cove_error *err)
{
	err_origin(err, plan_str(plan, m->item.origin));
	return -EINVAL;
}

static bool is_own(const struct plan_mount *m)
{
	return m->kind == PLAN_MOUNT_OVERLAY && !m->layer_of;
}

static int check_pair(const struct plan *plan, const struct plan_mount *a,
		      const struct plan_mount *b, struct cove_error *err)
{
	const char *above = plan_str(plan, a->target), *below = plan_str(plan, b->target);

	if (a == b)
		return 0;
	if (strcmp(above, below) == 0 && (b->kind == PLAN_MOUNT_BIND || b->kind == PLAN_MOUNT_FS ||
					  b->kind == PLAN_MOUNT_OVERLAY)) {
		err_usage(err, "two options put something at '%s'", above);
		err_hint(err, "an overlay lies over what the root of the box has there");
		return refuse(plan, b, err);
	}
	if (!is_own(b))
		return 0;
	if (path_is_under(below, above)) {
		err_usage(err, "an overlay cannot lie in another: '%s' is in '%s'", below, above);
		return refuse(plan, b, err);
	}
	if (a->source && b->source && strcmp(plan_str(plan, a->source),
					     plan_str(plan, b->source)) == 0) {
		err_usage(err, "'%s' cannot keep the changes of two directories",
			  plan_str(plan, a->source));
		return refuse(plan, b, err);
	}
	return 0;
}

static int check_one(const struct plan *plan, const struct plan_mount *m, struct cove_error *err)
{
	const char *target = plan_str(plan, m->target);
	const char *dir = plan_str(plan, plan_layer(plan, m)->source);

	if (strcmp(target, "/") == 0 && plan->root.kind == PLAN_ROOT_KEEP) {
		err_usage(err, "an overlay over '/' needs a root that the box makes read-only");
		err_hint(err, "not with --only; name the directories instead");
		return refuse(plan, m, err);
	}
	if (dir[0] && strcmp(target, "/") != 0 && plan->root.kind != PLAN_ROOT_DIR &&
	    path_is_under(dir, target)) {
		err_usage(err, "the layer '%s' lies in '%s', whose changes it would keep", dir,
			  target);
		err_hint(err, "choose a directory elsewhere");
		return refuse(plan, m, err);
	}
	return 0;
}

int plan_check_overlays(const struct plan *plan, struct cove_error *err)
{
	int r = 0;

	plan_each (plan, struct plan_mount, a, plan->mounts) {
		if (a->kind != PLAN_MOUNT_OVERLAY)
			continue;
		r = check_one(plan, a, err);
		plan_each (plan, struct plan_mount, b, plan->mounts)
			if (r == 0 && is_own(a))
				r = check_pair(plan, a, b, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Those of the kernel, and those without what the kernel asks of a lower directory. */
static bool cannot_be_lower(const char *fstype)
{
	static const char *const types[] = {
		"autofs", "binfmt_misc", "bpf",	     "cgroup",	   "cgroup2",	 "configfs",
		"debugfs", "devpts",	 "devtmpfs", "efivarfs",   "exfat",	 "fusectl",
		"hugetlbfs", "mqueue",	 "nsfs",	   "ntfs3",	 "proc",
		"pstore", "rpc_pipefs",	 "securityfs", "selinuxfs", "sysfs",	 "tracefs",
		"vfat",
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(types[i], fstype) == 0)
			return true;
	return strncmp(fstype, "fuse.", 5) == 0;
}

static void add_below(struct plan *plan, struct plan_mount *m, const char *path,
		      const char *fstype)
{
	struct plan_below *below;

	plan_each (plan, struct plan_below, old, m->below)
		if (strcmp(plan_str(plan, old->path), path) == 0)
			return;
	below = plan_append(plan, &m->below, sizeof(*below));
	below->path = plan_add_string(plan, path);
	below->fstype = plan_add_string(plan, fstype);
	below->keep = cannot_be_lower(fstype);
}

static bool is_strictly_under(const char *path, const char *dir)
{
	return path_is_under(path, dir) && strcmp(path, dir) != 0;
}

static int find_below(struct plan *plan, struct plan_mount *m, const struct facts *facts,
		      struct cove_error *err)
{
	const char *lower = plan_str(plan, m->lower);
	bool own_root = plan->root.kind == PLAN_ROOT_DIR;

	for (unsigned i = 0; i < facts->mount_count; i++) {
		const struct facts_mount *mount = &facts->mounts[i];

		if (!is_strictly_under(mount->path, lower))
			continue;
		if (own_root) {
			err_set(err, EINVAL, NULL, lower,
				"no overlay can lie over '%s': '%s' is mounted in it", lower,
				mount->path);
			err_hint(err, "unmount that, or lay overlays over other directories");
			return refuse(plan, m, err);
		}
		add_below(plan, m, mount->path, mount->fstype);
	}
	return 0;
}

/* A layer that lies below what is covered is no part of it. */
static void keep_layer_out(struct plan *plan, struct plan_mount *m)
{
	struct plan_below *last;

	if (!m->source || plan->root.kind == PLAN_ROOT_DIR ||
	    !is_strictly_under(plan_str(plan, m->source), plan_str(plan, m->target)))
		return;
	add_below(plan, m, plan_str(plan, m->source), "layer");
	last = (struct plan_below *)plan_at(plan, m->below.last);
	last->keep = 1;
}

int plan_resolve_overlays(struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	plan_each (plan, struct plan_mount, item, plan->mounts) {
		struct plan_mount *m = (struct plan_mount *)item;
		auto_(buf_done) struct buf lower = { 0 };
		plan_ref origin = plan->origin;
		int r;

		if (m->kind != PLAN_MOUNT_OVERLAY)
			continue;
		plan->origin = m->item.origin;
		if (plan->root.kind == PLAN_ROOT_DIR)
			path_join(plan_str(plan, plan->root.path),
				  plan_str(plan, m->target) + 1, &lower);
		m->lower = plan->root.kind == PLAN_ROOT_DIR
				   ? plan_add_string(plan, buf_str(&lower))
				   : m->target;
		r = find_below(plan, m, facts, err);
		if (r < 0)
			return r;
		keep_layer_out(plan, m);
		plan->origin = origin;
	}
	return 0;
}
