/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only statx(2) tells. A file of its own, for the kernel's header and a C library's cannot be
 * included together.
 */
#ifndef SYS_STATX_H
#define SYS_STATX_H

#include <stdbool.h>
#include <stdint.h>

/* Whether `path` is the root of a mount (since Linux 5.8; true when that cannot be told). */
bool statx_is_mount_root(const char *path);
/* The number of the mount at `path`, as mountinfo has it (since Linux 5.8); 0: unknown. */
uint64_t statx_mount_id(const char *path);

#endif
