/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of the box and the place of the command in it.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
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
	(void)in;
	return mount_make_private(err);
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

/* Read-only all but for the top, where mount points may have to be made; they are
 * made in the overlay, if one will cover it. */
static int use_dir(struct inside *in, struct cove_error *err)
{
	const char *path = plan_str(in->plan, in->plan->root.path);
	uint64_t attr = MOUNT_NOSUID | MOUNT_NODEV;
	bool covered = plan_root_overlay(in->plan) != NULL;
	int tree = in->sources[0];
	int r;

	if (in->plan->root.read_only || covered)
		attr |= MOUNT_RDONLY;
	r = mount_restrict(tree, attr, true, path, err);
	if (r < 0)
		return r;
	if (in->plan->root.read_only && !covered)
		mount_allow_writing(tree);
	in->tree.root = tree;
	in->sources[0] = -1;
	return mount_attach_root(tree, err);
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
	return mount_pivot(in->tree.root, err);
}

int apply_root_seal(struct inside *in, struct cove_error *err)
{
	return mount_restrict(in->tree.root, MOUNT_RDONLY, false, "/", err);
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
	r = fd < 0 ? fd : fd_enter(fd, cwd, err);
	if (r < 0)
		err_origin(err, plan_str(in->plan, in->plan->process.cwd_origin));
	if (r == -ENOENT)
		err_hint(err, "there is no such directory in the box; choose another with --cwd");
	return r;
}
