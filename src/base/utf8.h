/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling UTF-8 from other bytes. Names in Linux are bytes; terminals and JSON want text.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* Length, 1 to 4, of the valid UTF-8 character at `text`, which has `n` > 0 bytes; 0 when there is
 * none: stray or missing bytes, over-long forms, surrogates, more than U+10FFFF. */
size_t utf8_char_len(const char *text, size_t n);

#endif
