/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See run.h.
 */
#include "api/run.h"
#include "engine/engine.h"
#include "sys/cgroup.h"
#include "sys/process.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define STATUS_TIME_OVER 124

static void take_trace(const struct run *run, struct api_trace *trace)
{
	for (enum step step = 0; step < STEP_COUNT; step++) {
		trace->steps[step].begin = run->times[step].begin;
		trace->steps[step].end = run->times[step].end;
	}
	trace->ended = channel_now();
}

static int tell_start(const struct run *run, const struct api_watch *watch, struct cove_error *err)
{
	struct api_start start = {
		.init = run->pid,
		.command = run->plan->last == PLAN_LAST_INIT ? run->command : run->pid,
	};

	if (!watch || !watch->started)
		return 0;
	memcpy(start.ns, run->ns, sizeof(start.ns));
	return watch->started(watch->context, &start, err);
}

static void take_end(const struct run *run, int status, struct api_end *end)
{
	*end = (struct api_end){
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
		.timed_out = run->timed_out,
		.wall = process_clock() - run->begin,
		.user = run->end.user_ns,
		.system = run->end.system_ns,
		.peak = run->end.peak,
		.read = run->end.read,
		.written = run->end.written,
	};
	if (run->timed_out)
		end->status = STATUS_TIME_OVER;
	if (run->plan->trace)
		take_trace(run, &end->trace);
}

int api_run(const struct plan *plan, const struct api_watch *watch, struct api_end *ret_end,
	    struct cove_error *err)
{
	uint64_t kills_before = 0, kills = 0, before;
	bool count = plan->report && cgroup_oom_kills(&kills_before) == 0;
	const struct engine_caller caller = { .waiting = &before };
	struct run run;
	int status, r;

	process_default_sigchld();
	process_survive_file_limit();
	process_block_signals(&before);
	r = engine_start(plan, &caller, &run, err);
	if (r == 0)
		r = tell_start(&run, watch, err);
	if (r == 0)
		r = engine_supervise(&run, &status, err);
	if (r == 0) {
		take_end(&run, status, ret_end);
		ret_end->oom_known = count && cgroup_oom_kills(&kills) == 0;
		ret_end->oom = ret_end->oom_known && kills > kills_before;
	}
	engine_done(&run);
	process_restore_signals(before);
	return r;
}

void api_die_interrupted(void)
{
	process_die_of(SIGINT);
}
