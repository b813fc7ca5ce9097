/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/json_read.h"
#include "base/json_scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_doc read_text(const char *text)
{
	struct json_doc doc;
	struct json_fault fault;

	if (json_doc_read(text, strlen(text), &doc, &fault) < 0)
		fail_msg("'%s': %s", text, fault.what);
	return doc;
}

static json_node member(const struct json_doc *doc, json_node object, const char *name)
{
	json_each (doc, key, object)
		if (strcmp(json_text(doc, key), name) == 0)
			return json_value(doc, key);
	fail_msg("no member '%s'", name);
	return JSON_NONE;
}

static void nodes_have_types(void **state)
{
	static const enum json_type types[] = {
		JSON_NULL, JSON_BOOL, JSON_BOOL, JSON_INTEGER, JSON_FRACTION, JSON_FRACTION,
		JSON_STRING, JSON_ARRAY, JSON_OBJECT,
	};
	struct json_doc doc = read_text("[null, true, false, -7, 1.5, 2e3, \"x\", [ ], {}]");
	size_t n = 0;

	(void)state;
	json_each (&doc, e, 0)
		assert_int_equal(json_type(&doc, e), types[n++]);
	assert_int_equal(n, sizeof(types) / sizeof(types[0]));
	assert_true(json_is_true(&doc, 2));
	assert_false(json_is_true(&doc, 3));
	assert_string_equal(json_text(&doc, 4), "-7");
	json_doc_done(&doc);
}

static void strings_are_decoded(void **state)
{
	struct json_doc doc = read_text(
		"{\"a\\u0062\":\"\\u00e4\\n\\\\\\\"\\/\\ud83d\\ude00|\",\"c\":[\"\",\"plain\"]}");

	(void)state;
	assert_string_equal(json_text(&doc, member(&doc, 0, "ab")),
			    "\xc3\xa4\n\\\"/\xf0\x9f\x98\x80|");
	assert_string_equal(json_text(&doc, json_first(&doc, member(&doc, 0, "c"))), "");
	json_doc_done(&doc);
}

static void walking_passes_over_what_is_below(void **state)
{
	struct json_doc doc = read_text("{\"a\":{\"x\":[1,{\"y\":2}]},\"b\":[[],[[3]],4],\"c\":5}");
	json_node b, last;
	char keys[8] = "";

	(void)state;
	json_each (&doc, key, 0)
		strcat(keys, json_text(&doc, key));
	assert_string_equal(keys, "abc");
	b = member(&doc, 0, "b");
	last = json_next(&doc, json_next(&doc, json_first(&doc, b)));
	assert_string_equal(json_text(&doc, last), "4");
	assert_int_equal(json_next(&doc, last), JSON_NONE);
	assert_int_equal(json_first(&doc, json_first(&doc, b)), JSON_NONE);
	json_doc_done(&doc);
}

static void pointers_and_places(void **state)
{
	static const char text[] = "{\n  \"a/b\": [1,\n    {\"m~n\": \"\\u0041x\"}]\n}";
	struct json_doc doc = read_text(text);
	json_node inner = json_next(&doc, json_first(&doc, member(&doc, 0, "a/b")));
	json_node leaf = member(&doc, inner, "m~n");
	struct buf pointer = { 0 };
	size_t from, end, line, column;

	(void)state;
	json_pointer(&doc, leaf, &pointer);
	assert_string_equal(buf_str(&pointer), "/a~1b/1/m~0n");
	json_span(&doc, leaf, &from, &end);
	assert_int_equal(end - from, strlen("\"\\u0041x\""));
	assert_memory_equal(text + from, "\"\\u0041x\"", end - from);
	json_scan_place(text, from, &line, &column);
	assert_int_equal(line, 3);
	assert_int_equal(column, 13);
	line = 0;
	assert_true(json_scan_locate(text, strlen(text), buf_str(&pointer), &line, &column));
	assert_int_equal(line, 3);
	assert_int_equal(column, 13);
	assert_false(json_scan_locate(text, strlen(text), "/none", &line, &column));
	buf_done(&pointer);
	json_pointer(&doc, 0, &pointer);
	assert_string_equal(buf_str(&pointer), "");
	json_doc_done(&doc);
}

