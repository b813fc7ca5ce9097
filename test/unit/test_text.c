/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/text.h"

#include <string.h>

static const char *const words[] = {
	"rootfs", "ro", "rw", "hostname", NULL, "env", "env-pass", "env-clear", "tmpfs", "",
};

static const char *nearest(const char *word)
{
	return text_nearest(word, words, ARRAY_LEN(words));
}

static void finds_what_was_meant(void **state)
{
	(void)state;
	assert_string_equal(nearest("rootfs"), "rootfs");
	assert_string_equal(nearest("rootsf"), "rootfs");
	assert_string_equal(nearest("rotfs"), "rootfs");
	assert_string_equal(nearest("rroottfs"), "rootfs");
	assert_string_equal(nearest("host-name"), "hostname");
	assert_string_equal(nearest("env-clera"), "env-clear");
	assert_string_equal(nearest("en"), "env");
}

static void first_of_equals(void **state)
{
	(void)state;
	assert_string_equal(nearest("r"), "ro");
	assert_string_equal(nearest("rx"), "ro");
}

static void nothing_near_enough(void **state)
{
	char longest[200];

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(nearest("publish"));
	assert_null(nearest("xyz"));
	assert_null(nearest(""));
	assert_null(nearest(longest));
	assert_null(text_nearest("a", words, 0));
}

/* Writes the fields as "[a][b]". */
static void assert_fields(const char *text, char separator, const char *expected)
{
	char found[64] = "";
	const char *field;
	size_t len;

	for (const char *at = text; text_next_field(&at, separator, &field, &len);) {
		strcat(found, "[");
		strncat(found, field, len);
		strcat(found, "]");
	}
	assert_string_equal(found, expected);
}

static void fields(void **state)
{
	(void)state;
	assert_fields("a,b,c", ',', "[a][b][c]");
	assert_fields("abc", ',', "[abc]");
	assert_fields("a,,b", ',', "[a][][b]");
	assert_fields(",a,", ',', "[][a][]");
	assert_fields("", ',', "[]");
	assert_fields("a b", ' ', "[a][b]");
	assert_fields(NULL, ',', "");
}

static void assert_made(void (*make)(const char *, struct buf *), const char *text,
			const char *expected)
{
	struct buf out = { 0 };

	make(text, &out);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
}

static void quotes_only_where_needed(void **state)
{
	(void)state;
	assert_made(text_quote, "--rw=/x,y:z", "--rw=/x,y:z");
	assert_made(text_quote, "", "''");
	assert_made(text_quote, "a b", "'a b'");
	assert_made(text_quote, "it's", "'it'\\''s'");
	assert_made(text_quote, "$HOME", "'$HOME'");
	assert_made(text_quote, "a\\b", "'a\\b'");
	assert_made(text_quote, "\x1b[2J", "$'\\x1b[2J'");
	assert_made(text_quote, "\n'\\", "$'\\x0a\\'\\\\'");
	assert_made(text_quote, "\xc3\xa9", "\xc3\xa9");
	assert_made(text_quote, "a\x9b", "$'a\\x9b'");
	assert_made(text_quote, "\xc2\x9b" "2J", "$'\\xc2\\x9b2J'");
	assert_made(text_quote, "\xe2\x80\xaegpj", "$'\\xe2\\x80\\xaegpj'");
	assert_made(text_quote, "\xe2\x82\xac", "\xe2\x82\xac");
}

static void escapes_control_characters(void **state)
{
	(void)state;
	assert_made(text_escape, "plain 'text'", "plain 'text'");
	assert_made(text_escape, "a\tb\x7f", "a\\x09b\\x7f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_meant),
		cmocka_unit_test(first_of_equals),
		cmocka_unit_test(nothing_near_enough),
		cmocka_unit_test(fields),
		cmocka_unit_test(quotes_only_where_needed),
		cmocka_unit_test(escapes_control_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
