/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cove box` as a plan: its option table, and what it means when nothing is said.
 */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include "base/facts.h"
#include "base/opt.h"
#include "box/translate.h"
#include "plan/plan.h"

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
	const char *seccomp_file;      /* borrowed from argv; its origin: */
	plan_ref seccomp_origin;
	translate_tool *translate;     /* the list below is of another tool, and nothing else was said */
	int foreign_count;
	char *const *foreign;          /* ended by NULL; borrowed from argv */
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

/* Why the defaults do not share the current directory, whatever the options say; NULL: they do. */
const char *box_private_cwd(const struct facts *facts);

#endif
