/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a container, and what may be done with it in each.
 */
#ifndef LIFE_STATES_H
#define LIFE_STATES_H

#include <cove/error.h>

enum life_status {
	LIFE_CREATING,
	LIFE_CREATED,
	LIFE_RUNNING,
	LIFE_PAUSED,
	LIFE_STOPPED,
	LIFE_STATUSES,
};

enum life_verb {
	LIFE_START,
	LIFE_EXEC,
	LIFE_KILL,
	LIFE_DELETE,
	LIFE_PAUSE,
	LIFE_RESUME,
	LIFE_UPDATE,
	LIFE_LOOK, /* ps, events: at what runs in it */
	LIFE_VERBS,
};

/* As the runtime specification writes it; and "paused". */
const char *life_status_name(enum life_status status);
/* 0, or why it may not be done: -EBUSY while it lives, -ESRCH when it does not, -EINVAL. */
int life_allows(enum life_verb verb, enum life_status status, const char *id,
		struct cove_error *err);

#endif
