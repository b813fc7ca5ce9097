/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recursive descent over the text that builds nothing but the pointer to where it is. Recursion
 * is bounded by JSON_SCAN_MAX_DEPTH. It refuses more than JSON does: see the header.
 */
#include "base/json_scan.h"
#include "base/auto.h"
#include "base/text.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key {
	const char *name; /* decoded */
	const char *text; /* where it stands */
};

struct scan {
	const char *text, *at, *end;
	struct json_fault *fault;
	unsigned int depth;
	/* Where `at` is; keys that do not fit are left out, together with all below them. */
	char pointer[JSON_POINTER_SIZE];
	size_t pointer_length;
	bool is_pointer_cut;
	/* Keys of the objects that are open, those of the innermost last. `names` has room for them
	 * all: each is decoded to where it stands in the text. Both owned. */
	struct key *keys;
	size_t key_count, key_room;
	char *names;
	/* json_scan_locate: the pointer looked for, and where it was found. */
	const char *wanted, *found;
};

static int scan_value(struct scan *s);

void json_scan_place(const char *text, size_t offset, size_t *ret_line, size_t *ret_column)
{
	const char *end = text + offset;

	*ret_line = 1;
	*ret_column = 1;
	for (const char *c = text; c < end; c++) {
		if (*c == '\n') {
			(*ret_line)++;
			*ret_column = 1;
		} else if (((unsigned char)*c & 0xc0) != 0x80) {
			(*ret_column)++;
		}
	}
}

static int refuse(struct scan *s, const char *at, const char *what)
{
	struct json_fault *fault = s->fault;

	snprintf(fault->what, sizeof(fault->what), "%s", what);
	snprintf(fault->pointer, sizeof(fault->pointer), "%s", s->pointer);
	fault->hint = "";
	json_scan_place(s->text, (size_t)(at - s->text), &fault->line, &fault->column);
	return -EINVAL;
}

static void enter(struct scan *s, const char *name)
{
	char escaped[JSON_POINTER_SIZE];
	size_t used = 0;
	const char *c;

	escaped[used++] = '/';
	for (c = name; *c && used + 3 < sizeof(escaped); c++) {
		if (*c == '~' || *c == '/') {
			escaped[used++] = '~';
			escaped[used++] = *c == '~' ? '0' : '1';
		} else {
			escaped[used++] = *c;
		}
	}
	if (*c || s->pointer_length + used >= sizeof(s->pointer))
		s->is_pointer_cut = true;
	if (s->is_pointer_cut)
		return;
	memcpy(s->pointer + s->pointer_length, escaped, used);
	s->pointer_length += used;
	s->pointer[s->pointer_length] = '\0';
}

static void leave(struct scan *s, size_t length, bool is_cut)
{
	s->pointer_length = length;
	s->pointer[length] = '\0';
	s->is_pointer_cut = is_cut;
}

