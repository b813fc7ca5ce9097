/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock: what a process takes from itself. Masks are those of base/landlock.h; what the kernel
 * does not know is refused (-EINVAL), so ask landlock_abi first.
 */
#ifndef SYS_LANDLOCK_H
#define SYS_LANDLOCK_H

#include <cove/error.h>
#include <stdint.h>

/* What this kernel's Landlock can do, as its ABI number; 0: it is not there, or switched off. */
int landlock_abi(void);

/* A new set of rules that forbids all of `files`, `ports` and `scopes` that no rule allows. Returns
 * a descriptor. Since Linux 5.13; ports 6.7, scopes 6.12. */
int landlock_new(uint64_t files, uint64_t ports, uint64_t scopes, struct cove_error *err);
/* Allows `access` at what `target` (O_PATH) is, and below it when it is a directory. What only a
 * directory can have is left out for others. `path` is for the error. */
int landlock_allow_path(int rules, int target, uint64_t access, const char *path,
			struct cove_error *err);
/* Allows `access` on one TCP port. -EAFNOSUPPORT: a kernel without TCP. */
int landlock_allow_port(int rules, uint16_t port, uint64_t access, struct cove_error *err);
/* Binds the calling thread and all that it will make, for good. Needs no_new_privs or CAP_SYS_ADMIN
 * (-EPERM). -E2BIG: it is restricted 16 times already. */
int landlock_enforce(int rules, struct cove_error *err);

#endif
