/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create, run and start. The books are kept at the host's rows of the step table: the record is
 * there before anything is done, has the process when it is about to wait, and says so when the
 * command runs. The directory is locked meanwhile.
 */
#include "base/auto.h"
#include "base/err.h"
#include "life/life.h"
#include "sys/channel.h"
#include "sys/limits.h"
#include "sys/local.h"
#include "sys/identity.h"
#include "sys/process.h"
#include "sys/store.h"
#include "life/tell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define FEWEST_DESCRIPTORS 20

/* One container on its way. */
struct making {
	const struct life_request *request;
	struct life_container container;
	char boot[IDENTITY_BOOT_SIZE], created[40];
};

static int write_file(struct making *making, const char *name, const void *data, size_t len,
		      struct cove_error *err)
{
	int r = store_write(making->container.dir, name, &(struct fd_part){ data, len }, 1);

	return r == 0 ? 0 : err_set(err, -r, "write", name, "cannot write '%s' in the container's "
							    "directory", name);
}

static void first_record(struct making *making)
{
	const struct life_request *request = making->request;
	struct record *record = &making->container.record;

	identity_boot(making->boot);
	record_time(channel_now(), making->created, sizeof(making->created));
	*record = (struct record){
		.stage = RECORD_CREATING,
		.exit = -1,
		.owner = identity_user(),
		.plan_version = PLAN_VERSION,
		.boot = making->boot,
		.created = making->created,
		.version = request->version,
		.bundle = request->bundle,
		.rootfs = request->rootfs,
		.cgroup = plan_str(request->plan, request->plan->cgroup.path),
		.mark = plan_str(request->plan, request->plan->container.mark),
		.annotations = request->annotations,
	};
	record->maker = identity_own(&record->maker_start);
}

/* The plan comes first: the record is what says that all is there. */
static int begin(void *context, struct run *run, struct cove_error *err)
{
	struct making *making = context;
	const struct life_request *request = making->request;
	struct life_container *c = &making->container;
	int r = life_make(request->root, request->id, c, err);

	if (r < 0)
		return r;
	first_record(making);
	r = write_file(making, "config.json", request->config, request->config_len, err);
	if (r == 0)
		r = write_file(making, "plan", request->plan, request->plan->size, err);
	if (r == 0)
		r = life_write(c, err);
	if (r == 0 && request->plan->container.gate)
		r = run->gate = local_listen(c->dir, "gate", err);
	if (r >= 0)
		return 0;
	store_remove(c->root, c->id, c->dir);
	return r;
}

static void forget(void *context, struct run *run)
{
	struct life_container *c = &((struct making *)context)->container;

	(void)run;
	store_remove(c->root, c->id, c->dir);
}

/* The caller's file is the last: when it is there, so is all else. */
static int created(void *context, struct run *run, struct cove_error *err)
{
	struct making *making = context;
	struct life_container *c = &making->container;
	struct identity identity;
	int r = identity_look(run->pid, &identity);

	if (r < 0)
		return err_set(err, -r, NULL, NULL, "the container's process has ended");
	c->record.stage = RECORD_CREATED;
	c->record.pid = run->pid;
	c->record.start = identity.start;
	r = life_write(c, err);
	if (r == 0 && making->request->pidfd_socket)
		r = tell_pidfd(making->request->pidfd_socket, run->pidfd, err);
	if (r == 0 && making->request->pid_file)
		r = tell_number(making->request->pid_file, run->pid, err);
	return r;
}

static int running(void *context, struct run *run, struct cove_error *err)
{
	struct life_container *c = &((struct making *)context)->container;

	(void)run;
	c->record.stage = RECORD_RUNNING;
	return life_write(c, err);
}

static void keep_books(struct making *making, const struct life_request *request,
		       struct engine_ledger *ledger)
{
	*making = (struct making){ .request = request, .container.dir = -1 };
	*ledger = (struct engine_ledger){
		.begin = begin,
		.forget = forget,
		.created = created,
		.running = running,
		.context = making,
	};
}

/* What is made has to be undone with the descriptors that are left. */
static int check_descriptors(struct cove_error *err)
{
	uint64_t soft = FEWEST_DESCRIPTORS, hard;

	process_get_limit(0, RLIMIT_NOFILE, &soft, &hard);
	if (soft >= FEWEST_DESCRIPTORS)
		return 0;
	err_set(err, EMFILE, NULL, NULL, "the limit on open descriptors is %u", (unsigned)soft);
	err_hint(err, "a container takes about 20 and one for each mount: ulimit -n 256");
	return -EMFILE;
}

