/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where containers are kept.
 */
#ifndef API_ROOT_H
#define API_ROOT_H

#include "api/container.h"
#include "life/life.h"

/* Opens the root. -ENOENT without `make`, when there is none. In a directory that is a user's, root goes
 * on as that user for good; with `make` it is refused (-EPERM). */
int root_open(const struct api_oci *oci, bool make, struct cove_error *err);
/* The same for a container in it: that there is no root means that there is no container. */
int root_open_for(const struct api_oci *oci, const char *id, struct cove_error *err);
/* Hands warnings on. The result is borrowed from `notes`. */
const struct life_notes *root_notes(const struct api_oci *oci, struct life_notes *notes);

#endif
