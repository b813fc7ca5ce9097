/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/buf.h"
#include "base/facts.h"
#include "plan/build.h"
#include "plan/explain.h"
#include "plan/seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct facts nobody = { .kernel = KERNEL(6, 1), .uid = 1000, .gid = 1000 };

static int setup(void **state)
{
	*state = plan_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	plan_free(*state);
	return 0;
}

/* The texts of a list, with blanks between them; also checks that the list hangs together. */
static const char *words(const struct plan *plan, const struct plan_list *list)
{
	static char text[256];
	size_t len = 0;
	uint32_t count = 0;
	plan_ref last = 0;

	text[0] = '\0';
	plan_each (plan, struct plan_string, item, *list) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", count ? " " : "",
					plan_str(plan, item->text));
		last = (plan_ref)((const char *)item - (const char *)plan);
		count++;
	}
	assert_int_equal(count, list->count);
	assert_int_equal(last, list->last);
	return text;
}

/* The item with this text. */
static const struct plan_item *find(const struct plan *plan, const struct plan_list *list,
				    const char *word)
{
	plan_each (plan, struct plan_string, item, *list)
		if (strcmp(plan_str(plan, item->text), word) == 0)
			return &item->item;
	fail_msg("no '%s' in the list", word);
	return NULL;
}

static void fill(struct plan *plan, struct plan_list *list, const char *letters)
{
	for (; *letters; letters++)
		plan_append_text(plan, list, (const char[]){ *letters, '\0' });
}

static void new_plan_asks_for_nothing(void **state)
{
	const struct plan *plan = *state;

	assert_int_equal(plan->magic, PLAN_MAGIC);
	assert_int_equal(plan->version, PLAN_VERSION);
	assert_int_equal(plan->capacity, PLAN_CAPACITY);
	assert_true(plan->size >= sizeof(*plan));
	assert_int_equal(plan->size % 8, 0);
	assert_int_equal(plan->process.uid, PLAN_NO_ID);
	assert_int_equal(plan->process.gid, PLAN_NO_ID);
	assert_int_equal(plan->setup_uid, PLAN_NO_ID);
	assert_int_equal(plan->setup_gid, PLAN_NO_ID);
	assert_false(plan->sealed);
	assert_false(plan_has_join(plan));
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		assert_int_equal(plan->ns[ns].mode, PLAN_NS_HOST);
	plan_free(NULL);
}

static void strings_are_copied(void **state)
{
	struct plan *plan = *state;
	char text[] = "before";
	plan_ref ref = plan_add_string(plan, text);

	text[0] = 'X';
	assert_string_equal(plan_str(plan, ref), "before");
	assert_int_equal(plan_add_string(plan, NULL), 0);
	assert_string_equal(plan_str(plan, 0), "");
	assert_null(plan_at(plan, 0));
	ref = plan_add_string(plan, "");
	assert_int_not_equal(ref, 0);
	assert_string_equal(plan_str(plan, ref), "");
	ref = plan_add_bytes(plan, "a\0b", 3);
	assert_memory_equal(plan_at(plan, ref), "a\0b", 4);
}

static void items_are_aligned_and_zeroed(void **state)
{
	struct plan *plan = *state;
	struct plan_list list = { 0 };

	for (uint32_t i = 0; i < 20; i++) {
		const struct plan_rlimit *limit;

		plan_add_bytes(plan, "01234567890123456789", i);
		limit = plan_append(plan, &list, sizeof(*limit));
		assert_int_equal((uintptr_t)limit % 8, 0);
		assert_int_equal(limit->soft, 0);
		assert_int_equal(limit->item.next, 0);
	}
	assert_int_equal(list.count, 20);
}

static void items_carry_the_last_origin(void **state)
{
	struct plan *plan = *state;
	struct plan_list *list = &plan->notes;
	plan_ref origin;

	plan_append_text(plan, list, "a");
	assert_int_equal(find(plan, list, "a")->origin, 0);
	plan_set_origin(plan, "--rw /x");
	origin = plan->origin;
	plan_append_text(plan, list, "b");
	plan_set_origin(plan, "--rw /x");
	assert_int_equal(plan->origin, origin);
	plan_set_origin(plan, "default");
	plan_append_text(plan, list, "c");
	assert_string_equal(plan_str(plan, find(plan, list, "b")->origin), "--rw /x");
	assert_string_equal(plan_str(plan, find(plan, list, "c")->origin), "default");
}

