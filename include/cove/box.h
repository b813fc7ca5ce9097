/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A running box. These functions never print, exit, abort, or change the caller's signals or
 * working directory, and may be called from a program with threads. SIGCHLD must not be ignored by
 * it, or the end of a box cannot be told (-ECHILD). The box ends when the process
 * that started it ends; a box without an init also when the thread does.
 */
#ifndef COVE_BOX_H
#define COVE_BOX_H

#include <cove/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cove_box;

/* Makes the box and executes its command. On success the command runs, and ret_box is released
 * with cove_box_free; on failure nothing is left behind and `err` names the step that failed.
 * Returns 0 or a negative errno; err->status tells whether the command was not found (127), could
 * not be executed (126), or the box could not be made (125, or 2 for a wrong plan). */
int cove_box_start(const struct cove_plan *plan, struct cove_box **ret_box,
		   struct cove_error *err);

/* The process that was made, as the caller sees it: cove-init where the plan asks for one, else the
 * command. Its namespaces are those of the box. */
pid_t cove_box_pid(const struct cove_box *box);
/* A descriptor that becomes readable when the command has ended; it stays the box's. */
int cove_box_poll_fd(const struct cove_box *box);
/* The master end of the command's terminal, for the caller to read and write; it stays the box's.
 * -1: the plan asks for none. */
int cove_box_terminal(const struct cove_box *box);
/* Sends a signal to the command. -ESRCH: it has ended. */
int cove_box_kill(struct cove_box *box, int signal);
/* Waits for the end; ret_status is as of waitpid(2). May be called again. */
int cove_box_wait(struct cove_box *box, int *ret_status, struct cove_error *err);
/* Kills what still runs and releases everything. Takes NULL. */
void cove_box_free(struct cove_box *box);

/* Start, wait, free. Returns the command's exit status, 128 + n when signal n ended it, or a
 * negative errno. */
int cove_box_run(const struct cove_plan *plan, struct cove_error *err);

#ifdef __cplusplus
}
#endif
#endif
