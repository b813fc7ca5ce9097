/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets of the host that others listen at.
 */
#ifndef SYS_UNIX_H
#define SYS_UNIX_H

#include <cove/error.h>
#include <stddef.h>

/* Connects a stream to the socket at `path`, of any length. -ETIMEDOUT: nobody took it in time. */
int unix_connect(const char *path, int timeout_ms, struct cove_error *err);
/* Whether there is a socket; whether somebody answers only connecting can tell. */
int unix_check(const char *path, struct cove_error *err);
/* Sends all of `data`, a byte at least, with a descriptor. Both in the time that was given. */
int unix_send_fd(int sock, const void *data, size_t len, int fd, const char *path,
		 struct cove_error *err);

#endif
