/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command line options as tables. Parsing, --help, the manual's option list and shell completion
 * all come from the same rows; no command has option code of its own but its `apply` functions.
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include "base/buf.h"

#include <cove/error.h>

#include <stdbool.h>
#include <stddef.h>

enum opt_completion {
	OPT_COMPLETE_NONE,
	OPT_COMPLETE_FILE,
	OPT_COMPLETE_DIR,
	OPT_COMPLETE_COMMAND,
	OPT_COMPLETE_CHOICES, /* the words of `choices` */
};

enum {
	OPT_HIDDEN = 1,         /* accepted, but not shown, completed or suggested */
	OPT_OPTIONAL_VALUE = 2, /* a value is given only as --opt=v; never behind the letter */
	OPT_REST = 4,           /* the last option: all that follows are operands, "--" as well */
};

struct opt {
	const char *name;    /* long name without dashes */
	char letter;         /* short form, or 0 */
	const char *value;   /* placeholder such as "PATH"; NULL: takes none. One with a ',' in it
			      * ("TYPE,...") takes a list, and completion knows */
	const char *group;   /* heading in --help and the manual; NULL: "Options" */
	const char *help;    /* plain sentences for --help and the manual */
	const char *choices; /* words separated by blanks, offered by completion, or NULL */
	enum opt_completion complete;
	unsigned flags; /* OPT_HIDDEN, OPT_OPTIONAL_VALUE, OPT_REST */

	/* Called once for each time the option is given, in order. `value` is NULL when there is
	 * none; it points into argv. Returns 0, or a negative errno with `err` set. */
	int (*apply)(void *context, const struct opt *opt, const char *value,
		     struct cove_error *err);
};

/* One command's whole interface. */
struct opt_command {
	const char *name;     /* "box"; "" for the program itself */
	const char *operands; /* "[--] COMMAND [ARG...]"; with "COMMAND" in it, completion goes on
			       * with that command's own */
	const char *summary;  /* one line */
	const char *details;  /* paragraphs for --help's end and the manual's DESCRIPTION, or NULL;
			       * an empty line ends a paragraph, lines with a leading blank or tab
			       * are kept as they are */
	const struct opt *opts;
	size_t opt_count;
	bool one_dash;        /* "-name" is "--name", as in programs written in Go */
	const char *const *examples; /* pairs: comment, command line */
	size_t example_count;        /* pairs */
};

/* Applies the options in argv, where argv[0] is the command's name, up to the first operand or
 * behind "--" or an option with OPT_REST. Accepts --opt=v, --opt v, -xv, -x v and clustered
 * letters. Returns the index of the first operand (argc when there is none), -EINVAL with a usage
 * error, or what `apply` returned; in that case the option as given becomes the error's origin if
 * it has none. */
int opt_parse(const struct opt_command *cmd, int argc, char *const *argv, void *context,
	      struct cove_error *err);

/* What is done with an option, as `apply` in its row. */
typedef int opt_visitor(void *context, const struct opt *opt, const char *value,
			struct cove_error *err);

/* The same with `visit` in the place of each row's `apply`. */
int opt_visit(const struct opt_command *cmd, int argc, char *const *argv, opt_visitor *visit,
	      void *context, struct cove_error *err);

/* The option of that long name, without dashes; NULL: none. */
const struct opt *opt_find(const struct opt_command *cmd, const char *name);

/* Who asked, for messages and plans: "--rw /x", "--init", or "--opt=v" when the value is optional.
 * Cut to `size`, always NUL-terminated. */
void opt_origin(const struct opt *opt, const char *value, char *buf, size_t size);

/* Appends the text of --help, at most 80 columns wide. */
void opt_help(const struct opt_command *cmd, struct buf *out);

/* Appends the manual's OPTIONS section in scdoc's syntax. */
void opt_manual(const struct opt_command *cmd, struct buf *out);
/* One part of such a section, for pages about several commands: how it is called, and what it does,
 * unless it is the program itself. */
void opt_manual_part(const struct opt_command *cmd, const char *heading, struct buf *out);

/* A program with its commands. */
struct opt_program {
	const char *name;
	const struct opt_command *const *commands;
	size_t command_count;
};

/* Appends the program's completion script for "bash", "zsh" or "fish". Returns 0, -EINVAL for
 * another shell, -ENOMEM. */
int opt_completion(const char *shell, const struct opt_program *program, struct buf *out,
		   struct cove_error *err);

#endif
