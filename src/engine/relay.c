/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See relay.h.
 */
#include "engine/relay.h"
#include "base/auto.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/process.h"
#include "sys/tty.h"

#include <errno.h>
#include <stdlib.h>

#define BUFFER_SIZE 65536
#define LOOK_AGAIN_MS 200  /* whether the terminal has become ours: nobody tells */
#define LAST_WORDS_MS 2000 /* for what was written last, when nobody reads it */

/* Bytes on their way in one direction. */
struct flow {
	int from, to; /* -1: at its end */
	size_t begin, end;
	char data[BUFFER_SIZE];
};

struct relay {
	int master;  /* borrowed */
	int in, out; /* the caller's, opened anew */
	bool is_terminal, is_raw, is_guarded;
	struct tty_guard guard;
	struct flow typed, shown;
};

static bool is_empty(const struct flow *flow)
{
	return flow->begin == flow->end;
}

static void read_some(struct flow *flow)
{
	long n = fd_read_some(flow->from, flow->data, sizeof(flow->data));

	flow->begin = 0;
	flow->end = n > 0 ? (size_t)n : 0;
	if (n == 0 || (n < 0 && n != -EAGAIN))
		flow->from = -1;
}

static void write_some(struct flow *flow)
{
	long n = fd_write_some(flow->to, flow->data + flow->begin, flow->end - flow->begin);

	if (n > 0)
		flow->begin += (size_t)n;
	else if (n != -EAGAIN)
		flow->begin = flow->end; /* nobody is there any more */
}

/* The terminal is ours to use while our process group is in its foreground. */
static void use_terminal(struct relay *relay)
{
	struct tty_setup setup;

	if (!relay->is_terminal || relay->is_raw)
		return;
	tty_read(relay->in, &setup);
	if (!setup.ours)
		return;
	relay->guard.saved = setup.mode;
	relay->guard.raw = tty_raw(&setup.mode);
	relay->is_raw = tty_set_mode(relay->in, &relay->guard.raw) == 0;
	relay_resize(relay);
}

/* Whatever becomes of us, the terminal gets its mode back. */
static int guard_terminal(struct relay *relay, struct cove_error *err)
{
	struct tty_setup setup;
	int r;

	tty_read(relay->in, &setup);
	if (!setup.set)
		return 0;
	relay->is_terminal = true;
	relay->guard.fd = relay->in;
	r = tty_guard(&relay->guard, err);
	relay->is_guarded = r == 0;
	return r;
}

int relay_shows_on(unsigned replaced)
{
	return replaced & 2 ? 1 : 2;
}

int relay_new(int master, unsigned replaced, struct relay **ret_relay, struct cove_error *err)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	int r;

	if (!relay)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	relay->master = master;
	relay->out = -1;
	r = relay->in = tty_reopen(replaced & 1 ? 0 : relay_shows_on(replaced), err);
	if (r >= 0)
		r = relay->out = tty_reopen(relay_shows_on(replaced), err);
	if (r >= 0)
		r = guard_terminal(relay, err);
	if (r < 0) {
		relay_free(relay);
		return r;
	}
	fd_set_blocking(master, false);
	relay->typed.from = relay->in;
	relay->typed.to = relay->shown.from = master;
	relay->shown.to = relay->out;
	use_terminal(relay);
	*ret_relay = relay;
	return 0;
}

void relay_pause(struct relay *relay)
{
	if (relay->is_raw && tty_is_ours(relay->in))
		tty_set_mode(relay->in, &relay->guard.saved);
	relay->is_raw = false;
}

void relay_free(struct relay *relay)
{
	relay_pause(relay);
	if (relay->is_guarded)
		tty_unguard(&relay->guard);
	if (relay->in >= 0)
		fd_close(relay->in);
	if (relay->out >= 0)
		fd_close(relay->out);
	free(relay);
}

/* Typed input is read only when it is for us. */
static bool may_read(const struct relay *relay)
{
	return relay->typed.from >= 0 && is_empty(&relay->typed) &&
	       (!relay->is_terminal || relay->is_raw);
}

int relay_prepare(struct relay *relay, struct pollfd *fds)
{
	bool show = relay->shown.from >= 0 && is_empty(&relay->shown);
	bool type = relay->shown.from >= 0 && !is_empty(&relay->typed);

	use_terminal(relay);
	fds[0] = (struct pollfd){ .fd = may_read(relay) ? relay->in : -1, .events = POLLIN };
	fds[1] = (struct pollfd){
		.fd = show || type ? relay->master : -1,
		.events = (short)((show ? POLLIN : 0) | (type ? POLLOUT : 0)),
	};
	fds[2] = (struct pollfd){
		.fd = is_empty(&relay->shown) ? -1 : relay->out,
		.events = POLLOUT,
	};
	return relay->is_terminal && !relay->is_raw ? LOOK_AGAIN_MS : -1;
}

/* The end of what comes in through a pipe, as one types it. */
static void type_end(struct relay *relay)
{
	struct tty_setup setup;

	tty_read(relay->master, &setup);
	relay->typed.data[0] = setup.set ? tty_end_of_file(&setup.mode) : 4;
	relay->typed.begin = 0;
	relay->typed.end = 1;
}

static void take_typed(struct relay *relay)
{
	read_some(&relay->typed);
	if (relay->typed.from >= 0)
		return;
	if (!relay->is_terminal) {
		type_end(relay);
	} else if (!tty_is_ours(relay->in)) { /* somebody took it from us: wait for it */
		relay->is_raw = false;
		relay->typed.from = relay->in;
	}
}

void relay_move(struct relay *relay, const struct pollfd *fds)
{
	if (fds[0].revents)
		take_typed(relay);
	if (fds[1].revents & (POLLIN | POLLHUP | POLLERR) && is_empty(&relay->shown))
		read_some(&relay->shown);
	if (!is_empty(&relay->typed))
		write_some(&relay->typed);
	if (!is_empty(&relay->shown))
		write_some(&relay->shown);
}

void relay_resize(struct relay *relay)
{
	struct tty_setup setup;

	tty_read(relay->out, &setup);
	if (setup.set)
		tty_set_size(relay->master, &setup);
}

void relay_finish(struct relay *relay)
{
	bool more = true;

	while (more) {
		struct pollfd fds[RELAY_FDS];

		relay_prepare(relay, fds);
		fds[0].fd = -1;
		more = (fds[1].fd >= 0 || fds[2].fd >= 0) &&
		       process_poll_many(fds, RELAY_FDS, fds[2].fd >= 0 ? LAST_WORDS_MS : 0) > 0;
		if (more)
			relay_move(relay, fds);
	}
}
