/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock in a plan: what becomes of it on a kernel that cannot do all of it, and its words.
 */
#ifndef PLAN_LANDLOCK_H
#define PLAN_LANDLOCK_H

#include "base/buf.h"
#include "base/facts.h"
#include "plan/plan.h"
#include <cove/error.h>

/* Takes out what the kernel (facts->landlock_abi) lacks and notes it. -EOPNOTSUPP: that was
 * required, or nothing would be left to hold the command back. */
int plan_landlock_resolve(struct plan *plan, const struct facts *facts, struct cove_error *err);

/* Appends what a rule allows: "/etc: read, list". */
void plan_landlock_rule_text(const struct plan *plan, const struct plan_landlock_rule *rule,
			     struct buf *out);
/* Appends what is forbidden of one sort: "forbid TCP, but for:"; nothing when nothing is. */
void plan_landlock_ban_text(const struct plan *plan, enum plan_landlock_sort sort, struct buf *out);
/* Appends all of it in one line, as the options have it. */
void plan_landlock_summary(const struct plan *plan, struct buf *out);

/* What each word of --landlock allows. */
#define PLAN_LANDLOCK_RO (LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR)
#define PLAN_LANDLOCK_X (PLAN_LANDLOCK_RO | LANDLOCK_FS_EXECUTE)
#define PLAN_LANDLOCK_DEV                                                                          \
	(PLAN_LANDLOCK_RO | LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_TRUNCATE | LANDLOCK_FS_IOCTL_DEV)
/* No device nodes: who may make them could have any disk. */
#define PLAN_LANDLOCK_RW                                                                           \
	(PLAN_LANDLOCK_DEV | LANDLOCK_FS_REMOVE_DIR | LANDLOCK_FS_REMOVE_FILE |                    \
	 LANDLOCK_FS_MAKE_DIR | LANDLOCK_FS_MAKE_REG | LANDLOCK_FS_MAKE_SOCK |                     \
	 LANDLOCK_FS_MAKE_FIFO | LANDLOCK_FS_MAKE_SYM | LANDLOCK_FS_REFER)
#define PLAN_LANDLOCK_RWX (PLAN_LANDLOCK_RW | LANDLOCK_FS_EXECUTE)

#endif
