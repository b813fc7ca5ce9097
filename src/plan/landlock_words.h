/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that say what Landlock allows: "ro=/etc,rw=/srv,tcp-connect=443,scope".
 */
#ifndef PLAN_LANDLOCK_WORDS_H
#define PLAN_LANDLOCK_WORDS_H

#include "base/buf.h"
#include "plan/plan.h"
#include <cove/error.h>

/* Makes `path` absolute. */
typedef int landlock_absolute(void *context, const char *path, struct buf *ret,
			      struct cove_error *err);

/* Adds what the list says to the plan. Without `absolute`, paths must be so. -EINVAL. */
int plan_landlock_add_words(struct plan *plan, const char *list, landlock_absolute *absolute,
			    void *context, struct cove_error *err);

#endif
