/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets with a name in the file system. How long the path to it is does not matter.
 */
#ifndef SYS_LOCAL_H
#define SYS_LOCAL_H

#include <cove/error.h>
#include <stddef.h>

/* A socket as of a channel (SOCK_SEQPACKET) that listens under `name` in the directory, which must
 * not be there yet. */
int local_listen(int dir, const char *name, struct cove_error *err);
/* Connected to it. -ECONNREFUSED: nobody listens any more; -ENOENT: there is none. */
int local_connect(int dir, const char *name, struct cove_error *err);
/* Sends a datagram to the socket at `path`, 107 bytes at most; a plain negative errno. */
int local_send_text(const char *path, const char *text, size_t len);

#endif
