/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from the mounts of a container: which need the host's in their place, how all of them
 * propagate, what must wait; and which cannot be.
 */
#include "plan/build.h"
#include "plan/seal.h"
#include "unit.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

static const struct facts root = {
	.kernel = KERNEL(6, 1),
	.caps = ~UINT64_C(0),
	.all_caps = ~UINT64_C(0),
	.user = "root",
};

static struct plan *make(void)
{
	struct plan *plan = plan_new();

	assert_non_null(plan);
	plan->container.is = 1;
	plan_append_text(plan, &plan->process.args, "true");
	plan_set_ns(plan, COVE_NS_MNT, PLAN_NS_NEW);
	plan->root.kind = PLAN_ROOT_DIR;
	plan->root.path = plan_add_string(plan, "/r");
	return plan;
}

static struct plan_mount *add_node(struct plan *plan, uint32_t type)
{
	struct plan_mount *m = plan_add_mount(plan, PLAN_MOUNT_NODE, "/dev/x", "/dev/x");

	m->node_type = type;
	return m;
}

static void the_hosts_stand_in(void **state)
{
	struct plan *plan = make();
	struct plan_mount *device = add_node(plan, S_IFCHR), *fifo = add_node(plan, S_IFIFO);
	struct plan_mount *sys = plan_add_fs(plan, "sysfs", "/sys");
	struct facts weak = root;

	(void)state;
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_false(device->spare || fifo->spare || sys->spare);
	weak.caps &= ~(UINT64_C(1) << CAP_MKNOD);
	assert_int_equal(plan_seal(plan, &weak, NULL), 0);
	assert_true(device->spare && !fifo->spare && !sys->spare);
	plan_set_ns(plan, COVE_NS_USER, PLAN_NS_NEW);
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_string_equal(plan_str(plan, device->spare), "/dev/x");
	assert_string_equal(plan_str(plan, sys->spare), "/sys");
	assert_int_equal(fifo->spare, 0);
	plan_set_ns(plan, COVE_NS_NET, PLAN_NS_NEW);
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_int_equal(sys->spare, 0);
	plan_free(plan);
}

static void masks_share_a_source(void **state)
{
	struct plan *plan = make();
	struct plan_mount *one = plan_add_mask(plan, "/a"), *other = plan_add_mask(plan, "/b");
	struct plan_mount *bind = plan_add_mount(plan, PLAN_MOUNT_BIND, "/c", "/c");

	(void)state;
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_int_equal(one->slot, other->slot);
	assert_int_not_equal(one->slot, bind->slot);
	assert_int_equal(plan->source_count, 3);
	plan_free(plan);
}

static void propagation_follows_the_mounts(void **state)
{
	struct plan *plan = make();
	struct plan_mount *bind = plan_add_mount(plan, PLAN_MOUNT_BIND, "/c", "/c");

	(void)state;
	plan->propagation = plan->root.propagation = MS_PRIVATE | MS_REC;
	plan_append_number(plan, &bind->propagation, MS_PRIVATE | MS_REC);
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_int_equal(plan->propagation, 0);
	assert_int_equal(plan->root.propagation, 0);
	plan_append_number(plan, &bind->propagation, MS_SHARED);
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_int_equal(plan->propagation, MS_SLAVE | MS_REC);
	plan->propagation = MS_SHARED | MS_REC;
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_int_equal(plan->propagation, MS_SHARED | MS_REC);
	plan_free(plan);
}

static void hooks_want_the_root_at_its_path(void **state)
{
	struct plan *plan = make();

	(void)state;
	plan_append(plan, &plan->hooks[PLAN_HOOK_POSTSTART], sizeof(struct plan_hook));
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_false(plan->root.at_path);
	plan_append(plan, &plan->hooks[PLAN_HOOK_CREATE_RUNTIME], sizeof(struct plan_hook));
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_true(plan->root.at_path);
	plan_free(plan);
}

static void a_read_only_tmpfs_waits(void **state)
{
	struct plan *plan = make();
	struct plan_mount *late = plan_add_fs(plan, "tmpfs", "/run");
	struct plan_mount *proc = plan_add_fs(plan, "proc", "/proc");

	(void)state;
	late->attr = proc->attr = MOUNT_ATTR_RDONLY;
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_true(late->seal_late && !proc->seal_late);
	assert_int_equal(plan->source_count, 2);
	plan_free(plan);
}

static void refuses(enum plan_mount_kind kind, enum plan_idmap idmap, const char *word)
{
	struct cove_error err = { 0 };
	struct plan *plan = make();
	struct plan_mount *m = plan_add_mount(plan, kind, "/v", "/v");

	m->idmap = (uint8_t)idmap;
	assert_int_equal(plan_seal(plan, &root, &err), -EINVAL);
	assert_non_null(strstr(err.what, word));
	plan_free(plan);
}

static void maps_must_exist(void **state)
{
	(void)state;
	refuses(PLAN_MOUNT_BIND, PLAN_IDMAP_BOX, "no maps of its own");
	refuses(PLAN_MOUNT_BIND, PLAN_IDMAP_OWN, "lack");
	refuses(PLAN_MOUNT_FS, PLAN_IDMAP_OWN, "not a bind mount");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hosts_stand_in),
		cmocka_unit_test(masks_share_a_source),
		cmocka_unit_test(propagation_follows_the_mounts),
		cmocka_unit_test(hooks_want_the_root_at_its_path),
		cmocka_unit_test(a_read_only_tmpfs_waits),
		cmocka_unit_test(maps_must_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
