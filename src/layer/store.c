/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer on disk: see store.h.
 */
#define _GNU_SOURCE
#include "layer/store.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/dir.h"
#include "sys/fd.h"
#include "sys/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define RECORD "layer"
#define RECORD_HEAD "cove-layer 1 "

static int lock_it(int fd, const char *path, struct cove_error *err)
{
	int r = tree_lock(fd);

	if (r == -EWOULDBLOCK) {
		err_set(err, EBUSY, "flock", path, "'%s' is in use by a running box", path);
		err_hint(err, "its changes can be taken over or discarded when that has ended");
		return -EBUSY;
	}
	return r < 0 ? err_set(err, -r, "flock", path, "cannot lock '%s'", path) : 0;
}

static int open_dir(const char *path, struct cove_error *err)
{
	int fd = fd_open(path, O_RDONLY | O_DIRECTORY, err);

	return fd;
}

/* 1: nothing is in it. */
static int is_empty(int fd, const char *path, struct cove_error *err)
{
	auto_fd int list = dir_open(fd, ".", false, err);
	struct dir dir;
	bool maybe_dir;
	int num;

	if (list < 0)
		return list;
	dir_init(&dir, list);
	if (dir_next(&dir, &maybe_dir, &num))
		return 0;
	return num < 0 ? err_set(err, -num, "getdents64", path, "cannot list '%s'", path) : 1;
}

/* The parts of a record; `path` is changed. */
static int parse_record(char *text, long len, uint64_t *ret_inode, char **ret_lower)
{
	size_t head = strlen(RECORD_HEAD);
	char *end = memchr(text, '\n', (size_t)len);

	if (strncmp(text, RECORD_HEAD, head) != 0 || !end || end[1] != '/')
		return -EINVAL;
	*end = '\0';
	*ret_lower = end + 1;
	return num_u64(text + head, ret_inode);
}

static int foreign(const char *path, const char *why, struct cove_error *err)
{
	err_set(err, EEXIST, NULL, path, "'%s' %s", path, why);
	err_hint(err, "name a directory that is empty or does not exist yet");
	return -EEXIST;
}

/* Reads the record into `ret_text`, which the caller frees. 0: there is none. */
static int read_record(int dir, const char *path, char **ret_text, uint64_t *ret_inode,
		       char **ret_lower, struct cove_error *err)
{
	auto_fd int fd = tree_open_file(dir, RECORD, err);
	auto_free char *text = NULL;
	struct stat st;
	long n;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	if (tree_stat(fd, "", &st, err) < 0)
		return -EIO;
	if (st.st_uid != tree_own_uid())
		return err_set(err, EPERM, "fstat", path, "'%s' is the layer of user %u, not yours",
			       path, (unsigned)st.st_uid);
	n = fd_read_all(fd, 8192, &text, err);
	if (n < 0)
		return (int)n;
	if (parse_record(text, n, ret_inode, ret_lower) < 0)
		return foreign(path, "holds something else than a layer", err);
	*ret_text = TAKE_PTR(text);
	return 1;
}

static int write_record(int dir, const char *lower, const struct stat *st, struct cove_error *err)
{
	auto_(buf_done) struct buf text = { 0 };
	auto_fd int fd = fd_open_at(dir, RECORD, O_WRONLY | O_CREAT | O_EXCL, 0600, err);

	buf_addf(&text, RECORD_HEAD "%llu\n%s", (unsigned long long)st->st_ino, lower);
	if (fd >= 0 && text.failed)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	return fd < 0 ? fd : fd_write(fd, text.data, text.len, RECORD, err);
}

static int new_layer(int dir, const char *path, const char *lower, const struct stat *st,
		     struct cove_error *err)
{
	int r = is_empty(dir, path, err);

	if (r < 0)
		return r;
	if (r == 0)
		return foreign(path, "is neither empty nor a layer", err);
	r = write_record(dir, lower, st, err);
	if (r == -EACCES || r == -EPERM || r == -EROFS)
		err_set(err, -r, "openat", path, "cannot write to '%s'", path);
	return r;
}

