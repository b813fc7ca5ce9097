/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading a compiled system call filter.
 */
#ifndef SYS_SECCOMP_H
#define SYS_SECCOMP_H

#include <cove/error.h>
#include <stdint.h>

/* Loads `count` instructions (struct sock_filter) with SECCOMP_FILTER_FLAG_* `flags`. Needs
 * no_new_privs or CAP_SYS_ADMIN (-EACCES). The kernel checks the program (-EINVAL). */
int seccomp_load(const void *program, uint32_t count, uint32_t flags, struct cove_error *err);

#endif
