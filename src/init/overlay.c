/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlays. What they lie over and the directory that keeps a layer are opened in mount.open, as
 * the caller; they are made in mount.attach, when the box has its ids. A layer hangs over the root
 * meanwhile, where no path leads: the kernel takes only what is mounted in this namespace.
 *
 * A directory in which the host has mounts is not covered itself (see plan/overlay.c): it is shown
 * read-only, and each directory in it gets an overlay of its own, in the same layer.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "sys/dir.h"
#include "sys/fd.h"
#include "sys/mount.h"
#include "sys/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define PATH_SIZE 4096
#define DEEPEST 64 /* directories in each other that are laid around */

/* One item of the plan, while it is carried out. */
struct laying {
	struct inside *in;
	const struct plan_mount *m;
	int work;             /* of the layer */
	unsigned depth;
	size_t len;
	char path[PATH_SIZE]; /* in the box; "" is the root */
};

static bool is_root(const struct inside *in, const struct plan_mount *m)
{
	return plan_str(in->plan, m->target)[1] == '\0';
}

/* ---- mount.open ---- */

static int lower_error(const char *path, int r, struct cove_error *err)
{
	if (r == -ENOENT)
		err_hint(err, "an overlay lies over a directory that exists: make '%s' first",
			 path);
	if (r == -ENOTDIR)
		err_hint(err, "an overlay lies over a directory; for one file name its directory");
	if (r == -ELOOP)
		err_hint(err, "a symbolic link is on the way: name the directory itself");
	return r;
}

/* In place, unless something has to be laid around: then a copy, of which the rest is shown. */
static int open_lower(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	int fd;

	if (in->plan->root.kind == PLAN_ROOT_DIR) {
		if (is_root(in, m))
			return -1;
		fd = inroot_open_plain(in->sources[0], path, O_PATH | O_DIRECTORY, err);
		return fd < 0 ? lower_error(path, fd, err) : fd;
	}
	fd = fd_open(path, O_PATH | O_DIRECTORY, err);
	if (fd >= 0 && m->below.count && !is_root(in, m)) {
		int tree = mount_clone_of(fd, path, err);

		fd_close(fd);
		return tree;
	}
	return fd < 0 ? lower_error(path, fd, err) : fd;
}

int overlay_open(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	int r = 0;

	in->sources[m->slot] = r = open_lower(in, m, err);
	if (r < 0 && !(is_root(in, m) && in->plan->root.kind == PLAN_ROOT_DIR))
		return r;
	if (!m->layer_of) {
		in->sources[m->layer_slot] = -1;
		r = plan_is_kept(m) ? mount_clone(plan_str(in->plan, m->source), err) : 0;
		if (r < 0)
			return r;
		if (plan_is_kept(m))
			in->sources[m->layer_slot] = r;
	}
	if (in->own_fds < 0)
		in->own_fds = fd_open("/proc/self/fd", O_PATH | O_DIRECTORY, err);
	return in->own_fds < 0 ? in->own_fds : 0;
}

/* ---- mount.attach: the layer ---- */

static int make_layer(struct cove_error *err)
{
	auto_fd int fs = mount_new("tmpfs", err);

	return fs < 0 ? fs : mount_make(fs, "tmpfs", MOUNT_NOSUID | MOUNT_NODEV, err);
}

/* Hangs the layer up, when its first overlay is made. */
static int get_layer(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	int *layer = &in->sources[m->layer_slot];
	int r;

	if (m->layer_of)
		return *layer;
	if (*layer < 0)
		*layer = make_layer(err);
	if (*layer < 0)
		return *layer;
	r = mount_attach(*layer, in->tree.root, "/", err);
	return r < 0 ? r : *layer;
}

void overlay_forget_layers(struct inside *in)
{
	plan_each (in->plan, struct plan_mount, m, in->plan->mounts)
		if (m->kind == PLAN_MOUNT_OVERLAY && !m->layer_of &&
		    in->sources[m->layer_slot] >= 0)
			mount_detach(in->sources[m->layer_slot]);
}

/* ---- one overlay ---- */

