/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/path.h"

#include <errno.h>

static void assert_clean(const char *path, const char *expected)
{
	auto_(buf_done) struct buf b = { 0 };

	assert_int_equal(path_clean(path, &b), 0);
	assert_string_equal(buf_str(&b), expected);
}

static void cleans(void **state)
{
	(void)state;
	assert_clean("/", "/");
	assert_clean("//", "/");
	assert_clean("/a/b", "/a/b");
	assert_clean("/a//b///c/", "/a/b/c");
	assert_clean("/./a/./b/.", "/a/b");
	assert_clean("/a/../b", "/b");
	assert_clean("/a/b/../..", "/");
	assert_clean("/..", "/");
	assert_clean("/../../a", "/a");
	assert_clean("/a/...", "/a/...");
	assert_clean("/a/.b/..c", "/a/.b/..c");
	assert_clean("/a b/\n", "/a b/\n");
}

static void clean_appends_or_refuses(void **state)
{
	auto_(buf_done) struct buf b = { 0 };

	(void)state;
	buf_adds(&b, "src=");
	assert_int_equal(path_clean("/x/", &b), 0);
	assert_string_equal(buf_str(&b), "src=/x");
	/* What was there before is not part of the path. */
	assert_int_equal(path_clean("/../..", &b), 0);
	assert_string_equal(buf_str(&b), "src=/x/");
	assert_int_equal(path_clean("", &b), -EINVAL);
	assert_int_equal(path_clean("a/b", &b), -EINVAL);
	assert_string_equal(buf_str(&b), "src=/x/");
	b.failed = true;
	assert_int_equal(path_clean("/x", &b), -ENOMEM);
}

static void under(void **state)
{
	(void)state;
	assert_true(path_is_under("/a", "/a"));
	assert_true(path_is_under("/a/b", "/a"));
	assert_true(path_is_under("/a", "/"));
	assert_true(path_is_under("/", "/"));
	assert_false(path_is_under("/ab", "/a"));
	assert_false(path_is_under("/a", "/a/b"));
	assert_false(path_is_under("/", "/a"));
	assert_false(path_is_under("/b", "/a"));
}

static void assert_joined(const char *dir, const char *path, const char *expected)
{
	auto_(buf_done) struct buf b = { 0 };

	assert_int_equal(path_join(dir, path, &b), 0);
	assert_string_equal(buf_str(&b), expected);
}

static void joins(void **state)
{
	(void)state;
	assert_joined("/a", "b", "/a/b");
	assert_joined("/a/", "b", "/a/b");
	assert_joined("/a", "/b", "/a/b");
	assert_joined("/", "b", "/b");
	assert_joined("/", "//b", "/b");
	assert_joined("", "b", "b");
	assert_joined("", "/b", "/b");
	assert_joined("/a", "", "/a");
	assert_joined("/a", "../b", "/a/../b");
}

static void absolute(void **state)
{
	(void)state;
	assert_true(path_is_absolute("/"));
	assert_false(path_is_absolute("a/b"));
	assert_false(path_is_absolute(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleans),
		cmocka_unit_test(clean_appends_or_refuses),
		cmocka_unit_test(under),
		cmocka_unit_test(joins),
		cmocka_unit_test(absolute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
