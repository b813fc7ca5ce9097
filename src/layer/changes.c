/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing a layer with what lies below it: see changes.h.
 *
 * As overlayfs keeps it: a device 0:0 stands for a deleted file (a whiteout); a directory marked
 * opaque hides all that lies below it, its subdirectories included. Files and directories were
 * copied with all their attributes before they were changed, so one that equals the lower was not.
 */
#define _GNU_SOURCE
#include "layer/changes.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/dir.h"
#include "sys/fd.h"
#include "sys/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

struct walk {
	const struct layer_visitor *visitor;
	struct buf path;
	unsigned depth;
};

/* A pair of directories. */
struct pair {
	int upper, lower; /* lower -1: there is none */
	bool opaque;
};

/* ---- names ---- */

static int add_names(int fd, struct buf *names, struct cove_error *err)
{
	auto_fd int list = dir_open(fd, ".", false, err);
	struct dir dir;
	const char *name;
	bool maybe_dir;
	int num;

	if (list < 0)
		return list;
	dir_init(&dir, list);
	while ((name = dir_next(&dir, &maybe_dir, &num)))
		buf_add(names, name, strlen(name) + 1);
	return num < 0 ? err_set(err, -num, "getdents64", NULL, "cannot list a directory") : 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Pointers into `names`, sorted, each name once. */
static const char **sort_names(const struct buf *names, size_t *ret_count)
{
	size_t count = 0, kept = 0;
	const char **list;

	for (size_t i = 0; i < names->len; i++)
		count += names->data[i] == '\0';
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		return NULL;
	count = 0;
	for (size_t at = 0; at < names->len; at += strlen(names->data + at) + 1)
		list[count++] = names->data + at;
	qsort(list, count, sizeof(*list), compare);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(list[i], list[kept - 1]) != 0)
			list[kept++] = list[i];
	*ret_count = kept;
	return list;
}

/* ---- one entry ---- */

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static int same_link(const struct pair *dirs, const char *name, struct cove_error *err)
{
	char one[4097], other[4097];
	long n = tree_read_link(dirs->upper, name, one, sizeof(one), err);
	long m = n < 0 ? n : tree_read_link(dirs->lower, name, other, sizeof(other), err);

	return m < 0 ? (int)m : n == m && memcmp(one, other, (size_t)n) == 0;
}

/* 1 or 0; looks into files only when nothing else tells. */
static int same_content(const struct pair *dirs, const struct layer_entry *e,
			struct cove_error *err)
{
	if (S_ISLNK(e->up.st_mode))
		return same_link(dirs, e->name, err);
	if (!S_ISREG(e->up.st_mode))
		return e->up.st_rdev == e->low.st_rdev;
	if (e->up.st_size != e->low.st_size)
		return 0;
	return tree_same_content(dirs->upper, dirs->lower, e->name, err);
}

static int find_difference(const struct pair *dirs, struct layer_entry *e, struct cove_error *err)
{
	int same = 1;

	if ((e->up.st_mode & S_IFMT) != (e->low.st_mode & S_IFMT)) {
		e->what = LAYER_TYPE;
		return 0;
	}
	if (e->up.st_mode != e->low.st_mode)
		e->what |= LAYER_MODE;
	if (!e->keep_owner && (e->up.st_uid != e->low.st_uid || e->up.st_gid != e->low.st_gid))
		e->what |= LAYER_OWNER;
	if (S_ISDIR(e->up.st_mode))
		return 0;
	if (!same_time(&e->up.st_mtim, &e->low.st_mtim))
		e->what |= LAYER_TIME;
	same = same_content(dirs, e, err);
	if (same == 0)
		e->what |= LAYER_CONTENT;
	return same < 0 ? same : 0;
}

static int walk_dir(struct walk *w, const struct pair *dirs, struct cove_error *err);

static int visit(const struct walk *w, const struct layer_entry *e, struct cove_error *err)
{
	return w->visitor->visit(w->visitor->context, e, err);
}

/* What is mounted on a directory that the box replaced came later: the box has seen and deleted
 * nothing of it. Others may be mounts that the box had overlays for. */
static int open_lower(const struct pair *dirs, const struct pair *inner, const char *name,
		      struct cove_error *err)
{
	return inner->opaque ? tree_open_dir(dirs->lower, name, true, err)
			     : dir_open(dirs->lower, name, true, err);
}