static int overlay_error(const struct laying *l, int r, struct cove_error *err)
{
	const char *dir = plan_str(l->in->plan, plan_layer(l->in->plan, l->m)->source);

	if (r == -EINVAL)
		err_hint(err,
			 "the kernel refuses it where something is mounted in the directory, by "
			 "way of a symbolic link, too, and on some filesystems");
	if ((r == -EACCES || r == -EPERM || r == -EOVERFLOW) && dir[0])
		err_hint(err, "'%s' must belong to a user of the box", dir);
	return r;
}

static int make_one(struct laying *l, int lower, int upper, struct cove_error *err)
{
	const struct inside *in = l->in;
	char number[12];
	auto_fd int work = -1;
	struct overlay_layers layers = {
		.lower = lower,
		.upper = upper,
		.user_xattr = plan_layer(in->plan, l->m)->source ||
			      in->plan->ns[COVE_NS_USER].mode != PLAN_NS_HOST,
	};
	int tree;

	snprintf(number, sizeof(number), "%u", l->in->overlays++);
	work = dir_make(l->work, number, 0700, err);
	if (work < 0)
		return work;
	layers.work = work;
	tree = overlay_make(&layers, in->own_fds, l->m->attr, l->len ? l->path : "/", err);
	return tree < 0 ? overlay_error(l, tree, err) : tree;
}

/* The overlay over the root of the box becomes its root. */
static int replace_root(struct laying *l, int tree, struct cove_error *err)
{
	int *layer = &l->in->sources[l->m->layer_slot];
	int r;

	/* It hangs at the same place: what is attached over it would go with it. */
	mount_detach(*layer);
	fd_close(TAKE_FD(*layer));
	r = mount_attach_root(tree, err);
	if (r < 0)
		return r;
	inroot_done(&l->in->tree);
	inroot_init(&l->in->tree, tree);
	return 0;
}

static int lay_one(struct laying *l, int lower, int upper, struct cove_error *err)
{
	int tree = make_one(l, lower, upper, err);
	auto_fd int target = -1;
	int r;

	if (tree < 0)
		return tree;
	if (l->len == 0)
		return replace_root(l, tree, err);
	target = inroot_make_dir(&l->in->tree, l->path, 0755, err);
	r = target < 0 ? target : mount_attach(tree, target, l->path, err);
	fd_close(tree);
	inroot_covered(&l->in->tree, l->path);
	return r;
}

/* ---- around what is mounted ---- */

static bool starts_with(const char *path, const char *dir, size_t len)
{
	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* Whether something is in the way below the path, so that it cannot be covered as a whole. */
static bool is_split(const struct laying *l)
{
	const struct plan *plan = l->in->plan;

	if (l->len == 0)
		return plan->root.kind != PLAN_ROOT_DIR;
	plan_each (plan, struct plan_below, below, l->m->below)
		if (starts_with(plan_str(plan, below->path), l->path, l->len))
			return true;
	return false;
}

/* Whether the path stays as it is, or the box has something else there. */
static bool is_left_out(const struct laying *l)
{
	const struct plan *plan = l->in->plan;

	plan_each (plan, struct plan_below, below, l->m->below)
		if (below->keep && strcmp(plan_str(plan, below->path), l->path) == 0)
			return true;
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m != l->m && (m->kind == PLAN_MOUNT_FS || m->kind == PLAN_MOUNT_BIND ||
				  m->kind == PLAN_MOUNT_MASK) &&
		    strcmp(plan_str(plan, m->target), l->path) == 0)
			return true;
	return false;
}

static int lay(struct laying *l, int lower, int upper, struct cove_error *err);

static int lay_child(struct laying *l, const char *name, const int *dirs, struct cove_error *err)
{
	size_t len = l->len, name_len = strlen(name);
	auto_fd int lower = -1, upper = -1;
	int r;

	if (len + name_len + 2 > sizeof(l->path))
		return err_set(err, ENAMETOOLONG, "openat", l->path, "'%s' is too deep", l->path);
	l->path[len] = '/';
	memcpy(l->path + len + 1, name, name_len + 1);
	l->len += name_len + 1;
	if (is_left_out(l)) {
		r = 0;
	} else {
		lower = dir_open(dirs[0], name, true, err);
		upper = lower < 0 ? -1 : dir_make_like(dirs[1], name, lower, err);
		r = lower == -ENOTDIR ? 0 : lower < 0 ? lower : upper < 0 ? upper
								      : lay(l, lower, upper, err);
	}
	l->len = len;
	l->path[len] = '\0';
	return r;
}

