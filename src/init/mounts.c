/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts: sources become descriptors in one step, and are attached in the next. Targets are looked
 * up below the root's descriptor.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "plan/amend.h"
#include "plan/hint.h"
#include "sys/fd.h"
#include "sys/mount.h"
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define NULL_DEVICE UINT64_C(0x103) /* 1:3, /dev/null */

/* mount.open */

static int source_error(int num, struct cove_error *err)
{
	if (num == -ENOENT)
		err_hint(err, "the host has no such file: correct the path, or make it first");
	if (num == -EACCES)
		err_hint(err, "you may not look there yourself: one of the directories on the way "
			      "is closed to you; if you stand there, cd to another one first");
	if (num == -EINVAL)
		err_hint(err, "this tree cannot be copied: it may be a mount that the "
			      "host has marked unbindable");
	return num;
}

static int open_root(struct inside *in, struct cove_error *err)
{
	const char *path = plan_str(in->plan, in->plan->root.path);

	if (in->plan->root.kind != PLAN_ROOT_DIR || !in->plan->root.path)
		return 0;
	in->sources[0] = mount_clone(path, err);
	if (in->sources[0] >= 0 && in->plan->root.at_path)
		in->root_place = fd_open(path, O_PATH | O_DIRECTORY, err);
	if (in->sources[0] >= 0 && fd_kind(in->sources[0], NULL) != FD_PATH_DIRECTORY)
		err_set(err, ENOTDIR, "open_tree", path, "cannot use '%s' as the root", path);
	else if (in->sources[0] >= 0 && (in->root_place >= 0 || !in->plan->root.at_path))
		return 0;
	if (err->num == ENOENT && in->plan->container.is)
		err_set(err, ENOENT, "open_tree", path, "the root of the bundle is missing: '%s'", path);
	else
		source_error(-err->num, err);
	err_origin(err, plan_str(in->plan, in->plan->root.origin));
	return -err->num;
}

static bool is_device_mount(const struct plan_mount *m)
{
	return m->kind == PLAN_MOUNT_DEVICE || m->kind == PLAN_MOUNT_NODE ||
	       m->kind == PLAN_MOUNT_MASK;
}

static int open_source(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->spare ? m->spare : m->source);
	uint64_t device = 0;
	int tree = m->alone ? mount_clone_alone(path, err) : mount_clone(path, err);

	in->sources[m->slot] = tree;
	if ((tree == -ENOENT || tree == -ENOTDIR || tree == -EACCES) && m->optional) {
		in->sources[m->slot] = -1;
		return 0;
	}
	if (tree < 0)
		return source_error(tree, err);
	if (!is_device_mount(m))
		return 0;
	fd_kind(tree, &device);
	if (!device)
		return err_set(err, ENODEV, "fstat", path, "'%s' is not a device", path);
	if (m->kind == PLAN_MOUNT_MASK && device != NULL_DEVICE)
		return err_set(err, ENODEV, "fstat", path, "'%s' is another device", path);
	return 0;
}

/* What should be hidden but is not there may be misspelt. In the host's tree that is seen now, for
 * later it may be below something that is hidden already. */
static int check_masked(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	auto_fd int fd = -1;

	if (m->kind != PLAN_MOUNT_MASK || m->optional || in->plan->root.kind != PLAN_ROOT_HOST)
		return 0;
	fd = fd_open(path, O_PATH, err);
	if (fd != -ENOENT)
		return 0;
	return source_error(err_set(err, ENOENT, "openat", path, "cannot hide '%s'", path), err);
}

/* ---- descriptors that stand for a source ---- */

static bool is_used_later(const struct plan *plan, int fd)
{
	plan_each (plan, struct plan_number, keep, plan->process.keep_fds)
		if (keep->value == fd)
			return true;
	return fd <= 2;
}

/* The command does not get them. */
static void close_stand_ins(const struct plan *plan)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->kind == PLAN_MOUNT_BIND && m->content_fd >= 0 &&
		    !is_used_later(plan, m->content_fd))
			fd_close(m->content_fd);
}

/* A descriptor of the host is on a mount of another namespace, which cannot be copied here. So it
 * is looked up where it says that it is, and must be found there. */
