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
#include <poll.h>
#include <string.h>
#include <sys/wait.h>

#define INSIDE_TIMEOUT_MS 30000
#define GATE_TIMEOUT_MS 10000
#define ENDING_MS 1000

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

/* A process that somebody else has made ended, or talks to somebody else. */
static int explain_gate(struct run *run, enum step row, struct cove_error *err)
{
	int r;

	if (process_poll(run->pidfd, ENDING_MS))
		r = err_set(err, ESRCH, NULL, NULL, "the container's process has ended");
	else
		r = err_set(err, EPIPE, NULL, NULL, "the container was started by somebody else");
	step_stamp(run->plan, row, err);
	return r;
}

/* The channel ended before its time: say how cove-init did. */
static int explain_end(struct run *run, enum step row, struct cove_error *err)
{
	int status;

	if (run->begun)
		return explain_gate(run, row, err);
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

/* cove-init goes on as another process, our child as well; the former one has ended or will. What
 * number it has is not believed: who is in its pid namespace may have taken the channel over. */
static void follow(struct run *run, int pidfd)
{
	if (!process_poll(run->pidfd, ENDING_MS))
		process_signal(run->pidfd, SIGKILL);
	process_wait(run->pidfd, &run->end, NULL);
	fd_close(run->pidfd);
	run->pidfd = pidfd;
	run->pid = process_number(pidfd);
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

/* Milliseconds that the inside has for its rows from `row` on. Hooks end when they like. */
static int patience(const struct run *run, enum step row)
{
	enum step next = step_next(run->plan, row, COVE_SIDE_HOST);

	for (; row < next; row = step_next(run->plan, row + 1, COVE_SIDE_NONE))
		if (row == STEP_HOOKS_CONTAINER || row == STEP_HOOKS_START)
			return -1;
	return run->begun ? GATE_TIMEOUT_MS : INSIDE_TIMEOUT_MS;
}

static int give_up(struct run *run, enum step row, int num, struct cove_error *err)
{
	if (run->begun && num == ETIMEDOUT)
		err_set(err, num, NULL, NULL, "the container's process does not answer: it may be "
					      "stopped or frozen");
	else if (num == ETIMEDOUT)
		err_hint(err, "cove-init did not finish this step, or one after it, in %d s",
			 INSIDE_TIMEOUT_MS / 1000);
	step_stamp(run->plan, row, err);
	return -num;
}

static int receive(struct run *run, struct channel_message *message, int *ret_fd, int timeout,
		   struct cove_error *err)
{
	struct pollfd fds[] = {
		{ .fd = run->channel.fd, .events = POLLIN },
		{ .fd = run->signals, .events = POLLIN },
	};
	bool sent;

	if (run->signals < 0)
		return channel_receive(&run->channel, message, ret_fd, timeout, err);
	if (process_poll_many(fds, 2, timeout) > 0 && !fds[0].revents)
		return err_set(err, EINTR, NULL, NULL, "signal %d came before it was done",
			       process_read_signal(run->signals, &sent));
	return channel_receive(&run->channel, message, ret_fd, fds[0].revents ? -1 : 0, err);
}

/* Without a listener the command would wait for it for ever. */
static int take_listener(struct run *run, enum step row, int fd, struct cove_error *err)
{
	int r;

	if (fd < 0)
		return refuse(run, row, "a listener came without its descriptor", err);
	r = send_listener(run, fd, err);
	if (r < 0) {
		process_signal(run->pidfd, SIGKILL);
		step_stamp(run->plan, STEP_SECCOMP, err);
	}
	return r;
}

/* Success when the command was executed: then the channel's end closes without a word. */
static int await_exec(struct run *run, enum step row, struct channel_message *message,
		      struct cove_error *err)
{
	int fd = -1, timeout = patience(run, row);
	int r = receive(run, message, &fd, timeout, err);

	if (r == 0 && message->kind == CHANNEL_LISTENER) {
		r = take_listener(run, row, fd, err);
		if (r < 0)
			return r;
		r = receive(run, message, NULL, timeout, err);
	}
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
	int timeout = run->begun ? GATE_TIMEOUT_MS : patience(run, row);

	for (;;) {
		struct channel_message message;
		int fd = -1;
		int r = receive(run, &message, &fd, timeout, err);

		if (r == -EPIPE)
			return explain_end(run, row, err);
		if (r < 0)
			return give_up(run, row, -r, err);
		switch ((enum channel_kind)message.kind) {
		case CHANNEL_HANDOVER:
			if (message.row == next)
				return 0;
			if (run->begun && message.row == row) { /* it is awake */
				timeout = patience(run, row);
				continue;
			}
			return refuse(run, row, "a step was handed over out of turn", err);
		case CHANNEL_ERROR:
			r = take_error(&message, err);
			hint_inside(run->plan, err);
			return r;
		case CHANNEL_MOVED:
			if (fd < 0)
				return refuse(run, row, "a process came without its descriptor",
					      err);
			follow(run, fd);
			if (run->pid <= 0)
				return refuse(run, row, "a process came that has ended", err);
			continue;
		case CHANNEL_TERMINAL:
			if (fd < 0 || run->terminal >= 0)
				return refuse(run, row, "a terminal came out of turn", err);
			run->terminal = fd;
			continue;
		case CHANNEL_LISTENER:
			r = take_listener(run, row, fd, err);
			if (r < 0)
				return r;
			continue;
		case CHANNEL_EXEC:
			take_times(run, &message);
			take_command(run, &message, fd);
			return await_exec(run, row, &message, err);
		case CHANNEL_RUNNING:
			take_times(run, &message);
			take_command(run, &message, fd);
			return 0;
		case CHANNEL_TREE:
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

/* The command must not run where nobody could watch it: this comes before the row is handed over. */
static int reach_listener(struct run *run, struct cove_error *err)
{
	int r = step_wanted(run->plan, STEP_SECCOMP) ? connect_listener(run, err) : 0;

	if (r < 0)
		step_stamp(run->plan, STEP_SECCOMP, err);
	return r;
}

/* The inside's rows from `row` on, and ours that go ahead meanwhile. ret_next is the first of ours
 * that had to wait. */
static int inside_rows(struct run *run, enum step row, enum step *ret_next, struct cove_error *err)
{
	enum step next = step_next(run->plan, row, COVE_SIDE_HOST);
	int r = row <= STEP_SECCOMP && STEP_SECCOMP < next ? reach_listener(run, err) : 0;

	if (r == 0)
		r = hand_over(run, row, err);
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

static int walk(struct run *run, enum step from, struct cove_error *err)
{
	enum step row = step_next(run->plan, from, COVE_SIDE_NONE);
	int r = 0;

	while (row < STEP_COUNT && r == 0) {
		if (row == STEP_GATE) {
			r = hand_over(run, row, err);
			run->created = r == 0;
			return r;
		}
		if (step_rows[row].side == COVE_SIDE_INSIDE) {
			r = inside_rows(run, row, &row, err);
		} else {
			r = own_row(run, row, err);
			row = step_next(run->plan, row + 1, COVE_SIDE_NONE);
		}
	}
	return r;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		fd_close(*fd);
	*fd = -1;
}

static void init_run(struct run *run, const struct plan *plan, const struct engine_caller *caller)
{
	*run = (struct run){
		.plan = plan,
		.channel.fd = -1,
		.pidfd = -1,
		.terminal = -1,
		.listener = -1,
		.gate = -1,
		.signals = -1,
		.cgroup = -1,
		.rdt = -1,
		.rdt_monitor = -1,
		.boot.gate_fd = -1,
	};
	for (enum cove_ns kind = 0; kind < COVE_NS_COUNT; kind++)
		run->boot.ns_fd[kind] = -1;
	if (!caller)
		return;
	run->waiting = caller->waiting;
	if (run->waiting && plan->container.is)
		run->signals = process_open_endings(*run->waiting);
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
	r = check_listener(plan, err);
	if (r == 0)
		r = walk(ret_run, 0, err ? err : &scratch);
	if (r < 0) {
		undo(ret_run);
		return r;
	}
	if (ret_run->applied[STEP_NS_OPEN])
		host_steps[STEP_NS_OPEN].undo(ret_run);
	close_fd(&ret_run->signals);
	ret_run->begin = process_clock();
	return 0;
}

static void close_all(struct run *run)
{
	channel_done(&run->channel);
	close_fd(&run->pidfd);
	close_fd(&run->terminal);
	close_fd(&run->listener);
	close_fd(&run->gate);
	close_fd(&run->cgroup);
	close_fd(&run->signals);
	close_fd(&run->rdt);
	close_fd(&run->rdt_monitor);
}

int engine_begin(const struct plan *plan, int gate, int pidfd, const struct engine_caller *caller,
		 struct run *ret_run, struct cove_error *err)
{
	struct cove_error scratch;
	int r;

	init_run(ret_run, plan, caller);
	ret_run->begun = true;
	ret_run->channel.fd = gate;
	ret_run->pidfd = pidfd;
	ret_run->pid = process_number(pidfd);
	r = walk(ret_run, STEP_GATE + 1, err ? err : &scratch);
	if (r < 0)
		engine_leave(ret_run);
	ret_run->begin = process_clock();
	return r;
}

void engine_leave(struct run *run)
{
	if (!run || !run->plan)
		return;
	if (run->applied[STEP_LAYERS])
		host_steps[STEP_LAYERS].undo(run);
	memset(run->applied, 0, sizeof(run->applied));
	close_all(run);
}

void engine_done(struct run *run)
{
	if (!run || !run->plan)
		return;
	undo(run);
	close_all(run);
}