static int check_layer(int dir, const char *path, const char *lower, struct cove_error *err)
{
	auto_fd int below = open_dir(lower, err);
	auto_free char *text = NULL;
	char *recorded;
	struct stat st;
	uint64_t inode;
	int r;

	if (below == -EACCES) /* a place is enough: listing it is for later */
		below = fd_open(lower, O_PATH | O_DIRECTORY, err);
	if (below == -ENOENT)
		err_hint(err, "an overlay lies over a directory that exists: make '%s' first",
			 lower);
	if (below == -ENOTDIR)
		err_hint(err, "an overlay lies over a directory; for one file name its directory");
	if (below < 0)
		return below;
	r = tree_stat(below, "", &st, err);
	if (r == 0)
		r = tree_check_upper(dir, path, err);
	if (r == 0)
		r = read_record(dir, path, &text, &inode, &recorded, err);
	if (r == 0)
		return new_layer(dir, path, lower, &st, err);
	if (r > 0 && strcmp(recorded, lower) != 0)
		return err_set(err, EEXIST, NULL, path,
			       "'%s' keeps the changes of '%s', not of '%s'", path, recorded,
			       lower);
	return r < 0 ? r : 0;
}

int layer_prepare(const char *path, const char *lower, struct cove_error *err)
{
	auto_fd int dir = -1;
	int r = fd_path_exists(path) ? 0 : tree_make_dir(AT_FDCWD, path, err);

	if (r == -ENOENT)
		err_hint(err, "its parent directory is missing, too: make that first");
	if (r < 0)
		return r;
	dir = open_dir(path, err);
	if (dir < 0)
		return dir;
	r = lock_it(dir, path, err);
	if (r == 0)
		r = check_layer(dir, path, lower, err);
	return r < 0 ? r : TAKE_FD(dir);
}

void layer_release(int lock)
{
	tree_remove(lock, "work", NULL);
	fd_close(lock);
}

static int open_lower(struct layer *layer, const char *path, uint64_t inode,
		      struct cove_error *err)
{
	struct stat st;

	layer->lower = open_dir(layer->lower_path, err);
	if (layer->lower < 0)
		return layer->lower;
	if (tree_stat(layer->lower, "", &st, err) < 0)
		return -EIO;
	if (st.st_ino == inode)
		return 0;
	fd_close(TAKE_FD(layer->lower));
	err_set(err, ESTALE, "fstat", layer->lower_path,
		"'%s' is no longer the directory that '%s' was made for", layer->lower_path, path);
	return -ESTALE;
}

static int no_layer(const char *path, struct cove_error *err)
{
	err_set(err, EINVAL, NULL, path, "'%s' is no layer of a box", path);
	err_hint(err, "name the DIR of --overlay DST=DIR");
	return -EINVAL;
}

static int open_parts(struct layer *layer, const char *path, struct cove_error *err)
{
	auto_free char *text = NULL;
	char *lower;
	struct stat st;
	uint64_t inode;
	int r = read_record(layer->dir, path, &text, &inode, &lower, err);

	if (r == 0) {
		r = is_empty(layer->dir, path, err);
		return r == 0 ? no_layer(path, err) : r < 0 ? r : 0;
	}
	if (r < 0)
		return r;
	layer->lower_path = strdup(lower);
	if (!layer->lower_path)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	r = tree_stat(layer->dir, RECORD, &st, err);
	if (r < 0)
		return r;
	layer->since = st.st_mtim;
	layer->upper = dir_open(layer->dir, "upper", false, err);
	if (layer->upper < 0 && layer->upper != -ENOENT)
		return layer->upper;
	return open_lower(layer, path, inode, err);
}

int layer_open(const char *path, bool lock, struct layer *ret_layer, struct cove_error *err)
{
	int r;

	*ret_layer = (struct layer){ .upper = -1, .lower = -1 };
	ret_layer->dir = open_dir(path, err);
	if (ret_layer->dir < 0)
		return ret_layer->dir;
	r = lock ? lock_it(ret_layer->dir, path, err) : 0;
	return r < 0 ? r : open_parts(ret_layer, path, err);
}

void layer_done(struct layer *layer)
{
	auto_fd_cleanup(&layer->dir);
	auto_fd_cleanup(&layer->upper);
	auto_fd_cleanup(&layer->lower);
	free(layer->lower_path);
	*layer = (struct layer){ .dir = -1, .upper = -1, .lower = -1 };
}

int layer_empty(struct layer *layer, struct cove_error *err)
{
	static const char *const parts[] = { "upper", "work", RECORD };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(parts); i++)
		r = tree_remove(layer->dir, parts[i], err);
	if (r < 0)
		err_hint(err, "what is left can be removed by 'rm -rf'");
	return r;
}
