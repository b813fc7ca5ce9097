/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/facts.h"
#include "sys/facts.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void environment_by_whole_names(void **state)
{
	static const char *const env[] = { "AB=1", "A=2", "A=3", "EMPTY=", "ODD", "=x", NULL };
	const struct facts facts = { .env = env };

	(void)state;
	assert_string_equal(facts_env(&facts, "A"), "2");
	assert_string_equal(facts_env(&facts, "AB"), "1");
	assert_string_equal(facts_env(&facts, "EMPTY"), "");
	assert_null(facts_env(&facts, "ODD"));
	assert_null(facts_env(&facts, "EMPT"));
	assert_null(facts_env(&(struct facts){ 0 }, "A"));
}

static void admin_is_one_capability(void **state)
{
	(void)state;
	assert_false(facts_is_admin(&(struct facts){ .uid = 0 }));
	assert_true(facts_is_admin(&(struct facts){ .caps = UINT64_C(1) << CAP_SYS_ADMIN }));
	assert_false(facts_is_admin(&(struct facts){ .caps = ~(UINT64_C(1) << CAP_SYS_ADMIN) }));
}

static void kernel_versions_compare(void **state)
{
	(void)state;
	assert_true(KERNEL(5, 14) < KERNEL(5, 15));
	assert_true(KERNEL(5, 19) < KERNEL(6, 0));
	assert_true(KERNEL(6, 9) < KERNEL(6, 12));
}

/* What is gathered is of this process. */
static void gathers_who_we_are(void **state)
{
	struct facts_store store;
	const struct facts *facts = &store.facts;
	struct rlimit nofile;
	char cwd[4096];

	(void)state;
	assert_int_equal(facts_gather(&store, NULL), 0);
	assert_true(facts->kernel >= KERNEL(5, 14));
	assert_int_equal(facts->uid, geteuid());
	assert_int_equal(facts->gid, getegid());
	assert_true((facts->caps & ~facts->all_caps) == 0);
	assert_true(facts->all_caps & (UINT64_C(1) << CAP_CHOWN));
	assert_string_equal(facts->cwd, getcwd(cwd, sizeof(cwd)));
	assert_true(facts->shell[0] == '/');
	facts_gather_limits(&store);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &nofile), 0);
	assert_true(facts->hard_limits[RLIMIT_NOFILE] == nofile.rlim_max);
	assert_int_equal(facts->subuid_count, 0);
	facts_done(&store);
}

static void home_and_user_come_from_the_environment_first(void **state)
{
	struct facts_store store;

	(void)state;
	setenv("HOME", "/some/home", 1);
	setenv("USER", "somebody", 1);
	setenv("SHELL", "relative", 1);
	assert_int_equal(facts_gather(&store, NULL), 0);
	assert_string_equal(store.facts.home, "/some/home");
	assert_string_equal(store.facts.user, "somebody");
	assert_string_equal(store.facts.shell, "/bin/sh");
	facts_done(&store);
	setenv("HOME", "not/absolute", 1);
	setenv("SHELL", "/bin/zsh", 1);
	assert_int_equal(facts_gather(&store, NULL), 0);
	assert_true(store.facts.home[0] == '/' || !store.facts.home[0]);
	assert_string_not_equal(store.facts.home, "/some/home");
	assert_string_equal(store.facts.shell, "/bin/zsh");
	facts_done(&store);
}

static void a_directory_that_is_gone_has_no_name(void **state)
{
	struct facts_store store;
	char name[] = "/tmp/cove-facts-XXXXXX";
	auto_free char *before = getcwd(NULL, 0);

	(void)state;
	assert_non_null(mkdtemp(name));
	assert_int_equal(chdir(name), 0);
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(facts_gather(&store, NULL), 0);
	assert_string_equal(store.facts.cwd, "");
	facts_done(&store);
	assert_int_equal(chdir(before), 0);
}

static void mounts_are_those_of_this_namespace(void **state)
{
	struct facts_store store;
	bool root = false, proc = false;

	(void)state;
	assert_int_equal(facts_gather(&store, NULL), 0);
	assert_int_equal(store.facts.mount_count, 0);
	assert_int_equal(facts_gather_mounts(&store, NULL), 0);
	assert_true(store.facts.mount_count > 1);
	for (unsigned i = 0; i < store.facts.mount_count; i++) {
		const struct facts_mount *mount = &store.facts.mounts[i];

		assert_true(mount->path[0] == '/');
		assert_true(mount->fstype[0] && !strchr(mount->fstype, ' '));
		root |= strcmp(mount->path, "/") == 0;
		proc |= strcmp(mount->path, "/proc") == 0 && strcmp(mount->fstype, "proc") == 0;
	}
	assert_true(root && proc);
	facts_done(&store);
	assert_null(store.facts.mounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environment_by_whole_names),
		cmocka_unit_test(admin_is_one_capability),
		cmocka_unit_test(kernel_versions_compare),
		cmocka_unit_test(gathers_who_we_are),
		cmocka_unit_test(home_and_user_come_from_the_environment_first),
		cmocka_unit_test(a_directory_that_is_gone_has_no_name),
		cmocka_unit_test(mounts_are_those_of_this_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
