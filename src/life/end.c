/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill, delete, pause, resume, wait. A process is signalled by a descriptor that was compared with
 * the record, so never one that only got its number.
 */
#include "base/auto.h"
#include "base/err.h"
#include "engine/cgroup.h"
#include "engine/hooks.h"
#include "life/life.h"
#include "plan/build.h"
#include "sys/cgroup.h"
#include "sys/identity.h"
#include "sys/process.h"
#include "sys/store.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define ENDING_MS 10000
#define REAPING_MS 200

int life_cgroup(const struct life_container *c, struct cove_error *err)
{
	const struct plan *plan;
	int r = c->record.cgroup && c->record.cgroup[0] ? life_plan(c, &plan, err) : -ENOENT;

	if (r == 0)
		r = engine_cgroup_open(plan, err);
	if (r == -ENOENT) {
		err_set(err, ENOENT, NULL, NULL, "container '%s' has no cgroup of its own", c->id);
		err_hint(err, "it was made without one: by --cgroup-manager disabled, or by a user "
			      "who may make none");
	}
	return r;
}

/* ---- kill ---- */

static int signal_all(const struct life_container *c, int signal)
{
	auto_fd int cgroup = life_cgroup(c, NULL);

	if (cgroup < 0)
		return cgroup;
	return signal == SIGKILL ? cgroup_kill(cgroup, NULL) : cgroup_signal(cgroup, signal, NULL);
}

static int signal_one(const struct life_container *c, int signal, struct cove_error *err)
{
	auto_fd int pidfd = life_process(c);
	int r = pidfd < 0 ? pidfd : process_signal(pidfd, signal);

	if (r == -ESRCH)
		return life_allows(LIFE_KILL, LIFE_STOPPED, c->id, err);
	return r == 0 ? 0 : err_set(err, -r, "pidfd_send_signal", c->id,
				    "cannot send signal %d to container '%s'", signal, c->id);
}

int life_kill(int root, const char *id, int signal, bool all, struct cove_error *err)
{
	struct life_container c;
	int r = life_find(root, id, LIFE_UNLOCKED, &c, err);

	if (r == 0 && all && signal_all(&c, signal) == 0) {
		life_done(&c);
		return 0;
	}
	if (r == 0 && (!all || c.status != LIFE_STOPPED))
		r = life_allows(LIFE_KILL, c.status, id, err);
	if (r == 0 && c.status != LIFE_STOPPED)
		r = signal_one(&c, signal, err);
	life_done(&c);
	return all && r == -ESRCH ? 0 : r;
}

/* ---- delete ---- */

static int kill_process(const struct life_container *c, struct cove_error *err)
{
	auto_fd int pidfd = life_process(c);

	if (pidfd < 0)
		return pidfd == -ESRCH ? 0 : err_set(err, -pidfd, "pidfd_open", c->id,
						     "cannot open the container's process");
	process_signal(pidfd, SIGKILL);
	if (process_poll(pidfd, ENDING_MS))
		return 0;
	err_set(err, EBUSY, NULL, NULL, "process %d of container '%s' does not end", c->record.pid,
		c->id);
	err_hint(err, "it may wait for a device or a server: see /proc/%d/stack", c->record.pid);
	return -EBUSY;
}

/* Of a plan that this cove cannot read, the record tells what is needed. */
static struct plan *stand_in(const struct life_container *c)
{
	struct plan *plan = plan_new();
	const char *path = c->whole ? c->record.cgroup : "";

	if (!plan)
		return NULL;
	plan->container.is = 1;
	plan->container.id = plan_add_string(plan, c->id);
	if (c->whole && c->record.mark[0])
		plan->container.mark = plan_add_string(plan, c->record.mark);
	if (path[0])
		plan->cgroup.manager = path[0] == '/' ? PLAN_CGROUP_FS : PLAN_CGROUP_SYSTEMD;
	plan->cgroup.path = plan_add_string(plan, path);
	return plan;
}

static void tell(const struct life_notes *notes, const struct cove_error *err)
{
	if (notes && notes->warn)
		notes->warn(notes->context, err);
}

/* A cgroup of that name that is not the container's is no reason to keep the container. */
static int remove_cgroup(const struct plan *plan, const struct life_notes *notes,
			 struct cove_error *err)
{
	struct cove_error own = { 0 };
	int r = engine_cgroup_remove(plan, &own);

