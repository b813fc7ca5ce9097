/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The current directory: how it is shared, and whether the command can start in it.
 */
#include "base/auto.h"
#include "base/path.h"
#include "box/complete.h"
#include "plan/build.h"

#include <linux/mount.h>
#include <string.h>

const char *box_private_cwd(const struct facts *facts)
{
	static const char *const own[] = { "/proc", "/sys", "/dev", "/run" };
	const char *cwd = facts->cwd;

	if (!cwd[0])
		return "the current directory no longer exists; the command starts in /";
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (path_is_under(cwd, own[i]))
			return "the box has a /proc, /sys, /dev and /run of its own; the command "
			       "starts in /";
	if (strcmp(cwd, "/tmp") == 0)
		return "the current directory is private in the box; --rw . shares it";
	if (path_is_under(facts->home, cwd) || path_is_under("/home", cwd) ||
	    path_is_under("/root", cwd))
		return "the current directory holds your home, so it is not shared; --rw . shares "
		       "it";
	return NULL;
}

/* Why the current directory is not shared; NULL: it is. */
static const char *keep_cwd_out(const struct box *box)
{
	const char *why = box_private_cwd(box->facts);

	if (!why && box_is_hidden(box->plan, box->facts->cwd))
		return "the current directory is hidden, so it is not shared";
	return why;
}

/* The current directory is shared as a whole: what a preset covers, or shows at its own place, such
 * as a Python environment, changes no part of it. */
static void drop_yielding(struct plan *plan, const char *cwd)
{
	const struct plan_mount *next;

	for (const struct plan_mount *m = plan_at(plan, plan->mounts.first); m; m = next) {
		const char *target = plan_str(plan, m->target);

		next = plan_at(plan, m->item.next);
		if (m->yields && path_is_under(target, cwd) &&
		    (m->kind == PLAN_MOUNT_FS || strcmp(plan_str(plan, m->source), target) == 0))
			plan_remove(plan, &plan->mounts, &m->item);
	}
}

static const struct plan_mount *overlay_over(const struct plan *plan, const char *path)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->kind == PLAN_MOUNT_OVERLAY && path_is_under(path, plan_str(plan, m->target)))
			return m;
	return NULL;
}

/* The current directory is part of what an overlay covers. Where the box puts something else over
 * it, such as an empty home, it is brought back, with the same layer. */
static void cover_cwd(struct plan *plan, const struct plan_mount *outer, const char *cwd)
{
	const char *covered = plan_str(plan, outer->target);
	struct plan_mount *part;
	bool hidden = false;

	plan_each (plan, struct plan_mount, m, plan->mounts)
		hidden |= m != outer && (m->kind == PLAN_MOUNT_FS || m->kind == PLAN_MOUNT_BIND) &&
			  path_is_under(cwd, plan_str(plan, m->target)) &&
			  path_is_under(plan_str(plan, m->target), covered);
	if (!hidden)
		return;
	part = plan_add_mount(plan, PLAN_MOUNT_OVERLAY, NULL, cwd);
	part->source = outer->source;
	part->layer_of = (plan_ref)((const char *)outer - (const char *)plan);
	part->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
}

void box_share_here(struct box *box)
{
	struct plan *plan = box->plan;
	const char *cwd = box->facts->cwd;
	const char *why = keep_cwd_out(box);
	const struct plan_mount *overlay = overlay_over(plan, cwd);
	struct plan_mount *mount;

	if (strcmp(cwd, "/") == 0 || box->here.mode == BOX_HERE_NONE)
		return;
	if (!why)
		drop_yielding(plan, cwd);
	if (box_was_said(box, cwd))
		return;
	if (!why && overlay) {
		cover_cwd(plan, overlay, cwd);
		return;
	}
	if (why && !plan->process.cwd)
		plan_note(plan, why);
	if (why)
		return;
	mount = box->here.mode == BOX_HERE_OVERLAY
			? plan_add_mount(plan, PLAN_MOUNT_OVERLAY, NULL, cwd)
			: plan_add_mount(plan, PLAN_MOUNT_BIND, cwd, cwd);
	mount->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | box->here.attr;
	if (box->here.mode == BOX_HERE_RO)
		mount->attr |= MOUNT_ATTR_RDONLY;
	if (box->here.origin)
		mount->item.origin = box->here.origin;
}

/* Whether a directory of the host is still there below all that is mounted. */
static bool is_visible(const struct plan *plan, const char *dir)
{
	bool visible = true;

	plan_each (plan, struct plan_mount, m, plan->mounts) {
		const char *target = plan_str(plan, m->target);

		if (!path_is_under(dir, target))
			continue;
		if (m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_OVERLAY)
			visible = true;
		else if (m->kind == PLAN_MOUNT_FS || m->kind == PLAN_MOUNT_MASK)
			visible = false;
		visible |= strcmp(dir, target) == 0;
	}
	return visible;
}

const char *box_start_directory(const struct box *box)
{
	const char *cwd = box->facts->cwd;

	if (box->plan->root.kind == PLAN_ROOT_DIR || !cwd[0] || path_is_under(cwd, "/proc") ||
	    path_is_under(cwd, "/sys") || path_is_under(cwd, "/dev") || path_is_under(cwd, "/run"))
		return "/";
	if (box->here.mode == BOX_HERE_NONE && !is_visible(box->plan, cwd))
		return "/";
	return cwd;
}
