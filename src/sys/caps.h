/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities and what belongs to them. Sets are 64 bits, bit n is capability number n.
 */
#ifndef SYS_CAPS_H
#define SYS_CAPS_H

#include <cove/error.h>
#include <stdbool.h>
#include <stdint.h>

#define CAPS_ADMIN (UINT64_C(1) << 21) /* CAP_SYS_ADMIN */

/* The caller's effective set. */
uint64_t caps_effective(void);
/* The caller's permitted set. */
uint64_t caps_permitted(void);
/* Every capability that this kernel has. */
uint64_t caps_all(void);
/* Makes the permitted ones of `set` survive the next execve, whatever the user id. One system call
 * for each: choose few. */
void caps_make_ambient(uint64_t set);
/* Whether this process gets all of its bounding set by executing a program, being the machine's root. */
bool caps_come_with_root(void);
/* Lets permitted capabilities survive a change of ids from 0 to another. */
int caps_keep(struct cove_error *err);

/* Takes all capabilities not in `keep` out of the bounding set. */
int caps_set_bounding(uint64_t keep, struct cove_error *err);
int caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable, struct cove_error *err);
/* Replaces the ambient set; the capabilities must be permitted and inheritable. */
int caps_set_ambient(uint64_t ambient, struct cove_error *err);
int caps_set_securebits(uint32_t bits, struct cove_error *err);
int caps_set_no_new_privs(struct cove_error *err);

#endif
