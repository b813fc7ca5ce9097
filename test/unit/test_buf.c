/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"

#include <string.h>

static void empty_is_a_string(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_string_equal(buf_str(&b), "");
	assert_null(b.data);
	buf_add(&b, NULL, 0);
	assert_non_null(b.data);
	assert_string_equal(buf_str(&b), "");
	buf_done(&b);
	buf_done(&b);
	buf_done(NULL);
}

static void adds_all_kinds(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_adds(&b, "one");
	buf_addc(&b, ' ');
	buf_addf(&b, "%d-%s", 2, "three");
	buf_add(&b, "\0x", 2);
	assert_int_equal(b.len, 13);
	assert_memory_equal(b.data, "one 2-three\0x", 14);
	assert_false(b.failed);
	buf_done(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
}

static void stays_terminated_while_it_grows(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		buf_addc(&b, 'x');
		assert_int_equal(b.len, i + 1);
		assert_true(b.cap > b.len);
		assert_int_equal(b.data[b.len], '\0');
	}
	assert_int_equal(strspn(b.data, "x"), 10000);
	buf_done(&b);
}

static void formats_over_every_boundary(void **state)
{
	(void)state;
	for (int n = 0; n < 300; n++) {
		struct buf b = { 0 };

		buf_addf(&b, "%*d", n, 7);
		buf_addf(&b, "%s", "");
		assert_int_equal(b.len, n > 0 ? n : 1);
		assert_int_equal(strlen(b.data), b.len);
		buf_done(&b);
	}
}

static void failure_is_sticky(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_adds(&b, "kept");
	buf_add(&b, "", SIZE_MAX - 2);
	assert_true(b.failed);
	buf_adds(&b, "dropped");
	buf_addf(&b, "%d", 1);
	assert_string_equal(buf_str(&b), "kept");
	assert_true(b.failed);
	buf_done(&b);
	assert_false(b.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_is_a_string),
		cmocka_unit_test(adds_all_kinds),
		cmocka_unit_test(stays_terminated_while_it_grows),
		cmocka_unit_test(formats_over_every_boundary),
		cmocka_unit_test(failure_is_sticky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
