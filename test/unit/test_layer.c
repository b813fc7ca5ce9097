/* SPDX-License-Identifier: Apache-2.0 */
/* Layers that no kernel made: what a hostile one may look like. */
#include "unit.h"

#include "base/auto.h"
#include "base/buf.h"
#include "layer/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/cove-test-XXXXXX";
static struct layer layer;

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	char lower[64];
	int lock;

	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir) || chdir(dir) < 0 || mkdir("low", 0755) < 0)
		return -1;
	snprintf(lower, sizeof(lower), "%s/low", dir);
	lock = layer_prepare("keep", lower, NULL);
	if (lock < 0 || mkdir("keep/upper", 0755) < 0)
		return -1;
	return close(lock);
}

static int tear_down(void **state)
{
	auto_(buf_done) struct buf command = { 0 };

	(void)state;
	layer_done(&layer);
	buf_addf(&command, "rm -rf %s", dir);
	return chdir("/") == 0 && system(buf_str(&command)) == 0 ? 0 : -1;
}

static int add_path(void *context, const struct layer_entry *e, struct cove_error *err)
{
	(void)err;
	buf_addf(context, "%c%s ", "ACD"[e->change], e->path + strlen(dir) + strlen("/low"));
	return 0;
}

static void assert_changes(const char *wanted)
{
	auto_(buf_done) struct buf got = { 0 };
	const struct layer_visitor visitor = { .visit = add_path, .context = &got };

	assert_int_equal(layer_open("keep", false, &layer, NULL), 0);
	assert_int_equal(layer_changes(&layer, &visitor, NULL), 0);
	assert_string_equal(buf_str(&got), wanted);
	layer_done(&layer);
}

static int apply(bool force)
{
	const struct layer_choice choice = { .force = force };

	assert_int_equal(layer_open("keep", true, &layer, NULL), 0);
	return layer_apply(&layer, &choice, NULL);
}

static void names_sort_by_bytes_and_directories_come_before_what_is_in_them(void **state)
{
	(void)state;
	put("keep/upper/b", "");
	put("keep/upper/B", "");
	mkdir("keep/upper/a", 0755);
	put("keep/upper/a/z", "");
	put("keep/upper/a.b", "");
	assert_changes("A/B A/a A/a/z A/a.b A/b ");
}

static void a_whiteout_of_nothing_is_no_change(void **state)
{
	(void)state;
	put("low/x", "");
	assert_int_equal(mknod("keep/upper/x", S_IFCHR, 0), 0);
	assert_int_equal(mknod("keep/upper/y", S_IFCHR, 0), 0);
	assert_changes("D/x ");
}

static void what_only_leads_to_changes_is_none(void **state)
{
	(void)state;
	mkdir("low/d", 0755);
	mkdir("keep/upper/d", 0755);
	put("keep/upper/d/f", "");
	assert_changes("A/d/f ");
	chmod("keep/upper/d", 0700);
	assert_changes("C/d A/d/f ");
}

static void links_are_replaced_never_followed(void **state)
{
	char text[8] = "";

	(void)state;
	mkdir("out", 0755);
	put("out/f", "safe");
	assert_int_equal(symlink("../out/f", "low/f"), 0);
	assert_int_equal(symlink("../out", "low/d"), 0);
	put("keep/upper/f", "evil");
	mkdir("keep/upper/d", 0755);
	put("keep/upper/d/f", "evil");
	assert_int_equal(symlink("../../out", "keep/upper/e"), 0);
	assert_int_equal(apply(true), 0);
	assert_int_equal(read(open("out/f", O_RDONLY), text, 4), 4);
	assert_string_equal(text, "safe");
	assert_int_equal(readlink("low/e", text, sizeof(text)), 8);
	assert_int_equal(readlink("low/d", text, sizeof(text)), -1);
}

static void a_layer_that_is_a_link_is_refused(void **state)
{
	(void)state;
	mkdir("out", 0755);
	put("out/secret", "");
	assert_int_equal(rmdir("keep/upper"), 0);
	assert_int_equal(symlink("../out", "keep/upper"), 0);
	assert_int_equal(layer_open("keep", true, &layer, NULL), -ENOTDIR);
}

static void a_record_that_is_a_link_is_refused(void **state)
{
	(void)state;
	assert_int_equal(rename("keep/layer", "record"), 0);
	assert_int_equal(symlink("../record", "keep/layer"), 0);
	assert_int_equal(layer_open("keep", true, &layer, NULL), -ELOOP);
}

static void what_changed_after_the_layer_began_is_a_conflict(void **state)
{
	struct cove_error err = { 0 };
	const struct layer_choice choice = { .force = false };

	(void)state;
	put("keep/upper/f", "box");
	usleep(50000);
	put("low/f", "host");
	assert_int_equal(layer_open("keep", true, &layer, NULL), 0);
	assert_int_equal(layer_apply(&layer, &choice, &err), -EBUSY);
	assert_non_null(strstr(err.what, "has changed meanwhile"));
}

static void it_is_too_deep(void **state)
{
	const struct layer_visitor visitor = { .visit = add_path, .context = &(struct buf){ 0 } };
	struct cove_error err = { 0 };

	(void)state;
	assert_int_equal(chdir("keep/upper"), 0);
	for (int i = 0; i < 210; i++) {
		assert_int_equal(mkdir("d", 0755), 0);
		assert_int_equal(chdir("d"), 0);
	}
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(layer_open("keep", true, &layer, NULL), 0);
	assert_int_equal(layer_changes(&layer, &visitor, &err), -ELOOP);
	assert_non_null(strstr(err.what, "more than 200 deep"));
	buf_done(visitor.context);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_sort_by_bytes_and_directories_come_before_what_is_in_them),
		TEST(a_whiteout_of_nothing_is_no_change),
		TEST(what_only_leads_to_changes_is_none),
		TEST(links_are_replaced_never_followed),
		TEST(a_layer_that_is_a_link_is_refused),
		TEST(a_record_that_is_a_link_is_refused),
		TEST(what_changed_after_the_layer_began_is_a_conflict),
		TEST(it_is_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
