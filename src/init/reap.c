/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life as init: see inside.h. It keeps nothing open but the channel, a signal descriptor and the
 * box's terminal, so that it holds no pipe, directory or mount of the box.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define EVERYBODY (-1)
#define HOST_FIRST_NS 50000000u
#define CHILDREN_FILE "/proc/thread-self/children"

/* Ends as the command did: with its exit status, or by telling of its signal. */
_Noreturn static void end(struct inside *in, int status)
{
	int other;

	/* Only what is waited for counts as used. */
	if (in->plan->report && plan_is_new(in->plan, COVE_NS_PID)) {
		process_kill(EVERYBODY, SIGKILL);
		while (process_reap(true, &other) > 0)
			;
	}
	if (WIFEXITED(status))
		process_exit(WEXITSTATUS(status));
	in->message.kind = CHANNEL_EXITED;
	in->message.value = status;
	channel_send(&in->channel, &in->message, -1, NULL);
	process_exit(COVE_STATUS_SETUP);
}

/* One round over the children that we have now. Returns how many there are. */
static unsigned kill_children(void)
{
	char text[4096];
	unsigned count = 0;
	uint32_t pid;

	if (fd_read_file(CHILDREN_FILE, text, sizeof(text), NULL) < 0)
		return 0;
	for (char *at = text, *end; (end = strchr(at, ' ')); at = end + 1) {
		*end = '\0';
		if (num_u32(at, &pid) == 0 && process_kill((pid_t)pid, SIGKILL) == 0)
			count++;
	}
	return count;
}

/* The host side is gone, or the time is over. Without a pid namespace, whose end is that of all in
 * it, what the command has started becomes our child when its parent ends. All are waited for: what
 * they have used counts only then. */
_Noreturn static void end_all(const struct inside *in, pid_t main)
{
	bool all = plan_is_new(in->plan, COVE_NS_PID);
	int status;

	if (all)
		process_kill(EVERYBODY, SIGKILL);
	else
		process_kill(main, SIGKILL);
	while ((all || kill_children() > 0) && process_reap(true, &status) > 0)
		;
	process_exit(COVE_STATUS_SETUP);
}

/* Milliseconds that the plan leaves, rounded up; -1: no end. The host side ends it, too, and before,
 * but it may be stopped, by the command even. */
static int time_left(const struct inside *in, uint64_t begin)
{
	if (!in->plan->time_limit)
		return -1;
	return process_time_left(begin, in->plan->time_limit + HOST_FIRST_NS);
}

/* On a terminal of its own: its owner stops as well, and gives the real terminal back to the shell
 * that waits there. */
static void tell_stopped(struct inside *in, int status)
{
	if (!in->plan->process.terminal)
		return;
	in->message.kind = CHANNEL_STOPPED;
	in->message.value = WSTOPSIG(status);
	channel_send(&in->channel, &in->message, -1, NULL);
}

/* Reaps all that ended. Returns when the command is not among them. */
static void reap_ended(struct inside *in, pid_t main)
{
	int status;
	pid_t pid;

	while ((pid = process_reap(false, &status)) > 0) {
		if (pid == main && WIFSTOPPED(status))
			tell_stopped(in, status);
		else if (pid == main)
			end(in, status);
	}
}

/* In a session of its own the command has a process group of its own, for which these are meant as
 * a terminal would send them. */
static bool is_for_group(const struct plan *plan, int signal)
{
	return (plan->process.terminal || plan->process.new_session) &&
	       (signal == SIGINT || signal == SIGQUIT || signal == SIGHUP || signal == SIGTSTP ||
		signal == SIGCONT);
}

/* What a terminal sent has reached the command too, where it is in the same process group. */
static void pass_on(const struct inside *in, int signal, bool sent, pid_t main)
{
	if (sent && signal != SIGCHLD)
		process_kill(is_for_group(in->plan, signal) ? -main : main, signal);
}

/* While the terminal is open here, what opens it in the box once more is still shown. */
static void let_go(const struct inside *in, int signals)
{
	const int kept[] = { in->channel.fd, signals, inside_terminal_fd(in->plan) };
	unsigned from = 0, next;

	do {
		next = ~0U;
		for (size_t i = 0; i < ARRAY_LEN(kept); i++)
			if (kept[i] >= 0 && (unsigned)kept[i] >= from && (unsigned)kept[i] < next)
				next = (unsigned)kept[i];
		if (next > from)
			fd_close_range(from, next == ~0U ? next : next - 1);
		from = next + 1;
	} while (next != ~0U);
}

void reap(struct inside *in, pid_t main)
{
	int signals = process_open_signals(NULL);
	uint64_t begin = process_clock();

	if (signals < 0)
		end_all(in, main);
	/* From here on the channel's end tells that the host side is gone, too: not only its
	 * thread; and there may be something to do then. */
	if (!in->plan->process.death_signal || !plan_is_new(in->plan, COVE_NS_PID))
		process_let_live();
	let_go(in, signals);
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = in->channel.fd, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
		};
		int ready = process_poll_many(fds, 2, time_left(in, begin));
		bool sent = false;
		int signal;

		if (ready <= 0 || fds[0].revents)
			end_all(in, main);
		signal = process_read_signal(signals, &sent);
		if (signal == SIGCHLD)
			reap_ended(in, main);
		else if (signal > 0)
			pass_on(in, signal, sent, main);
	}
}
