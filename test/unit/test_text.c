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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_meant),
		cmocka_unit_test(first_of_equals),
		cmocka_unit_test(nothing_near_enough),
		cmocka_unit_test(fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
