/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes to a profile from the command line: a call taken out of it, or denied by it.
 */
#ifndef HELPER_SECCOMP_EDIT_H
#define HELPER_SECCOMP_EDIT_H

#include "helper/report.h"
#include "helper/seccomp_data.h"

/* Carries out the edits of `facts` in order: "+NAME" takes the call out of every rule, "-NAME"
 * denies it with EPERM in place of every rule on it. For profiles that allow what no rule names;
 * -EINVAL for others, and for a name that libseccomp does not know. -ENOMEM. */
int edit_apply(struct profile *profile, const struct profile_facts *facts, struct report *report);

#endif
