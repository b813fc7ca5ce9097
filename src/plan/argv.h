/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command of a plan, as people would type it.
 */
#ifndef PLAN_ARGV_H
#define PLAN_ARGV_H

#include "base/buf.h"
#include "plan/plan.h"

/* Appends the command line, quoted for a shell. */
void argv_text(const struct plan *plan, struct buf *out);

#endif
