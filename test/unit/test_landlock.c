/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/landlock.h"
#include "plan/build.h"
#include "plan/landlock.h"
#include "plan/seal.h"
#include "sys/facts.h"
#include "sys/fd.h"
#include "sys/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES LANDLOCK_FS_ALL
#define PORTS (LANDLOCK_NET_BIND | LANDLOCK_NET_CONNECT)
#define SCOPES (LANDLOCK_SCOPE_SIGNALS | LANDLOCK_SCOPE_SOCKETS)
#define WITHOUT_REFER (LANDLOCK_FS_REFER - 1) /* ABI 1 */

static struct plan *make(uint64_t files, uint64_t ports, uint64_t scopes)
{
	struct plan *plan = plan_new();
	struct plan_landlock_rule *rule;

	assert_non_null(plan);
	plan_append_text(plan, &plan->process.args, "true");
	plan_set_origin(plan, "--landlock ...");
	plan->landlock.origin = plan->origin;
	plan->landlock.handled[PLAN_LANDLOCK_FS] = files;
	plan->landlock.handled[PLAN_LANDLOCK_NET] = ports;
	plan->landlock.handled[PLAN_LANDLOCK_SCOPE] = scopes;
	plan->process.no_new_privs = 1;
	rule = plan_append(plan, &plan->landlock.rules, sizeof(*rule));
	rule->access = PLAN_LANDLOCK_RW;
	rule->path = plan_add_string(plan, "/srv");
	return plan;
}

