/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrying out a sealed plan, and keeping company to what runs. Nothing here prints, exits or
 * changes the caller's signals; but the calling thread has all blocked while a process is made.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "engine/run.h"

/* Walks all steps. On success the command has been executed; on failure everything that was done
 * has been undone, and `err` says which step failed. Release with engine_done in both cases.
 * `waiting`: who has blocked all signals, so that none is lost between this and engine_supervise,
 * says by it which are blocked while the inside takes long; NULL: those that are now. */
int engine_start(const struct plan *plan, const uint64_t *waiting, struct run *ret_run,
		 struct cove_error *err);

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
