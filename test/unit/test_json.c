/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/json.h"

static void write_sample(struct json *j)
{
	json_open_object(j, NULL);
	json_string(j, "name", "box");
	json_string(j, "none", NULL);
	json_int(j, "low", INT64_MIN);
	json_uint(j, "high", UINT64_MAX);
	json_bool(j, "yes", true);
	json_bool(j, "no", false);
	json_null(j, "null");
	json_open_array(j, "list");
	json_int(j, NULL, 1);
	json_string(j, NULL, "two");
	json_open_object(j, NULL);
	json_close_object(j);
	json_open_array(j, NULL);
	json_close_array(j);
	json_close_array(j);
	json_int(j, "last", 0);
	json_close_object(j);
}

static void compact(void **state)
{
	auto_(buf_done) struct buf out = { 0 };
	struct json j;

	(void)state;
	json_init(&j, &out, false);
	write_sample(&j);
	assert_string_equal(buf_str(&out),
			    "{\"name\":\"box\",\"none\":null,\"low\":-9223372036854775808,"
			    "\"high\":18446744073709551615,\"yes\":true,\"no\":false,\"null\":null,"
			    "\"list\":[1,\"two\",{},[]],\"last\":0}");
	assert_false(out.failed);
}

static void pretty(void **state)
{
	auto_(buf_done) struct buf out = { 0 };
	struct json j;

	(void)state;
	json_init(&j, &out, true);
	json_open_object(&j, NULL);
	json_int(&j, "a", 1);
	json_open_array(&j, "b");
	json_int(&j, NULL, 2);
	json_int(&j, NULL, 3);
	json_close_array(&j);
	json_open_object(&j, "c");
	json_close_object(&j);
	json_close_object(&j);
	assert_string_equal(buf_str(&out), "{\n"
					   "  \"a\": 1,\n"
					   "  \"b\": [\n"
					   "    2,\n"
					   "    3\n"
					   "  ],\n"
					   "  \"c\": {}\n"
					   "}");
}

static void assert_string(const char *value, const char *expected)
{
	auto_(buf_done) struct buf out = { 0 };
	struct json j;

	json_init(&j, &out, false);
	json_string(&j, NULL, value);
	assert_string_equal(buf_str(&out), expected);
}

static void escapes(void **state)
{
	(void)state;
	assert_string("", "\"\"");
	assert_string("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	assert_string("\n\r\t", "\"\\n\\r\\t\"");
	assert_string("\x01\x1b[0m\x7f", "\"\\u0001\\u001b[0m\\u007f\"");
	assert_string("gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"");
}

static void invalid_utf8_is_replaced(void **state)
{
	(void)state;
	assert_string("a\xff"
		      "b",
		      "\"a\xef\xbf\xbd"
		      "b\"");
	assert_string("\xc3", "\"\xef\xbf\xbd\"");
	assert_string("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void keys_are_escaped(void **state)
{
	auto_(buf_done) struct buf out = { 0 };
	struct json j;

	(void)state;
	json_init(&j, &out, false);
	json_open_object(&j, NULL);
	json_null(&j, "a\"b");
	json_close_object(&j);
	assert_string_equal(buf_str(&out), "{\"a\\\"b\":null}");
}

static void too_deep_fails(void **state)
{
	auto_(buf_done) struct buf out = { 0 };
	struct json j;

	(void)state;
	json_init(&j, &out, false);
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		json_open_array(&j, NULL);
	json_int(&j, NULL, 1);
	assert_false(out.failed);
	json_open_array(&j, NULL);
	assert_true(out.failed);
}

static void closing_too_much_fails(void **state)
{
	auto_(buf_done) struct buf out = { 0 };
	struct json j;

	(void)state;
	json_init(&j, &out, false);
	json_open_object(&j, NULL);
	json_close_object(&j);
	assert_false(out.failed);
	json_close_object(&j);
	assert_true(out.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact),
		cmocka_unit_test(pretty),
		cmocka_unit_test(escapes),
		cmocka_unit_test(invalid_utf8_is_replaced),
		cmocka_unit_test(keys_are_escaped),
		cmocka_unit_test(too_deep_fails),
		cmocka_unit_test(closing_too_much_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
