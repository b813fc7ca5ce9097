/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Home directories in a default box: covered by private empty ones, the caller's own being there.
 */
#ifndef BOX_HOMES_H
#define BOX_HOMES_H

#include "box/box.h"

/* Adds the mounts and directories. A home that does not exist, that is a part of the system (those of
 * daemons: /usr/sbin, /dev/null) or the root itself gets none, for nothing private is there. */
void box_hide_homes(struct box *box);

#endif
