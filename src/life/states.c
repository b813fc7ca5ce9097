/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of states and verbs. The words are those that engines look for in the messages of an OCI
 * runtime.
 */
#include "life/states.h"
#include "base/err.h"

#include <errno.h>
#include <stddef.h>

static const char *const names[LIFE_STATUSES] = {
	[LIFE_CREATING] = "creating", [LIFE_CREATED] = "created", [LIFE_RUNNING] = "running",
	[LIFE_PAUSED] = "paused",     [LIFE_STOPPED] = "stopped",
};

#define NOT_RUNNING "container not running"
#define NOT_PAUSED "container not paused"
#define NOT_YET "container is being created"
#define NOT_STOPPED "cannot delete container" /* and more: it has the name in it */

/* NULL: allowed. */
static const char *const refusals[LIFE_VERBS][LIFE_STATUSES] = {
	[LIFE_START] = {
		[LIFE_CREATING] = NOT_YET,
		[LIFE_RUNNING] = "cannot start an already running container",
		[LIFE_PAUSED] = "cannot start a container in the paused state",
		[LIFE_STOPPED] = "cannot start a container that has stopped",
	},
	[LIFE_EXEC] = {
		[LIFE_CREATING] = NOT_YET,
		[LIFE_PAUSED] = "cannot exec in a paused container",
		[LIFE_STOPPED] = "cannot exec in a stopped container",
	},
	[LIFE_KILL] = {
		[LIFE_CREATING] = NOT_RUNNING,
		[LIFE_STOPPED] = NOT_RUNNING,
	},
	[LIFE_DELETE] = {
		[LIFE_CREATING] = NOT_STOPPED,
		[LIFE_RUNNING] = NOT_STOPPED,
		[LIFE_PAUSED] = NOT_STOPPED,
	},
	[LIFE_PAUSE] = {
		[LIFE_CREATING] = NOT_YET,
		[LIFE_PAUSED] = "container already paused",
		[LIFE_STOPPED] = NOT_RUNNING,
	},
	[LIFE_RESUME] = {
		[LIFE_CREATING] = NOT_PAUSED,
		[LIFE_CREATED] = NOT_PAUSED,
		[LIFE_RUNNING] = NOT_PAUSED,
		[LIFE_STOPPED] = NOT_PAUSED,
	},
	[LIFE_UPDATE] = {
		[LIFE_CREATING] = NOT_YET,
		[LIFE_STOPPED] = NOT_RUNNING,
	},
	[LIFE_LOOK] = {
		[LIFE_CREATING] = NOT_YET,
		[LIFE_STOPPED] = NOT_RUNNING,
	},
};

const char *life_status_name(enum life_status status)
{
	return names[status];
}

static int number(enum life_status status)
{
	if (status == LIFE_STOPPED)
		return ESRCH;
	return status == LIFE_CREATING ? EAGAIN : EBUSY;
}

int life_allows(enum life_verb verb, enum life_status status, const char *id,
		struct cove_error *err)
{
	const char *refusal = refusals[verb][status];
	int r;

	if (!refusal)
		return 0;
	if (verb == LIFE_DELETE)
		r = err_set(err, number(status), NULL, NULL, "%s %s that is not stopped: %s",
			    refusal, id, names[status]);
	else
		r = err_set(err, number(status), NULL, NULL, "%s", refusal);
	if (verb == LIFE_EXEC && status == LIFE_PAUSED)
		err_hint(err, "use --ignore-paused to do it all the same");
	return r;
}
