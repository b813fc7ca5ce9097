/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs that come with cove and are executed only when they are needed.
 */
#ifndef SYS_HELPER_H
#define SYS_HELPER_H

#include <cove/error.h>
#include <stddef.h>

/* The path of a helper: beside our own program (as in a build tree), else where it is installed.
 * `purpose` is what an error tells of it. -ENOENT: it is not there. */
int helper_find(const char *name, const char *purpose, char *path, size_t size,
		struct cove_error *err);

#endif