static void removes_from_every_place(void **state)
{
	struct plan *plan = *state;
	struct plan_list list = { 0 }, other = { 0 };

	fill(plan, &list, "abcd");
	fill(plan, &other, "z");
	plan_remove(plan, &list, find(plan, &list, "b"));
	assert_string_equal(words(plan, &list), "a c d");
	plan_remove(plan, &list, find(plan, &list, "d"));
	assert_string_equal(words(plan, &list), "a c");
	plan_remove(plan, &list, find(plan, &list, "a"));
	assert_string_equal(words(plan, &list), "c");
	plan_remove(plan, &list, find(plan, &other, "z"));
	assert_string_equal(words(plan, &list), "c");
	fill(plan, &list, "e");
	assert_string_equal(words(plan, &list), "c e");
	plan_remove(plan, &list, find(plan, &list, "c"));
	plan_remove(plan, &list, find(plan, &list, "e"));
	assert_string_equal(words(plan, &list), "");
	assert_int_equal(list.first, 0);
	fill(plan, &list, "f");
	assert_string_equal(words(plan, &list), "f");
}

static void moves_to_the_end(void **state)
{
	struct plan *plan = *state;
	struct plan_list from = { 0 }, to = { 0 };

	fill(plan, &from, "abc");
	plan_move(plan, &from, &to, find(plan, &from, "b"));
	plan_move(plan, &from, &to, find(plan, &from, "a"));
	assert_string_equal(words(plan, &from), "c");
	assert_string_equal(words(plan, &to), "b a");
	plan_move(plan, &from, &to, find(plan, &from, "c"));
	assert_string_equal(words(plan, &from), "");
	assert_string_equal(words(plan, &to), "b a c");
	plan_move(plan, &to, &to, find(plan, &to, "b"));
	assert_string_equal(words(plan, &to), "a c b");
}

static void joins_lists(void **state)
{
	struct plan *plan = *state;
	struct plan_list a = { 0 }, b = { 0 }, none = { 0 };

	fill(plan, &b, "cd");
	plan_concat(plan, &a, &none);
	assert_string_equal(words(plan, &a), "");
	plan_concat(plan, &a, &b);
	assert_string_equal(words(plan, &a), "c d");
	assert_string_equal(words(plan, &b), "");
	fill(plan, &b, "e");
	plan_concat(plan, &a, &b);
	plan_concat(plan, &a, &none);
	assert_string_equal(words(plan, &a), "c d e");
	fill(plan, &a, "f");
	assert_string_equal(words(plan, &a), "c d e f");
}

static void environment_has_each_name_once(void **state)
{
	struct plan *plan = *state;
	const struct plan_list *env = &plan->process.env;

	plan_set_env(plan, "A", "1");
	plan_set_env(plan, "AB", "2");
	plan_set_env(plan, "B", "");
	assert_string_equal(words(plan, env), "A=1 AB=2 B=");
	plan_set_env(plan, "A", "x=y");
	assert_string_equal(words(plan, env), "AB=2 B= A=x=y");
}

static void what_was_said_overrides_the_environment(void **state)
{
	struct plan *plan = *state;
	const struct plan_list *env = &plan->process.env;
	struct plan_list said = { 0 };

	plan_append_text(plan, &plan->process.env, "A=1");
	plan_append_text(plan, &plan->process.env, "AB=2");
	plan_override_env(plan, &said);
	assert_string_equal(words(plan, env), "A=1 AB=2");
	plan_append_text(plan, &said, "C=3");
	plan_append_text(plan, &said, "A=x=y");
	plan_override_env(plan, &said);
	assert_string_equal(words(plan, env), "AB=2 C=3 A=x=y");
	assert_string_equal(words(plan, &said), "");
}

static void the_command_is_searched_in_its_own_path(void **state)
{
	struct plan *plan = *state;

	plan_set_search(plan, "/bin");
	assert_string_equal(plan_str(plan, plan->process.search), "/bin");
	plan_set_env(plan, "XPATH", "/x");
	plan_set_env(plan, "PATH", "/a:/b");
	plan_set_search(plan, "/bin");
	assert_string_equal(plan_str(plan, plan->process.search), "/a:/b");
}

