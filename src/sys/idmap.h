/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idmapped mounts: their files show other owners. The ids come from a user namespace, which exists
 * for that alone, if it is not a box's. Since Linux 5.12.
 */
#ifndef SYS_IDMAP_H
#define SYS_IDMAP_H

#include <cove/error.h>
#include <stdbool.h>

/* Makes a user namespace with these maps (as for ids_write_map), in which nobody is; a descriptor. */
int idmap_make(const char *uid_map, const char *gid_map, struct cove_error *err);

/* Has the detached mount `tree` (with `recursive`, all below it too) show ids by the user namespace
 * `user`. A refusal names the filesystem. */
int idmap_apply(int tree, int user, bool recursive, const char *object, struct cove_error *err);

#endif
