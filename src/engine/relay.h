/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between two terminals: the caller's, put into raw mode while it is ours to use, and the box's.
 * What is typed goes in, what is written comes out, and both have the same size. Nothing blocks.
 */
#ifndef ENGINE_RELAY_H
#define ENGINE_RELAY_H

#include <cove/error.h>
#include <poll.h>
#include <stdbool.h>

#define RELAY_IN 0  /* our descriptors: what is typed comes from here, */
#define RELAY_OUT 1 /* and this shows what is written */
#define RELAY_FDS 3

struct relay;

/* `master` stays the caller's. All signals must be blocked for as long as there is a relay. Release
 * with relay_free, which gives the terminal back as it was. */
int relay_new(int master, struct relay **ret_relay, struct cove_error *err);
void relay_free(struct relay *relay);

/* What to wait for, in RELAY_FDS entries, and for how long at most (milliseconds; -1: for ever). */
int relay_prepare(struct relay *relay, struct pollfd *fds);
/* Moves what can be moved. */
void relay_move(struct relay *relay, const struct pollfd *fds);
/* The caller's terminal has another size. */
void relay_resize(struct relay *relay);
/* Gives the terminal back for as long as this process is stopped. */
void relay_pause(struct relay *relay);
/* Shows what was written last, now that the command has ended. */
void relay_finish(struct relay *relay);

#endif
