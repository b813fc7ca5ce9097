/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "api/default_filter.h"
#include "base/auto.h"
#include "box/allow.h"
#include "plan/build.h"
#include "plan/filter.h"
#include "plan/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define JUMP(test, k, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, k, yes, no)
#define RETURN(k) BPF_STMT(BPF_RET | BPF_K, k)

static const struct seccomp_data call = { .nr = 7, .arch = 5, .args = { 0x500000006 } };

static void only_the_return_that_is_reached_counts(void **state)
{
	static const struct {
		uint16_t test;
		uint32_t k;
		bool holds;
	} rows[] = {
		{ BPF_JEQ, 7, true },  { BPF_JEQ, 8, false },  { BPF_JGT, 6, true },
		{ BPF_JGT, 7, false }, { BPF_JGE, 7, true },   { BPF_JGE, 8, false },
		{ BPF_JSET, 3, true }, { BPF_JSET, 8, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sock_filter program[] = {
			LOAD(0),
			JUMP(rows[i].test, rows[i].k, 1, 2),
			RETURN(3),
			RETURN(1),
			RETURN(2),
		};

		assert_int_equal(filter_answer(program, 5, &call), rows[i].holds ? 1 : 2);
	}
}

static void arguments_are_halves(void **state)
{
	const struct sock_filter low[] = { LOAD(16), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 4),
					   JUMP(BPF_JEQ, 4, 0, 1), RETURN(1), RETURN(2) };
	const struct sock_filter high[] = { LOAD(20), BPF_STMT(BPF_JMP | BPF_JA, 1), RETURN(9),
					    JUMP(BPF_JEQ, 5, 0, 1), RETURN(1), RETURN(2) };

	(void)state;
	assert_int_equal(filter_answer(low, 5, &call), 1);
	assert_int_equal(filter_answer(high, 6, &call), 1);
}

/* A wrong program must not look lax, nor lead out of itself. */
static void what_is_not_understood_kills(void **state)
{
	const struct sock_filter endless[] = { LOAD(0), JUMP(BPF_JEQ, 7, 250, 250) };
	const struct sock_filter outside[] = { LOAD(64), RETURN(SECCOMP_RET_ALLOW) };
	const struct sock_filter unknown[] = { BPF_STMT(BPF_LD | BPF_IMM, 1),
					       RETURN(SECCOMP_RET_ALLOW) };

	(void)state;
	assert_int_equal(filter_answer(endless, 2, &call), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(filter_answer(outside, 2, &call), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(filter_answer(unknown, 2, &call), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(filter_answer(endless, 0, &call), SECCOMP_RET_KILL_PROCESS);
}

static void whether_a_call_can_be_allowed_is_worked_out_for_all_arguments(void **state)
{
	const struct sock_filter by_argument[] = {
		LOAD(0),
		JUMP(BPF_JEQ, 7, 0, 3),
		LOAD(16),
		JUMP(BPF_JEQ, 4, 0, 2),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_LOG),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
	};
	const struct sock_filter never[] = {
		LOAD(16),
		JUMP(BPF_JEQ, 4, 0, 1),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		LOAD(0),
		JUMP(BPF_JEQ, 7, 1, 0),
		RETURN(SECCOMP_RET_USER_NOTIF),
		RETURN(SECCOMP_RET_TRAP),
	};
	const struct sock_filter unknown[] = { BPF_STMT(BPF_LD | BPF_IMM, 1) };

	(void)state;
	assert_true(filter_may_allow(by_argument, 7, 7));
	assert_true(filter_may_allow(by_argument, 7, 8));
	assert_false(filter_may_allow(never, 7, 7));
	assert_true(filter_may_allow(never, 7, 8));
	assert_true(filter_may_allow(unknown, 1, 7));
	assert_true(filter_notifies(never, 7));
	assert_false(filter_notifies(by_argument, 7));
}

static struct plan *plan_with(const void *program, size_t len)
{
	struct plan *plan = plan_new();

	assert_non_null(plan);
	plan->seccomp.program = plan_add_bytes(plan, program, (uint32_t)len);
	plan->seccomp.count = (uint32_t)(len / sizeof(struct sock_filter));
	return plan;
}

static void newer_calls_do_not_count_as_denied(void **state)
{
	const struct sock_filter program[] = {
		LOAD(0),
		JUMP(BPF_JGT, 100, 2, 0), /* above: denied, and so are 3 below */
		JUMP(BPF_JGT, 97, 1, 0),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_filter last[5];
	struct plan *plan = plan_with(program, sizeof(program));

	(void)state;
	assert_int_equal(filter_count_denied(plan), 0);
	plan_free(plan);
	memcpy(last, program, sizeof(last));
	last[2] = (struct sock_filter)JUMP(BPF_JGE, 98, 0, 0);
	last[2].jt = 1; /* 98 to 100 are denied, 101 to 200 are not */
	last[1] = (struct sock_filter)JUMP(BPF_JGT, 100, 1, 0);
	plan = plan_with(last, sizeof(last));
	assert_int_equal(filter_count_denied(plan), 3);
	plan_free(plan);
}

static void the_default_filter_denies_some_fifty(void **state)
{
	struct plan *plan;
	unsigned denied;

	(void)state;
	if (!default_filter_size())
		skip();
	plan = plan_with(default_filter, default_filter_size());
	denied = filter_count_denied(plan);
	plan_free(plan);
	assert_in_range(denied, 45, 75);
}

/* The capabilities for which the carried filter is not the right one. */
static void the_profile_asks_for_these_capabilities(void **state)
{
	uint64_t asked = 0;
	auto_(buf_done) struct buf text = { 0 };

	(void)state;
	buf_add(&text, default_profile, default_profile_size());
	for (const char *at = buf_str(&text); (at = strstr(at, "\"CAP_")); at++) {
		char name[32];
		int number;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 1, "\""), at + 1);
		number = names_capability(name);
		assert_true(number >= 0);
		asked |= UINT64_C(1) << number;
	}
	assert_int_equal(asked, FILTER_CAPS);
}

static void the_profile_knows_every_word(void **state)
{
	auto_(buf_done) struct buf text = { 0 }, all = { 0 };
	const char *near;

	(void)state;
	buf_add(&text, default_profile, default_profile_size());
	for (enum allow word = 0; word < ALLOW_COUNT; word++) {
		char quoted[32];

		snprintf(quoted, sizeof(quoted), "[\"%s\"]", allow_name(word));
		assert_non_null(strstr(buf_str(&text), quoted));
		assert_int_equal(allow_find(allow_name(word), &near), word);
		buf_addf(&all, "%s%s", all.len ? " " : "", allow_name(word));
	}
	assert_string_equal(buf_str(&all), ALLOW_CHOICES);
	assert_int_equal(allow_find("deubg", &near), -EINVAL);
	assert_string_equal(near, "debug");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_return_that_is_reached_counts),
		cmocka_unit_test(arguments_are_halves),
		cmocka_unit_test(what_is_not_understood_kills),
		cmocka_unit_test(whether_a_call_can_be_allowed_is_worked_out_for_all_arguments),
		cmocka_unit_test(newer_calls_do_not_count_as_denied),
		cmocka_unit_test(the_default_filter_denies_some_fifty),
		cmocka_unit_test(the_profile_asks_for_these_capabilities),
		cmocka_unit_test(the_profile_knows_every_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
