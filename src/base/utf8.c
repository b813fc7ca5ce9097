/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of well-formed byte sequences of the Unicode standard (table 3-7), as code.
 */
#include "base/utf8.h"

#include <stdbool.h>

static bool is_between(unsigned char byte, unsigned low, unsigned high)
{
	return byte >= low && byte <= high;
}

static size_t expected_len(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (is_between(first, 0xc2, 0xdf))
		return 2;
	if (is_between(first, 0xe0, 0xef))
		return 3;
	if (is_between(first, 0xf0, 0xf4))
		return 4;
	return 0;
}

/* The first byte narrows what the second may be: here over-long forms, surrogates and too large
 * characters fall out. */
static bool second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return is_between(second, 0xa0, 0xbf);
	case 0xed:
		return is_between(second, 0x80, 0x9f);
	case 0xf0:
		return is_between(second, 0x90, 0xbf);
	case 0xf4:
		return is_between(second, 0x80, 0x8f);
	default:
		return is_between(second, 0x80, 0xbf);
	}
}

size_t utf8_char_len(const char *text, size_t n)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t len = expected_len(bytes[0]);

	if (len == 0 || len > n)
		return 0;
	if (len > 1 && !second_fits(bytes[0], bytes[1]))
		return 0;
	for (size_t i = 2; i < len; i++)
		if (!is_between(bytes[i], 0x80, 0xbf))
			return 0;
	return len;
}
