/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of a plan as properties of a unit, and the way from the path of a cgroup to its scope.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/buf.h"
#include "engine/scope.h"
#include "engine/scope_properties.h"
#include "plan/build.h"

#include <errno.h>
#include <string.h>

static void add_setting(struct plan *plan, const char *file, const char *value)
{
	struct plan_cgroup_setting *setting =
		plan_append(plan, &plan->cgroup.settings, sizeof(*setting));

	setting->file = plan_add_string(plan, file);
	setting->value = plan_add_string(plan, value);
}

static void add_rule(struct plan *plan, bool allow, char type, int64_t major, int64_t minor)
{
	struct plan_device_rule *rule = plan_append(plan, &plan->cgroup.devices, sizeof(*rule));

	rule->allow = allow;
	rule->type = type;
	rule->access = PLAN_DEVICE_READ | PLAN_DEVICE_MKNOD;
	rule->major = major;
	rule->minor = minor;
	plan->cgroup.has_devices = 1;
}

/* All properties, with a ';' behind each. */
static void are(const struct plan *plan, bool is_user, const char *wanted)
{
	auto_(buf_done) struct buf got = { 0 };

	scope_properties(plan, is_user, &got);
	for (size_t i = 0; i < got.len; i++)
		if (!got.data[i])
			got.data[i] = ';';
	assert_string_equal(buf_str(&got), wanted);
}

static void setting_becomes(const char *file, const char *value, const char *wanted)
{
	struct plan *plan = plan_new();

	add_setting(plan, file, value);
	are(plan, true, wanted);
	plan_free(plan);
}

static void settings_become_properties(void **state)
{
	(void)state;
	setting_becomes("memory.max", "1048576", "?MemoryMax uint64 1048576;");
	setting_becomes("memory.max", "2M", "?MemoryMax uint64 2097152;");
	setting_becomes("memory.swap.max", "max", "?MemorySwapMax uint64 18446744073709551615;");
	setting_becomes("memory.max", "lots", "");
	setting_becomes("pids.max", "7", "?TasksMax uint64 7;");
	setting_becomes("cpu.weight", "100", "?CPUWeight uint64 100;");
	setting_becomes("cpu.max", "50000 100000",
			"?CPUQuotaPeriodUSec uint64 100000;?CPUQuotaPerSecUSec uint64 500000;");
	setting_becomes("cpu.max", "10 3000",
			"?CPUQuotaPeriodUSec uint64 3000;?CPUQuotaPerSecUSec uint64 10000;");
	setting_becomes("cpu.max", "max 100000", "?CPUQuotaPeriodUSec uint64 100000;"
						 "?CPUQuotaPerSecUSec uint64 18446744073709551615;");
	setting_becomes("cpu.max", "5 0", "");
	setting_becomes("cpuset.cpus", "0-2,9", "?AllowedCPUs @ay [0x07, 0x02];");
	setting_becomes("cpuset.cpus", "1-99999", "");
	setting_becomes("cpuset.mems", "0", "?AllowedMemoryNodes @ay [0x01];");
	setting_becomes("io.weight", "default 300", "?IOWeight uint64 300;");
	setting_becomes("io.weight", "8:0 300", "");
	setting_becomes("hugetlb.2MB.max", "0", "");
}

static void devices_become_a_list(void **state)
{
	struct plan *plan = plan_new();

	(void)state;
	add_rule(plan, false, 'a', -1, -1);
	add_rule(plan, true, 'c', 1, 3);
	add_rule(plan, true, 'b', 8, -1);
	add_rule(plan, true, 'c', -1, -1);
	are(plan, true, "");
	are(plan, false, "?DevicePolicy 'strict';?DeviceAllow @a(ss) [];?DeviceAllow @a(ss) "
			 "[('/dev/char/1:3', 'rm'), ('block-8', 'rm'), ('char-*', 'rm')];");
	/* What is taken back systemd cannot say. */
	add_rule(plan, false, 'c', 1, 3);
	are(plan, false, "?DevicePolicy 'auto';?DeviceAllow @a(ss) [];");
	plan_free(plan);
}

static void paths_lead_to_scopes(void **state)
{
	struct cove_error err;
	char scope[64];

	(void)state;
	assert_int_equal(scope_path("/a.slice/b.scope/container", scope, sizeof(scope), &err), 0);
	assert_string_equal(scope, "/a.slice/b.scope");
	assert_int_equal(scope_path("/b.scope", scope, sizeof(scope), &err), 0);
	assert_string_equal(scope, "/b.scope");
	assert_int_equal(scope_path("/c.scope/d/b.scope/e.scopes", scope, sizeof(scope), &err), 0);
	assert_string_equal(scope, "/c.scope/d/b.scope");
	assert_int_equal(scope_path("/a.slice/b", scope, sizeof(scope), &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_become_properties),
		cmocka_unit_test(devices_become_a_list),
		cmocka_unit_test(paths_lead_to_scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
