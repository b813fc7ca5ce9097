/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value is read twice: first for its type, then into the message. In an array the first element
 * decides the type, and numbers without a type behind it follow.
 */
#include "helper/systemd_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE_SIZE 64
#define TEXT_SIZE 4096
#define MAX_DEPTH 8
#define NUMBERS "ynqiuxtd"

struct reading {
	const char *at;
	sd_bus_message *message; /* NULL: only the type is asked for */
	unsigned depth;
};

static int read_value(struct reading *r, const char *wanted, char *type);

static const struct {
	const char *word;
	char type;
} words[] = {
	{ "boolean", 'b' }, { "byte", 'y' },   { "int16", 'n' },      { "uint16", 'q' },
	{ "int32", 'i' },   { "uint32", 'u' }, { "int64", 'x' },      { "uint64", 't' },
	{ "double", 'd' },  { "string", 's' }, { "objectpath", 'o' }, { "signature", 'g' },
};

static void skip_blanks(struct reading *r)
{
	r->at += strspn(r->at, " \t\n");
}

static bool take(struct reading *r, char c)
{
	skip_blanks(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

/* The length of the first complete type of a signature; 0: there is none. */
static size_t type_length(const char *signature)
{
	size_t n = 0, inner;

	if (*signature == 'a') {
		inner = type_length(signature + 1);
		return inner ? inner + 1 : 0;
	}
	if (*signature != '(')
		return *signature && strchr("b" NUMBERS "sog", *signature) ? 1 : 0;
	for (n = 1; signature[n] != ')'; n += inner) {
		inner = type_length(signature + n);
		if (!inner)
			return 0;
	}
	return n > 1 ? n + 1 : 0;
}

static int append_basic(struct reading *r, char type, const void *value)
{
	return r->message ? sd_bus_message_append_basic(r->message, type, value) : 0;
}

/* ---- numbers ---- */

static int append_signed(struct reading *r, char type, int64_t number)
{
	int16_t n = (int16_t)number;
	int32_t i = (int32_t)number;

	switch (type) {
	case 'n':
		return n == number ? append_basic(r, type, &n) : -EINVAL;
	case 'i':
		return i == number ? append_basic(r, type, &i) : -EINVAL;
	default:
		return append_basic(r, type, &number);
	}
}

static int append_unsigned(struct reading *r, char type, uint64_t number)
{
	uint8_t y = (uint8_t)number;
	uint16_t q = (uint16_t)number;
	uint32_t u = (uint32_t)number;

	switch (type) {
	case 'y':
		return y == number ? append_basic(r, type, &y) : -EINVAL;
	case 'q':
		return q == number ? append_basic(r, type, &q) : -EINVAL;
	case 'u':
		return u == number ? append_basic(r, type, &u) : -EINVAL;
	default:
		return append_basic(r, type, &number);
	}
}

static int append_number(struct reading *r, char type, const char *text)
{
	double real;
	char *end;
	int result;

	errno = 0;
	if (type == 'd') {
		real = strtod(text, &end);
		result = append_basic(r, type, &real);
	} else if (strchr("nix", type)) {
		result = append_signed(r, type, strtoll(text, &end, 0));
	} else if (text[0] == '-') {
		return -EINVAL;
	} else {
		result = append_unsigned(r, type, strtoull(text, &end, 0));
	}
	return errno || *end ? -EINVAL : result;
}

static int read_number(struct reading *r, const char *wanted, char *type)
{
	size_t len = strspn(r->at, "+-.0123456789abcdefABCDEFxX");
	bool is_hex = strncmp(r->at + (*r->at == '-'), "0x", 2) == 0;
	char text[64];

	if (len >= sizeof(text))
		return -EINVAL;
	snprintf(text, sizeof(text), "%.*s", (int)len, r->at);
	r->at += len;
	*type = is_hex || !strpbrk(text, ".eE") ? 'i' : 'd';
	if (wanted && *wanted && strchr(NUMBERS, *wanted))
		*type = *wanted;
	return append_number(r, *type, text);
}

/* ---- words ---- */

static int read_text(struct reading *r, const char *wanted, char *type)
{
	char quote = *r->at++, text[TEXT_SIZE];
	size_t len = 0;

	while (*r->at != quote) {
		if (*r->at == '\\')
			r->at++;
		if (!*r->at || len + 1 >= sizeof(text))
			return -EINVAL;
		text[len++] = *r->at++;
	}
	r->at++;
	text[len] = '\0';
	*type = wanted && *wanted && strchr("og", *wanted) ? *wanted : 's';
	return append_basic(r, *type, text);
}

/* true, false, or the name of a type and then a value of it. */
static int read_word(struct reading *r, char *type)
{
	size_t len = 0;
	int flag;

	while (isalnum((unsigned char)r->at[len]))
		len++;
	flag = len == 4 && memcmp(r->at, "true", 4) == 0;
	if (flag || (len == 5 && memcmp(r->at, "false", 5) == 0)) {
		r->at += len;
		*type = 'b';
		return append_basic(r, 'b', &flag);
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len && memcmp(r->at, words[i].word, len) == 0) {
			const char wanted[] = { words[i].type, '\0' };

			r->at += len;
			return read_value(r, wanted, type);
		}
	return -EINVAL;
}

/* ---- what holds others ---- */

static int read_array(struct reading *r, const char *wanted, char *type)
{
	char element[SIGNATURE_SIZE] = "";
	size_t len = wanted && *wanted == 'a' ? type_length(wanted + 1) : 0;
	bool is_first = true;
	int result = 0;

	if (len)
		snprintf(element, sizeof(element), "%.*s", (int)len, wanted + 1);
	r->at++;
	if (r->message)
		result = sd_bus_message_open_container(r->message, 'a', element);
	while (result >= 0 && !take(r, ']')) {
		char one[SIGNATURE_SIZE];

		if (!is_first && !take(r, ','))
			return -EINVAL;
		result = read_value(r, element[0] ? element : NULL, one);
		if (result >= 0 && element[0] && strcmp(one, element) != 0)
			return -EINVAL;
		if (result >= 0)
			memcpy(element, one, sizeof(one));
		is_first = false;
	}
	if (result < 0 || !element[0])
		return result < 0 ? result : -EINVAL;
	if (snprintf(type, SIGNATURE_SIZE, "a%s", element) >= SIGNATURE_SIZE)
		return -EINVAL;
	return r->message ? sd_bus_message_close_container(r->message) : 0;
}

static int read_tuple(struct reading *r, const char *wanted, char *type)
{
	char members[SIGNATURE_SIZE] = "";
	const char *next = wanted && *wanted == '(' ? wanted + 1 : "";
	size_t used = 0;
	int result = 0;

	r->at++;
	if (r->message) {
		snprintf(members, sizeof(members), "%.*s", (int)strlen(next) - 1, next);
		result = sd_bus_message_open_container(r->message, 'r', members);
	}
	while (result >= 0 && !take(r, ')')) {
		char one[SIGNATURE_SIZE], expected[SIGNATURE_SIZE];
		size_t len = type_length(next);

		if (used && !take(r, ','))
			return -EINVAL;
		if (used && take(r, ')'))
			break;
		snprintf(expected, sizeof(expected), "%.*s", (int)len, next);
		result = read_value(r, len ? expected : NULL, one);
		if (result < 0)
			return result;
		next += len;
		if (used + strlen(one) + 3 >= SIGNATURE_SIZE)
			return -EINVAL;
		used += (size_t)snprintf(members + used, sizeof(members) - used, "%s", one);
	}
	if (result < 0 || !used)
		return result < 0 ? result : -EINVAL;
	if (snprintf(type, SIGNATURE_SIZE, "(%s)", members) >= SIGNATURE_SIZE)
		return -EINVAL;
	return r->message ? sd_bus_message_close_container(r->message) : 0;
}

/* "@as []": the type is written in front. */
static int read_annotated(struct reading *r, char *type)
{
	size_t len = type_length(++r->at);
	char wanted[SIGNATURE_SIZE];

	if (!len || len >= sizeof(wanted))
		return -EINVAL;
	snprintf(wanted, sizeof(wanted), "%.*s", (int)len, r->at);
	r->at += len;
	return read_value(r, wanted, type);
}

static int read_value(struct reading *r, const char *wanted, char *type)
{
	int result = -EINVAL;

	memset(type, 0, SIGNATURE_SIZE);
	if (++r->depth > MAX_DEPTH)
		return -EINVAL;
	skip_blanks(r);
	if (*r->at == '@')
		result = read_annotated(r, type);
	else if (*r->at == '[')
		result = read_array(r, wanted, type);
	else if (*r->at == '(')
		result = read_tuple(r, wanted, type);
	else if (*r->at == '\'' || *r->at == '"')
		result = read_text(r, wanted, type);
	else if (isdigit((unsigned char)*r->at) || *r->at == '-' || *r->at == '+')
		result = read_number(r, wanted, type);
	else if (isalpha((unsigned char)*r->at))
		result = read_word(r, type);
	r->depth--;
	return result < 0 || !wanted || strcmp(wanted, type) == 0 ? result : -EINVAL;
}

static int type_of(const char *text, char *type)
{
	struct reading r = { .at = text };
	int result = read_value(&r, NULL, type);

	skip_blanks(&r);
	return result < 0 || *r.at ? -EINVAL : 0;
}

int value_append(sd_bus_message *message, const char *text)
{
	char type[SIGNATURE_SIZE], same[SIGNATURE_SIZE];
	struct reading r = { .at = text, .message = message };
	int result = type_of(text, type);

	if (result >= 0)
		result = sd_bus_message_open_container(message, 'v', type);
	if (result >= 0)
		result = read_value(&r, type, same);
	return result < 0 ? result : sd_bus_message_close_container(message);
}

int value_append_seconds(sd_bus_message *message, const char *text)
{
	char type[SIGNATURE_SIZE];
	double seconds;
	char *end;

	if (type_of(text, type) < 0 || type[1] || !strchr(NUMBERS, type[0]))
		return -EINVAL;
	text += strspn(text, " \t\n");
	if (isalpha((unsigned char)*text))
		text += strcspn(text, " \t\n");
	seconds = strtod(text, &end);
	if (seconds < 0 || seconds > 1e12)
		return -EINVAL;
	return sd_bus_message_append(message, "v", "t", (uint64_t)(seconds * 1e6));
}
