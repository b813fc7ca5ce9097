/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling the caller which process it is.
 */
#ifndef LIFE_TELL_H
#define LIFE_TELL_H

#include <cove/error.h>
#include <sys/types.h>

/* Writes the number, digits only, to a file that is whole whenever it is there. */
int tell_number(const char *path, pid_t pid, struct cove_error *err);
/* Sends the pidfd to the socket that listens at `path`. */
int tell_pidfd(const char *path, int pidfd, struct cove_error *err);

#endif
