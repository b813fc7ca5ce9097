/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making new filesystems.
 */
#include "base/err.h"
#include "init/inside.h"
#include "plan/amend.h"
#include "sys/fd.h"
#include "sys/mount.h"
#include "sys/process.h"

#include <errno.h>
#include <string.h>

struct opening {
	const char *fstype;
	struct cove_error *err;
	int result;
};

static int open_there(void *argument)
{
	struct opening *opening = argument;

	opening->result = mount_new(opening->fstype, opening->err);
	return 0;
}

/* Before Linux 6.18 the kernel gives a procfs only the pid namespace of the process that opens it, and
 * of one that is joined only children are. This one is seen in there for a system call: it cannot be
 * looked into, see apply_ns_join, but by who has CAP_SYS_PTRACE in our own user namespace. */
static int open_by_child(const char *fstype, struct cove_error *err)
{
	static _Alignas(16) char stack[8192];
	struct opening opening = { .fstype = fstype, .err = err, .result = -ECHILD };
	struct process_fork fork = {
		.entry = open_there,
		.argument = &opening,
		.stack = stack,
		.stack_size = sizeof(stack),
		.shared = true,
		.descriptors = true,
	};
	struct process_end end;
	auto_fd int pidfd = -1;
	int r = process_fork(&fork, &pidfd, err);

	if (r < 0)
		return r;
	process_wait(pidfd, &end, NULL);
	if (opening.result == -ECHILD)
		err_set(err, ECHILD, NULL, fstype, "whoever was to make a '%s' filesystem was killed",
			fstype);
	return opening.result;
}

static int open_in_joined(const char *fstype, struct cove_error *err)
{
	auto_fd int fs = mount_new(fstype, err);

	if (fs < 0 || mount_set(fs, "pidns", "/proc/self/ns/pid_for_children", NULL) == 0)
		return TAKE_FD(fs);
	return open_by_child(fstype, err);
}

static int open_filesystem(const struct plan *plan, const char *fstype, struct cove_error *err)
{
	bool joined = plan->ns[COVE_NS_PID].mode == PLAN_NS_JOIN && !plan->late_forks;

	return joined && strcmp(fstype, "proc") == 0 ? open_in_joined(fstype, err)
						     : mount_new(fstype, err);
}

/* In a user namespace a group that it does not map is none. */
static int option_error(const struct plan *plan, const char *key, int r, struct cove_error *err)
{
	bool id = strcmp(key, "gid") == 0 || strcmp(key, "uid") == 0;

	if (!err || r != -EINVAL || !id || !plan->container.is ||
	    !plan_is_new(plan, COVE_NS_USER))
		return r;
	err->hint[0] = '\0';
	err_hint(err, plan->maps.deny_setgroups
			      ? "no such id is mapped; for a container without root: cove spec --rootless"
			      : "no such id is mapped: see /linux/uidMappings and /linux/gidMappings");
	return r;
}

int inside_make_filesystem(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const struct plan *plan = in->plan;
	const char *fstype = plan_str(plan, m->fstype);
	uint64_t attr = m->seal_late ? m->attr & ~MOUNT_RDONLY : m->attr;
	auto_fd int fs = open_filesystem(plan, fstype, err);

	if (fs < 0)
		return fs;
	plan_each (plan, struct plan_data, data, m->data) {
		const char *value = data->value ? plan_str(plan, data->value) : NULL;
		int r = mount_set(fs, plan_str(plan, data->key), value, err);

		if (r < 0)
			return option_error(plan, plan_str(plan, data->key), r, err);
	}
	if (m->kind == PLAN_MOUNT_FS && plan_is_for_container(plan)) {
		int r = inside_keep_mode(in, m, fs, err);

		if (r < 0)
			return r;
	}
	if (m->kind == PLAN_MOUNT_FS && m->source)
		return mount_make_as(fs, fstype, plan_str(plan, m->source), attr, err);
	return mount_make(fs, fstype, attr, err);
}
