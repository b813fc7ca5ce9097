/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/err.h"
#include "engine/host_steps.h"
#include "init/inside.h"
#include "plan/build.h"
#include "plan/explain.h"
#include "plan/steps.h"

#include <errno.h>
#include <string.h>

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

static void every_row_is_filled(void **state)
{
	(void)state;
	for (enum step step = 0; step < STEP_COUNT; step++) {
		const struct step_row *row = &step_rows[step];

		if (!row->name || !row->wanted)
			fail_msg("row %d is empty", step);
		assert_true(row->side == COVE_SIDE_HOST || row->side == COVE_SIDE_INSIDE);
		assert_true(strlen(row->name) < sizeof(((struct cove_error *)0)->step));
		assert_int_equal(step_by_name(row->name), step); /* so they differ, too */
	}
	assert_int_equal(step_by_name("no such step"), STEP_COUNT);
	assert_int_equal(step_by_name(""), STEP_COUNT);
}

/* Each side has what its own rows need, and nothing for the other's. */
static void columns_are_complete(void **state)
{
	(void)state;
	for (enum step step = 0; step < STEP_COUNT; step++) {
		bool host = step_rows[step].side == COVE_SIDE_HOST;

		if (!!host_steps[step].apply != host)
			fail_msg("'%s' is wrong in the host's column", step_rows[step].name);
		if (!!inside_steps[step] == host)
			fail_msg("'%s' is wrong in the inside's column", step_rows[step].name);
		if (!host)
			assert_null(host_steps[step].undo);
	}
}

static void count_line(void *context, const char *name, const char *text, const char *origin)
{
	assert_non_null(text);
	assert_non_null(origin);
	assert_true(name[0]);
	++*(int *)context;
}

/* A plan that wants as many rows at once as can be. */
static void want_everything(struct plan *plan)
{
	plan_append_text(plan, &plan->process.args, "true");
	plan_set_ns(plan, COVE_NS_MNT, PLAN_NS_NEW);
	plan_set_ns(plan, COVE_NS_TIME, PLAN_NS_NEW);
	plan_join_pid(plan, COVE_NS_NET, 1);
	plan->late_flags = plan_ns_flag(COVE_NS_MNT);
	plan_set_rlimit(plan, 7, 1, 2);
	((struct plan_rlimit *)plan_at(plan, plan->rlimits.first))->raise = 1;
	plan->maps.kind = PLAN_MAP_OWN;
	plan_map(plan, &plan->maps.uids, 0, 0, 1);
	plan->setup_uid = plan->setup_gid = 0;
	plan->own_time = 1;
	plan->loopback = 1;
	plan->limit_userns = 1;
	plan->hostname = plan_add_string(plan, "x");
	plan->nice.set = plan->umask.set = true;
	plan->root.kind = PLAN_ROOT_DIR;
	plan->root.path = plan_add_string(plan, "/r");
	plan->root.read_only = 1;
	plan->source_count = 1;
	plan_add_fs(plan, "tmpfs", "/tmp");
	plan_add_mount(plan, PLAN_MOUNT_BIND, "/v", "/v")->idmap = PLAN_IDMAP_BOX;
	plan_add_mount(plan, PLAN_MOUNT_OVERLAY, "/layer", "/srv");
	plan->process.cwd = plan_add_string(plan, "/");
	plan->keyring = PLAN_KEYRING_NEW;
	plan->process.new_session = 1;
	plan->seccomp.count = 1;
	plan->landlock.handled[PLAN_LANDLOCK_FS] = 1;
	plan->personality.set = plan->mempolicy.set = true;
	plan->process.uid = plan->process.gid = 0;
	plan->process.no_new_privs = 1;
	plan->last = PLAN_LAST_INIT;
	plan->container.is = plan->container.gate = 1;
	plan->cgroup.manager = PLAN_CGROUP_FS;
	for (enum plan_hook_kind kind = 0; kind < PLAN_HOOK_COUNT; kind++)
		plan_append(plan, &plan->hooks[kind], sizeof(struct plan_hook));
	plan_append(plan, &plan->sysctls, sizeof(struct plan_sysctl));
	plan_append(plan, &plan->net_devices, sizeof(struct plan_net_device));
	plan->label.apparmor = plan_add_string(plan, "x");
	plan->affinity.last = plan_add_string(plan, "0");
	plan->process.console = plan->process.check_command = 1;
}

static void every_wanted_row_is_explained(void **state)
{
	struct plan *plan = *state;

	want_everything(plan);
	for (enum step step = 0; step < STEP_COUNT; step++) {
		int lines = 0;

		plan->seccomp.early = step == STEP_SECCOMP_EARLY; /* or the other */
		if (!step_wanted(plan, step))
			fail_msg("'%s' is not wanted", step_rows[step].name);
		explain_step(plan, step, count_line, &lines);
		if (lines == 0)
			fail_msg("'%s' says nothing", step_rows[step].name);
	}
}

static void empty_plan_wants_the_least(void **state)
{
	const struct plan *plan = *state;
	static const enum step least[] = { STEP_SPAWN, STEP_CAPS, STEP_FDS, STEP_EXEC,
					   STEP_RUNNING };
	enum step step = 0;

	for (size_t i = 0; i < sizeof(least) / sizeof(least[0]); i++) {
		step = step_next(plan, step, COVE_SIDE_NONE);
		assert_int_equal(step, least[i]);
		assert_int_equal(step_number(plan, step), i + 1);
		step++;
	}
	assert_int_equal(step_next(plan, step, COVE_SIDE_NONE), STEP_COUNT);
	assert_int_equal(step_next(plan, STEP_COUNT, COVE_SIDE_NONE), STEP_COUNT);
}

