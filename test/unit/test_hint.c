/* SPDX-License-Identifier: Apache-2.0 */
/* Plays machines that refuse to make a box: what the files of each say, and what cove then says. */
#include "unit.h"

#include "base/err.h"
#include "engine/hint.h"
#include "plan/build.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A machine's files: pairs of path and content, ended by NULL. */
static const char *const *machine;

static long look(const char *path, char *text, size_t size)
{
	for (const char *const *file = machine; *file; file += 2)
		if (strcmp(*file, path) == 0)
			return snprintf(text, size, "%s", file[1]);
	return -ENOENT;
}

static struct probe probe_of(const char *const *files)
{
	struct probe probe = { 0 };

	machine = files;
	probe_files(look, &probe);
	return probe;
}

#define FIRST_NS "/proc/self/uid_map", "         0          0 4294967295\n"
#define RESTRICTED "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"

static const char *const plain[] = { FIRST_NS, NULL };
static const char *const ubuntu[] = { FIRST_NS, RESTRICTED, "/proc/self/attr/current",
				      "unconfined\n", NULL };
static const char *const profiled[] = { FIRST_NS, RESTRICTED, "/proc/self/attr/current",
					"cove (unconfined)\n", NULL };
static const char *const debian[] = { FIRST_NS, "/proc/sys/kernel/unprivileged_userns_clone",
				      "0\n", NULL };
static const char *const limited[] = { FIRST_NS, "/proc/sys/user/max_net_namespaces", "0\n", NULL };
static const char *const boxed[] = { "/proc/self/uid_map", "0 1000 1\n",
				     "/proc/sys/user/max_user_namespaces", "0\n", NULL };
static const char *const filtered[] = { FIRST_NS, "/proc/self/status",
					"Name:\tcove\nSeccomp:\t2\nSeccomp_filters:\t1\n", NULL };
static const char *const unfiltered[] = { FIRST_NS, "/proc/self/status",
					  "Name:\tcove\nSeccomp:\t0\n", NULL };
static const char *const docker[] = {
	FIRST_NS, "/proc/self/mountinfo",
	"22 1 0:20 / / rw - overlay overlay rw\n"
	"23 22 0:21 / /proc rw,nosuid - proc proc rw\n"
	"24 23 0:22 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n"
	"25 22 0:23 / /sys ro - sysfs sysfs ro\n"
	"26 25 0:24 / /sys/fs/cgroup ro - cgroup2 cgroup ro\n"
	"27 23 0:25 / /proc/kcore rw - tmpfs tmpfs rw\n"
	"28 25 0:26 / /sys/firmware ro - tmpfs tmpfs ro\n",
	NULL
};
static const char *const usual[] = {
	FIRST_NS, "/proc/self/mountinfo",
	"24 23 0:22 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n"
	"26 25 0:24 / /sys/fs/cgroup ro - cgroup2 cgroup ro\n",
	NULL
};
static const char *const noexec[] = { FIRST_NS, "/proc/sys/vm/memfd_noexec", "2\n", NULL };

/* What failed on it, and a part of the hint; NULL: nothing is said. */
static const struct {
	const char *const *files;
	int num;
	const char *call, *object, *hint;
} cases[] = {
	{ plain, EPERM, "clone3", "", "forbidden here, by a chroot or a security module" },
	{ plain, ENOSYS, "clone3", "", "this kernel has no clone3; cove needs Linux 5.14" },
	{ plain, EINVAL, "clone3", "", "lacks one of the namespaces" },
	{ plain, EAGAIN, "clone3", "", "ulimit -u" },
	{ plain, ENOSPC, "clone3", "", "nested 32 deep" },
	{ plain, EMFILE, "open_tree", "/dev/null", "ulimit -n" },
	{ plain, ENFILE, "open_tree", "/dev/null", "file-max" },
	{ plain, ENOMEM, "clone3", "", "ulimit -v" },
	{ plain, EFBIG, "write", "cove-init", "ulimit -f" },
	{ plain, ENOSPC, "mkdirat", "/mnt/x", "no room" },
	{ plain, ENAMETOOLONG, "openat2", "/x", "4095" },
	{ plain, ELOOP, "openat2", "/x", "namei /x" },
	{ plain, EPERM, "fsmount", "tmpfs", NULL },
	{ plain, EIO, "fault", "", NULL },
	{ plain, EACCES, "move_mount", "/mnt", NULL },

	/* AppArmor lets the clone pass, and refuses whatever takes a capability afterwards. */
	{ ubuntu, EPERM, "write", "uid_map", "kernel.apparmor_restrict_unprivileged_userns" },
	{ ubuntu, EACCES, "mount_setattr", "/", "contrib/apparmor/cove" },
	{ ubuntu, EPERM, "ioctl", "lo", "apparmor_parser -r /etc/apparmor.d/cove" },
	{ ubuntu, EACCES, "clone3", "", "contrib/apparmor/cove" },
	{ ubuntu, ENOENT, "open_tree", "/x", NULL },
	{ profiled, EACCES, "mount_setattr", "/", NULL },

	{ debian, EPERM, "clone3", "", "sysctl -w kernel.unprivileged_userns_clone=1" },
	{ limited, ENOSPC, "clone3", "", "sysctl -w user.max_net_namespaces=15000" },
	{ boxed, ENOSPC, "clone3", "", "user.max_user_namespaces is 0 here; an outer box" },
	{ boxed, ENOSPC, "unshare", "", "user.max_user_namespaces is 0 here; an outer box" },
	{ filtered, EPERM, "clone3", "", "forbids clone3: start the container with" },
	{ filtered, ENOSYS, "clone3", "", "says that the kernel has no clone3" },
	{ filtered, EPERM, "move_mount", "/mnt", "forbids move_mount" },
	{ filtered, EPERM, "fsmount", "proc", "only where all of the present one is seen" },
	{ unfiltered, EPERM, "move_mount", "/mnt", NULL },
	{ docker, EPERM, "fsmount", "proc", "'/proc/kcore' is covered" },
	{ docker, EPERM, "fsmount", "proc", "--share pid" },
	{ docker, EPERM, "fsmount", "sysfs", "'/sys/firmware' is covered" },
	{ docker, EPERM, "fsmount", "sysfs", "--share net" },
	{ docker, EPERM, "fsmount", "tmpfs", NULL },
	{ usual, EPERM, "fsmount", "proc", "only where all of the present one is seen" },
	{ noexec, EACCES, "memfd_create", "cove-init", "sysctl -w vm.memfd_noexec=1" },
};

