/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channel between the host side and cove-init: numbered messages over a socket pair
 * (SOCK_SEQPACKET, so that one write is one message). The end of the other side is an error here
 * (-EPIPE), never a hang.
 */
#ifndef SYS_CHANNEL_H
#define SYS_CHANNEL_H

#include "sys/tty.h"
#include <cove/error.h>
#include <cove/ns.h>
#include <stdbool.h>
#include <stdint.h>

#define CHANNEL_ROWS 56
#define CHANNEL_PATIENCE_MS 500

enum channel_kind {
	CHANNEL_HANDOVER = 1, /* the row `row` is yours; host to inside the first time: with boot */
	CHANNEL_ERROR,        /* the row failed; with error */
	CHANNEL_MOVED,        /* cove-init goes on as another process: pidfd; value: its number */
	CHANNEL_TREE,         /* host to inside: a mount, as a descriptor; value: its slot */
	CHANNEL_TERMINAL,     /* the master of the box's terminal, as its descriptor */
	CHANNEL_LISTENER,     /* the descriptor that listens to the box's system call filter */
	CHANNEL_EXEC,         /* about to execute: now the end of the channel means success */
	CHANNEL_RUNNING,      /* the command runs; with its pidfd where the plan wants a report */
	CHANNEL_STOPPED,      /* a signal stopped the command; value: which */
	CHANNEL_EXITED,       /* a signal ended the command; value: status as of waitpid(2) */
};

struct channel_boot {
	int32_t ns_fd[COVE_NS_COUNT]; /* namespaces to join; -1: none, or already there */
	int32_t gate_fd;              /* the socket at which the container waits; -1: none */
	bool controlled;              /* the caller's session has a terminal */
	struct tty_setup tty;         /* of the caller's terminal, for that of the box */
	uint64_t signal_mask;         /* blocked in the command */
};

/* When a row began and ended: nanoseconds of CLOCK_REALTIME, which no namespace shifts. */
struct channel_time {
	uint64_t begin;
	uint64_t end;
};

struct channel_message {
	uint32_t kind;   /* enum channel_kind */
	uint32_t row;
	uint32_t serial; /* counts the messages of one side from 1 */
	int32_t value;
	uint64_t ns[COVE_NS_COUNT]; /* with RUNNING and EXEC, where the plan wants a report: numbers
				     * of the command's namespaces; 0: unknown */
	union {
		struct cove_error error;
		struct channel_boot boot;
		struct channel_time times[CHANNEL_ROWS]; /* of the inside rows so far */
	};
};

/* One end. */
struct channel {
	int fd;
	const uint64_t *waiting; /* signals blocked while it is waited for longer than
				  * CHANNEL_PATIENCE_MS; NULL: those that are */
	uint32_t sent;
	uint32_t received;
};

/* Makes both ends. */
int channel_open(struct channel *ret_host, struct channel *ret_inside, struct cove_error *err);
void channel_done(struct channel *channel);

/* Waits for a connection to a listening socket, which becomes a channel of its own. */
int channel_accept(int listening, struct channel *ret_channel, struct cove_error *err);

/* Sends; with fd >= 0 a descriptor travels along. Fills in the serial number. */
int channel_send(struct channel *channel, struct channel_message *message, int fd,
		 struct cove_error *err);

/* Receives one message; a travelling descriptor (or -1) is stored in ret_fd, closed when that is
 * NULL. -ETIMEDOUT after timeout_ms (-1: waits for ever). -EPIPE: the other side is gone.
 * -EPROTO: a message out of turn. */
int channel_receive(struct channel *channel, struct channel_message *message, int *ret_fd,
		    int timeout_ms, struct cove_error *err);

/* Whether the other side is gone. */
bool channel_is_cut(const struct channel *channel);

uint64_t channel_now(void);

#endif