static int open_by_fd(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	int r = fd_path_of(m->content_fd, in->path, sizeof(in->path), err);

	if (r < 0)
		return r;
	in->sources[m->slot] = mount_clone(in->path, err);
	if (in->sources[m->slot] == -ENOENT || in->sources[m->slot] == -ENOTDIR ||
	    (in->sources[m->slot] >= 0 && !fd_is_same(in->sources[m->slot], m->content_fd))) {
		err_set(err, ESTALE, "fstat", in->path,
			"what descriptor %d stands for is no longer at '%s'", m->content_fd,
			in->path);
		err_hint(err, "it was moved, removed, or covered by a mount");
		return -ESTALE;
	}
	return in->sources[m->slot] < 0 ? source_error(in->sources[m->slot], err) : 0;
}

/* They share one source. */
static bool is_open_mask(const struct inside *in, const struct plan_mount *m)
{
	return m->kind == PLAN_MOUNT_MASK && in->sources[m->slot] > 0;
}

static int open_any(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	if (m->kind == PLAN_MOUNT_OVERLAY)
		return overlay_open(in, m, err);
	if (m->content_fd >= 0)
		return open_by_fd(in, m, err);
	return open_source(in, m, err);
}

int apply_mount_open(struct inside *in, struct cove_error *err)
{
	int r = open_root(in, err);

	if (r < 0)
		return r;
	plan_each (in->plan, struct plan_mount, m, in->plan->mounts) {
		if (!plan_mount_has_source(m))
			continue;
		if (plan_mount_is_sent(in->plan, m)) {
			in->sources[m->slot] = -1; /* the host will send it */
			continue;
		}
		r = check_masked(in, m, err);
		if (r == 0 && !is_open_mask(in, m))
			r = open_any(in, m, err);
		if (r < 0) {
			err_origin(err, plan_str(in->plan, m->item.origin));
			return r;
		}
	}
	close_stand_ins(in->plan);
	return 0;
}

/* mount.attach */

/* Attaches at the last component itself, whatever that is. */
static int attach_here(struct inside *in, int tree, const char *path, struct cove_error *err)
{
	const char *name;
	int parent = inroot_parent(&in->tree, path, &name, err);

	return parent < 0 ? parent : mount_attach_at(tree, parent, name, path, err);
}

static bool is_plain_directory(struct inside *in, const char *path)
{
	auto_fd int fd = inroot_open_plain(in->tree.root, path, O_PATH | O_DIRECTORY, NULL);

	return fd >= 0;
}

/* On an ordinary directory, made when there is nothing; a link is refused, for what belongs here
 * may not be redirected by the files of the box. */
static int attach_fixed(struct inside *in, const struct plan_mount *m, int tree, const char *path,
			struct cove_error *err)
{
	int r = attach_here(in, tree, path, err);

	if (r == -ENOENT && !m->no_create) {
		r = inroot_make_child(&in->tree, path, err);
		r = r < 0 ? r : attach_here(in, tree, path, err);
	}
	if (r == -ENOTDIR || (r == -EINVAL && !is_plain_directory(in, path)))
		return err_set(err, ENOTDIR, "move_mount", path,
			       "'%s' must be an ordinary directory in the box", path);
	return r;
}

