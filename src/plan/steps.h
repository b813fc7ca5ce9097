/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of steps: what may happen to make a box, in order. Read steps.c first.
 *
 * Two processes walk the same rows: the host side (engine/host_steps.c) and cove-init
 * (init/walk.c). Each carries out its own rows and waits for the other at a change of
 * side; but for rows that may go ahead. Rows that a plan does not want are skipped by both.
 */
#ifndef PLAN_STEPS_H
#define PLAN_STEPS_H

#include "plan/plan.h"
#include <cove/error.h>

enum step {
	STEP_RECORD,
	STEP_NS_OPEN,
	STEP_LAYERS,
	STEP_CGROUP,
	STEP_SPAWN,
	STEP_NS_JOIN,
	STEP_NS_LATE,
	STEP_LIMITS_RAISE,
	STEP_PROCESS,
	STEP_NET_DEVICES,
	STEP_NET_LOOPBACK,
	STEP_HOSTNAME,
	STEP_MOUNT_PRIVATE,
	STEP_MOUNT_OPEN,
	STEP_IDS_MAP,
	STEP_NS_UNSHARE,
	STEP_NS_LIMIT,
	STEP_IDS_SETUP,
	STEP_MOUNT_IDMAP,
	STEP_ROOT,
	STEP_MOUNT_ATTACH,
	STEP_HOOKS_RUNTIME,
	STEP_HOOKS_CONTAINER,
	STEP_SYSCTL,
	STEP_LABEL,
	STEP_ROOT_PIVOT,
	STEP_ROOT_SEAL,
	STEP_UMASK,
	STEP_CWD,
	STEP_SESSION,
	STEP_CONSOLE,
	STEP_KEYRING,
	STEP_AFFINITY,
	STEP_IDS,
	STEP_CAPS,
	STEP_NO_NEW_PRIVS,
	STEP_LANDLOCK,
	STEP_FDS,
	STEP_SECCOMP_EARLY,
	STEP_FORK,
	STEP_LIMITS,
	STEP_PERSONALITY,
	STEP_MEMPOLICY,
	STEP_COMMAND,
	STEP_CREATED,
	STEP_GATE,
	STEP_HOOKS_START,
	STEP_SECCOMP,
	STEP_EXEC,
	STEP_RUNNING,
	STEP_HOOKS_POSTSTART,
	STEP_COUNT,
};

struct step_row {
	const char *name;
	enum cove_side side;
	bool (*wanted)(const struct plan *plan);
	bool ahead; /* a host row that needs nothing of the rows before it inside: it is carried out
		     * while they are, and the inside only waits for it at its place */
};

extern const struct step_row step_rows[STEP_COUNT];

/* Whether the plan wants the row. */
bool step_wanted(const struct plan *plan, enum step step);
/* Whether the row is done ahead: never when the namespaces that it is about are made late. */
bool step_goes_ahead(const struct plan *plan, enum step step);
/* The first wanted row from `from` on, of `side` (COVE_SIDE_NONE: of any); STEP_COUNT: none. */
enum step step_next(const struct plan *plan, enum step from, enum cove_side side);
/* The row's number in `cove explain`, counting wanted rows from 1. */
int step_number(const struct plan *plan, enum step step);
/* The row of that name, or STEP_COUNT. */
enum step step_by_name(const char *name);

/* Stamps an error with the row in which it happened. An earlier stamp stays. */
void step_stamp(const struct plan *plan, enum step step, struct cove_error *err);

#endif
