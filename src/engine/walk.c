/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host side of the walk: own rows are carried out, at a change of side the other process is
 * told which row is its, and waited for; our rows that may go ahead are done in that time. What
 * cannot be finished is undone, backwards.
 */
#include "base/err.h"
#include "engine/engine.h"
#include "engine/hint.h"
#include "engine/host_steps.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define INSIDE_TIMEOUT_MS 30000

static int apply_fault(const struct plan *plan, enum step row, struct cove_error *err)
{
	if (!plan->fault || plan->fault_row != row || plan->fault_side != COVE_SIDE_HOST)
		return 0;
	if (plan->fault == PLAN_FAULT_KILL)
		process_kill_self();
	if (plan->fault == PLAN_FAULT_HANG)
		process_pause();
	return err_set(err, EIO, "fault", NULL, "a fault was asked for");
}

static int apply_row(struct run *run, enum step row, struct cove_error *err)
{
	int r;

	if (run->plan->trace)
		run->times[row].begin = channel_now();
	r = host_steps[row].apply(run, err);
	if (r == 0) {
		run->applied[row] = true;
		r = apply_fault(run->plan, row, err);
	}
	if (run->plan->trace)
		run->times[row].end = channel_now();
	return r;
}

static void undo(struct run *run)
{
	for (int row = STEP_COUNT - 1; row >= 0; row--) {
		if (run->applied[row] && host_steps[row].undo)
			host_steps[row].undo(run);
		run->applied[row] = false;
	}
}

/* The channel ended before its time: say how cove-init did. */
static int explain_end(struct run *run, enum step row, struct cove_error *err)
{
	int status;

	process_signal(run->pidfd, SIGKILL);
	if (process_wait(run->pidfd, &run->end, NULL) == 0)
		run->reaped = true;
	status = run->end.status;
	if (WIFSIGNALED(status))
		err_set(err, EPIPE, NULL, NULL, "cove-init was killed by signal %d",
			WTERMSIG(status));
	else
		err_set(err, EPIPE, NULL, NULL, "cove-init ended with status %d",
			WEXITSTATUS(status));
	hint_end(status, err);
	step_stamp(run->plan, row, err);
	return -EPIPE;
}

/* cove-init goes on as another process, our child as well; the former one has ended or will. */
static void follow(struct run *run, int pidfd, pid_t pid)
{
	process_wait(run->pidfd, &run->end, NULL);
	fd_close(run->pidfd);
	run->pidfd = pidfd;
	run->pid = pid;
}

static int refuse(struct run *run, enum step row, const char *what, struct cove_error *err)
{
	err_set(err, EPROTO, NULL, NULL, "%s", what);
	step_stamp(run->plan, row, err);
	return -EPROTO;
}

/* An error that was told from inside: taken over, but not trusted to be well formed. */
static int take_error(const struct channel_message *message, struct cove_error *err)
{
	struct cove_error told = message->error;

	if (told.num <= 0 || told.num > 4095)
		told.num = EPROTO;
	told.step[sizeof(told.step) - 1] = '\0';
	told.call[sizeof(told.call) - 1] = '\0';
	told.what[sizeof(told.what) - 1] = '\0';
	told.object[sizeof(told.object) - 1] = '\0';
	told.origin[sizeof(told.origin) - 1] = '\0';
	told.hint[sizeof(told.hint) - 1] = '\0';
	*err = told;
	return -told.num;
}

/* Success when the command was executed: then the channel's end closes without a word. */
static int await_exec(struct run *run, enum step row, struct channel_message *message,
		      struct cove_error *err)
{
	int r = channel_receive(&run->channel, message, NULL, INSIDE_TIMEOUT_MS, err);

	if (r == -EPIPE)
		return 0;
	if (r == 0 && message->kind == CHANNEL_ERROR) {
		r = take_error(message, err);
		hint_inside(run->plan, err);
		return r;
	}
	return r < 0 ? r : refuse(run, row, "unexpected message while executing", err);
}

static void take_times(struct run *run, const struct channel_message *message)
{
	for (enum step row = 0; row < STEP_COUNT; row++)
		if (step_rows[row].side == COVE_SIDE_INSIDE)
			run->times[row] = message->times[row];
}

static void take_command(struct run *run, const struct channel_message *message, int pidfd)
{
	memcpy(run->ns, message->ns, sizeof(run->ns));
	if (pidfd < 0)
		return;
	run->command = process_number(pidfd);
	fd_close(pidfd);
}

