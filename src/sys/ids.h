/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User and group ids: the maps of a user namespace, and becoming somebody.
 */
#ifndef SYS_IDS_H
#define SYS_IDS_H

#include <cove/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes `text` (lines "inside outside count") as map `file` ("uid_map", "gid_map") of process
 * `pid`, and reads it back: what the kernel then says must have the same entries. */
int ids_write_map(pid_t pid, const char *file, const char *text, struct cove_error *err);
/* Writes "deny" to setgroups of `pid`, which the kernel wants before an unprivileged gid map. */
int ids_deny_setgroups(pid_t pid, struct cove_error *err);
/* Has newuidmap or newgidmap write the map; `numbers` are the three columns of each entry in
 * decimal, ended by NULL. Waits 10 s at most. Reads the map back as above. */
int ids_run_helper(const char *helper, pid_t pid, const char *const *numbers,
		   struct cove_error *err);

/* setresuid, setresgid, setgroups; each is read back. PLAN_NO_ID style UINT32_MAX: left alone. */
int ids_set_uid(uint32_t uid, struct cove_error *err);
int ids_set_gid(uint32_t gid, struct cove_error *err);
/* Makes the file behind `fd` belong to the user. */
int ids_give(int fd, uint32_t uid, struct cove_error *err);
int ids_set_groups(const uint32_t *groups, unsigned count, struct cove_error *err);

/* Whether there are no supplementary groups to take away, or a user namespace around us has
 * forbidden it for good, as unshare(1) does. */
bool ids_groups_are_fixed(void);

#endif