/* The lower part may have come into being by the visit. */
static int enter(struct walk *w, const struct pair *dirs, int upper, struct layer_entry *e,
		 struct cove_error *err)
{
	bool changed = !e->was || e->what;
	auto_fd int lower = -1;
	struct pair inner = { upper, -1, dirs->opaque || tree_is_opaque(upper) };
	int r = changed ? visit(w, e, err) : 0;

	if (r == 0 && dirs->lower >= 0)
		lower = open_lower(dirs, &inner, e->name, err);
	if (r == 0 && dirs->lower >= 0 && lower < 0 && lower != -ENOENT && lower != -ENOTDIR)
		return lower;
	inner.lower = lower;
	if (r == 0)
		r = walk_dir(w, &inner, err);
	e->path = buf_str(&w->path); /* it may have moved */
	if (r == 0 && changed && w->visitor->leave)
		r = w->visitor->leave(w->visitor->context, e, err);
	return r;
}

static int walk_directory(struct walk *w, const struct pair *dirs, struct layer_entry *e,
			  struct cove_error *err)
{
	auto_fd int upper = dir_open(dirs->upper, e->name, false, err);

	if (upper < 0)
		return upper;
	e->keep_owner = dir_keeps_owner(upper);
	if (e->was && find_difference(dirs, e, err) < 0)
		return -EIO;
	if (dir_is_way(upper) && e->was && e->what != LAYER_TYPE)
		e->what = 0;
	return enter(w, dirs, upper, e, err);
}

static int walk_entry(struct walk *w, const struct pair *dirs, const char *name,
		      struct cove_error *err)
{
	struct layer_entry e = { .name = name, .path = buf_str(&w->path), .upper = dirs->upper,
				 .lower = dirs->lower };
	int up = tree_stat(dirs->upper, name, &e.up, err);
	int low = dirs->lower < 0 ? -ENOENT : tree_stat(dirs->lower, name, &e.low, err);

	if ((up < 0 && up != -ENOENT) || (low < 0 && low != -ENOENT))
		return up < 0 && up != -ENOENT ? up : low;
	e.was = low == 0;
	e.change = e.was ? LAYER_CHANGED : LAYER_ADDED;
	if (up == -ENOENT || is_whiteout(&e.up)) {
		e.change = LAYER_DELETED;
		return e.was ? visit(w, &e, err) : 0;
	}
	if (S_ISDIR(e.up.st_mode))
		return walk_directory(w, dirs, &e, err);
	if (e.was && (low = find_difference(dirs, &e, err)) < 0)
		return low;
	return !e.was || e.what ? visit(w, &e, err) : 0;
}

static int walk_name(struct walk *w, const struct pair *dirs, const char *name,
		     struct cove_error *err)
{
	size_t len = w->path.len;
	int r;

	if (len == 0 || w->path.data[len - 1] != '/')
		buf_addc(&w->path, '/');
	buf_adds(&w->path, name);
	if (w->path.failed)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	r = walk_entry(w, dirs, name, err);
	w->path.data[w->path.len = len] = '\0';
	return r;
}

static int walk_dir(struct walk *w, const struct pair *dirs, struct cove_error *err)
{
	auto_(buf_done) struct buf names = { 0 };
	auto_free const char **list = NULL;
	size_t count = 0;
	int r = add_names(dirs->upper, &names, err);

	if (r == 0 && dirs->opaque && dirs->lower >= 0)
		r = add_names(dirs->lower, &names, err);
	if (r < 0)
		return r;
	list = names.failed ? NULL : sort_names(&names, &count);
	if (!list)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	if (w->depth >= TREE_DEEPEST)
		return err_set(err, ELOOP, NULL, buf_str(&w->path),
			       "directories are more than %d deep", TREE_DEEPEST);
	w->depth++;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = walk_name(w, dirs, list[i], err);
	w->depth--;
	return r;
}

int layer_changes(const struct layer *layer, const struct layer_visitor *visitor,
		  struct cove_error *err)
{
	struct walk w = { .visitor = visitor };
	struct pair top = { layer->upper, layer->lower, false };
	int r;

	if (layer->lower < 0 || layer->upper < 0)
		return 0;
	buf_adds(&w.path, layer->lower_path);
	r = walk_entry(&w, &top, ".", err);
	if (r < 0 && err && w.path.data && !err->origin[0])
		err_origin(err, buf_str(&w.path));
	buf_done(&w.path);
	return r;
}
