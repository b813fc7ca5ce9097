/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "plan/build.h"
#include "plan/overlay.h"
#include "plan/seal.h"
#include "plan/steps.h"

#include <errno.h>
#include <string.h>

static const struct facts_mount mounts[] = {
	{ "/", "ext4" },     { "/srv/a/tmp", "tmpfs" },	 { "/srv/a/efi", "vfat" },
	{ "/srv/ab", "xfs" }, { "/srv/a/tmp", "tmpfs" }, { "/srv/a/me", "fuse.sshfs" },
};
static const struct facts facts = {
	.kernel = KERNEL(6, 1),
	.uid = 1000,
	.gid = 1000,
	.mounts = mounts,
	.mount_count = ARRAY_LEN(mounts),
};

static struct plan *new_plan(void)
{
	struct plan *plan = plan_new();

	assert_non_null(plan);
	plan_append_text(plan, &plan->process.args, "true");
	plan_set_ns(plan, COVE_NS_MNT, PLAN_NS_NEW);
	plan->root.kind = PLAN_ROOT_HOST;
	return plan;
}

static const struct plan_mount *add(struct plan *plan, const char *layer, const char *target)
{
	return plan_add_mount(plan, PLAN_MOUNT_OVERLAY, layer, target);
}

static void mounts_below_are_found_once_with_what_has_no_overlay(void **state)
{
	struct plan *plan = new_plan();
	const struct plan_mount *m = add(plan, NULL, "/srv/a");
	unsigned kept = 0;

	(void)state;
	assert_int_equal(plan_seal(plan, &facts, NULL), 0);
	assert_int_equal(m->below.count, 3); /* not /srv/ab, and the stacked one once */
	plan_each (plan, struct plan_below, below, m->below) {
		bool is_tmp = strcmp(plan_str(plan, below->path), "/srv/a/tmp") == 0;

		assert_int_equal(below->keep, !is_tmp);
		kept += below->keep;
	}
	assert_int_equal(kept, 2);
	assert_string_equal(plan_str(plan, m->lower), "/srv/a");
	assert_false(step_wanted(plan, STEP_LAYERS));
	plan_free(plan);
}

static void each_layer_has_one_slot(void **state)
{
	struct plan *plan = new_plan();
	const struct plan_mount *outer = add(plan, "/keep", "/");
	struct plan_mount *part = (struct plan_mount *)add(plan, NULL, "/home/a");
	const struct plan_mount *bind =
		plan_add_mount(plan, PLAN_MOUNT_BIND, "/usr", "/mnt");

	(void)state;
	part->layer_of = (plan_ref)((const char *)outer - (const char *)plan);
	part->source = outer->source;
	assert_int_equal(plan_seal(plan, &facts, NULL), 0);
	assert_int_equal(part->layer_slot, outer->layer_slot);
	assert_int_not_equal(part->slot, outer->slot);
	assert_int_equal(plan->source_count, 4);
	assert_true(bind->slot < 4 && bind->slot != outer->layer_slot && bind->slot != part->slot);
	assert_ptr_equal(plan_layer(plan, part), outer);
	assert_ptr_equal(plan_root_overlay(plan), outer);
	assert_true(step_wanted(plan, STEP_LAYERS));
	plan_free(plan);
}

static void a_root_of_its_own_is_what_lies_below(void **state)
{
	struct plan *plan = new_plan();
	struct cove_error err = { 0 };
	const struct plan_mount *m = add(plan, NULL, "/");

	(void)state;
	plan->root.kind = PLAN_ROOT_DIR;
	plan->root.read_only = 1;
	plan->root.path = plan_add_string(plan, "/data/root");
	assert_int_equal(plan_seal(plan, &facts, NULL), 0);
	assert_string_equal(plan_str(plan, m->lower), "/data/root");
	assert_false(step_wanted(plan, STEP_ROOT_SEAL));
	plan_free(plan);

	plan = new_plan();
	plan->root.kind = PLAN_ROOT_DIR;
	plan->root.path = plan_add_string(plan, "/srv/a");
	add(plan, NULL, "/");
	assert_int_equal(plan_seal(plan, &facts, &err), -EINVAL);
	assert_non_null(strstr(err.what, "'/srv/a/tmp' is mounted in it"));
	plan_free(plan);
}

static void rules(void **state)
{
	static const struct {
		const char *layer, *target, *other_layer, *other_target, *what;
	} broken[] = {
		{ NULL, "/a", NULL, "/a/b", "an overlay cannot lie in another" },
		{ NULL, "/a/b", NULL, "/a", "an overlay cannot lie in another" },
		{ NULL, "/a", NULL, "/a", "two options put something at '/a'" },
		{ "/k", "/a", "/k", "/b", "'/k' cannot keep the changes of two directories" },
		{ "/a/k", "/a", NULL, "/b", "the layer '/a/k' lies in '/a'" },
		{ "/a", "/a", NULL, "/b", "the layer '/a' lies in '/a'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		struct plan *plan = new_plan();
		struct cove_error err = { 0 };

		add(plan, broken[i].layer, broken[i].target);
		add(plan, broken[i].other_layer, broken[i].other_target);
		assert_int_equal(plan_seal(plan, &facts, &err), -EINVAL);
		assert_int_equal(err.status, COVE_STATUS_USAGE);
		assert_non_null(strstr(err.what, broken[i].what));
		plan_free(plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_below_are_found_once_with_what_has_no_overlay),
		cmocka_unit_test(each_layer_has_one_slot),
		cmocka_unit_test(a_root_of_its_own_is_what_lies_below),
		cmocka_unit_test(rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
