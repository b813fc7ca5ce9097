/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of the box and the place of the command in it.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "plan/hint.h"
#include "sys/fd.h"
#include "sys/mount.h"
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>

int inside_root(struct inside *in, struct cove_error *err)
{
	if (in->tree.root < 0)
		in->tree.root = fd_open("/", O_PATH | O_DIRECTORY, err);
	return in->tree.root;
}

int apply_mount_private(struct inside *in, struct cove_error *err)
{
	uint64_t asked = in->plan->propagation;
	int r = mount_propagate(asked ? asked : MOUNT_PRIVATE | MOUNT_RECURSIVE, err);

	/* The new root is attached to it. */
	return r < 0 || !in->plan->propagation ? r : mount_propagate(MOUNT_PRIVATE, err);
}

/* The copy of the host's tree that the new mount namespace came with becomes read-only in place;
 * what must stay writable was taken out of it by mount.open. */
static int use_host(struct inside *in, struct cove_error *err)
{
	int r = inside_root(in, err);

	if (r < 0)
		return r;
	return mount_restrict(in->tree.root, MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV, true, "/",
			      err);
}

/* Only the mount points are in it, and made in it by mount.attach. */
static int use_empty(struct inside *in, struct cove_error *err)
{
	auto_fd int fs = mount_new("tmpfs", err);
	int r = fs < 0 ? fs : mount_set(fs, "mode", "755", err);

	if (r < 0)
		return r;
	in->tree.root = mount_make(fs, "tmpfs", MOUNT_NOSUID | MOUNT_NODEV, err);
	return in->tree.root < 0 ? in->tree.root : mount_attach_root(in->tree.root, err);
}

/* A box shares no more of its root than its files. A container has the directory as the host has
 * it mounted. */
static int change_root(struct inside *in, int tree, bool covered, struct cove_error *err)
{
	struct mount_change private = { .propagation = MOUNT_PRIVATE };
	const char *path = plan_str(in->plan, in->plan->root.path);
	uint64_t attr = MOUNT_NOSUID | MOUNT_NODEV;
	int r;

	if (in->plan->propagation) {
		r = mount_change(tree, &private, false, path, err);
		if (r < 0)
			return r;
	}
	if (in->plan->container.is)
		return 0;
	if (in->plan->root.read_only || covered)
		attr |= MOUNT_RDONLY;
	return mount_restrict(tree, attr, true, path, err);
}

/* Where hooks look for it, it must be seen in this namespace only. */
static int attach_at_path(struct inside *in, int tree, struct cove_error *err)
{
	const char *path = plan_str(in->plan, in->plan->root.path);
	auto_fd int place = TAKE_FD(in->root_place);
	int r = in->plan->propagation ? mount_make_private_around(place, path, err) : 0;

	return r < 0 ? r : mount_attach(tree, place, path, err);
}

/* Read-only all but for the top, where mount points may have to be made; they are
 * made in the overlay, if one will cover it. */
static int use_dir(struct inside *in, struct cove_error *err)
{
	bool covered = plan_root_overlay(in->plan) != NULL;
	int tree = in->sources[0];
	int r = change_root(in, tree, covered, err);

	if (r < 0)
		return r;
	if (in->plan->root.read_only && !covered && !in->plan->container.is)
		mount_allow_writing(tree);
	in->tree.root = tree;
	in->sources[0] = -1;
	return in->root_place >= 0 ? attach_at_path(in, tree, err) : mount_attach_root(tree, err);
}

int apply_root(struct inside *in, struct cove_error *err)
{
	int r;

	if (in->plan->root.kind == PLAN_ROOT_HOST)
		r = use_host(in, err);
	else
		r = in->plan->root.path ? use_dir(in, err) : use_empty(in, err);
	if (r < 0)
		err_origin(err, plan_str(in->plan, in->plan->root.origin));
	return r;
}

int apply_root_pivot(struct inside *in, struct cove_error *err)
{
	int r = 0;

	if (!in->plan->root.no_pivot)
		return mount_pivot(in->tree.root, in->plan->propagation != 0, err);
	if (in->plan->root.at_path)
		r = mount_attach_root(in->tree.root, err);
	return r < 0 ? r : mount_cover_root(in->tree.root, err);
}

/* While it can be written to. If not, the row cwd says why. */
static void make_cwd(struct inside *in)
{
	auto_fd int fd = inroot_make_dir(&in->tree, plan_str(in->plan, in->plan->process.cwd), 0755,
					 NULL);

	(void)fd;
}

int apply_root_seal(struct inside *in, struct cove_error *err)
{
	const struct plan_root *root = &in->plan->root;
	struct mount_change change = { .propagation = root->propagation };
	int r = mount_change(in->tree.root, &change, root->propagation & MOUNT_RECURSIVE, "/", err);

	if (in->plan->process.make_cwd)
		make_cwd(in);

	if (r == 0 && root->read_only && !plan_root_overlay(in->plan))
		r = mount_restrict(in->tree.root, MOUNT_RDONLY, false, "/", err);
	return r;
}

int apply_umask(struct inside *in, struct cove_error *err)
{
	(void)err;
	in->old_umask = (unsigned)in->plan->umask.value;
	return 0;
}

int apply_cwd(struct inside *in, struct cove_error *err)
{
	const char *cwd = plan_str(in->plan, in->plan->process.cwd);
	int root = inside_root(in, err);
	auto_fd int fd = -1;
	int r;

	if (root < 0)
		return root;
	fd = inroot_open(&in->tree, cwd, O_PATH | O_DIRECTORY, err);
	if (fd == -ENOENT && in->plan->process.make_cwd)
		fd = inroot_make_dir(&in->tree, cwd, 0755, err);
	r = fd < 0 ? fd : fd_enter(fd, cwd, err);
	if (r < 0)
		err_origin(err, plan_str(in->plan, in->plan->process.cwd_origin));
	if (r == -ENOENT)
		plan_hint(in->plan, err,
			  "there is no such directory in the box; choose another with --cwd",
			  "there is no such directory in the container");
	return r;
}
