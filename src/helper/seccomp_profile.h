/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a seccomp profile: the `linux.seccomp` object of the OCI runtime specification, or
 * Docker's format, whose conditions (archMap, includes, excludes) are decided while reading.
 *
 * Members of our own, which other readers ignore:
 *	"newestCall": N         newer calls are answered ENOSYS, whatever the default action is
 *	"allow": ["WORD", ...]  in includes and excludes, beside "caps": words of --allow
 *	"includes", "excludes"  in a row of "archMap": when its sub-architectures count
 */
#ifndef HELPER_SECCOMP_PROFILE_H
#define HELPER_SECCOMP_PROFILE_H

#include "helper/report.h"
#include "helper/seccomp_data.h"

#include <json-c/json.h>

/* Reads the whole profile, also the parts whose conditions do not hold. `tree` must outlive the
 * profile and must have come through json_scan_check(). Members that are null are taken as absent.
 * Returns 0; -EINVAL with the report set; -ENOMEM. `*ret_profile` needs profile_done(). */
int profile_read(struct json_object *tree, const struct profile_facts *facts,
		 struct profile *ret_profile, struct report *report);

void profile_done(struct profile *profile);

#endif
