/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduling, I/O priority, personality and memory policy in a plan: their names, as options and as
 * the OCI specification write them, what can be combined, and what explain says.
 */
#ifndef PLAN_SCHED_H
#define PLAN_SCHED_H

#include "base/buf.h"
#include "base/facts.h"
#include "plan/plan.h"
#include <cove/error.h>
#include <stddef.h>

/* A value with its name in options ("fifo") and in config.json ("SCHED_FIFO"; NULL: none there). */
struct plan_sched_name {
	const char *word;
	const char *oci;
	uint32_t value;
};

enum plan_sched_names {
	PLAN_SCHED_POLICIES,       /* SCHED_* */
	PLAN_SCHED_FLAGS,          /* SCHED_FLAG_* */
	PLAN_SCHED_IO_CLASSES,     /* IOPRIO_CLASS_* */
	PLAN_SCHED_DOMAINS,        /* PER_* */
	PLAN_SCHED_PERSONA_FLAGS,  /* of a personality, above its domain */
	PLAN_SCHED_MEMORY_MODES,   /* MPOL_* */
	PLAN_SCHED_MEMORY_FLAGS,   /* MPOL_F_* */
	PLAN_SCHED_NAMES,
};

#define PLAN_SCHED_DOMAIN 0xffu /* the bits of a personality that are its domain */

/* The table, which ends with a word NULL. */
const struct plan_sched_name *plan_sched_names(enum plan_sched_names table);
/* The entry with this word of `len` bytes, or NULL. */
const struct plan_sched_name *plan_sched_find(enum plan_sched_names table, const char *word,
					      size_t len);
/* The word of a value; "" when there is none. */
const char *plan_sched_word(enum plan_sched_names table, uint32_t value);
/* Its name in config.json; NULL when there is none. */
const char *plan_sched_oci(enum plan_sched_names table, uint32_t value);

/* Adds the memory nodes of a list such as "0-3,7" to the bits at `nodes`. -EINVAL. */
int plan_sched_add_nodes(const char *list, uint64_t nodes[PLAN_MEMORY_NODES / 64]);
/* Whether mode, flags and nodes can be together. -EINVAL. */
int plan_sched_check_mempolicy(const struct plan_mempolicy *policy, struct cove_error *err);

/* Refuses what cannot be carried out; the rest of the plan must be resolved. -EINVAL. */
int plan_sched_check(const struct plan *plan, const struct facts *facts, struct cove_error *err);

/* Append what each will do. */
void plan_sched_policy_text(const struct plan_scheduler *scheduler, struct buf *out);
void plan_sched_ioprio_text(const struct plan_ioprio *ioprio, struct buf *out);
void plan_sched_personality_text(uint32_t persona, struct buf *out);
void plan_sched_mempolicy_text(const struct plan *plan, struct buf *out);

#endif