/* Files of procfs that are replaced for a container, as lxcfs does; none is written by a runtime. */
static bool is_replaceable(const char *path)
{
	static const char *const files[] = {
		"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps",
		"/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
		"/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(path, files[i]) == 0)
			return true;
	return strncmp(path, "/sys/", 5) == 0;
}

static int refuse_kernel_tree(const struct plan *plan, const char *path,
			      struct cove_error *err)
{
	err_set(err, EPERM, "fstatfs", path, "'%s' is inside /proc or /sys", path);
	plan_hint(plan, err, "nothing can be put there; --hide covers a part of them",
		  "nothing can be put there; maskedPaths cover a part of them");
	return -EPERM;
}

/* A mount in procfs or sysfs could redirect what is later written there. What is harmless is known
 * by its name, so no link may lead there. */
static int check_target(struct inside *in, int target, const char *path, struct cove_error *err)
{
	if (!fd_is_kernel_tree(target))
		return 0;
	if (plan_is_for_container(in->plan) && is_replaceable(path)) {
		auto_fd int plain = inroot_open_plain(in->tree.root, path, O_PATH, NULL);

		if (plain >= 0 && fd_is_same(plain, target))
			return 0;
	}
	return refuse_kernel_tree(in->plan, path, err);
}

/* Where a link in the box leads, within the box. */
static int attach_through(struct inside *in, const struct plan_mount *m, int tree, bool directory,
			  struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	auto_fd int target = inroot_open(&in->tree, path,
					 O_PATH | (directory ? O_DIRECTORY : 0), err);
	int r;

	if (target == -ENOENT && !m->no_create)
		target = directory ? inroot_make_dir(&in->tree, path, 0755, err)
				   : inroot_make_file(&in->tree, path, err);
	if (target < 0)
		return target;
	if (!directory && fd_kind(target, NULL) == FD_PATH_DIRECTORY)
		return err_set(err, EISDIR, "openat2", path, "'%s' is a directory in the box",
			       path);
	r = check_target(in, target, path, err);
	return r < 0 ? r : mount_attach(tree, target, path, err);
}

/* The path leads nowhere, or not to a directory; not: we may not look. */
static bool cannot_be_there(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ENAMETOOLONG || r == -ELOOP;
}

int inside_attach(struct inside *in, const struct plan_mount *m, int tree, bool directory,
		  struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	int r;

	if (directory && m->no_follow) {
		r = attach_fixed(in, m, tree, path, err);
	} else if (!directory && (r = inroot_make_empty(&in->tree, path, err)) != -EEXIST) {
		r = r < 0 ? r : attach_here(in, tree, path, err);
	} else {
		r = attach_through(in, m, tree, directory, err);
	}
	inroot_covered(&in->tree, path);
	return m->optional && cannot_be_there(r) ? 0 : r;
}

/* The rest of how it is mounted: what a new filesystem is not told when it is made. */
static int change_rest(struct inside *in, const struct plan_mount *m, int tree, bool directory,
		       struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->kind == PLAN_MOUNT_BIND ? m->source : m->target);
	struct mount_change change = { .set = m->below_attr, .clear = m->below_clear };
	int r = mount_change(tree, &change, directory, path, err);

	plan_each (in->plan, struct plan_number, number, m->propagation) {
		uint64_t flags = (uint64_t)number->value;

		change = (struct mount_change){ .propagation = flags };
		if (r == 0)
			r = mount_change(tree, &change, flags & MOUNT_RECURSIVE, path, err);
	}
	return r;
}

int inside_change_tree(struct inside *in, const struct plan_mount *m, int tree, bool directory,
		       struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->kind == PLAN_MOUNT_BIND ? m->source : m->target);
	struct mount_change change = { .set = m->attr, .clear = m->clear };
	int r = mount_change(tree, &change, directory && !m->top_only, path, err);

	return r < 0 ? r : change_rest(in, m, tree, directory, err);
}

int inside_attach_source(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	int tree = in->sources[m->slot];
	bool directory;
	int r;

	if (tree < 0)
		return 0;
	directory = m->kind != PLAN_MOUNT_DEVICE && fd_kind(tree, NULL) == FD_PATH_DIRECTORY;
	r = inside_change_tree(in, m, tree, directory, err);
	return r < 0 ? r : inside_attach(in, m, tree, directory, err);
}

/* ---- new filesystems ---- */

/* Of sysfs no new one may be made without the net namespace that it would show. */
static bool is_forbidden(int num)
{
	return num == -EPERM || num == -EBUSY;
}

/* Read-only with all that is mounted in it: the host's cgroups would be there for writing. */
static int attach_spare(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->spare);
	int tree = in->sources[m->slot];
	int r = mount_restrict(tree, m->attr | MOUNT_RDONLY, true, path, err);

	return r < 0 ? r : inside_attach(in, m, tree, true, err);
}

static int attach_filesystem(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	auto_fd int tree = inside_make_filesystem(in, m, err);
	int r;

	if (m->spare && is_forbidden(tree))
		return attach_spare(in, m, err);
	r = tree < 0 || !m->copy_up ? tree : inside_copy_up(in, m, tree, err);
	r = r < 0 ? r : change_rest(in, m, tree, false, err);
	r = r < 0 ? r : inside_attach(in, m, tree, true, err);
	if (r == 0 && m->seal_late)
		in->sources[m->slot] = TAKE_FD(tree);
	return r;
}

static int seal_late(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	if (!m->seal_late)
		return 0;
	return mount_restrict(in->sources[m->slot], m->attr, false, plan_str(in->plan, m->target),
			      err);
}

static int attach_remount(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	auto_fd int target = inroot_open(&in->tree, path, O_PATH, err);
	int r;

	if (target < 0)
		return target == -ENOENT && m->optional ? 0 : target;
	r = inside_change_tree(in, m, target, true, err);
	if (r == -EINVAL)
		err_hint(err, "nothing is mounted there: only a mount can be remounted");
	return r;
}

/* What covers a part of procfs or sysfs stays. No link is followed: it could lead to another mount
 * than the one that was named. */
