/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What planning needs to know of the caller and the host. The rooms plan/ and box/ do no I/O: facts
 * come in as an argument (sys/facts.c gathers them), so that a test can play any host.
 */
#ifndef BASE_FACTS_H
#define BASE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#define FACTS_RANGES 16
#define FACTS_RLIMITS 16

/* A range of subordinate ids. */
struct facts_range {
	uint32_t start;
	uint32_t count;
};

/* One mount of the caller's mount namespace. */
struct facts_mount {
	const char *path;   /* as seen from the caller's root */
	const char *fstype;
};

#define KERNEL(major, minor) ((uint32_t)(major) * 1000 + (minor))

struct facts {
	uint32_t kernel;           /* KERNEL(6, 1) for Linux 6.1 */
	uint32_t uid, gid;         /* effective */
	uint64_t caps;             /* effective capabilities, one bit each */
	uint64_t all_caps;         /* those that this kernel knows */
	const char *user;          /* login name; "" when unknown */
	const char *home;          /* absolute path; "" when unknown */
	const char *shell;         /* absolute path */
	const char *cwd;           /* absolute path; "" when it no longer exists */
	const char *const *env;    /* NAME=VALUE, ended by NULL */
	uint8_t terminals;         /* bits 0 to 2: this is a terminal, and may be replaced */
	uint64_t hard_limits[FACTS_RLIMITS]; /* by RLIMIT_*; UINT64_MAX: unlimited */
	struct facts_range subuids[FACTS_RANGES], subgids[FACTS_RANGES];
	unsigned subuid_count, subgid_count;
	int landlock_abi;                 /* 0: none; gathered only when wanted */
	const struct facts_mount *mounts; /* gathered only for overlays */
	unsigned mount_count;
	bool mapped; /* in a user namespace below the machine's own; gathered only for containers */
};

/* Value of `name` in the caller's environment, or NULL. Borrowed. */
const char *facts_env(const struct facts *facts, const char *name);

/* Whether the caller holds CAP_SYS_ADMIN, and so can make namespaces without a user namespace. */
bool facts_is_admin(const struct facts *facts);

#endif
