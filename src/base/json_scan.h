/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict check of a JSON text before anything else sees it: parsers keep one of two equal keys, cut
 * strings at NUL, or take what is no JSON. Also finds the place of a JSON pointer again.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_SCAN_MAX_DEPTH 64
#define JSON_POINTER_SIZE 256

/* What is wrong with a text, and where. Fixed size, owns no memory. */
struct json_fault {
	char what[128];                  /* one phrase, lower case */
	const char *hint;                /* "": none */
	char pointer[JSON_POINTER_SIZE]; /* JSON pointer (RFC 6901); "": the whole text */
	size_t line, column;             /* from 1, column in characters */
};

/* Checks that `text` is exactly one JSON value of valid UTF-8 (RFC 8259), nested at most
 * JSON_SCAN_MAX_DEPTH deep, without equal keys in one object, NUL, lone surrogates, or integers
 * that fit neither int64_t nor uint64_t. Returns 0; -EINVAL with *ret_fault set; -ENOMEM. */
int json_scan_check(const char *text, size_t length, struct json_fault *ret_fault);

/* Line and column of the value that `pointer` names. `text` must have passed the check. Returns
 * whether there is such a value. */
bool json_scan_locate(const char *text, size_t length, const char *pointer, size_t *ret_line,
		      size_t *ret_column);

/* Line and column of the byte at `offset`. */
void json_scan_place(const char *text, size_t offset, size_t *ret_line, size_t *ret_column);

/* Decodes the string of `length` bytes between two quotes, which has passed the check, and ends it
 * with a NUL. `to` may be `from`: the result is never longer. Returns its length. */
size_t json_scan_decode(const char *from, size_t length, char *to);

#endif