static int remove_mount(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	size_t len = (size_t)(strrchr(path, '/') - path);
	auto_fd int parent = -1;
	int r;

	if (len >= sizeof(in->path))
		return err_set(err, ENAMETOOLONG, "openat2", path, "cannot open '%s'", path);
	memcpy(in->path, path, len);
	in->path[len] = '\0';
	parent = inroot_open_plain(in->tree.root, len ? in->path : "/", O_PATH | O_DIRECTORY, err);
	if (parent < 0)
		return parent;
	if (fd_is_kernel_tree(parent))
		return refuse_kernel_tree(in->plan, path, err);
	r = mount_remove_at(parent, path + len + 1, path, err);
	inroot_covered(&in->tree, path);
	return r;
}

static int fill_file(struct inside *in, const struct plan_mount *m, int fd, struct cove_error *err)
{
	if (m->content_fd >= 0)
		return fd_copy(m->content_fd, fd, err);
	return fd_write(fd, plan_at(in->plan, m->content), m->content_len,
			plan_str(in->plan, m->target), err);
}

/* The file is made on a filesystem that hangs over the root, where no path leads, and bound from
 * there: read-only, and also where none could be made. */
static int attach_file(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	auto_fd int fs = mount_new("tmpfs", err);
	auto_fd int scratch = -1, file = -1, tree = -1;
	int r;

	if (fs < 0)
		return fs;
	scratch = mount_make(fs, "tmpfs", MOUNT_NOSUID | MOUNT_NODEV, err);
	r = scratch < 0 ? scratch : mount_attach(scratch, in->tree.root, "/", err);
	if (r < 0)
		return r;
	file = fd_open_at(scratch, "file", O_RDWR | O_CREAT | O_EXCL, m->mode, err);
	r = file < 0 ? file : fill_file(in, m, file, err);
	if (r == 0)
		r = tree = mount_clone_at(scratch, "file", err);
	if (r >= 0 && m->attr)
		r = mount_restrict(tree, m->attr, false, plan_str(in->plan, m->target), err);
	if (r >= 0)
		r = inside_attach(in, m, tree, false, err);
	mount_detach(scratch);
	return r;
}

static int make_directory(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	auto_fd int fd = inroot_make_dir(&in->tree, plan_str(in->plan, m->target), m->mode, err);

	return fd < 0 && !m->optional ? fd : 0;
}

static int make_link(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	int r = inroot_make_link(&in->tree, plan_str(in->plan, m->target),
				 plan_str(in->plan, m->source), err);

	return r == -EEXIST && m->optional ? 0 : r;
}

typedef int (*mount_action)(struct inside *in, const struct plan_mount *m, struct cove_error *err);

static int attach_one(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	static const mount_action kinds[PLAN_MOUNT_COUNT] = {
		[PLAN_MOUNT_BIND] = inside_attach_source,
		[PLAN_MOUNT_FS] = attach_filesystem,
		[PLAN_MOUNT_DEVICE] = inside_attach_source,
		[PLAN_MOUNT_SYMLINK] = make_link,
		[PLAN_MOUNT_FILE] = attach_file,
		[PLAN_MOUNT_DIR] = make_directory,
		[PLAN_MOUNT_MASK] = inside_attach_mask,
		[PLAN_MOUNT_PROTECT] = inside_attach_protect,
		[PLAN_MOUNT_OVERLAY] = overlay_attach,
		[PLAN_MOUNT_NODE] = inside_attach_node,
		[PLAN_MOUNT_CONSOLE] = inside_prepare_console,
		[PLAN_MOUNT_CGROUP] = inside_attach_cgroup,
		[PLAN_MOUNT_REMOUNT] = attach_remount,
		[PLAN_MOUNT_REMOVE] = remove_mount,
	};

	return kinds[m->kind](in, m, err);
}

static int each_mount(struct inside *in, mount_action action, struct cove_error *err)
{
	int r = 0;

	plan_each (in->plan, struct plan_mount, m, in->plan->mounts) {
		r = action(in, m, err);
		if (r < 0) {
			err_origin(err, plan_str(in->plan, m->item.origin));
			break;
		}
	}
	return r < 0 ? r : 0;
}

int apply_mount_attach(struct inside *in, struct cove_error *err)
{
	int r = inside_root(in, err);

	r = r < 0 ? r : each_mount(in, attach_one, err);
	r = r < 0 ? r : each_mount(in, seal_late, err);
	if (r == 0)
		overlay_forget_layers(in);
	return r;
}
