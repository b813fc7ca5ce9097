/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run from its beginning to its end, for the command line.
 */
#ifndef API_RUN_H
#define API_RUN_H

#include "plan/plan.h"
#include "plan/steps.h"
#include <cove/error.h>
#include <sys/types.h>

/* How long each step took: where the plan asks for a trace. */
struct api_trace {
	struct {
		uint64_t begin, end; /* nanoseconds since the epoch; 0: not reached or not wanted */
	} steps[STEP_COUNT];
	uint64_t ended; /* when the command had ended */
};

/* What runs now. */
struct api_start {
	pid_t init;    /* cove-init, process 1 of a box with its own pid namespace; or the command */
	pid_t command; /* 0: unknown */
	uint64_t ns[COVE_NS_COUNT]; /* numbers of the command's namespaces; 0: unknown */
};

/* What became of it. Times in nanoseconds, the rest in bytes. */
struct api_end {
	int status;      /* that a shell would report: 128 + n for signal n; 124: its time was over */
	int signal;      /* that ended the command; 0: none */
	bool timed_out;
	bool oom_known, oom; /* the kernel killed in it, for memory was short */
	uint64_t wall, user, system;
	uint64_t peak;          /* memory of its largest process */
	uint64_t read, written; /* from and to block devices */
	struct api_trace trace;
};

/* Told when the command runs; may be NULL. */
struct api_watch {
	int (*started)(void *context, const struct api_start *start, struct cove_error *err);
	void *context;
};

/* Makes the box, stays with it passing signals on, and takes it apart. */
int api_run(const struct plan *plan, const struct api_watch *watch, struct api_end *ret_end,
	    struct cove_error *err);

/* Ends as an interrupt from the terminal ends a program: a shell's loop goes no further then. */
void api_die_interrupted(void);

/* A program that goes on without whoever started it. */
struct api_detached {
	const struct plan *plan; /* whose descriptors, */
	int status_fd;           /* and this one, stay open */
	char text[32];           /* what it said */
	int ready;               /* pipe to the one that waits */
	int standard_error;      /* as it was */
};

/* Goes on in a new process. Returns 1 there: standard input is /dev/null then, and so are output and
 * error unless they are files; everything else is closed. Returns 0 in the caller when the other has
 * called api_detached_ready, or ended: then the text is empty. ret_status is the status to end with.
 */
int api_detach(struct api_detached *detached, int *ret_status, struct cove_error *err);
/* Lets the one that waits go. */
int api_detached_ready(struct api_detached *detached, const char *text, struct cove_error *err);
/* Standard error as it was, for saying why it failed. */
void api_detached_failed(struct api_detached *detached);

#endif