/* What is left of a wish on each kernel. */
static void older_kernels_do_less(void **state)
{
	static const struct {
		int abi;
		uint64_t files, ports, scopes; /* left of everything */
		unsigned notes;
	} rows[] = {
		{ -1, 0, 0, 0, 1 },
		{ 0, 0, 0, 0, 1 },
		{ 1, WITHOUT_REFER, 0, 0, 2 },
		{ 2, WITHOUT_REFER | LANDLOCK_FS_REFER, 0, 0, 1 },
		{ 3, FILES & ~LANDLOCK_FS_IOCTL_DEV, 0, 0, 1 },
		{ 4, FILES & ~LANDLOCK_FS_IOCTL_DEV, PORTS, 0, 1 },
		{ 5, FILES, PORTS, 0, 1 },
		{ 6, FILES, PORTS, SCOPES, 0 },
		{ 7, FILES, PORTS, SCOPES, 0 },
		{ 99, FILES, PORTS, SCOPES, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan *plan = make(FILES, PORTS, SCOPES);
		const struct facts facts = { .landlock_abi = rows[i].abi };

		assert_int_equal(plan_landlock_resolve(plan, &facts, NULL), 0);
		assert_int_equal(plan->landlock.handled[PLAN_LANDLOCK_FS], rows[i].files);
		assert_int_equal(plan->landlock.handled[PLAN_LANDLOCK_NET], rows[i].ports);
		assert_int_equal(plan->landlock.handled[PLAN_LANDLOCK_SCOPE], rows[i].scopes);
		assert_int_equal(plan->notes.count, rows[i].notes);
		plan_free(plan);
	}
}

/* Who asks for nothing hears nothing, and needs no Landlock. */
static void nothing_asked_nothing_said(void **state)
{
	struct plan *plan = make(0, 0, 0);
	const struct facts facts = { .landlock_abi = 0 };

	(void)state;
	plan->landlock.alone = 1;
	plan->require.parts = ~0U;
	assert_int_equal(plan_landlock_resolve(plan, &facts, NULL), 0);
	assert_int_equal(plan->notes.count, 0);
	plan_free(plan);
}

static void refuses_to_do_less(void **state)
{
	static const struct {
		uint64_t files, ports, scopes;
		int abi;
		unsigned alone, required, nothing;
		int result;
	} rows[] = {
		{ FILES, 0, 0, 0, 0, 0, 0, 0 },
		{ FILES, 0, 0, 0, 1, 0, 0, -EOPNOTSUPP },
		{ FILES, 0, 0, 0, 1, 0, 1, 0 },
		{ FILES, 0, 0, 1, 1, 0, 0, 0 },
		{ FILES, 0, 0, 4, 0, 1, 0, -EOPNOTSUPP },
		{ FILES, 0, 0, 5, 0, 1, 0, 0 },
		{ 0, PORTS, SCOPES, 3, 1, 0, 0, -EOPNOTSUPP },
		{ 0, PORTS, SCOPES, 4, 1, 0, 0, 0 },
		{ 0, PORTS, SCOPES, 5, 1, 1, 0, -EOPNOTSUPP },
		{ 0, PORTS, 0, 4, 1, 1, 0, 0 },
		{ 0, 0, SCOPES, 5, 0, 0, 0, 0 },
		{ 0, 0, SCOPES, 5, 1, 0, 0, -EOPNOTSUPP },
		{ 0, 0, SCOPES, 6, 1, 1, 0, 0 },
		/* That it forbids more is no loss. */
		{ LANDLOCK_FS_REFER, 0, 0, 1, 0, 1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan *plan = make(rows[i].files, rows[i].ports, rows[i].scopes);
		const struct facts facts = { .landlock_abi = rows[i].abi };
		struct cove_error err = { 0 };

		plan->landlock.alone = (uint8_t)rows[i].alone;
		plan->require.parts = rows[i].required ? PLAN_REQUIRE_LANDLOCK : 0;
		plan->require.nothing = (uint8_t)rows[i].nothing;
		if (plan_landlock_resolve(plan, &facts, &err) != rows[i].result)
			fail_msg("row %zu: %s", i, err.what);
		if (rows[i].result < 0)
			assert_true(err.hint[0] && err.status == COVE_STATUS_SETUP);
		plan_free(plan);
	}
}

static void seal_wants_no_new_privs(void **state)
{
	struct plan *plan = make(FILES, 0, 0);
	const struct facts facts = { .landlock_abi = 6 };
	struct cove_error err;

	(void)state;
	plan->process.no_new_privs = 0;
	assert_int_equal(plan_seal(plan, &facts, &err), -EINVAL);
	assert_string_equal(err.what, "Landlock rules need no_new_privs");
	plan->process.no_new_privs = 1;
	assert_int_equal(plan_seal(plan, &facts, &err), 0);
	plan_free(plan);
}

static void abi_is_a_fact(void **state)
{
	struct facts_store store = { 0 };

	(void)state;
	facts_gather_landlock(&store);
	assert_true(store.facts.landlock_abi >= 0);
	assert_int_equal(store.facts.landlock_abi, landlock_abi());
}

static int restrict_and_look(void)
{
	int rules = landlock_new(LANDLOCK_FS_OF_FILES & ~(LANDLOCK_FS_TRUNCATE |
							  LANDLOCK_FS_IOCTL_DEV), 0, 0, NULL);
	int null = open("/dev/null", O_PATH | O_CLOEXEC);

	/* Rights of directories are left out for a file; without no_new_privs nothing binds, but
	 * for who has CAP_SYS_ADMIN. */
	if (rules < 0 || null < 0 ||
	    landlock_allow_path(rules, null, LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR,
				"/dev/null", NULL) < 0)
		return 1;
	if (landlock_allow_path(rules, null, 0, "/dev/null", NULL) >= 0)
		return 2;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || landlock_enforce(rules, NULL) < 0)
		return 3;
	if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
		return 4;
	if (open("/dev/null", O_WRONLY | O_CLOEXEC) >= 0 || errno != EACCES)
		return 5;
	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)
		return 6;
	return 0;
}

static void binds_the_process(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (landlock_abi() == 0) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	pid = fork();
	if (pid == 0)
		_exit(restrict_and_look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void refusals_are_told(void **state)
{
	struct cove_error err;

	(void)state;
	if (landlock_abi() == 0) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	assert_int_equal(landlock_new(UINT64_C(1) << 63, 0, 0, &err), -EINVAL);
	assert_string_equal(err.call, "landlock_create_ruleset");
	assert_int_equal(landlock_allow_path(-1, -1, 1, "/x", &err), -EBADF);
	assert_string_equal(err.what, "cannot make a Landlock rule for '/x'");
	assert_int_equal(landlock_allow_port(-1, 80, 1, &err), -EBADF);
	assert_string_equal(err.what, "cannot make a Landlock rule for TCP port 80");
	assert_true(landlock_enforce(-1, &err) < 0);
	assert_string_equal(err.call, "landlock_restrict_self");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(older_kernels_do_less),
		cmocka_unit_test(nothing_asked_nothing_said),
		cmocka_unit_test(refuses_to_do_less),
		cmocka_unit_test(seal_wants_no_new_privs),
		cmocka_unit_test(abi_is_a_fact),
		cmocka_unit_test(binds_the_process),
		cmocka_unit_test(refusals_are_told),
	};

	return cmocka_run_group_tests_name("landlock", tests, NULL, NULL);
}
