/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup of a container: the row, and what is done to it without a walk. Who manages cgroups is
 * one driver in a table.
 */
#include "engine/cgroup.h"
#include "base/auto.h"
#include "base/err.h"
#include "engine/cgroup_settings.h"
#include "engine/host_steps.h"
#include "engine/rdt.h"
#include "engine/scope.h"
#include "plan/build.h"
#include "sys/cgroup.h"
#include "sys/fd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATH_SIZE 4096

struct cgroup_driver {
	/* Writes where the container's cgroup is, or will be. */
	int (*find)(const struct plan *plan, char *path, size_t size, struct cove_error *err);
	/* Makes it and opens it; ret_made as of cgroup_make. */
	int (*make)(struct run *run, const char *path, unsigned *ret_made, struct cove_error *err);
	/* Removes it with all below; it is empty. */
	int (*remove)(const char *path, struct cove_error *err);
	/* Changes what the manager itself keeps of the settings; NULL: it keeps nothing. */
	int (*set)(const struct plan *plan, const char *path, struct cove_error *err);
	/* Moves a process there that the caller may not move; NULL: nobody else may. */
	int (*attach)(const char *path, pid_t pid, struct cove_error *err);
	/* It is made around the process, when that is there. */
	bool takes_process;
};

/* ---- directories of the v2 tree ---- */

static int too_long(struct cove_error *err)
{
	return err_set(err, ENAMETOOLONG, NULL, NULL, "the path of the cgroup is too long");
}

/* Beside the caller's own: below that one no controller could be shared out, for the caller is in it. */
static int beside_own(const char *name, char *path, size_t size, struct cove_error *err)
{
	char own[PATH_SIZE];
	int r = cgroup_own_path(own, sizeof(own), err);

	if (r < 0)
		return r;
	*strrchr(own, '/') = '\0';
	return (size_t)snprintf(path, size, "%s/%s", own, name) < size ? 0 : too_long(err);
}

static int find_directory(const struct plan *plan, char *path, size_t size, struct cove_error *err)
{
	const char *wanted = plan_str(plan, plan->cgroup.path);
	const char *id = plan_str(plan, plan->container.id);
	int r = 0;

	if (wanted[0] == '/')
		r = (size_t)snprintf(path, size, "%s", wanted) < size ? 0 : too_long(err);
	else if (wanted[0])
		r = beside_own(wanted, path, size, err);
	else if (cgroup_settings_need_no_devices())
		r = beside_own(id, path, size, err);
	else
		r = (size_t)snprintf(path, size, "/%s", id) < size ? 0 : too_long(err);
	if (r == 0)
		r = cgroup_check_path(path, err);
	if (r == 0 && path[strspn(path, "/")] == '\0')
		r = err_set(err, EINVAL, NULL, path, "the root of all cgroups is no container's");
	if (r < 0)
		err_origin(err, plan_str(plan, plan->cgroup.origin));
	return r;
}

static int make_directory(struct run *run, const char *path, unsigned *ret_made,
			  struct cove_error *err)
{
	(void)run;
	return cgroup_make(path, ret_made, err);
}

/* ---- systemd ---- */

static int find_scope(const struct plan *plan, char *path, size_t size, struct cove_error *err)
{
	int r = scope_find(plan, path, size, err);

	if (r == 0)
		r = cgroup_check_path(path, err);
	if (r < 0)
		err_origin(err, plan_str(plan, plan->cgroup.origin));
	return r;
}

/* What the kernel has besides; the settings' own controllers are seen to with them. */
static void hand_down(int cgroup)
{
	static const char *const controllers[] = { "cpuset", "cpu", "io", "memory", "pids" };

	for (size_t i = 0; i < ARRAY_LEN(controllers); i++)
		cgroup_enable(cgroup, controllers[i], NULL);
}

/* What of the settings systemd has no property for takes effect in the scope too: a weight counts
 * only there. */
static int set_scope(const struct plan *plan, const char *path, struct cove_error *err)
{
	char scope[PATH_SIZE];
	auto_fd int fd = -1;
	int r = scope_path(path, scope, sizeof(scope), err);

	if (r < 0 || strcmp(scope, path) == 0)
		return r;
	fd = cgroup_open(scope, err);
	return fd < 0 ? fd : cgroup_settings_write(plan, fd, err);
}

/* systemd collects a scope that is empty by itself. Nothing but ours was in it, unless somebody has
 * moved there. */
static int remove_scope(const char *path, struct cove_error *err)
{
	char scope[PATH_SIZE];
	auto_fd int fd = cgroup_open(path, NULL);
	int r;

	if (fd >= 0)
		cgroup_kill(fd, NULL);
	r = cgroup_remove(path, err);
	if (r < 0 || scope_stop(path, err) == 0)
		return r;
	r = scope_path(path, scope, sizeof(scope), err);
	if (r == 0) {
		auto_fd int left = cgroup_open(scope, NULL);

		r = left >= 0 && cgroup_is_populated(left) > 0 ? -EBUSY : 0;
	}
	return r;
}