static void skip_space(struct scan *s)
{
	while (s->at < s->end &&
	       (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

static bool take_char(struct scan *s, char wanted)
{
	if (s->at == s->end || *s->at != wanted)
		return false;
	s->at++;
	return true;
}

/* Four hexadecimal digits; -1 when they are not there. */
static int hex4(const char *at, const char *end)
{
	int value = 0;
	int i;

	if (end - at < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		char c = at[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/* At the 'u' of an escape. */
static int scan_unicode_escape(struct scan *s)
{
	const char *backslash = s->at - 1;
	int code = hex4(s->at + 1, s->end);
	int low;

	if (code < 0)
		return refuse(s, backslash, "'\\u' needs four hexadecimal digits");
	if (code == 0)
		return refuse(s, backslash, "string contains a NUL character");
	s->at += 5;
	if (code < 0xd800 || code > 0xdfff)
		return 0;
	low = s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u' ? hex4(s->at + 2, s->end)
									 : -1;
	if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return refuse(s, backslash, "string contains half a surrogate pair");
	s->at += 6;
	return 0;
}

static int scan_string_char(struct scan *s)
{
	size_t length;

	if (*s->at == '\0')
		return refuse(s, s->at, "string contains a NUL character");
	if ((unsigned char)*s->at < ' ')
		return refuse(s, s->at, "string contains a bare control character");
	if (take_char(s, '\\')) {
		if (s->at == s->end || !*s->at || !strchr("\"\\/bfnrtu", *s->at))
			return refuse(s, s->at - 1, "unknown escape in string");
		if (*s->at == 'u')
			return scan_unicode_escape(s);
		s->at++;
		return 0;
	}
	length = utf8_char_len(s->at, (size_t)(s->end - s->at));
	if (!length)
		return refuse(s, s->at, "string is not valid UTF-8");
	s->at += length;
	return 0;
}

static int scan_string(struct scan *s)
{
	const char *start = s->at;
	int r;

	s->at++;
	while (s->at < s->end && *s->at != '"') {
		r = scan_string_char(s);
		if (r < 0)
			return r;
	}
	if (!take_char(s, '"'))
		return refuse(s, start, "string has no end");
	return 0;
}

static char *put_utf8(char *to, int code)
{
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*to++ = (char)(0xe0 | code >> 12);
		} else {
			*to++ = (char)(0xf0 | code >> 18);
			*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (code & 0x3f));
	return to;
}

/* Decodes one escape; `*at` stands behind its backslash, and is moved behind the escape. */
static char *put_escape(char *to, const char **at, const char *end)
{
	static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, **at);
	int code;

	if (**at != 'u') {
		*to++ = letter ? meanings[letter - letters] : **at;
		(*at)++;
		return to;
	}
	code = hex4(*at + 1, end);
	*at += 5;
	if (code >= 0xd800 && code <= 0xdbff) {
		code = 0x10000 + ((code - 0xd800) << 10) + (hex4(*at + 2, end) - 0xdc00);
		*at += 6;
	}
	return put_utf8(to, code);
}

size_t json_scan_decode(const char *from, size_t length, char *to)
{
	const char *end = from + length;
	char *start = to;

	while (from < end) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		to = put_escape(to, &from, end);
	}
	*to = '\0';
	return (size_t)(to - start);
}

static void skip_digits(struct scan *s)
{
	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
}

static bool has_digit(const struct scan *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static int check_integer(struct scan *s, const char *start)
{
	bool is_negative = *start == '-';
	uint64_t limit = is_negative ? (uint64_t)INT64_MAX + 1 : UINT64_MAX;
	uint64_t value = 0;
	const char *c;

	for (c = start + is_negative; c < s->at; c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (value > (limit - digit) / 10)
			return refuse(s, start, "integer does not fit in 64 bits");
		value = value * 10 + digit;
	}
	return 0;
}

static int scan_number(struct scan *s)
{
	const char *start = s->at;
	bool is_integer = true;

	take_char(s, '-');
	if (!has_digit(s))
		return refuse(s, start, "'-' without a number");
	if (!take_char(s, '0'))
		skip_digits(s);
	else if (has_digit(s))
		return refuse(s, start, "number begins with a superfluous 0");
	if (take_char(s, '.')) {
		is_integer = false;
		if (!has_digit(s))
			return refuse(s, start, "number ends in '.'");
		skip_digits(s);
	}
	if (take_char(s, 'e') || take_char(s, 'E')) {
		is_integer = false;
		if (!take_char(s, '+'))
			take_char(s, '-');
		if (!has_digit(s))
			return refuse(s, start, "number has an empty exponent");
		skip_digits(s);
	}
	return is_integer ? check_integer(s, start) : 0;
}

static int scan_literal(struct scan *s)
{
	static const char *const literals[] = { "true", "false", "null" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(literals); i++) {
		size_t length = strlen(literals[i]);

		if ((size_t)(s->end - s->at) >= length && !memcmp(s->at, literals[i], length)) {
			s->at += length;
			return 0;
		}
	}
	return refuse(s, s->at, s->at == s->end ? "text ends too early" : "expected a JSON value");
}

static int add_key(struct scan *s, const char *text, const char *end)
{
	char *name = s->names + (text - s->text);

	if (s->key_count == s->key_room) {
		size_t room = s->key_room ? s->key_room * 2 : 64;
		struct key *keys = reallocarray(s->keys, room, sizeof(*keys));

		if (!keys)
			return -ENOMEM;
		s->keys = keys;
		s->key_room = room;
	}
	json_scan_decode(text + 1, (size_t)(end - text) - 2, name);
	s->keys[s->key_count++] = (struct key){ .name = name, .text = text };
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : (left->text > right->text) - (left->text < right->text);
}

/* Of those from `first` on. Sorted, not compared each with each: an object may have a million keys. */
static int check_keys(struct scan *s, size_t first)
{
	struct key *keys = s->keys + first;
	size_t count = s->key_count - first;
	const struct key *twin = NULL;
	char shown[64], what[96];

	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < count; i++) {
		const struct key *key = &keys[i];

		if (!strcmp(key->name, key[-1].name) && (!twin || key->text < twin->text))
			twin = key;
	}
	if (!twin)
		return 0;
	enter(s, twin->name);
	text_show(twin->name, shown, sizeof(shown));
	snprintf(what, sizeof(what), "duplicate key '%s'", shown);
	refuse(s, twin->text, what);
	s->fault->hint = "which of the two counts would be a guess; remove one";
	return -EINVAL;
}

static int scan_member(struct scan *s)
{
	size_t length = s->pointer_length;
	bool is_cut = s->is_pointer_cut;
	const char *start = s->at;
	int r;

	if (s->at == s->end || *s->at != '"')
		return refuse(s, s->at, "expected a key in double quotes");
	r = scan_string(s);
	if (r < 0)
		return r;
	r = add_key(s, start, s->at);
	if (r < 0)
		return r;
	skip_space(s);
	if (!take_char(s, ':'))
		return refuse(s, s->at, "expected ':' after a key");
	enter(s, s->keys[s->key_count - 1].name);
	r = scan_value(s);
	leave(s, length, is_cut);
	return r;
}

static int scan_object(struct scan *s)
{
	size_t first = s->key_count;
	int r;

	s->at++;
	skip_space(s);
	if (take_char(s, '}'))
		return 0;
	do {
		skip_space(s);
		r = scan_member(s);
		if (r < 0)
			return r;
		skip_space(s);
	} while (take_char(s, ','));
	if (!take_char(s, '}'))
		return refuse(s, s->at, "expected ',' or '}' in an object");
	r = check_keys(s, first);
	s->key_count = first;
	return r;
}

static int scan_array(struct scan *s)
{
	size_t length = s->pointer_length;
	bool is_cut = s->is_pointer_cut;
	char number[24];
	size_t i = 0;
	int r;

	s->at++;
	skip_space(s);
	if (take_char(s, ']'))
		return 0;
	do {
		snprintf(number, sizeof(number), "%zu", i++);
		enter(s, number);
		r = scan_value(s);
		leave(s, length, is_cut);
		if (r < 0)
			return r;
		skip_space(s);
	} while (take_char(s, ','));
	if (!take_char(s, ']'))
		return refuse(s, s->at, "expected ',' or ']' in an array");
	return 0;
}

static int scan_value(struct scan *s)
{
	char first;
	int r;

	skip_space(s);
	first = s->at < s->end ? *s->at : '\0';
	if (s->wanted && !s->is_pointer_cut && !strcmp(s->pointer, s->wanted))
		s->found = s->at;
	if (first == '"')
		return scan_string(s);
	if (first == '-' || (first >= '0' && first <= '9'))
		return scan_number(s);
	if (first != '{' && first != '[')
		return scan_literal(s);
	if (s->depth == JSON_SCAN_MAX_DEPTH)
		return refuse(s, s->at, "objects and arrays are nested too deep (64 is the limit)");
	s->depth++;
	r = first == '{' ? scan_object(s) : scan_array(s);
	s->depth--;
	return r;
}

/* The value that is all of the text, but for blanks. */
static int scan_all(struct scan *s)
{
	int r;

	s->names = malloc((size_t)(s->end - s->text) + 1);
	r = s->names ? scan_value(s) : -ENOMEM;
	free(s->names);
	free(s->keys);
	if (r < 0)
		return r;
	skip_space(s);
	return s->at == s->end ? 0 : refuse(s, s->at, "unexpected bytes after the JSON value");
}

int json_scan_check(const char *text, size_t length, struct json_fault *ret_fault)
{
	struct scan s = { .text = text, .at = text, .end = text + length, .fault = ret_fault };

	return scan_all(&s);
}

bool json_scan_locate(const char *text, size_t length, const char *pointer, size_t *ret_line,
		      size_t *ret_column)
{
	struct json_fault unused;
	struct scan s = {
		.text = text,
		.at = text,
		.end = text + length,
		.fault = &unused,
		.wanted = pointer,
	};

	scan_all(&s);
	if (s.found)
		json_scan_place(text, (size_t)(s.found - text), ret_line, ret_column);
	return s.found;
}