static int lay_children(struct laying *l, int lower, int upper, struct cove_error *err)
{
	auto_fd int list = dir_open(lower, ".", false, err);
	const int dirs[] = { lower, upper };
	const char *name;
	struct dir dir;
	bool maybe_dir;
	int r = 0, num;

	/* What may not be listed stays as it is, as for the box. */
	if (list < 0)
		return list == -EACCES && l->depth > 0 ? 0 : list;
	dir_init(&dir, list);
	l->depth++;
	while (r == 0 && (name = dir_next(&dir, &maybe_dir, &num)))
		if (maybe_dir)
			r = lay_child(l, name, dirs, err);
	l->depth--;
	if (r == 0 && num < 0)
		r = err_set(err, -num, "getdents64", l->path, "cannot list '%s'", l->path);
	return r;
}

static int lay(struct laying *l, int lower, int upper, struct cove_error *err)
{
	if (!is_split(l))
		return lay_one(l, lower, upper, err);
	if (l->depth >= DEEPEST)
		return err_set(err, ELOOP, NULL, l->path, "'%s' is too deep", l->path);
	return lay_children(l, lower, upper, err);
}

/* ---- one item ---- */

/* Shows the directory read-only, from which its own are covered then. */
static int show_read_only(struct laying *l, int *lower, struct cove_error *err)
{
	auto_fd int target = inroot_make_dir(&l->in->tree, l->path, 0755, err);
	int r = target;

	if (r >= 0 && l->in->plan->root.kind == PLAN_ROOT_DIR)
		r = *lower = mount_clone_of(*lower, l->path, err);
	if (r >= 0)
		r = mount_restrict(*lower, MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV, true, l->path,
				   err);
	return r < 0 ? r : mount_attach(*lower, target, l->path, err);
}

/* The part of the layer that belongs to the item: that of an overlay in another lies deeper. */
static int open_upper(struct laying *l, int layer, int lower, struct cove_error *err)
{
	const struct plan_mount *outer = plan_layer(l->in->plan, l->m);
	const char *base = plan_str(l->in->plan, outer->target);
	const char *rest = l->path + (base[1] ? strlen(base) : 0);
	int upper = dir_make_like(layer, "upper", lower, err);

	while (upper >= 0 && *rest == '/') {
		char name[256];
		size_t len = strcspn(rest + 1, "/");
		int above = upper;

		if (len >= sizeof(name))
			len = sizeof(name) - 1;
		memcpy(name, rest + 1, len);
		name[len] = '\0';
		rest += 1 + len;
		if (*rest) {
			upper = dir_make(above, name, 0755, err);
			if (upper >= 0)
				dir_mark_way(upper);
		} else {
			upper = dir_make_like(above, name, lower, err);
		}
		fd_close(above);
	}
	return upper;
}

static int layer_error(const struct laying *l, int r, struct cove_error *err)
{
	const char *dir = plan_str(l->in->plan, plan_layer(l->in->plan, l->m)->source);

	if (!dir[0])
		return r;
	err_set(err, -r, "mkdirat", dir, "cannot write to '%s'", dir);
	return overlay_error(l, r, err);
}

static int lay_item(struct laying *l, int layer, struct cove_error *err)
{
	int lower = l->in->sources[l->m->slot];
	auto_fd int upper = -1;
	int r = 0;

	if (lower < 0)
		lower = l->in->tree.root;
	upper = open_upper(l, layer, lower, err);
	l->work = upper < 0 ? upper : dir_make(layer, "work", 0700, err);
	if (l->work < 0)
		return layer_error(l, l->work, err);
	if (is_split(l) && l->len > 0)
		r = show_read_only(l, &lower, err);
	if (r == 0)
		r = lay(l, lower, upper, err);
	fd_close(l->work);
	return r;
}

int overlay_attach(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	struct laying l = { .in = in, .m = m, .work = -1 };
	const char *target = plan_str(in->plan, m->target);
	int layer = get_layer(in, m, err);

	if (layer < 0)
		return layer;
	l.len = is_root(in, m) ? 0 : strlen(target);
	if (l.len >= sizeof(l.path))
		return err_set(err, ENAMETOOLONG, "openat2", target, "'%s' is too long", target);
	memcpy(l.path, target, l.len);
	return lay_item(&l, layer, err);
}
