/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as it is found: its directory below the root, its record, its process.
 *
 * The directory has: plan (the sealed block), record, config.json (what the plan was made from, for
 * a cove with other plans), gate (the socket at which it waits to be started). It is locked for all
 * that changes a container, and shared by what only must not lose it. To look and to send a signal
 * take no lock: the record is always whole, and a process is known by more than its number.
 */
#ifndef LIFE_CONTAINER_H
#define LIFE_CONTAINER_H

#include "life/record.h"
#include "life/states.h"
#include "plan/plan.h"
#include <stdbool.h>

#define LIFE_ID_MAX 255 /* of a directory's name */

struct life_container {
	int root;          /* borrowed */
	const char *id;    /* borrowed */
	int dir;
	char *text;        /* of the record; owned */
	struct record record;
	bool whole;        /* the record could be read; else it is empty */
	enum life_status status;
};

enum life_lock { LIFE_UNLOCKED, LIFE_SHARED, LIFE_EXCLUSIVE };

/* Letters, digits and "_+.-", at most LIFE_ID_MAX; not "." or "..". */
int life_check_id(const char *id, struct cove_error *err);

/* Finds it, locks it, and reads its record. -ENOENT: there is none; -ETIMEDOUT: somebody else keeps
 * it, whom the error names. A damaged record is an error (-EBADMSG) but for LIFE_EXCLUSIVE. Release
 * with life_done in all cases. */
int life_find(int root, const char *id, enum life_lock lock, struct life_container *ret,
	      struct cove_error *err);
/* Makes the directory, exclusively locked. -EEXIST. */
int life_make(int root, const char *id, struct life_container *ret, struct cove_error *err);
void life_done(struct life_container *container);

/* A pidfd of its process; -ESRCH: it has ended. */
int life_process(const struct life_container *container);
/* Its plan, for good. -ESTALE: it was made by another version of cove. */
int life_plan(const struct life_container *container, const struct plan **ret_plan,
	      struct cove_error *err);
/* Writes the record anew. */
int life_write(struct life_container *container, struct cove_error *err);

#endif
