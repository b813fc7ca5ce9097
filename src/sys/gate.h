/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket at which a container waits to be started: SOCK_SEQPACKET, as a channel, with a name in
 * its directory of state. How long the path to that directory is does not matter.
 */
#ifndef SYS_GATE_H
#define SYS_GATE_H

#include <cove/error.h>

/* A socket that listens under `name` in the directory, which must not be there yet. */
int gate_listen(int dir, const char *name, struct cove_error *err);
/* Connected to it. -ECONNREFUSED: nobody listens any more; -ENOENT: there is none. */
int gate_connect(int dir, const char *name, struct cove_error *err);

#endif