static void refuses_what_is_no_json(void **state)
{
	static const struct {
		const char *text, *what;
		size_t line, column;
	} rows[] = {
		{ "", "text ends too early", 1, 1 },
		{ "{", "expected a key in double quotes", 1, 2 },
		{ "[1,", "text ends too early", 1, 4 },
		{ "[1,]", "expected a JSON value", 1, 4 },
		{ "{\"a\":1,}", "expected a key in double quotes", 1, 8 },
		{ "{\"a\" 1}", "expected ':' after a key", 1, 6 },
		{ "[1 2]", "expected ',' or ']' in an array", 1, 4 },
		{ "{} {}", "unexpected bytes after the JSON value", 1, 4 },
		{ "[01]", "number begins with a superfluous 0", 1, 2 },
		{ "[1.]", "number ends in '.'", 1, 2 },
		{ "[18446744073709551616]", "integer does not fit in 64 bits", 1, 2 },
		{ "[-9223372036854775809]", "integer does not fit in 64 bits", 1, 2 },
		{ "[\"a\\u0000b\"]", "string contains a NUL character", 1, 4 },
		{ "[\"\\ud800\"]", "string contains half a surrogate pair", 1, 3 },
		{ "[\"\xc3\xa4\xff\"]", "string is not valid UTF-8", 1, 4 },
		{ "[\"a\nb\"]", "string contains a bare control character", 1, 4 },
		{ "[\"abc", "string has no end", 1, 2 },
		{ "[\"\\x\"]", "unknown escape in string", 1, 3 },
		{ "{\"a\":1,\n \"\\u0061\":2}", "duplicate key 'a'", 2, 2 },
		{ "[tru]", "expected a JSON value", 1, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_fault fault;
		struct json_doc doc;

		assert_int_equal(json_doc_read(rows[i].text, strlen(rows[i].text), &doc, &fault),
				 -EINVAL);
		assert_string_equal(fault.what, rows[i].what);
		if (fault.line != rows[i].line || fault.column != rows[i].column)
			fail_msg("'%s': %zu:%zu", rows[i].text, fault.line, fault.column);
	}
}

static void depth_has_a_limit(void **state)
{
	char text[2 * (JSON_SCAN_MAX_DEPTH + 1) + 1];
	struct json_fault fault;
	struct json_doc doc;
	size_t deep = JSON_SCAN_MAX_DEPTH;

	(void)state;
	memset(text, '[', deep);
	memset(text + deep, ']', deep);
	assert_int_equal(json_doc_read(text, 2 * deep, &doc, &fault), 0);
	json_doc_done(&doc);
	deep++;
	memset(text, '[', deep);
	memset(text + deep, ']', deep);
	assert_int_equal(json_doc_read(text, 2 * deep, &doc, &fault), -EINVAL);
	assert_string_equal(fault.what, "objects and arrays are nested too deep (64 is the limit)");
}

/* Of n elements, in time that grows no faster than n. */
static void many_values(void **state)
{
	size_t count = JSON_READ_NODES - 1;
	char *text = malloc(3 * (count + 1) + 2);
	struct json_fault fault;
	struct json_doc doc;
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	text[len++] = '[';
	for (size_t i = 0; i < count; i++) {
		memcpy(text + len, "{},", 3);
		len += 3;
	}
	text[len - 1] = ']';
	assert_int_equal(json_doc_read(text, len, &doc, &fault), 0);
	assert_int_equal(doc.count, JSON_READ_NODES);
	json_doc_done(&doc);
	memcpy(text + len - 1, ",{}]", 4);
	assert_int_equal(json_doc_read(text, len + 3, &doc, &fault), -E2BIG);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_have_types),
		cmocka_unit_test(strings_are_decoded),
		cmocka_unit_test(walking_passes_over_what_is_below),
		cmocka_unit_test(pointers_and_places),
		cmocka_unit_test(refuses_what_is_no_json),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(many_values),
	};

	return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