static struct plan *box_plan(void)
{
	struct plan *plan = plan_new();

	plan_set_ns(plan, COVE_NS_USER, PLAN_NS_NEW);
	plan_set_ns(plan, COVE_NS_NET, PLAN_NS_NEW);
	plan_set_ns(plan, COVE_NS_PID, PLAN_NS_NEW);
	return plan;
}

static void each_machine_gets_its_own_remedy(void **state)
{
	struct plan *plan = box_plan();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct probe probe = probe_of(cases[i].files);
		struct cove_error err = { 0 };

		err_set(&err, cases[i].num, cases[i].call, cases[i].object, "it failed");
		hint_choose(&probe, plan, &err);
		if (cases[i].hint ? !strstr(err.hint, cases[i].hint) : err.hint[0] != '\0')
			fail_msg("case %zu, %s: '%s'", i, cases[i].call, err.hint);
		if (strstr(err.hint, "..."))
			fail_msg("case %zu is cut: '%s'", i, err.hint);
	}
	plan_free(plan);
}

static void a_step_knows_better(void **state)
{
	struct plan *plan = box_plan();
	struct probe probe = probe_of(ubuntu);
	struct cove_error err = { 0 };

	(void)state;
	err_set(&err, EPERM, "clone3", NULL, "it failed");
	err_hint(&err, "as the step says");
	hint_choose(&probe, plan, &err);
	assert_string_equal(err.hint, "as the step says");
	plan_free(plan);
}

static void a_privileged_caller_is_not_restricted(void **state)
{
	struct plan *plan = box_plan();
	struct probe probe = probe_of(ubuntu);
	struct cove_error err = { 0 };

	(void)state;
	probe.admin = true;
	err_set(&err, EACCES, "mount_setattr", "/", "it failed");
	hint_choose(&probe, plan, &err);
	assert_string_equal(err.hint, "");
	plan_free(plan);
}

static void a_chroot_is_named(void **state)
{
	struct plan *plan = box_plan();
	struct probe probe = probe_of(plain);
	struct cove_error err = { 0 };

	(void)state;
	probe.in_chroot = true;
	err_set(&err, EPERM, "clone3", NULL, "it failed");
	hint_choose(&probe, plan, &err);
	assert_non_null(strstr(err.hint, "this is a chroot"));
	plan_free(plan);
}

static void without_a_user_namespace_privilege_is_missing(void **state)
{
	struct plan *plan = plan_new();
	struct probe probe = probe_of(ubuntu);
	struct cove_error err = { 0 };

	(void)state;
	plan_set_ns(plan, COVE_NS_UTS, PLAN_NS_NEW);
	err_set(&err, EPERM, "clone3", NULL, "it failed");
	hint_choose(&probe, plan, &err);
	assert_non_null(strstr(err.hint, "need CAP_SYS_ADMIN"));
	plan_free(plan);
}

static void the_end_of_cove_init_is_explained_by_its_signal(void **state)
{
	static const struct {
		int status;
		const char *hint;
	} ends[] = { { SIGXFSZ, "ulimit -f" }, { SIGXCPU, "ulimit -t" }, { SIGSYS, "filter" },
		     { SIGKILL, "log" },       { 125 << 8, "log" } };

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct cove_error err = { 0 };

		hint_end(ends[i].status, &err);
		assert_non_null(strstr(err.hint, ends[i].hint));
	}
}

static void nobody_may_be_interested(void **state)
{
	struct plan *plan = box_plan();

	(void)state;
	hint_host(plan, NULL);
	hint_inside(plan, NULL);
	hint_end(SIGKILL, NULL);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_machine_gets_its_own_remedy),
		cmocka_unit_test(a_step_knows_better),
		cmocka_unit_test(a_privileged_caller_is_not_restricted),
		cmocka_unit_test(a_chroot_is_named),
		cmocka_unit_test(without_a_user_namespace_privilege_is_missing),
		cmocka_unit_test(the_end_of_cove_init_is_explained_by_its_signal),
		cmocka_unit_test(nobody_may_be_interested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
