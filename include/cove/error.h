/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error type of cove, from the lowest wrapper to the terminal.
 *
 * It has a fixed size and owns no memory, so it can be filled after a fork, sent in one message,
 * copied with '=' and forgotten. Every cove function that can fail takes a `struct cove_error *`
 * as its last argument (NULL: not interested) and returns a negative errno.
 */
#ifndef COVE_ERROR_H
#define COVE_ERROR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* On which side of the box a step runs. */
enum cove_side {
	COVE_SIDE_NONE,   /* no step was running: planning, options */
	COVE_SIDE_HOST,   /* the process that makes the box */
	COVE_SIDE_INSIDE, /* cove-init, in the box */
};

/* Exit statuses of `cove box` that are not the command's own. */
enum cove_status {
	COVE_STATUS_USAGE = 2,       /* the request itself is wrong */
	COVE_STATUS_SETUP = 125,     /* the box could not be made */
	COVE_STATUS_NO_EXEC = 126,   /* the command was found, and cannot be executed */
	COVE_STATUS_NOT_FOUND = 127, /* the command was not found */
};

struct cove_error {
	int num;             /* errno value, positive; 0: no error */
	int status;          /* enum cove_status: what `cove` exits with */
	enum cove_side side; /* where it failed */
	int step_number;     /* number of the step in `cove explain`; 0: none was running */
	char step[24];       /* its name, such as "mount.attach"; "" when none was running */
	char call[24];       /* the system call or function that refused, such as "move_mount" */
	char what[192];      /* one phrase: "cannot attach mount at '/x'" */
	char object[256];    /* what the call was made on */
	char origin[128];    /* who asked for it: an option with its value, "default", ... */
	char hint[320];      /* what to do about it; "" when there is nothing true to say */
};

/* Large enough for either rendering of any error. */
#define COVE_ERROR_TEXT_MAX 4096

/* Renders `err` as text for people, up to four lines, each ended by a newline; control characters
 * are escaped. Returns the length that the whole text has, like snprintf. */
size_t cove_error_text(const struct cove_error *err, char *buf, size_t size);

/* Renders `err` as one JSON object without a newline. Returns the length, like snprintf. */
size_t cove_error_json(const struct cove_error *err, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif
