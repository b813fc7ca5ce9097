/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp profile as plain data.
 */
#ifndef HELPER_SECCOMP_DATA_H
#define HELPER_SECCOMP_DATA_H

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROFILE_MAX_ARCHS 32

/* What conditions are decided by. All is borrowed. */
struct profile_facts {
	const char *const *caps; /* capabilities of the box, with or without "CAP_" */
	size_t cap_count;
	const char *const *allowed; /* words that were allowed to the box */
	size_t allowed_count;
	const char *const *edits; /* "+NAME", "-NAME": see seccomp_edit.h */
	size_t edit_count;
	unsigned int kernel_major, kernel_minor;
	bool skips_unknown; /* system calls that nobody here knows, whatever that allows */
	bool is_strict; /* refuse members and system calls that nobody here knows */
};

struct profile_rule {
	uint32_t action; /* SCMP_ACT_* with its errno */
	size_t number;   /* its index in "syscalls" */
	bool is_single_name; /* written as "name", not "names" */
	const char **names; /* array owned, strings borrowed from the JSON tree */
	size_t name_count;
	struct scmp_arg_cmp *args; /* owned */
	size_t arg_count;
	/* One argument has several conditions: each condition alone makes the rule match. All
	 * runtimes read profiles so, since the first libcontainer. Otherwise all must hold. */
	bool is_any_arg;
};

struct profile {
	uint32_t default_action;
	uint32_t newest_call; /* the stub answers ENOSYS above it; 0: the profile does not say */
	uint32_t archs[PROFILE_MAX_ARCHS]; /* SCMP_ARCH_*, no two equal; the native one is first */
	size_t arch_count;
	bool skips_unknown;
	struct profile_rule *rules; /* owned; only those whose conditions hold */
	size_t rule_count;
};

#endif
