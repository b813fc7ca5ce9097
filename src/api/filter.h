/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling a filter from a profile: by the helper, and remembered.
 */
#ifndef API_FILTER_H
#define API_FILTER_H

#include "base/buf.h"
#include "box/box.h"

#include <cove/error.h>
#include <stdint.h>

#define FILTER_LIMIT ((size_t)16 << 20) /* of a profile */

/* Everything that decides what a profile becomes. All is borrowed. */
struct filter_source {
	const char *path; /* of the profile; NULL: the default one */
	const char *profile;
	size_t len;
	uint64_t caps;       /* of the box */
	const struct facts *facts;
	uint32_t words;      /* ALLOW_BIT of words that are allowed in the default profile */
	const struct plan *plan;       /* has: */
	const struct plan_list *edits; /* struct plan_string: changes of the default profile; NULL */
	bool only_said;      /* nothing is run, so nothing is remembered */
	const char *pointer; /* the profile's in a document, for messages; NULL: it is the document */
	size_t line, column; /* where it begins there */
	struct buf *skipped; /* gets the names of calls that are allowed for nobody knows them, though
			      * the profile asks for something else; NULL: that is an error */
};

/* The helper's path. -ENOENT: it is not there. */
int filter_find_helper(char *path, size_t size, struct cove_error *err);
/* Runs the helper; the result is its output, for the caller to release. */
int filter_run_helper(const struct filter_source *source, const char *helper, struct buf *ret,
		      struct cove_error *err);

/* Says whether `len` bytes can be a program for the kernel. */
bool filter_is_program(size_t len);

/* The compiled filter, from the cache or from the helper; ret is released by the caller. */
int filter_compile(const struct filter_source *source, struct buf *ret, struct cove_error *err);

#endif