static int make_scope(struct run *run, const char *path, unsigned *ret_made, struct cove_error *err)
{
	int r = scope_start(run->plan, path, run->pid, err);
	auto_fd int fd = -1;

	if (r < 0)
		return r;
	fd = cgroup_make(path, ret_made, err);
	r = fd < 0 ? fd : cgroup_enter(fd, run->pid, err);
	if (r == 0) {
		hand_down(fd);
		r = set_scope(run->plan, path, err);
	}
	/* The scope is ours in any case. */
	*ret_made = 1;
	if (r < 0)
		remove_scope(path, NULL);
	return r < 0 ? r : TAKE_FD(fd);
}

static int change_scope(const struct plan *plan, const char *path, struct cove_error *err)
{
	int r = scope_set(plan, path, err);

	return r < 0 ? r : set_scope(plan, path, err);
}

static const struct cgroup_driver drivers[] = {
	[PLAN_CGROUP_FS] = { find_directory, make_directory, cgroup_remove, NULL, NULL, false },
	[PLAN_CGROUP_SYSTEMD] = { find_scope, make_scope, remove_scope, change_scope, scope_attach,
				  true },
};

static const struct cgroup_driver *driver_of(const struct plan *plan)
{
	return &drivers[plan->cgroup.manager];
}

static int find(const struct plan *plan, char *path, size_t size, struct cove_error *err)
{
	return driver_of(plan)->find(plan, path, size, err);
}

/* ---- the row ---- */

/* Two roots may have a container of the same name, and so of the same cgroup. */
static const char *mark_of(const struct plan *plan)
{
	return plan_str(plan, plan->container.mark ? plan->container.mark : plan->container.id);
}

/* One that is there already may be used when it is empty: some engines make it themselves. */
static int check_empty(const char *path, int cgroup, struct cove_error *err)
{
	if (cgroup_is_populated(cgroup) > 0) {
		err_set(err, EBUSY, NULL, path, "the cgroup '%s' has processes in it already",
			path);
		err_hint(err, "it is another container's: give this one another cgroupsPath, or "
			      "delete the other first");
		return -EBUSY;
	}
	/* Who is born in a frozen one never runs. */
	return cgroup_is_frozen(cgroup) > 0 ? cgroup_freeze(cgroup, false, err) : 0;
}

static void unmake(const struct plan *plan, const char *path, unsigned made)
{
	if (made == 0)
		return;
	driver_of(plan)->remove(path, NULL);
	cgroup_remove_above(path, made - 1);
}

/* Without the right to make one, or a tree to make it in, a box that asks for nothing of it is made
 * all the same. */
static bool may_do_without(const struct plan *plan, int r)
{
	if (driver_of(plan)->takes_process || cgroup_settings_limit(plan))
		return false;
	if (r == -EACCES || r == -EPERM)
		return true;
	return (r == -EROFS || r == -ENOTSUP) &&
	       (!plan->cgroup.has_devices || cgroup_settings_need_no_devices());
}

static int do_without(const struct run *run, const struct cove_error *why)
{
	struct cove_error note = *why;

	snprintf(note.what, sizeof(note.what), "it runs without a cgroup of its own: %.150s",
		 why->what);
	run_warn(run, &note);
	return 0;
}

static int make(struct run *run, const char *path, struct cove_error *err)
{
	const struct plan *plan = run->plan;
	struct cove_error why = { .num = 0 };
	unsigned made = 0;
	auto_fd int fd = driver_of(plan)->make(run, path, &made, &why);
	int r;

	if (fd < 0 && may_do_without(plan, fd))
		return do_without(run, &why);
	if (fd < 0) {
		if (err)
			*err = why;
		err_origin(err, plan_str(plan, plan->cgroup.origin));
		return fd;
	}
	r = made ? 0 : check_empty(path, fd, err);
	if (r == 0)
		r = cgroup_mark(fd, mark_of(plan), err);
	if (r == 0)
		r = cgroup_settings_apply(plan, fd, false, run, err);
	if (r < 0) {
		err_origin(err, plan_str(plan, plan->cgroup.origin));
		unmake(plan, path, made);
		return r;
	}
	run->cgroup = TAKE_FD(fd);
	run->cgroup_made = made;
	return 0;
}

/* A container without a cgroup has none to join. */
static int join(struct run *run, const char *path, struct cove_error *err)
{
	int fd = cgroup_open(path, err);

	if (fd >= 0)
		run->cgroup = fd;
	return fd >= 0 || fd == -ENOENT ? 0 : fd;
}

static int apply(struct run *run, struct cove_error *err)
{
	char path[PATH_SIZE];
	int r;

	if (run->plan->cgroup.manager == PLAN_CGROUP_NONE)
		return 0;
	r = find(run->plan, path, sizeof(path), err);
	if (r < 0)
		return r;
	if (run->plan->cgroup.join)
		return join(run, path, err);
	return driver_of(run->plan)->takes_process ? 0 : make(run, path, err);
}

