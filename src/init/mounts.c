/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts: sources become descriptors in one step, and are attached in the next. Targets are looked
 * up below the root's descriptor.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/inroot.h"
#include "sys/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* mount.open */

static int open_root(struct inside *in, struct cove_error *err)
{
	const char *path = plan_str(in->plan, in->plan->root.path);

	if (in->plan->root.kind != PLAN_ROOT_DIR)
		return 0;
	in->sources[0] = mount_clone(path, err);
	if (in->sources[0] >= 0 && fd_kind(in->sources[0], NULL) != FD_PATH_DIRECTORY)
		err_set(err, ENOTDIR, "open_tree", path, "cannot use '%s' as the root", path);
	else if (in->sources[0] >= 0)
		return 0;
	err_origin(err, plan_str(in->plan, in->plan->root.origin));
	return -err->num;
}

static int open_source(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->source);
	uint64_t device = 0;
	int tree = mount_clone(path, err);

	in->sources[m->slot] = tree;
	if (tree == -ENOENT && m->optional) {
		in->sources[m->slot] = -1;
		return 0;
	}
	if (tree < 0) {
		if (tree == -EINVAL)
			err_hint(err, "this tree cannot be copied into a box: it may be a mount "
				      "that the host has marked unbindable");
		return tree;
	}
	if (m->kind == PLAN_MOUNT_DEVICE)
		fd_kind(tree, &device);
	if (m->kind == PLAN_MOUNT_DEVICE && !device)
		return err_set(err, ENODEV, "fstat", path, "'%s' is not a device", path);
	return 0;
}

int apply_mount_open(struct inside *in, struct cove_error *err)
{
	int r = open_root(in, err);

	if (r < 0)
		return r;
	plan_each (in->plan, struct plan_mount, m, in->plan->mounts) {
		if (!plan_mount_has_source(m))
			continue;
		r = open_source(in, m, err);
		if (r < 0) {
			err_origin(err, plan_str(in->plan, m->item.origin));
			return r;
		}
	}
	return 0;
}

/* mount.attach */

/* A mount in procfs or sysfs could redirect what is later written there. Their own roots are
 * where a new procfs and sysfs belong. */
static int check_target(const struct plan_mount *m, int target, const char *path,
			struct cove_error *err)
{
	if (m->kind == PLAN_MOUNT_FS || m->kind == PLAN_MOUNT_MASK || !fd_is_kernel_tree(target))
		return 0;
	err_set(err, EPERM, "fstatfs", path, "'%s' is inside /proc or /sys", path);
	err_hint(err, "nothing can be put there; --hide covers a part of them");
	return -EPERM;
}

static int open_target(struct inside *in, const struct plan_mount *m, bool directory,
		       struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	int flags = O_PATH | (m->no_follow ? O_NOFOLLOW : 0);
	struct cove_error why = { 0 };
	int fd = inroot_open(in->root, path, flags, &why);
	int r;

	if (fd == -ENOENT && !m->no_create) {
		fd = directory ? inroot_make_dir(in->root, path, 0755, &why)
			       : inroot_make_file(in->root, path, 0644, &why);
	}
	if (fd < 0) {
		if (err)
			*err = why;
		return fd;
	}
	r = check_target(m, fd, path, err);
	if (r == 0 && (fd_kind(fd, NULL) == FD_PATH_DIRECTORY) != directory)
		r = err_set(err, directory ? ENOTDIR : EISDIR, "openat2", path,
			    m->no_follow ? "'%s' must be an ordinary directory in the box"
					 : "'%s' is of another kind than what should be put there",
			    path);
	if (r < 0)
		fd_close(fd);
	return r < 0 ? r : fd;
}

static int attach(struct inside *in, const struct plan_mount *m, int tree, bool directory,
		  struct cove_error *err)
{
	auto_fd int target = open_target(in, m, directory, err);

	if (target < 0)
		return target == -ENOENT && m->optional ? 0 : target;
	return mount_attach(tree, target, plan_str(in->plan, m->target), err);
}

static int attach_source(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	int tree = in->sources[m->slot];
	bool directory;
	int r = 0;

	if (tree < 0)
		return 0;
	directory = fd_kind(tree, NULL) == FD_PATH_DIRECTORY;
	if (m->attr_set || m->attr_clear)
		r = mount_change(tree, m->attr_set, m->attr_clear, directory,
				 plan_str(in->plan, m->source), err);
	return r < 0 ? r : attach(in, m, tree, directory, err);
}

