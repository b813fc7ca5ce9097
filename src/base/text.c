/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words: the nearest one, and lists without copies.
 */
#include "base/text.h"
#include "base/utf8.h"

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

/* Whether a character of 2 or 3 bytes makes a terminal do something else than show it: C1 controls
 * (U+0080 to U+009F), and those that turn the order of writing (U+202A to U+202E, U+2066 to U+2069). */
static bool is_wide_control(const char *text, size_t len)
{
	const unsigned char *c = (const unsigned char *)text;

	if (len == 2)
		return c[0] == 0xc2 && c[1] < 0xa0;
	if (len != 3 || c[0] != 0xe2)
		return false;
	return (c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
	       (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

/* How many bytes can be shown as they are; 0: this byte cannot. */
static size_t shown_len(const char *text)
{
	size_t len = utf8_char_len(text, strnlen(text, 4));

	return is_control(*text) || is_wide_control(text, len) ? 0 : len;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("%+,-./:=@_^", c) || (unsigned char)c >= 0x80;
}

void text_quote(const char *word, struct buf *out)
{
	bool plain = *word != '\0', control = false;
	size_t len;

	for (const char *c = word; *c; c += len ? len : 1) {
		len = shown_len(c);
		plain &= len && is_plain(*c);
		control |= len == 0;
	}
	if (plain) {
		buf_adds(out, word);
		return;
	}
	buf_adds(out, control ? "$'" : "'");
	for (; *word; word += len ? len : 1) {
		len = shown_len(word);
		if (len == 0)
			buf_addf(out, "\\x%02x", (unsigned char)*word);
		else if (*word == '\'')
			buf_adds(out, control ? "\\'" : "'\\''");
		else if (*word == '\\' && control)
			buf_adds(out, "\\\\");
		else
			buf_add(out, word, len);
	}
	buf_addc(out, '\'');
}

const char *text_show(const char *name, char *buf, size_t size)
{
	size_t length = strlen(name);
	size_t kept = length < size ? length : size - 4;

	for (size_t i = 0; i < kept; i++)
		buf[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
	memcpy(buf + kept, length < size ? "" : "...", length < size ? 1 : 4);
	return buf;
}
