/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of state: one below a root for each container, with small files that are replaced
 * whole, and a lock that ends with its holder.
 */
#ifndef SYS_STORE_H
#define SYS_STORE_H

#include "sys/fd.h"
#include <stdint.h>
#include <sys/types.h>

/* Opens the root; with `make` it is made, mode 0700, and what leads to it. -ENOENT: there is none. */
int store_open_root(const char *path, bool make, struct cove_error *err);
/* Whose it is. */
int store_owner(int root, uint32_t *ret_uid, uint32_t *ret_gid, struct cove_error *err);

/* Makes the directory `name` in it and opens it. -EEXIST: there is something of that name. Errors
 * are plain negative errnos here and below, where no `err` is asked for. */
int store_make(int root, const char *name);
/* Opens it. -ENOENT: there is none; -EPERM: it is another user's. */
int store_open(int root, const char *name);
/* Whether `dir` is still what is there under the name. */
bool store_is_current(int root, const char *name, int dir);

/* Locks `dir` until it is closed, or this process ends; waits for others `timeout_ms` at most:
 * -ETIMEDOUT, ret_holder (0: unknown) is one who holds it. */
int store_lock(int dir, bool shared, int timeout_ms, pid_t *ret_holder);
/* Whether somebody holds it, without waiting. */
bool store_is_locked(int dir);
void store_unlock(int dir);

/* Replaces a file in it, whole or not at all. */
int store_write(int dir, const char *name, const struct fd_part *parts, unsigned count);
/* Reads a file in it, at most `limit` bytes (-EFBIG) and a NUL, into memory that the caller frees. */
long store_read(int dir, const char *name, size_t limit, char **ret_text);
/* Maps a file in it read-only, for good. */
int store_map(int dir, const char *name, const void **ret_data, size_t *ret_len);
/* Removes the directory with all files in it. Nothing there is success. */
int store_remove(int root, const char *name, int dir);

/* Writes a file of the caller's, at any path, whole or not at all: under a name beside it first. */
int store_write_beside(const char *path, const char *data, size_t len, struct cove_error *err);

#endif
