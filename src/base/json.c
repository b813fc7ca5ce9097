/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON writer: commas, indentation and escapes.
 */
#include "base/json.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

void json_init(struct json *j, struct buf *out, bool pretty)
{
	*j = (struct json){ .out = out, .pretty = pretty };
}

static void add_line_break(struct json *j)
{
	if (!j->pretty)
		return;
	buf_addc(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_adds(j->out, "  ");
}

static const char *short_escape(char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

static void add_char(struct buf *out, const char *text, size_t len)
{
	const char *escape = short_escape(*text);

	if (len == 0)
		buf_adds(out, "\xef\xbf\xbd");
	else if (escape)
		buf_adds(out, escape);
	else if ((unsigned char)*text < 0x20 || *text == 0x7f)
		buf_addf(out, "\\u%04x", (unsigned)*text);
	else
		buf_add(out, text, len);
}

static void add_quoted(struct buf *out, const char *text)
{
	size_t left = strlen(text);

	buf_addc(out, '"');
	while (left > 0) {
		size_t len = utf8_char_len(text, left);
		size_t step = len ? len : 1;

		add_char(out, text, len);
		text += step;
		left -= step;
	}
	buf_addc(out, '"');
}

/* What stands before a value: comma, line break, key. */
static void begin(struct json *j, const char *key)
{
	if (j->filled[j->depth])
		buf_addc(j->out, ',');
	if (j->depth > 0)
		add_line_break(j);
	j->filled[j->depth] = true;
	if (!key)
		return;
	add_quoted(j->out, key);
	buf_adds(j->out, j->pretty ? ": " : ":");
}

static void open_level(struct json *j, const char *key, char bracket)
{
	begin(j, key);
	buf_addc(j->out, bracket);
	if (j->depth == JSON_MAX_DEPTH) {
		j->out->failed = true;
		return;
	}
	j->depth++;
	j->filled[j->depth] = false;
}

static void close_level(struct json *j, char bracket)
{
	bool filled = j->filled[j->depth];

	if (j->depth == 0) {
		j->out->failed = true;
		return;
	}
	j->depth--;
	if (filled)
		add_line_break(j);
	buf_addc(j->out, bracket);
}

void json_open_object(struct json *j, const char *key)
{
	open_level(j, key, '{');
}

void json_close_object(struct json *j)
{
	close_level(j, '}');
}

void json_open_array(struct json *j, const char *key)
{
	open_level(j, key, '[');
}

void json_close_array(struct json *j)
{
	close_level(j, ']');
}

void json_string(struct json *j, const char *key, const char *value)
{
	if (!value) {
		json_null(j, key);
		return;
	}
	begin(j, key);
	add_quoted(j->out, value);
}

void json_int(struct json *j, const char *key, int64_t value)
{
	begin(j, key);
	buf_addf(j->out, "%" PRId64, value);
}

void json_uint(struct json *j, const char *key, uint64_t value)
{
	begin(j, key);
	buf_addf(j->out, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	buf_adds(j->out, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	buf_adds(j->out, "null");
}

void json_raw(struct json *j, const char *key, const char *text)
{
	begin(j, key);
	buf_adds(j->out, text);
}
