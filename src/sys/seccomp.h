/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading a compiled system call filter.
 */
#ifndef SYS_SECCOMP_H
#define SYS_SECCOMP_H

#include <cove/error.h>
#include <stdint.h>

#define SECCOMP_NEW_LISTENER (1u << 3) /* SECCOMP_FILTER_FLAG_NEW_LISTENER */

/* Loads `count` instructions (struct sock_filter) with SECCOMP_FILTER_FLAG_* `flags`. Needs
 * no_new_privs or CAP_SYS_ADMIN (-EACCES). The kernel checks the program (-EINVAL). */
/* With SECCOMP_FILTER_FLAG_NEW_LISTENER it returns the listener's descriptor, else 0. */
int seccomp_load(const void *program, uint32_t count, uint32_t flags, struct cove_error *err);

#endif
