/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box in the words of the OCI runtime specification.
 */
#ifndef BOX_CONFIG_JSON_H
#define BOX_CONFIG_JSON_H

#include "base/buf.h"
#include "plan/plan.h"

/* Appends the config.json of a sealed plan. What has no word there is left out. */
void config_json(const struct plan *plan, struct buf *out);

#endif