	if (r == -EEXIST)
		tell(notes, &own);
	else if (r < 0 && err)
		*err = own;
	return r == -EEXIST ? 0 : r;
}

/* What was never created has not stopped. */
static void run_hooks(const struct life_container *c, const struct plan *plan,
		      const struct life_notes *notes)
{
	struct cove_error err = { 0 };

	if (c->whole && c->record.pid &&
	    engine_run_hooks(plan, PLAN_HOOK_POSTSTOP, 0, "stopped", NULL, &err) < 0)
		tell(notes, &err);
}

static int destroy(struct life_container *c, const struct life_notes *notes, struct cove_error *err)
{
	const struct plan *plan;
	struct plan *made = NULL;
	int r = kill_process(c, err);

	if (r < 0)
		return r;
	if (life_plan(c, &plan, NULL) < 0)
		plan = made = stand_in(c);
	if (!plan)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	r = remove_cgroup(plan, notes, err);
	if (r == 0)
		run_hooks(c, plan, notes);
	plan_free(made);
	if (r < 0)
		return r;
	r = store_remove(c->root, c->id, c->dir);
	return r == 0 ? 0 : err_set(err, -r, "rmdir", c->id, "cannot remove the directory of "
							     "container '%s'", c->id);
}

/* Without a record it is not known to have stopped. */
static int check_alone(const struct life_container *c, struct cove_error *err)
{
	const struct plan *plan;
	auto_fd int cgroup = -1;

	if (c->whole || life_plan(c, &plan, NULL) < 0)
		return 0;
	cgroup = engine_cgroup_open(plan, NULL);
	if (cgroup < 0 || cgroup_is_populated(cgroup) <= 0)
		return 0;
	return life_allows(LIFE_DELETE, LIFE_RUNNING, c->id, err);
}

/* An exec that is held up inside keeps the lock: with the box it ends. */
static void kill_first(int root, const char *id)
{
	struct life_container c;

	if (life_find(root, id, LIFE_UNLOCKED, &c, NULL) == 0 && c.record.stage != RECORD_CREATING) {
		auto_fd int pidfd = life_process(&c);

		if (pidfd >= 0)
			process_signal(pidfd, SIGKILL);
		if (pidfd >= 0)
			signal_all(&c, SIGKILL);
	}
	life_done(&c);
}

int life_delete(int root, const char *id, bool force, const struct life_notes *notes,
		struct cove_error *err)
{
	struct life_container c;
	int r;

	if (force)
		kill_first(root, id);
	r = life_find(root, id, LIFE_EXCLUSIVE, &c, err);
	if (r == 0 && !force)
		r = life_allows(LIFE_DELETE, c.status, id, err);
	if (r == 0 && !force)
		r = check_alone(&c, err);
	if (r == 0)
		r = destroy(&c, notes, err);
	life_done(&c);
	return force && r == -ENOENT ? 0 : r;
}

/* ---- pause, resume ---- */

int life_freeze(int root, const char *id, bool frozen, struct cove_error *err)
{
	struct life_container c;
	auto_fd int cgroup = -1;
	int r = life_find(root, id, LIFE_EXCLUSIVE, &c, err);

	if (r == 0)
		r = life_allows(frozen ? LIFE_PAUSE : LIFE_RESUME, c.status, id, err);
	if (r == 0)
		r = cgroup = life_cgroup(&c, err);
	if (r >= 0)
		r = cgroup_freeze(cgroup, frozen, err);
	life_done(&c);
	return r;
}

/* ---- wait ---- */

/* The kernel tells it once the process has been waited for by its parent; a moment for that. */
static int read_exit(int pidfd)
{
	int status;

	for (int waited = 0; waited < REAPING_MS; waited += 10) {
		if (identity_exit(pidfd, &status) == 0)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		process_poll_many(NULL, 0, 10);
	}
	return -1;
}

int life_wait(int root, const char *id, int *ret_status, struct cove_error *err)
{
	struct life_container c;
	int r = life_find(root, id, LIFE_UNLOCKED, &c, err);

	if (r == 0 && c.status == LIFE_CREATING)
		r = life_allows(LIFE_LOOK, c.status, id, err);
	if (r == 0) {
		auto_fd int pidfd = life_process(&c);

		if (pidfd >= 0)
			process_poll(pidfd, -1);
		*ret_status = pidfd >= 0 ? read_exit(pidfd) : c.record.exit;
	}
	life_done(&c);
	return r;
}
