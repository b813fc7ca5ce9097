/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tmpfs that begins with a copy of what it covers, and has its mode. What is mounted further down
 * is not copied, and sockets neither: nobody listens behind a copy.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "sys/dir.h"
#include "sys/fd.h"
#include "sys/mount.h"
#include "sys/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define DEEPEST 64

static int copy_dir(int from, int to, unsigned depth, struct cove_error *err);

static int copy_subdir(int from, int to, const char *name, const struct stat *st, unsigned depth,
		       struct cove_error *err)
{
	auto_fd int old = tree_open_dir(from, name, false, err);
	auto_fd int new = -1;
	int r = tree_make_dir(to, name, err);

	if (r == 0)
		r = new = dir_open(to, name, false, err);
	if (r < 0 || (old < 0 && old != -EXDEV))
		return r < 0 ? r : old;
	r = 0;
	if (old >= 0) {
		tree_copy_xattrs(old, new, name, NULL);
		r = copy_dir(old, new, depth + 1, err);
	}
	return r < 0 ? r : tree_set_meta(new, name, st, true, err);
}

static int copy_file(int from, int to, const char *name, const struct stat *st,
		     struct cove_error *err)
{
	auto_fd int old = tree_open_file(from, name, err);
	auto_fd int new = old < 0 ? old : fd_open_at(to, name, O_WRONLY | O_CREAT | O_EXCL, 0600, err);
	int r = new < 0 ? new : fd_copy(old, new, err);

	if (r < 0)
		return r;
	tree_copy_xattrs(old, new, name, NULL);
	return tree_set_meta(new, name, st, true, err);
}

static int copy_link(int from, int to, const char *name, const struct stat *st,
		     struct cove_error *err)
{
	char text[4096];
	long n = tree_read_link(from, name, text, sizeof(text), err);

	return n < 0 ? (int)n : tree_make_link(to, name, text, st, err);
}

static int copy_entry(int from, int to, const char *name, unsigned depth, struct cove_error *err)
{
	struct stat st;
	int r = tree_stat(from, name, &st, err);

	if (r < 0)
		return r;
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		return copy_subdir(from, to, name, &st, depth, err);
	case S_IFREG:
		return copy_file(from, to, name, &st, err);
	case S_IFLNK:
		return copy_link(from, to, name, &st, err);
	case S_IFSOCK:
		return 0;
	default: /* a device cannot be made in a user namespace */
		r = tree_make_node(to, name, &st, err);
		return r == -EPERM ? 0 : r;
	}
}

static int copy_dir(int from, int to, unsigned depth, struct cove_error *err)
{
	struct dir dir;
	const char *name;
	bool maybe_dir;
	int r = 0, num = 0;

	if (depth > DEEPEST)
		return err_set(err, ELOOP, NULL, NULL, "a directory is too deep to copy");
	dir_init(&dir, from);
	while (r == 0 && (name = dir_next(&dir, &maybe_dir, &num)))
		r = copy_entry(from, to, name, depth, err);
	if (r == 0 && num < 0)
		return err_set(err, -num, "getdents64", NULL, "cannot read a directory");
	return r;
}

int inside_copy_up(struct inside *in, const struct plan_mount *m, int tree, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	auto_fd int from = inroot_open(&in->tree, path, O_RDONLY | O_DIRECTORY, err);
	auto_fd int to = -1;
	struct stat st;
	int r;

	if (from == -ENOENT)
		return 0;
	r = from < 0 ? from : (to = fd_open_at(tree, ".", O_RDONLY | O_DIRECTORY, 0, err));
	r = r < 0 ? r : copy_dir(from, to, 0, err);
	if (r == 0)
		r = tree_stat(from, "", &st, err);
	if (r == 0)
		r = tree_set_meta(to, path, &st, true, err);
	if (r < 0)
		err_hint(err, "the tmpfs at '%s' was to begin with what it covers (tmpcopyup)%s",
			 path, r == -ENOSPC ? ": it is too small for that" : "");
	return r;
}

static bool has_mode(const struct plan *plan, const struct plan_mount *m)
{
	plan_each (plan, struct plan_data, data, m->data)
		if (strcmp(plan_str(plan, data->key), "mode") == 0)
			return true;
	return false;
}

int inside_keep_mode(struct inside *in, const struct plan_mount *m, int fs, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	auto_fd int covered = -1;
	char mode[16];
	struct stat st;

	if (strcmp(plan_str(in->plan, m->fstype), "tmpfs") != 0 || has_mode(in->plan, m))
		return 0;
	covered = inroot_open(&in->tree, path, O_PATH | O_DIRECTORY, NULL);
	if (covered < 0 || tree_stat(covered, "", &st, NULL) < 0)
		return 0;
	snprintf(mode, sizeof(mode), "%o", st.st_mode & 07777);
	return mount_set(fs, "mode", mode, err);
}
