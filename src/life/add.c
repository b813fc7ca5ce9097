/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: a command that is added to a container. There is no record of it; its caller knows it.
 */
#include "base/auto.h"
#include "base/err.h"
#include "life/life.h"
#include "life/tell.h"
#include "sys/process.h"
#include "sys/store.h"

static int tell_caller(const struct life_exec *exec, const struct run *run, struct cove_error *err)
{
	int r = exec->pidfd_socket ? tell_pidfd(exec->pidfd_socket, run->pidfd, err) : 0;

	return r == 0 && exec->pid_file ? tell_number(exec->pid_file, run->pid, err) : r;
}

int life_add(struct life_container *container, const struct life_exec *exec, int *ret_status,
	     struct cove_error *err)
{
	uint64_t before;
	const struct engine_caller caller = {
		.waiting = &before,
		.console_socket = exec->console_socket,
		.warn = exec->notes ? exec->notes->warn : NULL,
		.warn_context = exec->notes ? exec->notes->context : NULL,
	};
	struct run run;
	int r;

	process_default_sigchld();
	process_survive_file_limit();
	process_block_signals(&before);
	r = engine_start(exec->plan, &caller, &run, err);
	if (r == 0)
		r = tell_caller(exec, &run, err);
	store_unlock(container->dir);
	*ret_status = 0;
	if (r == 0 && exec->detach) {
		engine_leave(&run);
	} else {
		if (r == 0)
			r = engine_supervise(&run, ret_status, err);
		engine_done(&run);
	}
	process_restore_signals(before);
	return r;
}
