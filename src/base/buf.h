/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing string. A zeroed struct is an empty buffer. Adding never has to be checked: when memory
 * runs out `failed` is set, stays set, and everything added later is dropped; look at it once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;  /* NUL-terminated whenever it is not NULL; owned */
	size_t len;  /* bytes, without the NUL */
	size_t cap;  /* bytes allocated */
	bool failed; /* memory ran out: the content is not complete */
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_adds(struct buf *b, const char *str);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The content; "" when nothing was added. Valid until the next call that changes `b`. */
const char *buf_str(const struct buf *b);

/* Leaves an empty buffer that keeps its memory, for what is added next. */
void buf_clear(struct buf *b);

/* Frees the content and leaves an empty buffer. Takes NULL. */
void buf_done(struct buf *b);

#endif
