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

#define RELAY_FDS 3

struct relay;

/* What is typed comes from the first of the descriptors 0 to 2 whose bit is in `replaced`; what is
 * written is shown by descriptor 1, or 2 if that is not among them. `master` stays the caller's. All signals must be blocked for as long as there is a relay. Release
 * with relay_free, which gives the terminal back as it was. */
int relay_new(int master, unsigned replaced, struct relay **ret_relay, struct cove_error *err);
/* The descriptor that shows what is written. */
int relay_shows_on(unsigned replaced);
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