int cgroup_move_process(const struct run *run, pid_t pid, struct cove_error *err)
{
	const struct cgroup_driver *driver = driver_of(run->plan);
	char path[PATH_SIZE];
	int r = cgroup_enter(run->cgroup, pid, err);

	if ((r != -EACCES && r != -EPERM) || !driver->attach)
		return r;
	r = find(run->plan, path, sizeof(path), err);
	return r < 0 ? r : driver->attach(path, pid, err);
}

int cgroup_take_process(struct run *run, struct cove_error *err)
{
	const struct plan *plan = run->plan;
	char path[PATH_SIZE];
	int r;

	if (plan->cgroup.manager == PLAN_CGROUP_NONE || plan->cgroup.join ||
	    !driver_of(plan)->takes_process)
		return 0;
	r = find(plan, path, sizeof(path), err);
	if (r == 0)
		r = make(run, path, err);
	if (r < 0)
		step_stamp(plan, STEP_CGROUP, err);
	return r;
}

int apply_cgroup(struct run *run, struct cove_error *err)
{
	int r = apply(run, err);

	if (r == 0)
		r = rdt_make(run, err);
	if (r < 0)
		undo_cgroup(run);
	return r;
}

void undo_cgroup(struct run *run)
{
	char path[PATH_SIZE];

	rdt_unmake(run);
	if (run->cgroup < 0)
		return;
	if (!run->plan->cgroup.join && find(run->plan, path, sizeof(path), NULL) == 0) {
		/* Another container may have been given it while it was still empty. */
		if (cgroup_is_marked(run->cgroup, mark_of(run->plan)) != 0) {
			cgroup_kill(run->cgroup, NULL);
			unmake(run->plan, path, run->cgroup_made);
		}
	}
	fd_close(TAKE_FD(run->cgroup));
}

/* ---- without a walk ---- */

int engine_cgroup_settle(struct plan *plan, struct cove_error *err)
{
	char path[PATH_SIZE];
	int r;

	if (plan->cgroup.manager == PLAN_CGROUP_NONE)
		return 0;
	r = find(plan, path, sizeof(path), err);
	if (r < 0)
		return r;
	if (strcmp(path, plan_str(plan, plan->cgroup.path)) != 0)
		plan->cgroup.path = plan_add_string(plan, path);
	return 0;
}

static int open_at_path(const struct plan *plan, struct cove_error *err)
{
	char path[PATH_SIZE];
	int r;

	if (plan->cgroup.manager == PLAN_CGROUP_NONE)
		return err_set(err, ENOENT, NULL, NULL, "the container has no cgroup");
	r = find(plan, path, sizeof(path), err);
	return r < 0 ? r : cgroup_open(path, err);
}

int engine_cgroup_open(const struct plan *plan, struct cove_error *err)
{
	const char *id = plan_str(plan, plan->container.id);
	auto_fd int fd = open_at_path(plan, err);

	if (fd >= 0 && cgroup_is_marked(fd, mark_of(plan)) == 0)
		return err_set(err, ENOENT, NULL, id,
			       "the cgroup that container %s had is another's now", id);
	return TAKE_FD(fd);
}

/* What has no mark was made by a walk that was killed before it could set one, and then nobody was
 * born in it; or it never was ours. */
static int check_ours(const struct plan *plan, int cgroup, struct cove_error *err)
{
	const char *id = plan_str(plan, plan->container.id);
	int ours = cgroup_is_marked(cgroup, mark_of(plan));

	if (ours > 0 || (ours == -ENODATA && cgroup_is_populated(cgroup) == 0))
		return 0;
	return err_set(err, EEXIST, NULL, id,
		       "the cgroup that container %s had is another's now, and is left alone", id);
}

int engine_cgroup_remove(const struct plan *plan, struct cove_error *err)
{
	struct cove_error scratch;
	char path[PATH_SIZE];
	auto_fd int fd = -1;
	int r;

	err = err ? err : &scratch;
	rdt_remove(plan);
	if (plan->cgroup.manager == PLAN_CGROUP_NONE)
		return 0;
	fd = open_at_path(plan, err);
	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTSUP ? 0 : fd;
	r = check_ours(plan, fd, err);
	if (r == 0)
		r = find(plan, path, sizeof(path), err);
	if (r == 0)
		r = cgroup_kill(fd, err);
	return r < 0 && r != -EOPNOTSUPP ? r : driver_of(plan)->remove(path, err);
}

int engine_cgroup_update(const struct plan *plan, int cgroup, struct cove_error *err)
{
	const struct cgroup_driver *driver = driver_of(plan);
	char path[PATH_SIZE];
	int r = cgroup_settings_apply(plan, cgroup, true, NULL, err);

	if (r < 0 || !driver->set)
		return r;
	r = find(plan, path, sizeof(path), err);
	return r < 0 ? r : driver->set(plan, path, err);
}
