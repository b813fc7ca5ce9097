/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The growing string: capacity doubles, so adding bytes one by one stays linear.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

/* Makes room for `n` more bytes and the NUL. */
static bool reserve(struct buf *b, size_t n)
{
	if (b->failed)
		return false;
	if (b->cap > b->len && n < b->cap - b->len)
		return true;

	size_t cap = b->cap ? b->cap : FIRST_CAPACITY;
	char *data = NULL;

	if (n < SIZE_MAX / 4 && b->len < SIZE_MAX / 4) {
		while (cap <= b->len + n)
			cap *= 2;
		data = realloc(b->data, cap);
	}
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->data + b->len, bytes, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *str)
{
	buf_add(b, str, strlen(str));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

static void add_formatted(struct buf *b, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, again);
	va_end(again);

	if (len < 0) {
		b->failed = true;
		return;
	}
	if (!reserve(b, (size_t)len))
		return;
	vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	b->len += (size_t)len;
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_formatted(b, format, args);
	va_end(args);
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_done(struct buf *b)
{
	if (!b)
		return;
	free(b->data);
	*b = (struct buf){ 0 };
}
