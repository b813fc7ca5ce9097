/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "box/box.h"
#include "plan/build.h"
#include "plan/sched.h"
#include "sys/sched.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/personality.h>
#include <linux/sched.h>
#include <string.h>

/* Each word is found, and its value leads back to it. */
static void names_lead_back(void **state)
{
	(void)state;
	for (enum plan_sched_names table = 0; table < PLAN_SCHED_NAMES; table++) {
		const struct plan_sched_name *n = plan_sched_names(table);

		assert_non_null(n->word);
		for (; n->word; n++) {
			assert_ptr_equal(plan_sched_find(table, n->word, strlen(n->word)), n);
			assert_null(plan_sched_find(table, n->word, strlen(n->word) - 1));
			assert_string_equal(plan_sched_word(table, n->value), n->word);
			assert_ptr_equal(plan_sched_oci(table, n->value), n->oci);
		}
		assert_null(plan_sched_find(table, "", 0));
		assert_string_equal(plan_sched_word(table, 0x12345678), "");
		assert_null(plan_sched_oci(table, 0x12345678));
	}
}

/* The kernel's numbers, which a typing mistake in a table would change. */
static void values_are_the_kernels(void **state)
{
	static const struct {
		enum plan_sched_names table;
		const char *word;
		uint32_t value;
	} rows[] = {
		{ PLAN_SCHED_POLICIES, "other", 0 },
		{ PLAN_SCHED_POLICIES, "fifo", 1 },
		{ PLAN_SCHED_POLICIES, "rr", 2 },
		{ PLAN_SCHED_POLICIES, "batch", 3 },
		{ PLAN_SCHED_POLICIES, "idle", 5 },
		{ PLAN_SCHED_POLICIES, "deadline", 6 },
		{ PLAN_SCHED_FLAGS, "reset-on-fork", 1 },
		{ PLAN_SCHED_FLAGS, "reclaim", 2 },
		{ PLAN_SCHED_IO_CLASSES, "rt", 1 },
		{ PLAN_SCHED_IO_CLASSES, "be", 2 },
		{ PLAN_SCHED_IO_CLASSES, "idle", 3 },
		{ PLAN_SCHED_DOMAINS, "linux32", 8 },
		{ PLAN_SCHED_MEMORY_MODES, "default", 0 },
		{ PLAN_SCHED_MEMORY_MODES, "preferred", 1 },
		{ PLAN_SCHED_MEMORY_MODES, "bind", 2 },
		{ PLAN_SCHED_MEMORY_MODES, "interleave", 3 },
		{ PLAN_SCHED_MEMORY_MODES, "local", 4 },
		{ PLAN_SCHED_MEMORY_MODES, "preferred-many", 5 },
		{ PLAN_SCHED_MEMORY_MODES, "weighted-interleave", 6 },
		{ PLAN_SCHED_MEMORY_FLAGS, "static", 0x8000 },
		{ PLAN_SCHED_MEMORY_FLAGS, "relative", 0x4000 },
		{ PLAN_SCHED_MEMORY_FLAGS, "balancing", 0x2000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct plan_sched_name *n =
			plan_sched_find(rows[i].table, rows[i].word, strlen(rows[i].word));

		assert_non_null(n);
		assert_int_equal(n->value, rows[i].value);
	}
}

static void parse(struct box *box, const char *option, const char *value)
{
	static const struct facts facts = { .kernel = KERNEL(6, 12), .cwd = "/", .home = "/" };
	char *const argv[] = { "box", (char *)option, (char *)value, "true" };
	struct cove_error err = { 0 };

	assert_int_equal(box_init(box, &facts, NULL), 0);
	if (box_parse(box, 4, argv, &err) < 0)
		fail_msg("%s %s: %s", option, value, err.what);
}

static void options_fill_the_plan(void **state)
{
	struct box box;
	const struct plan_scheduler *s;

	(void)state;
	parse(&box, "--scheduler", "deadline:10ms/20ms/1s:reclaim:reset-on-fork");
	s = &box.plan->scheduler;
	assert_true(s->set && s->policy == SCHED_DEADLINE && s->flags == 3 && s->priority == 0);
	assert_int_equal(s->runtime, 10000000);
	assert_int_equal(s->deadline, 20000000);
	assert_int_equal(s->period, 1000000000);
	box_done(&box);
	parse(&box, "--scheduler", "rr:7");
	s = &box.plan->scheduler;
	assert_true(s->set && s->policy == SCHED_RR && s->flags == 0 && s->priority == 7);
	box_done(&box);
	parse(&box, "--ioprio", "rt:3");
	assert_true(box.plan->ioprio.set && box.plan->ioprio.io_class == IOPRIO_CLASS_RT &&
		    box.plan->ioprio.level == 3);
	box_done(&box);
	parse(&box, "--personality", "linux32,no-randomize,3gb");
	assert_true(box.plan->personality.set);
	assert_int_equal(box.plan->personality.value,
			 PER_LINUX32 | ADDR_NO_RANDOMIZE | ADDR_LIMIT_3GB);
	box_done(&box);
}

static void nodes_become_bits(void **state)
{
	static const struct {
		const char *value;
		uint64_t first, second, last;
		unsigned flags;
	} rows[] = {
		{ "bind:0", 1, 0, 0, 0 },
		{ "bind:0-1,3", 0xb, 0, 0, 0 },
		{ "interleave:static,63-64", UINT64_C(1) << 63, 1, 0, MPOL_F_STATIC_NODES },
		{ "preferred-many:1023,0,relative,balancing", 1, 0, UINT64_C(1) << 63,
		  MPOL_F_RELATIVE_NODES | MPOL_F_NUMA_BALANCING },
		{ "bind:0-1023", ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), 0 },
		{ "local", 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct plan_mempolicy *policy;
		struct box box;

		parse(&box, "--mempolicy", rows[i].value);
		policy = &box.plan->mempolicy;
		assert_true(policy->set);
		assert_int_equal(policy->nodes[0], rows[i].first);
		assert_int_equal(policy->nodes[1], rows[i].second);
		assert_int_equal(policy->nodes[15], rows[i].last);
		assert_int_equal(policy->flags, rows[i].flags);
		box_done(&box);
	}
}

/* What would not reach the command. */
static void forks_lose_it(void **state)
{
	static const struct {
		uint32_t policy;
		uint64_t flags;
		enum plan_last last;
		int result;
	} rows[] = {
		{ SCHED_DEADLINE, 0, PLAN_LAST_DIRECT, 0 },
		{ SCHED_DEADLINE, 0, PLAN_LAST_INIT, -EINVAL },
		{ SCHED_DEADLINE, 0, PLAN_LAST_DETACHED, -EINVAL },
		{ SCHED_FIFO, SCHED_FLAG_RESET_ON_FORK, PLAN_LAST_DIRECT, 0 },
		{ SCHED_FIFO, SCHED_FLAG_RESET_ON_FORK, PLAN_LAST_INIT, -EINVAL },
		{ SCHED_FIFO, 0, PLAN_LAST_INIT, 0 },
		{ SCHED_BATCH, 0, PLAN_LAST_DETACHED, 0 },
	};
	const struct facts facts = { .kernel = KERNEL(6, 12) };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan *plan = plan_new();

		assert_non_null(plan);
		plan->scheduler = (struct plan_scheduler){
			.set = true, .policy = rows[i].policy, .flags = rows[i].flags
		};
		plan->last = (uint8_t)rows[i].last;
		assert_int_equal(plan_sched_check(plan, &facts, NULL), rows[i].result);
		plan_free(plan);
	}
}

static void refusals_are_told(void **state)
{
	struct cove_error err;
	uint64_t none = 0;

	(void)state;
	assert_int_equal(sched_set(0, &(struct sched_wanted){ .policy = 99 }, &err), -EINVAL);
	assert_string_equal(err.call, "sched_setattr");
	assert_int_equal(sched_set_ioprio(0, 5, 0, &err), -EINVAL);
	assert_string_equal(err.call, "ioprio_set");
	assert_true(sched_set_mempolicy(MPOL_BIND, &none, 64, &err) < 0); /* no nodes, or no NUMA */
	assert_string_equal(err.call, "set_mempolicy");
	assert_int_equal(sched_set_personality(~0U, &err), 0); /* asks: all succeeds */
	assert_in_range(sched_get_nice(0) + 20, 0, 39);
	assert_int_equal(sched_get_nice(-1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_lead_back),
		cmocka_unit_test(values_are_the_kernels),
		cmocka_unit_test(options_fill_the_plan),
		cmocka_unit_test(nodes_become_bits),
		cmocka_unit_test(forks_lose_it),
		cmocka_unit_test(refusals_are_told),
	};

	return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}
