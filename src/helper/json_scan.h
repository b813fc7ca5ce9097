/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict check of a JSON text before json-c sees it: json-c keeps the last of two equal keys, cuts
 * strings at NUL and forgets where things stood. Also finds the place of a JSON pointer again.
 */
#ifndef HELPER_JSON_SCAN_H
#define HELPER_JSON_SCAN_H

#include "helper/report.h"

#define JSON_SCAN_MAX_DEPTH 64

/* Checks that `text` is exactly one JSON value of valid UTF-8 (RFC 8259), nested at most
 * JSON_SCAN_MAX_DEPTH deep, without equal keys in one object, NUL, lone surrogates, or integers
 * that fit neither int64_t nor uint64_t. Returns 0; -EINVAL with the report set, including line
 * and column; -ENOMEM. */
int json_scan_check(const char *text, size_t length, struct report *report);

/* Sets line and column of `report` to where the value begins that its pointer names. `text` must
 * have passed the check. Does nothing when there is no such value. */
void json_scan_locate(const char *text, size_t length, struct report *report);

#endif
