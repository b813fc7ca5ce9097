/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command's session and its terminal. The terminal is made in the box, from its own /dev, and
 * its master goes out to the host side: no path of it is ever looked up outside.
 *
 * The session is led by cove-init where it stays: with a parent in its session the command can be
 * stopped by ^Z, which the kernel refuses to processes that nobody could let go on.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "plan/hint.h"
#include "sys/fd.h"
#include "sys/ids.h"
#include "sys/tty.h"

#include <errno.h>
#include <fcntl.h>

static int open_master(struct inside *in, struct cove_error *err)
{
	static const char path[] = "/dev/ptmx";
	auto_fd int master = -1;
	int r = inside_root(in, err);

	if (r >= 0)
		r = master = inroot_open(&in->tree, path, O_RDWR | O_NOCTTY, err);
	if (r < 0) {
		plan_hint(in->plan, err,
			  "a terminal of its own needs a /dev with pts in the box; without one: "
			  "--no-tty",
			  "a terminal of its own needs a devpts at /dev/pts in /mounts; without "
			  "one: false at /process/terminal");
		return r;
	}
	if (!tty_is_master(master))
		return err_set(err, ENOTTY, "fstat", path, "'%s' makes no terminals", path);
	return TAKE_FD(master);
}

static int send_master(struct inside *in, int master, struct cove_error *err)
{
	in->message.kind = CHANNEL_TERMINAL;
	return channel_send(&in->channel, &in->message, master, err);
}

/* It belongs to whom the command will be. */
static int open_terminal(struct inside *in, struct cove_error *err)
{
	auto_fd int master = open_master(in, err);
	auto_fd int peer = -1;
	int r = master < 0 ? master : (peer = tty_open_peer(master, err));

	if (r >= 0 && in->plan->process.uid != PLAN_NO_ID)
		r = ids_give(peer, in->plan->process.uid, err);
	if (r >= 0)
		r = inside_show_console(in, peer, err);
	if (r < 0)
		return r;
	tty_apply(peer, &in->boot.tty);
	r = send_master(in, master, err);
	return r < 0 ? r : TAKE_FD(peer);
}

static int replace_fds(struct inside *in, int peer, struct cove_error *err)
{
	int r = 0;

	for (int fd = 0; fd < 3 && r >= 0; fd++)
		if (in->plan->process.terminal & (1u << fd))
			r = fd_dup_to(peer, fd, err);
	return r;
}

int inside_terminal_fd(const struct plan *plan)
{
	for (int fd = 0; fd < 3; fd++)
		if (plan->process.terminal & (1u << fd))
			return fd;
	return -1;
}

static int begin_session(const struct inside *in, struct cove_error *err)
{
	const struct plan_process *process = &in->plan->process;
	int r = 0;

	if (process->terminal || process->new_session == PLAN_SESSION_NEW || in->boot.controlled)
		r = tty_new_session(err);
	else if (in->plan->last != PLAN_LAST_INIT)
		r = tty_begin_group(-1, err);
	return r < 0 || !process->terminal ? r : tty_control(inside_terminal_fd(in->plan), err);
}

int apply_session(struct inside *in, struct cove_error *err)
{
	int r = 0;

	if (in->plan->process.terminal) {
		auto_fd int peer = open_terminal(in, err);

		r = peer < 0 ? peer : replace_fds(in, peer, err);
	}
	/* Who leaves would take the session's terminal with it. */
	if (r >= 0 && in->plan->last != PLAN_LAST_DETACHED)
		r = begin_session(in, err);
	if (r < 0)
		err_origin(err, plan_str(in->plan, in->plan->process.session_origin));
	return r < 0 ? r : 0;
}

int inside_take_terminal(struct inside *in, struct cove_error *err)
{
	const struct plan *plan = in->plan;

	if (!plan->process.terminal && !plan->process.new_session)
		return 0;
	if (plan->last == PLAN_LAST_DETACHED)
		return begin_session(in, err);
	return tty_begin_group(inside_terminal_fd(plan), err);
}
