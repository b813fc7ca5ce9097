/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has happened so far while a plan is carried out: processes, descriptors, times. Never part
 * of the plan.
 */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "plan/steps.h"
#include "sys/channel.h"
#include "sys/process.h"
#include <sys/types.h>

#define RUN_LAYERS 16

struct run;

/* Who keeps the books of a container. Each is called by the host's row of that name, and may be
 * NULL. */
struct engine_ledger {
	/* Before the first side effect. May set run->gate. */
	int (*begin)(void *context, struct run *run, struct cove_error *err);
	/* Undoes that: nothing of it remains. */
	void (*forget)(void *context, struct run *run);
	/* run->pid is the container's process, about to wait at the gate or to execute. */
	int (*created)(void *context, struct run *run, struct cove_error *err);
	/* It executed the command. */
	int (*running)(void *context, struct run *run, struct cove_error *err);
	void *context;
};

struct run {
	const struct plan *plan; /* borrowed */
	const uint64_t *waiting; /* see engine_start; borrowed */
	const struct engine_ledger *ledger; /* NULL: no record; borrowed */
	const char *console_socket;         /* where the terminal's master goes; borrowed */
	void (*warn)(void *context, const struct cove_error *warning); /* see engine_caller */
	void *warn_context;
	int gate;                /* listening socket at which the container will wait; -1: none */
	int cgroup;              /* directory of its cgroup; -1: the caller's */
	unsigned cgroup_made;    /* how many of its path's last parts were missing */
	int rdt, rdt_monitor;    /* directories of its class of service; -1: none */
	bool rdt_made;           /* the class was missing */
	bool created;            /* it waits at the gate, and is not ours any more */
	bool begun;              /* it was waiting there: another cove made it */
	struct channel channel;  /* to cove-init */
	int signals;             /* what asks us to end while a container is made, which is undone
				  * then; -1: that simply ends us */
	int pidfd;               /* of cove-init or, once it runs without one, the command */
	pid_t pid;
	int layers[RUN_LAYERS];  /* locks of kept layers, held as long as the box lives */
	unsigned layer_count;
	bool reaped;             /* the process behind pidfd is gone */
	int told;                /* status of a command that a signal ended, as cove-init says; or 0 */
	struct process_end end;  /* then: how the command ended, and what the box used */
	uint64_t begin;          /* when the command was started: nanoseconds of process_clock */
	bool timed_out;          /* it was ended, for the plan's time was over; */
	bool killed;             /* at last by SIGKILL */
	uint64_t ns[COVE_NS_COUNT]; /* numbers of its namespaces, likewise; 0: unknown */
	pid_t command;           /* its number here, where the plan wants a report; 0: unknown */
	int terminal;            /* master of its terminal; -1: none */
	int listener;            /* connected to who gets the filter's descriptor; -1: not yet */
	struct channel_boot boot;
	struct channel_time times[STEP_COUNT];
	bool applied[STEP_COUNT]; /* host rows to undo */
};

/* Tells the caller, if it listens, of what does not stop the walk. */
static inline void run_warn(const struct run *run, const struct cove_error *warning)
{
	if (run->warn)
		run->warn(run->warn_context, warning);
}

#endif
