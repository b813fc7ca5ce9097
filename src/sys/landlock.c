/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock: see landlock.h. The structs are laid out here because the headers of older systems have
 * them without their later members; the kernel takes a longer one whose rest is zero.
 */
#define _GNU_SOURCE
#include "sys/landlock.h"
#include "base/err.h"
#include "base/landlock.h"
#include "sys/fd.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same on all architectures. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define ASK_VERSION 1u
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2

struct ruleset {
	uint64_t files;
	uint64_t ports;  /* 6.7 */
	uint64_t scopes; /* 6.12 */
};

struct path_rule {
	uint64_t access;
	int32_t target;
} __attribute__((packed));

struct port_rule {
	uint64_t access;
	uint64_t port;
};

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

	return abi > 0 ? (int)abi : 0;
}

int landlock_new(uint64_t files, uint64_t ports, uint64_t scopes, struct cove_error *err)
{
	const struct ruleset wanted = { .files = files, .ports = ports, .scopes = scopes };
	long fd = syscall(SYS_landlock_create_ruleset, &wanted, sizeof(wanted), 0);

	return fd >= 0 ? (int)fd : err_set(err, errno, "landlock_create_ruleset", NULL,
					   "cannot make a set of Landlock rules");
}

int landlock_allow_path(int rules, int target, uint64_t access, const char *path,
			struct cove_error *err)
{
	struct path_rule rule = { .access = access, .target = target };

	if (fd_kind(target, NULL) != FD_PATH_DIRECTORY)
		rule.access &= LANDLOCK_FS_OF_FILES;
	if (syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0) == 0)
		return 0;
	return err_set(err, errno, "landlock_add_rule", path,
		       "cannot make a Landlock rule for '%s'", path);
}

int landlock_allow_port(int rules, uint16_t port, uint64_t access, struct cove_error *err)
{
	const struct port_rule rule = { .access = access, .port = port };

	if (syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0) == 0)
		return 0;
	return err_set(err, errno, "landlock_add_rule", NULL,
		       "cannot make a Landlock rule for TCP port %u", port);
}

int landlock_enforce(int rules, struct cove_error *err)
{
	if (syscall(SYS_landlock_restrict_self, rules, 0) == 0)
		return 0;
	return err_set(err, errno, "landlock_restrict_self", NULL,
		       "the kernel refuses the Landlock rules");
}
