/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that a container's configuration names: nothing of ours reaches it but what is said here.
 */
#ifndef SYS_HOOK_H
#define SYS_HOOK_H

#include "sys/fd.h"
#include <cove/error.h>
#include <stdint.h>

struct hook {
	const char *kind;   /* "prestart", ...: for errors */
	unsigned number;    /* among those of its kind, from 0 */
	const char *path;
	char *const *argv, *const *env;
	const char *cwd;
	const struct fd_part *input; /* what it reads from its standard input */
	unsigned input_count;
	int output, error;  /* its standard output and error; -1: ours */
	uint64_t timeout;   /* nanoseconds; 0: none */
	const uint64_t *waiting; /* signals that end the caller do so to the hook, but for these, where
				  * the caller has blocked all; NULL: none is looked for */
};

/* Runs it in a session of its own and waits until it has ended; what it leaves running is left alone.
 * It dies with the caller. A status other than 0 is an error (-EIO) that says what it wrote, as is no
 * end in time (-ETIMEDOUT), and a signal for the caller (-EINTR): in both cases it was killed with
 * its process group. */
int hook_run(const struct hook *hook, struct cove_error *err);

#endif
