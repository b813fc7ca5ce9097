/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of another tool as a table, and what the readers of their lists share.
 */
#ifndef BOX_FOREIGN_H
#define BOX_FOREIGN_H

#include "box/jail.h"

#include <cove/error.h>

struct foreign_option;

/* One walk over a list. */
struct foreign {
	struct jail jail;
	const char *tool;
	const struct foreign_option *options;
	size_t option_count;
	void *state; /* of the tool's own functions */
	translate_read *read;
	uint32_t asked; /* the option at hand as given: jail_str */
};

/* `values` has `arity` words. Returns 0 or a negative errno with `err` set. */
typedef int foreign_apply(struct foreign *f, const struct foreign_option *option,
			  const char *const *values, struct cove_error *err);

struct foreign_option {
	const char *name; /* without dashes */
	char letter;      /* or 0 */
	unsigned char arity;
	foreign_apply *apply; /* NULL: nothing to do, cove box does it anyway */
	const char *text; /* for the function: an option of cove box, or why there is no equal */
	int number;       /* for the function */
};

enum { FOREIGN_VALUES = 3 };

/* The option as given, for notes. */
const char *foreign_asked(const struct foreign *f);

/* The row's text says why it has no equal. */
foreign_apply foreign_none;
/* The row's text is an option of cove box, which takes the same value. */
foreign_apply foreign_same;
/* The same for the number of a descriptor. */
foreign_apply foreign_same_fd;

/* Keeps the option as given and applies it. */
int foreign_do(struct foreign *f, const struct foreign_option *option, const char *const *values,
	       struct cove_error *err);
/* -EINVAL, naming the one that is nearest among the tool's. */
int foreign_unknown(const struct foreign *f, const char *typed, struct cove_error *err);
int foreign_missing(const struct foreign *f, const char *typed, unsigned arity,
		    struct cove_error *err);
/* Refuses what is no descriptor number. */
int foreign_fd(const char *text, struct cove_error *err);
/* An id. */
int foreign_id(const char *text, uint32_t *ret, struct cove_error *err);
/* Adds a capability to those of the jail, or takes it away; "all" for all. */
int foreign_cap(struct jail *jail, const char *name, bool add, struct cove_error *err);
/* The command, the rest of the list. -EINVAL: there is none. */
int foreign_command(struct foreign *f, char *const *argv, struct cove_error *err);

/* Leaves the tool's own name out, where a list begins with it, as it was typed. */
void foreign_skip_name(const char *tool, int *argc, char *const **argv);

#endif
