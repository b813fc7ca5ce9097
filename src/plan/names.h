/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of capabilities, resource limits and namespaces, as people and config files write them.
 */
#ifndef PLAN_NAMES_H
#define PLAN_NAMES_H

#include "base/buf.h"
#include <cove/ns.h>
#include <stdint.h>

/* Number of the capability "CAP_CHOWN", "chown" or "CHOWN"; -EINVAL when there is none. */
int names_capability(const char *name);
/* "CAP_CHOWN"; NULL past the last one known here. */
const char *names_capability_name(unsigned number);
/* Appends the names in a set, without "CAP_", separated by blanks; "all capabilities" for all. */
void names_capabilities(uint64_t set, struct buf *out);
/* The name that is nearest to a wrong one, or NULL. */
const char *names_nearest_capability(const char *name);

/* Number of the limit "RLIMIT_NOFILE" or "nofile"; -EINVAL when there is none. */
int names_rlimit(const char *name);
/* "nofile"; NULL when unknown. */
const char *names_rlimit_name(unsigned resource);
const char *names_nearest_rlimit(const char *name);

/* The namespace as the OCI specification calls it: "network", "mount". */
const char *names_oci_ns(enum cove_ns ns);

#endif
