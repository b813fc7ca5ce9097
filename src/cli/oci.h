/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verbs of the OCI runtime have in common: the options before the verb, how operands are
 * taken, and how a failure is told: on standard error in one line, and in the log that was asked for.
 */
#ifndef CLI_OCI_H
#define CLI_OCI_H

#include "api/container.h"
#include "cli/cli.h"

/* What goes into the log. Of a verb that fails the error alone: engines read one object then. Only
 * text that somebody wants for debugging is not read by them. */
enum oci_level {
	LEVEL_ERROR,
	LEVEL_WARNING, /* and what was left out, by default */
	LEVEL_DEBUG,   /* and what was called, with which end; on standard error without a log */
};

/* What was said before the verb. One for the program. */
struct oci_global {
	struct api_oci oci;
	const char *log;   /* FILE, "file:PATH", "syslog:NAME" or "journald:NAME"; NULL: none */
	bool json;         /* in the log */
	enum oci_level level;
	char *const *argv; /* all words of the command line, for LEVEL_DEBUG */
	uint64_t begin;    /* when it began */
	struct buf notes;  /* lines for the log that are no errors */
};

extern struct oci_global oci_global;
extern const struct opt_command oci_global_command;

/* Takes the options before the verb. Returns the verb's index, or a negative errno. */
int oci_parse_global(int argc, char **argv, struct cove_error *err);

#define OCI_OPERANDS 64

struct oci_operands {
	char *words[OCI_OPERANDS + 1]; /* ended by NULL */
	int count;
};

/* Applies options, before and behind the operands, of which there must be min to max. */
int oci_parse(const struct opt_command *command, int argc, char **argv, void *context, int min,
	      int max, struct oci_operands *ret, struct cove_error *err);
/* The same for one operand: the id. NULL: failed. */
const char *oci_parse_id(const struct opt_command *command, int argc, char **argv, void *context,
			 struct cove_error *err);

/* What is in a file, or comes from standard input when that is "-". */
int oci_read_file(const char *file, struct buf *out, struct cove_error *err);

/* Ends a verb that returned `r`: tells a failure, or logs what was left out. Returns 0 or the exit
 * status. */
int oci_end(int r, const struct cove_error *err);
/* The same, for a verb that prints. */
int oci_print(int r, const struct buf *out, const struct cove_error *err);

/* For `apply` of options. */
#define OCI_SETTER(name, type, statement)                                                          \
	static int name(void *context, const struct opt *opt, const char *value,                   \
			struct cove_error *err)                                                    \
	{                                                                                          \
		type *to = context;                                                                \
                                                                                                   \
		(void)opt;                                                                         \
		(void)value;                                                                       \
		(void)err;                                                                         \
		statement;                                                                         \
		return 0;                                                                          \
	}

/* A number of descriptors, for --preserve-fds. */
int oci_count(const char *value, unsigned *ret, struct cove_error *err);

#endif
