/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory for files that only this user and cove itself write, below a directory such as /run
 * or $XDG_RUNTIME_DIR. What is found there is used only if nobody else can have put it there.
 * Errors are plain negative errnos: there is always a way to do without.
 */
#ifndef SYS_PRIVATE_H
#define SYS_PRIVATE_H

#include "sys/fd.h"

/* Opens `name` below `parent`, and makes it when `make`, mode 0700. -EPERM: the parent is open to
 * others' writing, or it is not ours, its mode lets others in, or it is no directory but a link. */
int private_open(const char *parent, const char *name, bool make);

/* Reads a file in it, at most `limit` bytes (-EFBIG), into memory that the caller frees. -EPERM: it
 * is not a plain file of ours that only we may write. */
long private_read(int dir, const char *name, size_t limit, char **ret_data);

/* Writes a file in it, whole or not at all: under another name first, which is unique. */
int private_write(int dir, const char *name, const struct fd_part *parts, unsigned count);

/* What identifies a file until somebody replaces it: device, inode, size, time of last change. */
int private_identify(const char *path, char *text, size_t size);

#endif