static void limits_replace_each_other(void **state)
{
	struct plan *plan = *state;
	const struct plan_rlimit *first;

	plan_set_rlimit(plan, 7, 1, 2);
	plan_set_rlimit(plan, 4, 0, 0);
	plan_set_rlimit(plan, 7, 3, UINT64_MAX);
	assert_int_equal(plan->rlimits.count, 2);
	first = plan_at(plan, plan->rlimits.first);
	assert_int_equal(first->resource, 4);
	first = plan_at(plan, first->item.next);
	assert_int_equal(first->soft, 3);
	assert_true(first->hard == UINT64_MAX);
}

static void namespaces_and_their_targets(void **state)
{
	struct plan *plan = *state;

	plan_set_origin(plan, "me");
	plan_set_ns(plan, COVE_NS_NET, PLAN_NS_NEW);
	assert_true(plan_is_new(plan, COVE_NS_NET));
	assert_false(plan_has_join(plan));
	plan_join_pid(plan, COVE_NS_NET, 17);
	assert_true(plan_has_join(plan));
	assert_int_equal(plan->ns[COVE_NS_NET].number, 17);
	assert_int_equal(plan->ns[COVE_NS_NET].target, PLAN_TARGET_PID);
	plan_join_path(plan, COVE_NS_NET, "/run/netns/x");
	assert_int_equal(plan->ns[COVE_NS_NET].target, PLAN_TARGET_PATH);
	assert_string_equal(plan_str(plan, plan->ns[COVE_NS_NET].path), "/run/netns/x");
	plan_join_fd(plan, COVE_NS_NET, 9);
	assert_int_equal(plan->ns[COVE_NS_NET].target, PLAN_TARGET_FD);
	assert_int_equal(plan->ns[COVE_NS_NET].path, 0);
	assert_string_equal(plan_str(plan, plan->ns[COVE_NS_NET].origin), "me");
	plan_set_ns(plan, COVE_NS_NET, PLAN_NS_HOST);
	assert_false(plan_has_join(plan));
	assert_int_equal(plan->ns[COVE_NS_NET].target, 0);
}

static void mounts_keep_their_data(void **state)
{
	struct plan *plan = *state;
	struct plan_mount *mount = plan_add_fs(plan, "tmpfs", "/tmp");
	const struct plan_data *data;

	plan_mount_data(plan, mount, "size", "1M");
	plan_mount_data(plan, mount, "noswap", NULL);
	assert_int_equal(mount->content_fd, -1);
	assert_int_equal(mount->mode, 0755);
	assert_string_equal(plan_str(plan, mount->fstype), "tmpfs");
	assert_int_equal(mount->data.count, 2);
	data = plan_at(plan, mount->data.first);
	assert_string_equal(plan_str(plan, data->value), "1M");
	data = plan_at(plan, data->item.next);
	assert_string_equal(plan_str(plan, data->key), "noswap");
	assert_int_equal(data->value, 0);
	assert_int_equal(plan_add_mount(plan, PLAN_MOUNT_FILE, NULL, "/f")->mode, 0644);
	assert_int_equal(plan->mounts.count, 2);
}

/* A plan with something of everything that has a reference in it. */
static void fill_plan(struct plan *plan)
{
	plan_set_origin(plan, "--test");
	plan_append_text(plan, &plan->process.args, "true");
	plan_set_env(plan, "A", "1");
	plan_set_ns(plan, COVE_NS_MNT, PLAN_NS_NEW);
	plan_set_ns(plan, COVE_NS_USER, PLAN_NS_NEW);
	plan_join_path(plan, COVE_NS_NET, "/run/netns/x");
	plan_mount_data(plan, plan_add_fs(plan, "tmpfs", "/tmp"), "size", "1M");
	plan_add_mount(plan, PLAN_MOUNT_BIND, "/a", "/b");
	plan_set_rlimit(plan, 7, 1, 2);
	plan_append_number(plan, &plan->process.keep_fds, 5);
	plan_note(plan, "a note");
}

