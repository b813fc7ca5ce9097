/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as text. Nothing here looks at a file: symbolic links are unknown, so a cleaned path may
 * name another file than the path it came from. Never use it to decide about access.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/buf.h"

#include <stdbool.h>

bool path_is_absolute(const char *path);

/* Appends `path` without double or trailing slashes, "." and ".."; ".." at "/" stays there.
 * Returns 0, -EINVAL when `path` is not absolute, -ENOMEM. */
int path_clean(const char *path, struct buf *ret);

/* Whether `path` is `dir` or below it. Both must be clean. */
bool path_is_under(const char *path, const char *dir);

/* Appends `dir`, one slash and `path`, which is taken as relative to `dir` even with slashes in
 * front. Does not clean. An empty part is left out, with its slash. Returns 0 or -ENOMEM. */
int path_join(const char *dir, const char *path, struct buf *ret);

#endif