/* All signals are blocked when it returns 0. */
static int walk(const struct life_request *request, const struct engine_ledger *ledger,
		const uint64_t *before, struct run *ret_run, struct cove_error *err)
{
	const struct engine_caller caller = {
		.waiting = before,
		.ledger = ledger,
		.console_socket = request->console_socket,
		.warn = request->notes ? request->notes->warn : NULL,
		.warn_context = request->notes ? request->notes->context : NULL,
	};

	int r = check_descriptors(err);

	process_default_sigchld();
	process_survive_file_limit();
	if (r == 0)
		return engine_start(request->plan, &caller, ret_run, err);
	*ret_run = (struct run){ .plan = NULL };
	return r;
}

int life_create(const struct life_request *request, struct cove_error *err)
{
	struct engine_ledger ledger;
	struct making making;
	uint64_t before;
	struct run run;
	int r;

	keep_books(&making, request, &ledger);
	process_block_signals(&before);
	r = walk(request, &ledger, &before, &run, err);
	if (r == 0)
		engine_leave(&run);
	else
		engine_done(&run);
	process_restore_signals(before);
	life_done(&making.container);
	return r;
}

static void write_end(struct life_container *c, int status)
{
	c->record.stage = RECORD_STOPPED;
	c->record.exit = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (store_lock(c->dir, false, 0, &(pid_t){ 0 }) == 0 &&
	    store_is_current(c->root, c->id, c->dir))
		life_write(c, NULL);
}

int life_run(const struct life_request *request, int *ret_status, struct cove_error *err)
{
	struct engine_ledger ledger;
	struct making making;
	uint64_t before;
	struct run run;
	int r;

	keep_books(&making, request, &ledger);
	process_block_signals(&before);
	r = walk(request, &ledger, &before, &run, err);
	if (r == 0) {
		store_unlock(making.container.dir);
		r = engine_supervise(&run, ret_status, err);
		if (r == 0 && request->keep)
			write_end(&making.container, *ret_status);
		engine_leave(&run);
	} else {
		engine_done(&run);
	}
	process_restore_signals(before);
	life_done(&making.container);
	return r;
}

/* ---- start ---- */

static int started(void *context, struct run *run, struct cove_error *err)
{
	struct life_container *c = context;

	(void)run;
	c->record.stage = RECORD_RUNNING;
	return life_write(c, err);
}

/* The process ends when its command could not be executed: no one need look. */
static void write_failure(struct life_container *c)
{
	auto_fd int pidfd = life_process(c);

	if (pidfd >= 0 && !process_poll(pidfd, 0))
		return;
	c->record.stage = RECORD_STOPPED;
	life_write(c, NULL);
}

/* Who started it was killed before the record could say so. */
static int refuse_started(struct life_container *c, struct cove_error *err)
{
	c->record.stage = RECORD_RUNNING;
	life_write(c, NULL);
	return life_allows(LIFE_START, LIFE_RUNNING, c->id, err);
}

static int begin_again(struct life_container *c, const struct life_notes *notes,
		       struct cove_error *err)
{
	const struct engine_ledger ledger = { .running = started, .context = c };
	uint64_t before;
	const struct engine_caller caller = {
		.waiting = &before,
		.ledger = &ledger,
		.warn = notes ? notes->warn : NULL,
		.warn_context = notes ? notes->context : NULL,
	};
	const struct plan *plan;
	auto_fd int pidfd = -1, gate = -1;
	struct run run;
	int r = life_plan(c, &plan, err);

	if (r < 0)
		return r;
	pidfd = life_process(c);
	if (pidfd < 0)
		return life_allows(LIFE_START, LIFE_STOPPED, c->id, err);
	gate = local_connect(c->dir, "gate", err);
	if (gate < 0)
		return gate == -ECONNREFUSED && !process_poll(pidfd, 0) ? refuse_started(c, err)
									: gate;
	process_default_sigchld();
	process_block_signals(&before);
	r = engine_begin(plan, TAKE_FD(gate), TAKE_FD(pidfd), &caller, &run, err);
	if (r == 0)
		engine_leave(&run);
	else
		write_failure(c);
	process_restore_signals(before);
	return r;
}

int life_start(int root, const char *id, const struct life_notes *notes, struct cove_error *err)
{
	struct life_container container;
	int r = life_find(root, id, LIFE_EXCLUSIVE, &container, err);

	if (r == 0)
		r = life_allows(LIFE_START, container.status, id, err);
	if (r == 0)
		r = begin_again(&container, notes, err);
	life_done(&container);
	return r;
}
