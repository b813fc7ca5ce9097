/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words: which known word was meant, and lists such as "a,b,c".
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* The word out of `words` with the fewest typing mistakes between it and `word` (the first of
 * equals), NULL when none is near enough to be meant. NULL entries are skipped. */
const char *text_nearest(const char *word, const char *const *words, size_t n);

/* Appends `text` with control characters as \\xNN, so that a terminal shows what is there. */
void text_escape(const char *text, struct buf *out);

/* Copies `name` into `buf` so that it can stand in a message: what is not printable ASCII becomes
 * '?', what does not fit is cut and ends in "...". Size at least 8. Returns `buf`. */
const char *text_show(const char *name, char *buf, size_t size);

/* Appends `word` as a shell would read it: quoted only where it must be. */
void text_quote(const char *word, struct buf *out);

/* Takes the next field off *cursor, which starts at the text and is NULL behind the last field:
 *	for (const char *at = text; text_next_field(&at, ',', &field, &len);)
 * The field is not NUL-terminated. Fields may be empty; "" is one empty field. Returns whether
 * there was a field. */
bool text_next_field(const char **cursor, char separator, const char **ret_field, size_t *ret_len);

#endif
