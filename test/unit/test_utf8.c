/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/utf8.h"

#include <string.h>

#define LEN(bytes) utf8_char_len((bytes), sizeof(bytes) - 1)

static void valid_characters(void **state)
{
	(void)state;
	assert_int_equal(LEN("a"), 1);
	assert_int_equal(LEN("\xc2\x80"), 2);
	assert_int_equal(LEN("\xdf\xbf"), 2);
	assert_int_equal(LEN("\xe0\xa0\x80"), 3);
	assert_int_equal(LEN("\xed\x9f\xbf"), 3);
	assert_int_equal(LEN("\xef\xbf\xbd"), 3);
	assert_int_equal(LEN("\xf0\x90\x80\x80"), 4);
	assert_int_equal(LEN("\xf4\x8f\xbf\xbf"), 4);
	assert_int_equal(utf8_char_len("\xc3\xa9rest", 6), 2);
}

static void invalid_bytes(void **state)
{
	(void)state;
	assert_int_equal(LEN("\x80"), 0);
	assert_int_equal(LEN("\xc0\xaf"), 0);
	assert_int_equal(LEN("\xc1\xbf"), 0);
	assert_int_equal(LEN("\xe0\x9f\xbf"), 0);
	assert_int_equal(LEN("\xed\xa0\x80"), 0);
	assert_int_equal(LEN("\xf0\x8f\xbf\xbf"), 0);
	assert_int_equal(LEN("\xf4\x90\x80\x80"), 0);
	assert_int_equal(LEN("\xf5\x80\x80\x80"), 0);
	assert_int_equal(LEN("\xff"), 0);
}

static void missing_bytes(void **state)
{
	(void)state;
	assert_int_equal(LEN("\xc3"), 0);
	assert_int_equal(LEN("\xc3"
			     "a"),
			 0);
	assert_int_equal(LEN("\xe2\x82"), 0);
	assert_int_equal(LEN("\xe2\x82"
			     "a"),
			 0);
	assert_int_equal(LEN("\xf0\x9f\x98"
			     "a"),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_characters),
		cmocka_unit_test(invalid_bytes),
		cmocka_unit_test(missing_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
