/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories, by descriptor and one name at a time. Names are single components; symbolic links
 * are never followed. Nothing is allocated.
 */
#ifndef SYS_DIR_H
#define SYS_DIR_H

#include <cove/error.h>
#include <stdbool.h>
#include <stdint.h>

/* The names in a directory, one after the other. */
struct dir {
	int fd;        /* open for reading; borrowed */
	unsigned at, len;
	_Alignas(8) char block[4096];
};

void dir_init(struct dir *dir, int fd);
/* The next name but "." and ".."; NULL at the end, or when it cannot be read: then ret_num (0
 * otherwise) is a negative errno. ret_maybe_dir: it is a directory, or of a kind that the
 * filesystem does not tell. Valid until the next call. */
const char *dir_next(struct dir *dir, bool *ret_maybe_dir, int *ret_num);

/* Opens the directory `name` for reading, or with `path_only` as a place (O_PATH). -ENOTDIR also
 * for a symbolic link. */
int dir_open(int parent, const char *name, bool path_only, struct cove_error *err);
/* The same, made with `mode` when it is missing. */
int dir_make(int parent, const char *name, unsigned mode, struct cove_error *err);
/* The same, with the mode and, where that is allowed, the owner of the directory `like`. */
int dir_make_like(int parent, const char *name, int like, struct cove_error *err);

/* Marks (and asks for) a directory that only leads to one: its own mode says nothing. */
void dir_mark_way(int fd);
bool dir_is_way(int fd);
/* Whether dir_make_like could not give it its owner. */
bool dir_keeps_owner(int fd);

#endif
