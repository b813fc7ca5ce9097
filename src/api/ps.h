/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's ps(1), of some processes.
 */
#ifndef API_PS_H
#define API_PS_H

#include "base/buf.h"
#include <cove/error.h>

/* Appends what ps prints with the arguments (none: -ef), its first line and those of the processes
 * whose numbers are the lines of `numbers`. */
int ps_print(const struct buf *numbers, char *const *args, struct buf *out, struct cove_error *err);

#endif
