/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the start: waiting for the command, passing signals on to it, showing its terminal, and
 * ending it when its time is over.
 */
#include "base/err.h"
#include "engine/engine.h"
#include "engine/relay.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define GRACE_NS 1000000000u

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
			run->told = message.value;
}

/* Milliseconds until something is to be done about the plan's time, rounded up; -1: never. */
static int time_left(const struct run *run)
{
	uint64_t limit = run->plan->time_limit + (run->timed_out ? GRACE_NS : 0);

	if (!run->plan->time_limit || run->killed)
		return -1;
	return process_time_left(run->begin, limit);
}

/* cove-init ends all that it has below it, and sums up what they have used; it gets a moment. */
static void end_when_over(struct run *run)
{
	if (time_left(run) != 0)
		return;
	if (run->plan->last == PLAN_LAST_INIT && !run->timed_out) {
		channel_done(&run->channel);
	} else {
		process_signal(run->pidfd, SIGKILL);
		run->killed = true;
	}
	run->timed_out = true;
}

static int reap(struct run *run, struct cove_error *err)
{
	int r = process_wait(run->pidfd, &run->end, err);

	if (r < 0)
		return r;
	run->reaped = true;
	if (run->plan->last == PLAN_LAST_INIT)
		take_report(run);
	if (run->told)
		run->end.status = run->told;
	else if (run->plan->time_limit && process_clock() - run->begin >= run->plan->time_limit &&
		 WIFEXITED(run->end.status) && WEXITSTATUS(run->end.status) == COVE_STATUS_SETUP)
		run->timed_out = true; /* cove-init has seen it first: we were stopped */
	if (run->timed_out)
		run->end.status = SIGKILL;
	return 0;
}

int engine_wait(struct run *run, int *ret_status, struct cove_error *err)
{
	while (!run->reaped) {
		bool over = run->plan->time_limit && !process_poll(run->pidfd, time_left(run));
		int r = 0;

		if (over)
			end_when_over(run);
		else
			r = reap(run, err);
		if (r < 0)
			return r;
	}
	*ret_status = run->end.status;
	return 0;
}

int engine_signal(struct run *run, int signal)
{
	return run->reaped ? -ESRCH : process_signal(run->pidfd, signal);
}

/* What is waited for at the same time. */
enum { ENDED, SIGNALS, TOLD, RELAYED, WAIT_FDS = RELAYED + RELAY_FDS };

struct company {
	struct run *run;
	struct relay *relay; /* NULL: the command has no terminal of its own */
	int signals;
	struct pollfd fds[WAIT_FDS];
};

/* The command has been stopped on its own terminal, so our shell gets its own back. When we go on,
 * it does. */
static void stop_too(struct company *company)
{
	relay_pause(company->relay);
	process_suspend();
	engine_signal(company->run, SIGCONT);
}

/* What came from the terminal has reached the command as well where it is in the same process
 * group. When it is stopped, we stop so that our shell notices. */
static void share_signal(struct run *run, int signal, bool sent)
{
	if (sent || run->plan->process.new_session)
		engine_signal(run, signal);
	if (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU)
		process_stop_self();
}

/* The command has another terminal. */
static void translate_signal(struct company *company, int signal)
{
	if (signal == SIGWINCH)
		relay_resize(company->relay);
	else
		engine_signal(company->run, signal);
}

static void take_signal(struct company *company)
{
	bool sent;
	int signal = process_read_signal(company->signals, &sent);

	if (signal <= 0 || signal == SIGCHLD)
		return;
	if (company->relay)
		translate_signal(company, signal);
	else
		share_signal(company->run, signal, sent);
}

static void take_message(struct company *company)
{
	struct channel_message message;
	int r = channel_receive(&company->run->channel, &message, NULL, 0, NULL);

	if (r < 0)
		channel_done(&company->run->channel); /* its end; that of the process follows */
	else if (message.kind == CHANNEL_STOPPED)
		stop_too(company);
	else if (message.kind == CHANNEL_EXITED)
		company->run->told = message.value;
}

static int shorter(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int wait_for_any(struct company *company)
{
	struct pollfd *fds = company->fds;
	int timeout = time_left(company->run);

	fds[ENDED] = (struct pollfd){ .fd = company->run->pidfd, .events = POLLIN };
	fds[SIGNALS] = (struct pollfd){ .fd = company->signals, .events = POLLIN };
	fds[TOLD] = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (company->relay) {
		fds[TOLD].fd = company->run->channel.fd;
		timeout = shorter(timeout, relay_prepare(company->relay, &fds[RELAYED]));
	}
	return process_poll_many(fds, company->relay ? WAIT_FDS : TOLD, timeout);
}

static int keep_company(struct company *company, struct cove_error *err)
{
	struct pollfd *fds = company->fds;

	for (;;) {
		int r = wait_for_any(company);

		if (r < 0)
			return err_set(err, -r, "poll", NULL, "cannot wait for the box");
		if (company->relay)
			relay_move(company->relay, &fds[RELAYED]);
		if (fds[ENDED].revents)
			return 0;
		if (fds[SIGNALS].revents)
			take_signal(company);
		if (fds[TOLD].revents)
			take_message(company);
		end_when_over(company->run);
	}
}

int engine_supervise(struct run *run, int *ret_status, struct cove_error *err)
{
	struct company company = { .run = run, .signals = -1 };
	int r = company.signals = process_open_signals(err);
	if (r >= 0 && run->terminal >= 0)
		r = relay_new(run->terminal, run->plan->process.terminal, &company.relay, err);
	if (r >= 0)
		r = keep_company(&company, err);
	if (company.relay) {
		relay_finish(company.relay);
		relay_free(company.relay);
	}
	if (company.signals >= 0)
		fd_close(company.signals);
	return r < 0 ? r : engine_wait(run, ret_status, err);
}
