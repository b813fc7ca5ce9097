/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The argument list of another sandbox as a command line of `cove box`: the shortest that does the
 * same or isolates more. What has no equal, or differs, is said; nothing is dropped in silence but
 * what cove does by default. Options are read as the other tool reads them. Nothing is run.
 */
#ifndef BOX_TRANSLATE_H
#define BOX_TRANSLATE_H

#include "base/buf.h"
#include "base/facts.h"

#include <cove/error.h>
#include <stdbool.h>

struct translation {
	struct buf line;  /* for a shell, without a newline */
	struct buf notes; /* one a line, each ended by a newline; fit for a terminal */
	bool incomplete;  /* something has no equal */
};

/* Reads a descriptor of the caller to its end: what bwrap's --args names. */
typedef int translate_read(int fd, struct buf *ret, struct cove_error *err);

/* `argv` is what would follow the tool's name. Returns 0, -EINVAL when the tool itself would not
 * take the list, -ENOMEM, or what `read` returned; `ret` has to be released in any case. */
typedef int translate_tool(const struct facts *facts, int argc, char *const *argv,
			   translate_read *read, struct translation *ret, struct cove_error *err);

translate_tool translate_bwrap;  /* bubblewrap 0.12 and older */
translate_tool translate_nsjail; /* nsjail 3.6 and older */

/* Takes NULL. */
void translation_done(struct translation *translation);

#endif
