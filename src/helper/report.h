/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a helper program found wrong with the JSON text it was given, and the one line of JSON that
 * says so. Fixed size, owns no memory.
 */
#ifndef HELPER_REPORT_H
#define HELPER_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#define REPORT_POINTER_SIZE 256

struct report {
	char what[256];                    /* one phrase, lower case */
	char pointer[REPORT_POINTER_SIZE]; /* JSON pointer (RFC 6901); "": the whole text */
	char hint[400];                    /* "": none */
	bool in_text;                      /* the text is to blame, so a line can be found */
	size_t line, column;               /* from 1, column in characters; 0: not known */
};

/* The text is wrong at `pointer`. Replaces what was there. Returns -EINVAL. */
int report_at(struct report *report, const char *pointer, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* Something else failed, with the errno `num` (positive; 0: no errno to tell). Returns -num, or
 * -EINVAL for 0. */
int report_fail(struct report *report, int num, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

void report_hint(struct report *report, const char *hint, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes the report as one line of JSON to standard error. */
void report_print(const struct report *report);

/* Likewise {"skipped": NAMES}, which is no failure. */
void report_print_skipped(const char *names);

#endif
