/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plan wants of a cgroup, as properties of a systemd unit: what systemd knows of a unit it
 * keeps when it is reloaded, and it shows it.
 */
#ifndef ENGINE_SCOPE_PROPERTIES_H
#define ENGINE_SCOPE_PROPERTIES_H

#include "base/buf.h"
#include "plan/plan.h"
#include <stdbool.h>

/* Appends them as cove-systemd reads them. Settings that systemd has no property for, or in a form
 * that it does not have, are left to the files. Device rules are left out with `is_user`, for a
 * user's systemd cannot keep them. */
void scope_properties(const struct plan *plan, bool is_user, struct buf *ret);

#endif