static void is_good_at_another_address(void **state)
{
	struct plan *plan = *state;
	auto_(buf_done) struct buf before = { 0 }, after = { 0 };
	auto_free struct plan *moved = NULL;

	fill_plan(plan);
	assert_int_equal(plan_seal(plan, &nobody, NULL), 0);
	explain_text(plan, &before);
	explain_json(plan, &before);
	moved = malloc(plan->size);
	assert_non_null(moved);
	memcpy(moved, plan, plan->size);
	memset(plan, 0x5a, plan->size);
	explain_text(moved, &after);
	explain_json(moved, &after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	assert_non_null(strstr(buf_str(&after), "/run/netns/x"));
	assert_non_null(strstr(buf_str(&after), "size=1M"));
}

static void copy_leaves_the_original_alone(void **state)
{
	struct plan *plan = *state;
	struct plan *copy;

	fill(plan, &plan->notes, "ab");
	copy = plan_copy(plan);
	assert_non_null(copy);
	fill(copy, &copy->notes, "c");
	assert_string_equal(words(copy, &copy->notes), "a b c");
	assert_string_equal(words(plan, &plan->notes), "a b");
	assert_int_equal(copy->capacity, PLAN_CAPACITY);
	plan_free(copy);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct plan *plan = *state;
	auto_free char *large = malloc(1 << 20);
	struct cove_error err = { 0 };
	uint32_t count;

	assert_non_null(large);
	memset(large, 'x', (1 << 20) - 1);
	large[(1 << 20) - 1] = '\0';
	plan_append_text(plan, &plan->process.args, "true");
	for (int i = 0; i < 20 && !plan->overflow; i++)
		plan_append_text(plan, &plan->process.args, large);
	assert_true(plan->overflow);
	assert_true(plan->size < plan->capacity);
	count = plan->process.args.count;
	/* Nothing is written past the end, nor linked, from here on. */
	for (int i = 0; i < 1000; i++) {
		fill_plan(plan);
		plan_set_env(plan, "LARGE", large);
		plan_add_bytes(plan, large, 1 << 20);
	}
	assert_int_equal(plan->process.args.count, count);
	assert_int_equal(plan->mounts.count, 0);
	assert_true(plan->size < plan->capacity);
	assert_int_equal(plan_seal(plan, &nobody, &err), -E2BIG);
	assert_int_equal(err.status, COVE_STATUS_SETUP);
	assert_false(plan->sealed);
}

static void fills_up_to_the_last_byte(void **state)
{
	struct plan *plan = *state;
	const struct plan_string *item;

	for (uint32_t i = 0; i < PLAN_CAPACITY / 8 && !plan->overflow; i++)
		plan_append_text(plan, &plan->notes, "1234567");
	assert_true(plan->overflow);
	assert_true(plan->size >= plan->capacity - 4096 - 32);
	item = plan_at(plan, plan->notes.last);
	assert_true(plan->notes.last + sizeof(*item) <= plan->capacity);
	assert_true(item->text + 8 <= plan->capacity);
}

/* Larger than the whole block, whose length alone must not be trusted. */
static void one_huge_string_is_refused(void **state)
{
	struct plan *plan = *state;
	size_t len = PLAN_CAPACITY + 10;
	auto_free char *huge = malloc(len + 1);
	uint32_t size = plan->size;

	assert_non_null(huge);
	memset(huge, 'x', len);
	huge[len] = '\0';
	assert_string_equal(plan_str(plan, plan_add_string(plan, huge)), "");
	assert_true(plan->overflow);
	assert_int_equal(plan->size, size);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_plan_asks_for_nothing),
		TEST(strings_are_copied),
		TEST(items_are_aligned_and_zeroed),
		TEST(items_carry_the_last_origin),
		TEST(removes_from_every_place),
		TEST(moves_to_the_end),
		TEST(joins_lists),
		TEST(environment_has_each_name_once),
		TEST(what_was_said_overrides_the_environment),
		TEST(the_command_is_searched_in_its_own_path),
		TEST(limits_replace_each_other),
		TEST(namespaces_and_their_targets),
		TEST(mounts_keep_their_data),
		TEST(is_good_at_another_address),
		TEST(copy_leaves_the_original_alone),
		TEST(what_does_not_fit_is_refused),
		TEST(fills_up_to_the_last_byte),
		TEST(one_huge_string_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
