/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths inside a root. Each is resolved by openat2 with RESOLVE_IN_ROOT: symbolic links, ".." and
 * absolute links stay below the root's descriptor, and magic links are refused. There is no other
 * way in cove to look up a path that a box could have changed.
 */
#ifndef SYS_INROOT_H
#define SYS_INROOT_H

#include <cove/error.h>

/* Opens `path` below `root`. EAGAIN of the kernel (a rename or mount raced with the look-up) is
 * retried 128 times. Since Linux 5.6. Errors name `path`. */
int inroot_open(int root, const char *path, int flags, struct cove_error *err);

/* Opens (O_PATH) the directory at `path`, making missing components with mode `mode`. Components
 * are made below the descriptor of their parent, one by one; what exists is followed as above. */
int inroot_make_dir(int root, const char *path, unsigned mode, struct cove_error *err);

/* Makes the file at `path` and the directories on the way. The file must not exist (-EEXIST).
 * Returns it open for writing. */
int inroot_make_file(int root, const char *path, unsigned mode, struct cove_error *err);

/* Makes a symbolic link; something being there is an error (-EEXIST). */
int inroot_make_link(int root, const char *path, const char *text, struct cove_error *err);

#endif