static void next_row_of_a_side(void **state)
{
	struct plan *plan = *state;

	assert_int_equal(step_next(plan, 0, COVE_SIDE_HOST), STEP_SPAWN);
	assert_int_equal(step_next(plan, 0, COVE_SIDE_INSIDE), STEP_CAPS);
	assert_int_equal(step_next(plan, STEP_SPAWN, COVE_SIDE_HOST), STEP_SPAWN);
	assert_int_equal(step_next(plan, STEP_SPAWN + 1, COVE_SIDE_HOST), STEP_RUNNING);
	assert_int_equal(step_next(plan, STEP_EXEC + 1, COVE_SIDE_INSIDE), STEP_COUNT);
	plan->maps.kind = PLAN_MAP_OWN;
	assert_int_equal(step_next(plan, STEP_SPAWN + 1, COVE_SIDE_HOST), STEP_IDS_MAP);
	assert_int_equal(step_number(plan, STEP_IDS_MAP), 2);
	assert_int_equal(step_number(plan, STEP_CAPS), 3);
}

/* The orders that the comment in steps.c gives reasons for. */
static void order_that_matters(void **state)
{
	(void)state;
	assert_true(STEP_NS_OPEN < STEP_SPAWN && STEP_SPAWN < STEP_NS_JOIN);
	assert_true(STEP_NS_JOIN < STEP_NS_LATE && STEP_NS_LATE < STEP_IDS_MAP);
	assert_true(STEP_LIMITS_RAISE < STEP_IDS_MAP);
	assert_true(STEP_IDS_MAP < STEP_IDS_SETUP && STEP_IDS_SETUP < STEP_MOUNT_ATTACH);
	assert_true(STEP_PROCESS < STEP_MOUNT_PRIVATE);
	assert_true(STEP_MOUNT_PRIVATE < STEP_MOUNT_OPEN && STEP_MOUNT_OPEN < STEP_ROOT);
	assert_true(STEP_MOUNT_ATTACH < STEP_ROOT_PIVOT && STEP_ROOT_PIVOT < STEP_ROOT_SEAL);
	assert_true(STEP_ROOT_SEAL < STEP_CWD);
	assert_true(STEP_IDS < STEP_CAPS);
	assert_true(STEP_CAPS < STEP_NO_NEW_PRIVS && STEP_NO_NEW_PRIVS < STEP_FDS);
	assert_true(STEP_NO_NEW_PRIVS < STEP_LANDLOCK && STEP_LANDLOCK < STEP_FORK);
	assert_true(STEP_FORK < STEP_PERSONALITY && STEP_PERSONALITY < STEP_SECCOMP);
	assert_true(STEP_FORK < STEP_MEMPOLICY && STEP_MEMPOLICY < STEP_SECCOMP);
	assert_true(STEP_FDS < STEP_FORK && STEP_FORK < STEP_LIMITS);
	assert_true(STEP_LIMITS < STEP_SECCOMP && STEP_SECCOMP < STEP_EXEC);
	assert_true(STEP_RECORD < STEP_CGROUP && STEP_CGROUP < STEP_SPAWN);
	assert_true(STEP_CAPS < STEP_SECCOMP_EARLY && STEP_NO_NEW_PRIVS < STEP_SECCOMP_EARLY);
	assert_true(STEP_SECCOMP_EARLY < STEP_FORK && STEP_FDS < STEP_SECCOMP_EARLY);
	assert_true(STEP_FORK < STEP_CREATED && STEP_CREATED < STEP_GATE);
	assert_true(STEP_COMMAND < STEP_CREATED && STEP_GATE < STEP_HOOKS_START);
	assert_true(STEP_HOOKS_RUNTIME < STEP_HOOKS_CONTAINER);
	assert_true(STEP_MOUNT_ATTACH < STEP_HOOKS_RUNTIME);
	assert_true(STEP_HOOKS_CONTAINER < STEP_SYSCTL && STEP_LABEL < STEP_ROOT_PIVOT);
	assert_true(STEP_SESSION < STEP_CONSOLE && STEP_HOOKS_START < STEP_SECCOMP);
}

static void first_stamp_stays(void **state)
{
	struct plan *plan = *state;
	struct cove_error err = { 0 };

	err_set(&err, EPERM, "mount", NULL, "no");
	step_stamp(plan, STEP_FDS, &err);
	assert_string_equal(err.step, "fds");
	assert_int_equal(err.side, COVE_SIDE_INSIDE);
	assert_int_equal(err.step_number, 3);
	step_stamp(plan, STEP_SPAWN, &err);
	assert_string_equal(err.step, "fds");
	assert_int_equal(err.step_number, 3);
	step_stamp(plan, STEP_SPAWN, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_is_filled),
		TEST(columns_are_complete),
		TEST(every_wanted_row_is_explained),
		TEST(empty_plan_wants_the_least),
		TEST(next_row_of_a_side),
		TEST(order_that_matters),
		TEST(first_stamp_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
