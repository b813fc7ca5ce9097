/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a container that was created waits for its start. Of the host it holds only the socket at
 * which it waits; who connects and hands the next row over is the other side from here on.
 */
#include "base/err.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>

#define HANDOVER_TIMEOUT_MS 10000

/* Who connects and is killed before it has handed over, or gave up while we were frozen, has not
 * started anything: the next one may. */
static void await_start(struct inside *in, enum step next, struct cove_error *err)
{
	for (;;) {
		int r = channel_accept(in->boot.gate_fd, &in->channel, err);

		if (r < 0)
			process_exit(COVE_STATUS_SETUP); /* there is nobody to tell it */
		r = channel_receive(&in->channel, &in->message, NULL, HANDOVER_TIMEOUT_MS, NULL);
		if (r == 0 && in->message.kind == CHANNEL_HANDOVER && in->message.row == next &&
		    !channel_is_cut(&in->channel))
			return;
		channel_done(&in->channel);
	}
}

/* Hooks take as long as they take: the other side wants to know that we are awake. */
static int answer(struct inside *in, enum step next, struct cove_error *err)
{
	in->message.kind = CHANNEL_HANDOVER;
	in->message.row = next;
	return channel_send(&in->channel, &in->message, -1, err);
}

/* Signals do meanwhile what they do to any process. */
int apply_gate(struct inside *in, struct cove_error *err)
{
	enum step next = step_next(in->plan, STEP_GATE + 1, COVE_SIDE_INSIDE);
	uint64_t blocked;

	if (in->boot.gate_fd < 0)
		return err_set(err, EBADF, NULL, NULL, "there is no socket to wait at");
	channel_done(&in->channel);
	process_unblock_signals();
	await_start(in, next, err);
	process_block_signals(&blocked);
	fd_close(in->boot.gate_fd);
	in->boot.gate_fd = -1;
	return next == STEP_HOOKS_START ? answer(in, next, err) : 0;
}
