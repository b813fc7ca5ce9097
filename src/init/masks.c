/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the box must not see, or not write to. All masks are copies of two mounts: an empty
 * read-only filesystem over directories, and the host's /dev/null over all else.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/mount.h"

#include <errno.h>
#include <fcntl.h>

/* The first mask of a kind, once it is attached, is what the others are copied from. */
static int attach_first(int *first, int tree, int target, const char *path, struct cove_error *err)
{
	int r = tree < 0 ? tree : mount_attach(tree, target, path, err);

	*first = r < 0 ? -1 : tree;
	return r;
}

static int attach_copy(int first, int target, const char *path, struct cove_error *err)
{
	auto_fd int tree = mount_clone_again(first, path, err);

	return tree < 0 ? tree : mount_attach(tree, target, path, err);
}

static int mask_directory(struct inside *in, const struct plan_mount *m, int target,
			  struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);

	if (in->mask_directory >= 0)
		return attach_copy(in->mask_directory, target, path, err);
	return attach_first(&in->mask_directory, inside_make_filesystem(in, m, err), target, path,
			    err);
}

static int mask_file(struct inside *in, const struct plan_mount *m, int target,
		     struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	int tree = in->sources[m->slot];
	int r;

	if (in->mask_file >= 0)
		return attach_copy(in->mask_file, target, path, err);
	r = mount_restrict(tree, MOUNT_RDONLY | MOUNT_NOSUID, false, path, err);
	return r < 0 ? r : attach_first(&in->mask_file, tree, target, path, err);
}

static bool is_missing(int r)
{
	return r == -ENOENT || r == -ENOTDIR;
}

int inside_attach_mask(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	auto_fd int target = inroot_open(&in->tree, plan_str(in->plan, m->target), O_PATH, err);

	/* It is hidden already, or this kernel has none. */
	if (is_missing(target) && (m->optional || in->plan->root.kind == PLAN_ROOT_HOST))
		return 0;
	if (target < 0)
		return target;
	return fd_kind(target, NULL) == FD_PATH_DIRECTORY ? mask_directory(in, m, target, err)
							  : mask_file(in, m, target, err);
}

int inside_attach_protect(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	auto_fd int target = inroot_open(&in->tree, path, O_PATH, err);
	auto_fd int tree = -1;
	int r;

	if (target < 0)
		return is_missing(target) && m->optional ? 0 : target;
	tree = mount_clone_of(target, path, err);
	r = tree < 0 ? tree : mount_restrict(tree, m->attr, true, path, err);
	return r < 0 ? r : mount_attach(tree, target, path, err);
}
