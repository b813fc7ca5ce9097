/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp profile as plain data: the `linux.seccomp` object of the OCI runtime specification, or
 * Docker's format, whose conditions (archMap, includes, excludes) are decided while reading.
 */
#ifndef HELPER_SECCOMP_PROFILE_H
#define HELPER_SECCOMP_PROFILE_H

#include "helper/report.h"

#include <json-c/json.h>
#include <seccomp.h>
#include <stdint.h>

#define PROFILE_MAX_ARCHS 32

/* What conditions are decided by. All is borrowed. */
struct profile_facts {
	const char *const *caps; /* capabilities of the box, with or without "CAP_" */
	size_t cap_count;
	unsigned int kernel_major, kernel_minor;
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
	uint32_t archs[PROFILE_MAX_ARCHS]; /* SCMP_ARCH_*, no two equal; the native one is first */
	size_t arch_count;
	struct profile_rule *rules; /* owned; only those whose conditions hold */
	size_t rule_count;
};

/* Reads the whole profile, also the parts whose conditions do not hold. `tree` must outlive the
 * profile and must have come through json_scan_check(). Members that are null are taken as absent.
 * Returns 0; -EINVAL with the report set; -ENOMEM. `*ret_profile` needs profile_done(). */
int profile_read(struct json_object *tree, const struct profile_facts *facts,
		 struct profile *ret_profile, struct report *report);

void profile_done(struct profile *profile);

#endif
