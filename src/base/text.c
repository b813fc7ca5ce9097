/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words: the nearest one, and lists without copies.
 */
#include "base/text.h"

#include <string.h>

enum { MAX_WORD = 63 };

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Damerau-Levenshtein distance (optimal string alignment): the number of letters to insert, remove,
 * change, or swap with their neighbour. Both words are at most MAX_WORD long. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][MAX_WORD + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];
	size_t len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= len; j++) {
			bool swapped =
				i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];

			now[j] = smaller(last[j], now[j - 1]) + 1;
			now[j] = smaller(now[j], last[j - 1] + (a[i - 1] != b[j - 1]));
			if (swapped)
				now[j] = smaller(now[j], before[j - 2] + 1);
		}

		unsigned *spare = before;

		before = last;
		last = now;
		now = spare;
	}
	return last[len];
}

/* A third of the letters may be wrong: beyond that the words are different ones. */
static unsigned allowed_mistakes(const char *word, const char *candidate)
{
	size_t a = strlen(word), b = strlen(candidate);
	size_t len = a > b ? a : b;

	return len < 3 ? 1 : (unsigned)(len / 3);
}

static bool is_comparable(const char *word)
{
	return word && *word && strlen(word) <= MAX_WORD;
}

const char *text_nearest(const char *word, const char *const *words, size_t n)
{
	const char *nearest = NULL;
	unsigned least = MAX_WORD;

	if (!is_comparable(word))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (!is_comparable(words[i]))
			continue;

		unsigned mistakes = distance(word, words[i]);

		if (mistakes < least && mistakes <= allowed_mistakes(word, words[i])) {
			nearest = words[i];
			least = mistakes;
		}
	}
	return nearest;
}

bool text_next_field(const char **cursor, char separator, const char **ret_field, size_t *ret_len)
{
	const char *field = *cursor;

	if (!field)
		return false;

	const char *end = strchr(field, separator);

	*ret_field = field;
	*ret_len = end ? (size_t)(end - field) : strlen(field);
	*cursor = end ? end + 1 : NULL;
	return true;
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

void text_escape(const char *text, struct buf *out)
{
	for (; *text; text++) {
		if (is_control(*text))
			buf_addf(out, "\\x%02x", (unsigned char)*text);
		else
			buf_addc(out, *text);
	}
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("%+,-./:=@_^", c) || (unsigned char)c >= 0x80;
}

void text_quote(const char *word, struct buf *out)
{
	bool plain = *word != '\0', control = false;

	for (const char *c = word; *c; c++) {
		plain &= is_plain(*c);
		control |= is_control(*c);
	}
	if (plain) {
		buf_adds(out, word);
		return;
	}
	buf_adds(out, control ? "$'" : "'");
	for (; *word; word++) {
		if (is_control(*word))
			buf_addf(out, "\\x%02x", (unsigned char)*word);
		else if (*word == '\'')
			buf_adds(out, control ? "\\'" : "'\\''");
		else if (*word == '\\' && control)
			buf_adds(out, "\\\\");
		else
			buf_addc(out, *word);
	}
	buf_addc(out, '\'');
}