static int make_filesystem(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const struct plan *plan = in->plan;
	const char *fstype = plan_str(plan, m->fstype);
	auto_fd int fs = mount_new(fstype, err);

	if (fs < 0)
		return fs;
	plan_each (plan, struct plan_data, data, m->data) {
		const char *value = data->value ? plan_str(plan, data->value) : NULL;
		int r = mount_set(fs, plan_str(plan, data->key), value, err);

		if (r < 0)
			return r;
	}
	return mount_make(fs, fstype, m->attr_set, err);
}

static int attach_filesystem(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	auto_fd int tree = make_filesystem(in, m, err);

	return tree < 0 ? tree : attach(in, m, tree, true, err);
}

/* Hides a directory behind an empty read-only filesystem, anything else behind /dev/null. */
static int attach_mask(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	auto_fd int target = inroot_open(in->root, path, O_PATH, err);

	if (target < 0)
		return target == -ENOENT && m->optional ? 0 : target;
	if (fd_kind(target, NULL) == FD_PATH_DIRECTORY) {
		auto_fd int tree = make_filesystem(in, m, err);

		return tree < 0 ? tree : mount_attach(tree, target, path, err);
	}
	return mount_attach(in->sources[m->slot], target, path, err);
}

static int fill_file(struct inside *in, const struct plan_mount *m, int fd, struct cove_error *err)
{
	if (m->content_fd >= 0)
		return fd_copy(m->content_fd, fd, err);
	return fd_write(fd, plan_at(in->plan, m->content), m->content_len,
			plan_str(in->plan, m->target), err);
}

/* A file for a place where none can be made: it is made on a filesystem that hangs over the root,
 * where no path leads, and bound from there. */
static int attach_file(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	auto_fd int fs = mount_new("tmpfs", err);
	auto_fd int scratch = -1, file = -1, tree = -1;
	int r;

	if (fs < 0)
		return fs;
	scratch = mount_make(fs, "tmpfs", MOUNT_NOSUID | MOUNT_NODEV, err);
	r = scratch < 0 ? scratch : mount_attach(scratch, in->root, "/", err);
	if (r < 0)
		return r;
	file = fd_open_at(scratch, "file", O_RDWR | O_CREAT | O_EXCL, m->mode, err);
	r = file < 0 ? file : fill_file(in, m, file, err);
	if (r == 0)
		r = tree = mount_clone_at(scratch, "file", err);
	if (r >= 0 && m->attr_set)
		r = mount_change(tree, m->attr_set, 0, false, plan_str(in->plan, m->target), err);
	if (r >= 0)
		r = attach(in, m, tree, false, err);
	mount_detach(scratch);
	return r;
}

static int make_file(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	auto_fd int fd = inroot_make_file(in->root, plan_str(in->plan, m->target), m->mode, err);

	if (fd == -EEXIST || fd == -EROFS || fd == -EACCES)
		return attach_file(in, m, err);
	return fd < 0 ? fd : fill_file(in, m, fd, err);
}

static int make_directory(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	auto_fd int fd = inroot_make_dir(in->root, plan_str(in->plan, m->target), m->mode, err);

	return fd < 0 && !m->optional ? fd : 0;
}

static int make_link(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	int r = inroot_make_link(in->root, plan_str(in->plan, m->target),
				 plan_str(in->plan, m->source), err);

	return r == -EEXIST && m->optional ? 0 : r;
}

typedef int (*attach_kind)(struct inside *in, const struct plan_mount *m, struct cove_error *err);

int apply_mount_attach(struct inside *in, struct cove_error *err)
{
	static const attach_kind kinds[PLAN_MOUNT_COUNT] = {
		[PLAN_MOUNT_BIND] = attach_source,
		[PLAN_MOUNT_FS] = attach_filesystem,
		[PLAN_MOUNT_DEVICE] = attach_source,
		[PLAN_MOUNT_SYMLINK] = make_link,
		[PLAN_MOUNT_FILE] = make_file,
		[PLAN_MOUNT_DIR] = make_directory,
		[PLAN_MOUNT_MASK] = attach_mask,
	};
	int r = inside_root(in, err);

	if (r < 0)
		return r;
	plan_each (in->plan, struct plan_mount, m, in->plan->mounts) {
		r = kinds[m->kind](in, m, err);
		if (r < 0) {
			err_origin(err, plan_str(in->plan, m->item.origin));
			return r;
		}
	}
	return 0;
}
