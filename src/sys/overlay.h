/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlay filesystems; in a user namespace since Linux 5.11.
 */
#ifndef SYS_OVERLAY_H
#define SYS_OVERLAY_H

#include <cove/error.h>
#include <stdbool.h>
#include <stdint.h>

/* Descriptors of directories (O_PATH will do), all on mounts of this mount namespace. */
struct overlay_layers {
	int lower;
	int upper;       /* on a writable mount */
	int work;        /* empty, on the same */
	bool user_xattr; /* its notes are user attributes, which any user may write */
};

/* A detached mount of it with attributes `attr`. `fds` is the directory /proc/self/fd; it becomes
 * the working directory. `object` is what the error names, in which the kernel's own words are the
 * hint. -EINVAL: the lower directory has locked mounts below it, or a filesystem cannot be used. */
int overlay_make(const struct overlay_layers *layers, int fds, uint64_t attr, const char *object,
		 struct cove_error *err);

#endif
