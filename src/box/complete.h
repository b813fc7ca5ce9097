/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of box_complete that have a file of their own. Called while the defaults are being added:
 * the plan's origin is "default".
 */
#ifndef BOX_COMPLETE_H
#define BOX_COMPLETE_H

#include "box/box.h"

/* Whether an option, not a default, put something at `target`. */
bool box_was_said(const struct box *box, const char *target);
/* Whether an option hides `path`, or a directory above it. */
bool box_is_hidden(const struct plan *plan, const char *path);

/* Covers a home directory, if there is one, by a private empty one: roomy if it is the caller's
 * own. */
struct plan_mount *box_add_private_home(struct box *box, const char *home, bool is_own);

/* The namespace of mounts, if it is new, and all that is in it. */
void box_complete_files(struct box *box);
/* Covers home directories by private empty ones, the caller's own being there. A home that does not
 * exist, that is a part of the system (those of daemons: /usr/sbin, /dev/null) or the root itself
 * gets none, for nothing private is there. */
void box_hide_homes(struct box *box);
/* Shares the current directory as --here says. */
void box_share_here(struct box *box);
/* Where the command starts: here, if the box has it. The mounts must be in their order. */
const char *box_start_directory(const struct box *box);

/* With the host's network and a private /run: what name resolution needs of the host's /run. */
void box_share_resolver(struct box *box);

/* What --landlock implies. */
void box_complete_landlock(struct box *box);

#endif
