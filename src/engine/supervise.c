/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the start: waiting for the command, and passing signals on to it.
 */
#include "base/err.h"
#include "engine/engine.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <signal.h>

int engine_poll_fd(const struct run *run)
{
	return run->pidfd;
}

/* How a signal ended the command, cove-init has told: it cannot by its own end, for a process 1
 * does not die of a signal that it sends to itself. */
static void take_report(struct run *run)
{
	struct channel_message message;

	while (channel_receive(&run->channel, &message, NULL, 0, NULL) == 0)
		if (message.kind == CHANNEL_EXITED)
			run->status = message.value;
}

int engine_wait(struct run *run, int *ret_status, struct cove_error *err)
{
	if (!run->reaped) {
		int r = process_wait(run->pidfd, &run->status, err);

		if (r < 0)
			return r;
		run->reaped = true;
		if (run->plan->last == PLAN_LAST_INIT)
			take_report(run);
	}
	*ret_status = run->status;
	return 0;
}

int engine_signal(struct run *run, int signal)
{
	return run->reaped ? -ESRCH : process_signal(run->pidfd, signal);
}

/* What came from the terminal has reached the command as well, for it is in the same process
 * group. Stopping is the exception: we stop so that our shell notices. */
static void pass_on(struct run *run, int signal, bool sent)
{
	if (signal == SIGCHLD)
		return;
	if (sent)
		engine_signal(run, signal);
	if (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU)
		process_stop_self();
}

int engine_supervise(struct run *run, int *ret_status, struct cove_error *err)
{
	uint64_t before;
	int ready = 0;
	auto_fd int signals = -1;

	process_block_signals(&before);
	signals = process_open_signals(err);
	while (signals >= 0 && ready >= 0 && !(ready & 1)) {
		bool sent;
		int signal;

		ready = process_poll_two(engine_poll_fd(run), signals);
		if (ready < 0 || !(ready & 2))
			continue;
		signal = process_read_signal(signals, &sent);
		if (signal > 0)
			pass_on(run, signal, sent);
	}
	process_restore_signals(before);
	return signals < 0 ? signals : engine_wait(run, ret_status, err);
}
