/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ENOSYS stub: system calls that are newer than the newest one in the profile.
 *
 * A C library tries a new call first and falls back to the old one when it gets ENOSYS. A profile
 * that is older than the call would answer with its default action, most often EPERM, and the
 * fallback would never run. So the first instructions of the program answer ENOSYS to every number
 * above the largest one that a rule names, for each architecture, as runc does; or above the one
 * that the profile gives as the newest it knows, for a profile that lists what is denied names few.
 */
#ifndef HELPER_SECCOMP_STUB_H
#define HELPER_SECCOMP_STUB_H

#include "helper/seccomp_profile.h"

#include <linux/filter.h>

/* Most instructions that stub_write() writes. */
#define STUB_MAX_INSNS (PROFILE_MAX_ARCHS * 8)

/* Writes the stub for `profile` and returns its length; 0 when none is wanted: the profile does not
 * say what it knows, and its default action lets unknown calls through (ALLOW, LOG, TRACE) or is
 * ENOSYS anyway. Whatever the stub
 * does not answer goes on to the instruction behind it. */
size_t stub_write(const struct profile *profile, struct sock_filter *insns);

#endif
