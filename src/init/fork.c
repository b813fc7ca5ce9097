/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last fork. What it makes is the first process that the box can see, and it is born with the
 * command's rights: ids, capabilities, no_new_privs are set already.
 */
#include "base/err.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>

#define STACK_SIZE 65536

static int child(void *argument)
{
	struct inside *in = argument;

	int r = 0;

	if (in->plan->last == PLAN_LAST_DETACHED)
		r = inside_die_with_host(in, &in->error);
	if (r == 0)
		r = inside_take_terminal(in, &in->error);
	if (r < 0)
		step_stamp(in->plan, STEP_FORK, &in->error);
	else
		inside_walk(in, STEP_FORK + 1, &in->error);
	in->failed = true;
	return 1;
}

static void send_running(struct inside *in, int pidfd)
{
	inside_describe(in, CHANNEL_RUNNING);
	channel_send(&in->channel, &in->message, in->plan->report ? pidfd : -1, NULL);
}

static void send_moved(struct inside *in, pid_t pid, int pidfd)
{
	in->message.kind = CHANNEL_MOVED;
	in->message.value = pid;
	channel_send(&in->channel, &in->message, pidfd, NULL);
}

/* A container waits and is told to go on, so nobody may stand still for it: its process goes on
 * alone, and speaks for itself. */
static int move(struct inside *in, struct cove_error *err)
{
	int r = inside_respawn(in, 0, err);

	if (r < 0)
		return r;
	in->moved = true;
	return inside_take_terminal(in, err);
}

int apply_fork(struct inside *in, struct cove_error *err)
{
	const struct plan *plan = in->plan;
	bool detached = plan->last == PLAN_LAST_DETACHED;
	static _Alignas(16) char stack[STACK_SIZE];
	struct process_fork fork = {
		.entry = child,
		.argument = in,
		.stack = stack,
		.stack_size = sizeof(stack),
		.shared = !plan->last_copies,
		.sibling = detached,
	};
	int pidfd = -1;
	pid_t pid;

	if (plan->container.is)
		return move(in, err);
	if (!plan_is_new(plan, COVE_NS_PID) && !detached)
		process_become_subreaper();
	pid = process_fork(&fork, &pidfd, err);
	if (pid < 0)
		return pid;
	if (detached)
		send_moved(in, pid, pidfd);
	if (!in->failed && !in->executing) {
		err_set(&in->error, ECHILD, NULL, NULL,
			"the command's process ended before it could execute it");
		step_stamp(plan, STEP_EXEC, &in->error);
		in->failed = true;
	}
	if (in->failed) {
		inside_report(in, &in->error);
		process_exit(COVE_STATUS_SETUP);
	}
	if (plan->trace)
		in->times[STEP_EXEC].end = channel_now();
	send_running(in, pidfd);
	if (detached)
		process_exit(0);
	reap(in, pid);
}
