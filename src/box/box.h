/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cove box` as a plan: its option table, and what it means when nothing is said.
 */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include "base/buf.h"
#include "base/facts.h"
#include "base/opt.h"
#include "plan/plan.h"

enum box_filter_kind { BOX_FILTER_DEFAULT, BOX_FILTER_OFF, BOX_FILTER_FILE };

/* What --seccomp said. */
struct box_filter {
	enum box_filter_kind kind;
	const char *file;       /* of kind FILE; borrowed from argv */
	struct plan_list edits; /* struct plan_string: +NAME or -NAME, for the default filter */
	plan_ref origin;        /* 0: nothing was said */
};

/* What the options said that is not in the plan yet, because the defaults depend on it. */
struct box {
	struct plan *plan;             /* owned */
	const struct facts *facts;     /* borrowed */
	bool only;                     /* --only was given: no defaults */
	bool env_clear;
	bool init_set;                 /* --init or --no-init was given */
	uint64_t cap_add, cap_drop;
	plan_ref cap_origin;
	const char *trace;             /* file for --trace; borrowed from argv */
	struct box_filter filter;
	uint32_t allow;                /* of allow.h, one bit each */
	plan_ref allow_origin;
	bool explain, print_config, help, json;
};

extern const struct opt_command box_command;

/* Starts a request. -ENOMEM. Release with box_done. */
int box_init(struct box *box, const struct facts *facts, struct cove_error *err);
void box_done(struct box *box);

/* Reads the arguments of `cove box`; argv[0] is "box". Returns 0, or -EINVAL. */
int box_parse(struct box *box, int argc, char *const *argv, struct cove_error *err);

/* Adds the defaults and what the options imply. The plan can be sealed then. */
void box_complete(struct box *box);

/* Whether system calls are to be filtered. */
bool box_wants_filter(const struct box *box);
/* Appends how the default filter was changed, for people: ", changed by +x; allowed: debug"; nothing
 * when it was not. */
void box_filter_changes(const struct box *box, struct buf *out);

#endif
