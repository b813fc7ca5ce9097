/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls, from where, with what: the facts that planning starts from.
 */
#ifndef SYS_FACTS_H
#define SYS_FACTS_H

#include "base/facts.h"
#include <cove/error.h>

/* The facts and the memory of their strings. */
struct facts_store {
	struct facts facts;
	char *text;
	char *mount_text;
	struct facts_mount *mounts;
};

/* Gathers what costs nothing: ids, capabilities, working directory, environment. */
int facts_gather(struct facts_store *ret_store, struct cove_error *err);
/* Adds the caller's ranges from /etc/subuid and /etc/subgid; a missing file is an empty one. */
int facts_gather_ranges(struct facts_store *store, struct cove_error *err);
/* Adds the caller's hard limits. */
void facts_gather_limits(struct facts_store *store);
/* Adds which of the descriptors 0 to 2 are terminals. */
void facts_gather_terminals(struct facts_store *store);
/* Adds what the kernel's Landlock can do. */
void facts_gather_landlock(struct facts_store *store);
/* Adds the caller's mounts, from /proc/self/mountinfo. */
int facts_gather_mounts(struct facts_store *store, struct cove_error *err);
/* Adds whether the caller is in a user namespace below the machine's own. */
void facts_gather_mapped(struct facts_store *store);
void facts_done(struct facts_store *store);

#endif
