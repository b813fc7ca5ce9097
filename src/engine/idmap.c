/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.idmap: trees of the host whose ids are mapped are opened here, for it takes privilege over
 * their filesystems, which cove-init may have given up; and those for a container that is there,
 * where cove-init sees the host's files no more. It gets each as a descriptor.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "engine/host_steps.h"
#include "plan/amend.h"
#include "sys/fd.h"
#include "sys/idmap.h"
#include "sys/mount.h"
#include "sys/ns.h"

#include <errno.h>

static void add_map(const struct plan *plan, const struct plan_list *list, struct buf *out)
{
	plan_each (plan, struct plan_map, map, *list)
		buf_addf(out, "%u %u %u\n", map->inside, map->outside, map->count);
}

static int own_user_ns(const struct plan *plan, const struct plan_mount *m, struct cove_error *err)
{
	auto_(buf_done) struct buf uids = { 0 };
	auto_(buf_done) struct buf gids = { 0 };

	add_map(plan, &m->uids, &uids);
	add_map(plan, &m->gids, &gids);
	if (uids.failed || gids.failed)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	return idmap_make(buf_str(&uids), buf_str(&gids), err);
}

/* That of the box is its process's, even where it was joined. */
static int open_user_ns(struct run *run, const struct plan_mount *m, struct cove_error *err)
{
	if (m->idmap == PLAN_IDMAP_OWN)
		return own_user_ns(run->plan, m, err);
	return ns_open_of(run->pidfd, run->pid, "user", err);
}

/* Like a tree that cove-init had opened in its own namespace, it takes part in nothing that was not
 * asked for. */
static int part(const struct plan *plan, int tree, const char *path, struct cove_error *err)
{
	uint64_t asked = plan->propagation;
	struct mount_change change = { .propagation = asked ? asked : MOUNT_PRIVATE };

	return mount_change(tree, &change, !asked || asked & MOUNT_RECURSIVE, path, err);
}

static int open_tree_of(struct run *run, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(run->plan, m->spare ? m->spare : m->source);
	auto_fd int tree = m->alone ? mount_clone_alone(path, err) : mount_clone(path, err);
	auto_fd int user = -1;
	int r;

	if (tree < 0)
		return tree;
	r = part(run->plan, tree, path, err);
	if (r < 0 || !m->idmap)
		return r < 0 ? r : TAKE_FD(tree);
	user = open_user_ns(run, m, err);
	r = user < 0 ? user : idmap_apply(tree, user, m->idmap_below, path, err);
	return r < 0 ? r : TAKE_FD(tree);
}

static int send_tree(struct run *run, const struct plan_mount *m, struct cove_error *err)
{
	auto_fd int tree = open_tree_of(run, m, err);
	struct channel_message message = { .kind = CHANNEL_TREE, .value = (int32_t)m->slot };

	if ((tree == -ENOENT || tree == -ENOTDIR || tree == -EACCES) && m->optional)
		return 0;
	if (tree == -EPERM && run->plan->container.amend)
		err_hint(err, "files of the host can be added by who has CAP_SYS_ADMIN over this mount "
			      "namespace: root, or a user in one of its own");
	return tree < 0 ? tree : channel_send(&run->channel, &message, tree, err);
}

int apply_mount_idmap(struct run *run, struct cove_error *err)
{
	plan_each (run->plan, struct plan_mount, m, run->plan->mounts) {
		int r = plan_mount_is_sent(run->plan, m) ? send_tree(run, m, err) : 0;

		if (r < 0) {
			err_origin(err, plan_str(run->plan, m->item.origin));
			return r;
		}
	}
	return 0;
}