/* Waits until the inside has done its rows from `row` on, and hands over to our `next`. */
static int await_inside(struct run *run, enum step row, enum step next, struct cove_error *err)
{
	for (;;) {
		struct channel_message message;
		int fd = -1;
		int r = channel_receive(&run->channel, &message, &fd, INSIDE_TIMEOUT_MS, err);

		if (r == -EPIPE)
			return explain_end(run, row, err);
		if (r < 0) {
			err_hint(err, "cove-init did not finish this step, or one after it, in %d s",
				 INSIDE_TIMEOUT_MS / 1000);
			step_stamp(run->plan, row, err);
			return r;
		}
		switch ((enum channel_kind)message.kind) {
		case CHANNEL_HANDOVER:
			if (message.row == next)
				return 0;
			return refuse(run, row, "a step was handed over out of turn", err);
		case CHANNEL_ERROR:
			r = take_error(&message, err);
			hint_inside(run->plan, err);
			return r;
		case CHANNEL_MOVED:
			if (fd < 0)
				return refuse(run, row, "a process came without its descriptor",
					      err);
			follow(run, fd, message.value);
			continue;
		case CHANNEL_TERMINAL:
			if (fd < 0 || run->terminal >= 0)
				return refuse(run, row, "a terminal came out of turn", err);
			run->terminal = fd;
			continue;
		case CHANNEL_EXEC:
			take_times(run, &message);
			take_command(run, &message, fd);
			return await_exec(run, row, &message, err);
		case CHANNEL_RUNNING:
			take_times(run, &message);
			take_command(run, &message, fd);
			return 0;
		case CHANNEL_STOPPED:
		case CHANNEL_EXITED:
			break;
		}
		return refuse(run, row, "unexpected message", err);
	}
}

/* What the inside has said of its failure, if it has: when it failed while we were busy, what we met
 * is only the consequence. 0: nothing. */
static int told_error(struct run *run, struct cove_error *err)
{
	struct channel_message message;
	int r = 0;

	while (r == 0 && channel_receive(&run->channel, &message, NULL, 0, NULL) == 0)
		if (message.kind == CHANNEL_ERROR)
			r = take_error(&message, err);
	if (r < 0)
		hint_inside(run->plan, err);
	return r;
}

static int hand_over(struct run *run, enum step row, struct cove_error *err)
{
	struct channel_message message = {
		.kind = CHANNEL_HANDOVER,
		.row = row,
		.boot = run->boot,
	};
	int r = 0;

	if (channel_send(&run->channel, &message, -1, err) < 0) {
		r = told_error(run, err);
		r = r < 0 ? r : explain_end(run, row, err);
	}
	return r;
}

static int own_row(struct run *run, enum step row, struct cove_error *err)
{
	int r = apply_row(run, row, err);

	if (r < 0) {
		hint_host(run->plan, err);
		step_stamp(run->plan, row, err);
	}
	return r;
}

/* The inside's rows from `row` on, and ours that go ahead meanwhile. ret_next is the first of ours
 * that had to wait. */
static int inside_rows(struct run *run, enum step row, enum step *ret_next, struct cove_error *err)
{
	enum step next = step_next(run->plan, row, COVE_SIDE_HOST);
	int r = hand_over(run, row, err);

	while (r == 0 && step_goes_ahead(run->plan, next)) {
		r = own_row(run, next, err);
		if (r < 0 && told_error(run, err) < 0)
			break;
		if (r == 0)
			r = hand_over(run, step_next(run->plan, next + 1, COVE_SIDE_INSIDE), err);
		next = step_next(run->plan, next + 1, COVE_SIDE_HOST);
	}
	*ret_next = next;
	return r < 0 ? r : await_inside(run, row, next, err);
}

static int walk(struct run *run, struct cove_error *err)
{
	enum step row = step_next(run->plan, 0, COVE_SIDE_NONE);
	int r = 0;

	while (row < STEP_COUNT && r == 0) {
		if (step_rows[row].side == COVE_SIDE_INSIDE) {
			r = inside_rows(run, row, &row, err);
		} else {
			r = own_row(run, row, err);
			row = step_next(run->plan, row + 1, COVE_SIDE_NONE);
		}
	}
	return r;
}

static void init_run(struct run *run, const struct plan *plan, const struct engine_caller *caller)
{
	*run = (struct run){
		.plan = plan,
		.channel.fd = -1,
		.pidfd = -1,
		.terminal = -1,
		.gate = -1,
		.cgroup = -1,
		.boot.gate_fd = -1,
	};
	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++)
		run->boot.ns_fd[kind] = -1;
	if (!caller)
		return;
	run->waiting = caller->waiting;
	run->ledger = caller->ledger;
	run->console_socket = caller->console_socket;
	run->warn = caller->warn;
	run->warn_context = caller->warn_context;
}

int engine_start(const struct plan *plan, const struct engine_caller *caller, struct run *ret_run,
		 struct cove_error *err)
{
	struct cove_error scratch;
	int r;

	init_run(ret_run, plan, caller);
	if (!plan->sealed)
		return err_set(err, EINVAL, NULL, NULL, "the plan is not sealed");
	r = walk(ret_run, err ? err : &scratch);
	if (r < 0) {
		undo(ret_run);
		return r;
	}
	if (ret_run->applied[STEP_NS_OPEN])
		host_steps[STEP_NS_OPEN].undo(ret_run);
	ret_run->begin = process_clock();
	return 0;
}

void engine_done(struct run *run)
{
	if (run && run->plan)
		undo(run);
}
