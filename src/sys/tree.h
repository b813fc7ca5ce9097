/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File trees that others may have filled, or change meanwhile. A file is a directory's descriptor
 * and one name in it; symbolic links are never followed. Errors name `name`; the caller knows the
 * path.
 */
#ifndef SYS_TREE_H
#define SYS_TREE_H

#include <cove/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* How deep trees are removed or compared; one that is deeper is ELOOP. */
#define TREE_DEEPEST 200

int tree_stat(int dir, const char *name, struct stat *ret_stat, struct cove_error *err);
/* Opens a regular file for reading (never waits for a FIFO or makes a device do something). */
int tree_open_file(int dir, const char *name, struct cove_error *err);
/* Opens a directory, as dir_open does; -EXDEV when something is mounted there. */
int tree_open_dir(int dir, const char *name, bool path_only, struct cove_error *err);
/* The text of a symbolic link, cut to `size` - 1 bytes; its length. */
long tree_read_link(int dir, const char *name, char *text, size_t size, struct cove_error *err);
/* 1: both regular files have the same content; 0: they have not. */
int tree_same_content(int a_dir, int b_dir, const char *name, struct cove_error *err);

/* Whether the open directory hides what lies below it: overlayfs marks it opaque. */
bool tree_is_opaque(int fd);
/* Whether the file has capabilities that executing it would give. */
bool tree_has_file_caps(int dir, const char *name);

/* 1: something in the directory `name` has changed (ctime) after `since`; 0: nothing has. -EXDEV:
 * something is mounted there or below it. */
int tree_has_newer(int dir, const char *name, const struct timespec *since,
		   struct cove_error *err);

/* New files under a name that must be free (-EEXIST), with mode, owner and times of `meta`, but
 * set-id bits only with `set_id`. tree_make_file copies all from the file `from`. */
int tree_make_file(int dir, const char *name, int from, bool set_id, struct cove_error *err);
int tree_make_link(int dir, const char *name, const char *text, const struct stat *meta,
		   struct cove_error *err);
int tree_make_fifo(int dir, const char *name, const struct stat *meta, struct cove_error *err);
/* A FIFO or device, with exactly that mode where the umask is 0. */
int tree_make_node(int dir, const char *name, const struct stat *meta, struct cove_error *err);
/* One of the caller's, mode 0700. */
int tree_make_dir(int dir, const char *name, struct cove_error *err);

/* Gives the open file or directory `name` a mode, times and, where it differs, the owner. */
int tree_set_meta(int fd, const char *name, const struct stat *meta, bool set_id,
		  struct cove_error *err);
/* Copies extended attributes, but those of overlayfs, of cove and of security modules. */
int tree_copy_xattrs(int from, int to, const char *object, struct cove_error *err);
/* Puts `from` in the place of `to`, at once. A directory there must have been removed. */
int tree_rename(int dir, const char *from, const char *to, struct cove_error *err);
/* Removes it and all below it; nothing there is success. -EXDEV where something is mounted below it,
 * which is left as it is. */
int tree_remove(int dir, const char *name, struct cove_error *err);

/* Locks the open directory for as long as the descriptor lives. -EWOULDBLOCK: somebody has. */
int tree_lock(int fd);
/* -EOPNOTSUPP with the reason when no overlay can keep its layer in this directory. */
int tree_check_upper(int fd, const char *path, struct cove_error *err);
unsigned tree_own_uid(void);

#endif
