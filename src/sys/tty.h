/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terminals and pseudo-terminals, as the kernel has them: the same for every C library, so that
 * their settings can travel from cove to cove-init.
 */
#ifndef SYS_TTY_H
#define SYS_TTY_H

#include <cove/error.h>
#include <stdbool.h>
#include <stdint.h>

/* The kernel's struct termios2. */
struct tty_mode {
	uint32_t words[11];
};

/* Size and mode of a terminal. */
struct tty_setup {
	bool set;  /* false: nothing is known */
	bool ours; /* it is the terminal that this process's group may use: else the mode is for
		    * somebody else, such as a shell that reads a line */
	uint16_t rows, columns, width, height; /* the last two in pixels */
	struct tty_mode mode;
};

bool tty_is_terminal(int fd);
/* Reads all of it; ret_setup->set is false when `fd` is no terminal. */
void tty_read(int fd, struct tty_setup *ret_setup);
/* Gives a pseudo-terminal the size, and the mode if it is ours, by either of its ends. */
int tty_apply(int fd, const struct tty_setup *setup);
int tty_set_size(int fd, const struct tty_setup *setup);
/* Changes the mode once what was written has been shown. */
int tty_set_mode(int fd, const struct tty_mode *mode);
/* The mode in which a terminal passes every byte on as it is. */
struct tty_mode tty_raw(const struct tty_mode *mode);
/* The end-of-file character of the mode. */
char tty_end_of_file(const struct tty_mode *mode);

/* Whether this process's session has a terminal; true when that cannot be told. */
bool tty_is_controlled(void);
/* Whether it is the terminal of this process's session, and this process's group may use it. */
bool tty_is_ours(int fd);
/* A terminal once more, so that it can be read and written without blocking and without changing
 * that for others; where that is not possible, a duplicate. */
int tty_reopen(int fd, struct cove_error *err);

/* Whether `fd` is a multiplexer that makes pseudo-terminals (/dev/ptmx): a new master then. */
bool tty_is_master(int fd);
/* The number of a master's other end: N in /dev/pts/N; a plain negative errno. */
int tty_number(int master);
/* The other end of a master, opened without a path. Since Linux 4.13. */
int tty_open_peer(int master, struct cove_error *err);
/* Makes this process the leader of a new session. */
int tty_new_session(struct cove_error *err);
/* Makes the terminal that of this process's session, which it leads. */
int tty_control(int fd, struct cove_error *err);
/* Puts this process into a group of its own, to which the terminal (-1: none) then belongs. Needs
 * SIGTTOU blocked. */
int tty_begin_group(int fd, struct cove_error *err);

/* A process that does nothing but wait until this one has ended, whatever of, and then puts the
 * terminal from mode `raw` back to `saved`, unless somebody else has done so. It shares our memory:
 * `guard` stays until tty_unguard. */
struct tty_guard {
	int fd;
	int watched; /* pidfd of this process */
	int pidfd;   /* of the guard */
	struct tty_mode saved, raw;
	_Alignas(16) char stack[4096];
};

/* The caller sets `guard->fd` before, and both modes whenever it changes the terminal's. */
int tty_guard(struct tty_guard *guard, struct cove_error *err);
void tty_unguard(struct tty_guard *guard);

#endif
