/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/facts.h"
#include "plan/names.h"
#include "plan/plan.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

static void capabilities_go_both_ways(void **state)
{
	(void)state;
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		const char *name = names_capability_name((unsigned)cap);

		assert_non_null(name);
		assert_memory_equal(name, "CAP_", 4);
		assert_int_equal(names_capability(name), cap);
		assert_int_equal(names_capability(name + 4), cap);
	}
	assert_null(names_capability_name(64));
	assert_null(names_capability_name(UINT32_MAX));
}

static void capabilities_as_people_write_them(void **state)
{
	(void)state;
	assert_int_equal(names_capability("chown"), CAP_CHOWN);
	assert_int_equal(names_capability("Cap_Net_Raw"), CAP_NET_RAW);
	assert_int_equal(names_capability(""), -EINVAL);
	assert_int_equal(names_capability("CAP_"), -EINVAL);
	assert_int_equal(names_capability("net"), -EINVAL);
	assert_int_equal(names_capability("net_admin "), -EINVAL);
	assert_int_equal(names_capability("7"), -EINVAL);
	assert_string_equal(names_nearest_capability("net_adminn"), "CAP_NET_ADMIN");
	assert_string_equal(names_nearest_capability("CAP_SYS_ADIMN"), "CAP_SYS_ADMIN");
	assert_null(names_nearest_capability("something_else_altogether"));
	assert_null(names_nearest_capability("a_word_that_is_much_longer_than_any_capability_is"));
}

static void sets_are_written_in_order(void **state)
{
	auto_(buf_done) struct buf text = { 0 };

	(void)state;
	names_capabilities(0, &text);
	assert_int_equal(text.len, 0);
	names_capabilities(UINT64_C(1) << CAP_NET_RAW | UINT64_C(1) << CAP_CHOWN, &text);
	assert_string_equal(buf_str(&text), "CHOWN NET_RAW");
	buf_done(&text);
	names_capabilities(UINT64_C(1) << 63, &text);
	assert_int_equal(text.len, 0);
}

static void limits_go_both_ways(void **state)
{
	(void)state;
	for (unsigned limit = 0; limit < RLIM_NLIMITS; limit++) {
		assert_non_null(names_rlimit_name(limit));
		assert_int_equal(names_rlimit(names_rlimit_name(limit)), limit);
	}
	assert_null(names_rlimit_name(RLIM_NLIMITS));
	assert_true(RLIM_NLIMITS <= FACTS_RLIMITS);
	assert_int_equal(names_rlimit("RLIMIT_NOFILE"), RLIMIT_NOFILE);
	assert_int_equal(names_rlimit("rlimit_core"), RLIMIT_CORE);
	assert_int_equal(names_rlimit("Core"), RLIMIT_CORE);
	assert_int_equal(names_rlimit("RLIMIT_"), -EINVAL);
	assert_int_equal(names_rlimit(""), -EINVAL);
	assert_string_equal(names_nearest_rlimit("nofiles"), "nofile");
	assert_null(names_nearest_rlimit("frobs"));
}

static void namespaces_have_the_kernels_flags(void **state)
{
	static const uint32_t flags[COVE_NS_COUNT] = {
		[COVE_NS_USER] = CLONE_NEWUSER,     [COVE_NS_MNT] = CLONE_NEWNS,
		[COVE_NS_PID] = CLONE_NEWPID,       [COVE_NS_NET] = CLONE_NEWNET,
		[COVE_NS_IPC] = CLONE_NEWIPC,       [COVE_NS_UTS] = CLONE_NEWUTS,
		[COVE_NS_CGROUP] = CLONE_NEWCGROUP, [COVE_NS_TIME] = 0x80,
	};
	static const char *const names[COVE_NS_COUNT] = { "user", "mnt", "pid",    "net",
							  "ipc",  "uts", "cgroup", "time" };

	(void)state;
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++) {
		assert_int_equal(plan_ns_flag(ns), flags[ns]);
		assert_string_equal(plan_ns_name(ns), names[ns]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_go_both_ways),
		cmocka_unit_test(capabilities_as_people_write_them),
		cmocka_unit_test(sets_are_written_in_order),
		cmocka_unit_test(limits_go_both_ways),
		cmocka_unit_test(namespaces_have_the_kernels_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
