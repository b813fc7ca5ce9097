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

static bool has_init(const struct run *run)
{
	return run->plan->last == PLAN_LAST_INIT;
}

int engine_poll_fd(const struct run *run)
{
	return has_init(run) ? run->channel.fd : run->pidfd;
}

/* cove-init tells how the command ended; it can't by its own end, for a pid 1 cannot die of a
 * signal that it sends to itself. */
static void take_report(struct run *run)
{
	struct channel_message message;

	while (!run->exited && channel_receive(&run->channel, &message, NULL, -1, NULL) == 0) {
		if (message.kind != CHANNEL_EXITED)
			continue;
		run->exited = true;
		run->status = message.value;
	}
}

int engine_wait(struct run *run, int *ret_status, struct cove_error *err)
{
	int status, r;

	if (has_init(run))
		take_report(run);
	if (!run->reaped) {
		r = process_wait(run->pidfd, &status, err);
		if (r < 0)
			return r;
		run->reaped = true;
		if (!run->exited)
			run->status = status;
		run->exited = true;
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
	sigset_t before;
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
	process_restore_signals(&before);
	return signals < 0 ? signals : engine_wait(run, ret_status, err);
}
