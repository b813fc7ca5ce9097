/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line needs of this machine besides libcove's public functions: facts for
 * planning, compiled filters, and a run to its end.
 */
#ifndef API_HOST_H
#define API_HOST_H

#include "base/buf.h"
#include "base/facts.h"
#include "box/box.h"
#include "plan/plan.h"
#include "plan/steps.h"
#include <cove/error.h>

/* The facts about caller and host, with their memory. */
struct api_host;

int api_host_open(struct api_host **ret_host, struct cove_error *err);
const struct facts *api_host_facts(const struct api_host *host);
/* Refuses (-EPERM) to work as a set-user-id program or with file capabilities: cove has no such
 * mode, and would give its rights to everybody. */
int api_refuse_setuid(struct cove_error *err);

/* First thing in a program: standard descriptors that are closed stay so for the command, but are
 * not used for anything else. */
void api_hold_standard_fds(void);

/* Adds the facts that cost a look: subordinate ids and hard limits, where the plan needs them. */
int api_host_add_facts(struct api_host *host, const struct plan *plan, struct cove_error *err);
/* Takes NULL. */
void api_host_close(struct api_host *host);

/* Completes what the options asked for with defaults, facts and filter. The plan can be sealed
 * then. */
int api_complete(struct api_host *host, struct box *box, struct cove_error *err);
/* Completes and seals it. */
int api_prepare(struct api_host *host, struct box *box, struct cove_error *err);

/* Reads a seccomp profile (JSON) or a compiled program (anything else) from `path` into the plan.
 * JSON is compiled by the helper cove-seccomp. */
int api_load_seccomp(struct plan *plan, const char *path, struct cove_error *err);

/* How a run went: for --trace. */
struct api_trace {
	struct {
		uint64_t begin, end; /* nanoseconds since the epoch; 0: not reached or not wanted */
	} steps[STEP_COUNT];
	uint64_t ended; /* when the command had ended */
};

/* Makes the box, stays with it passing signals on, and takes it apart. ret_status is the exit
 * status that a shell would report (128 + n for signal n). */
int api_run(const struct plan *plan, struct api_trace *trace, int *ret_status,
	    struct cove_error *err);

/* Makes a file of the caller's, such as for a trace, and leaves what is in it. Returns a descriptor
 * for api_write_file. */
int api_create_file(const char *path, struct cove_error *err);
/* Replaces what is in it, and closes `fd` in any case. */
int api_write_file(int fd, const char *path, const struct buf *data, struct cove_error *err);

#endif
