/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrying out a sealed plan, and keeping company to what runs. Nothing here prints, exits or
 * changes the caller's signals; but the calling thread has all blocked while a process is made.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "engine/run.h"

/* Who starts a plan, and what it lends to the walk. All may be NULL, and is borrowed as long as the
 * run. */
struct engine_caller {
	/* Which signals are blocked while the inside takes long, by who has blocked all so that none
	 * is lost between this and engine_supervise; NULL: those that are now. */
	const uint64_t *waiting;
	const struct engine_ledger *ledger; /* of a container */
	const char *console_socket;         /* path of a listening socket: plan->process.console */
	/* Told of what was left out, or did not go as it should, without stopping the walk. */
	void (*warn)(void *context, const struct cove_error *warning);
	void *warn_context;
};

/* Walks all steps; with plan->container.gate up to there, see engine_leave. On success the command
 * has been executed, or waits at the gate; on failure everything that was done has been undone, and
 * `err` says which step failed. Release with engine_done in both cases. `caller` may be NULL. */
int engine_start(const struct plan *plan, const struct engine_caller *caller, struct run *ret_run,
		 struct cove_error *err);

/* The rest of the walk, from the gate on, for the container whose process is behind `pidfd`: `gate` is
 * connected to its socket. Both descriptors are the run's from here on, and are closed on failure. Of
 * a failure of the inside `err` says the row, and the process ends. Otherwise it is left alone:
 * -ETIMEDOUT: it does not answer; -EPIPE: somebody else has begun; -ESRCH: it has ended. */
int engine_begin(const struct plan *plan, int gate, int pidfd, const struct engine_caller *caller,
		 struct run *ret_run, struct cove_error *err);

/* Closes all of a run and leaves what it started alone: a container goes on. Takes NULL and zeroed
 * runs. */
void engine_leave(struct run *run);

/* Readable when the command has ended. */
int engine_poll_fd(const struct run *run);
/* Waits for the command's end, after which no process of the box is left when it has its own pid
 * namespace. ret_status is as of waitpid(2). */
int engine_wait(struct run *run, int *ret_status, struct cove_error *err);
/* Sends a signal to the command (through cove-init, if it has one). -ESRCH: it has ended. */
int engine_signal(struct run *run, int signal);
/* Waits like engine_wait and meanwhile forwards every signal that this process receives; all must be
 * blocked. */
int engine_supervise(struct run *run, int *ret_status, struct cove_error *err);
/* Kills what still runs, reaps it and closes everything. Takes NULL and zeroed runs. */
void engine_done(struct run *run);

#endif
