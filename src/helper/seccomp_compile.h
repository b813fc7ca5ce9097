/* SPDX-License-Identifier: Apache-2.0 */
/* From a profile to a BPF program, by libseccomp. */
#ifndef HELPER_SECCOMP_COMPILE_H
#define HELPER_SECCOMP_COMPILE_H

#include "helper/seccomp_profile.h"

#include <linux/filter.h>

struct program {
	struct sock_filter *insns; /* owned */
	size_t count;              /* at most BPF_MAXINSNS, what the kernel takes */
	char skipped[400];         /* calls that are allowed, for nobody here knows their names */
};

/* Returns 0; a negative errno with the report set. Names that libseccomp does not know are skipped,
 * but where that would allow more than was asked for only if the profile says so.
 * `*ret_program` needs program_done(). Does not depend on the running kernel. */
int program_compile(const struct profile *profile, struct program *ret_program,
		    struct report *report);

void program_done(struct program *program);

#endif
