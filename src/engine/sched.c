/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduling: see sched.h. It is set from outside, where the caller's privilege counts.
 */
#include "engine/sched.h"
#include "base/err.h"
#include "sys/process.h"
#include "sys/sched.h"

#include <errno.h>
#include <linux/sched.h>

static int set_nice(struct run *run, struct cove_error *err)
{
	const struct plan_setting *nice = &run->plan->nice;
	int r = process_set_nice(run->pid, nice->value, err);

	if (r < 0)
		err_origin(err, plan_str(run->plan, nice->origin));
	if (r == -EACCES || r == -EPERM)
		err_hint(err, "lowering it takes CAP_SYS_NICE");
	return r;
}

static void hint_policy(const struct plan_scheduler *wanted, int r, struct cove_error *err)
{
	bool deadline = wanted->policy == SCHED_DEADLINE;

	if (r == -EPERM && deadline)
		err_hint(err, "a deadline takes CAP_SYS_NICE on the host, and all processors: no "
			      "cpuset, no taskset");
	else if (r == -EPERM && wanted->priority > 0)
		err_hint(err, "real-time priority %d takes CAP_SYS_NICE on the host, or a limit "
			      "'ulimit -r' of at least that; and a share of real time if the "
			      "cgroup gives them out", wanted->priority);
	else if (r == -EPERM)
		err_hint(err, "leaving the present policy takes CAP_SYS_NICE on the host");
	else if (r == -EBUSY)
		err_hint(err, "the processors have not that much time left to promise");
	else if (r == -EINVAL && deadline)
		err_hint(err, "the period must be from kernel.sched_deadline_period_min_us to "
			      "..._max_us, and the runtime at least 1024 ns");
}

/* One call sets policy and nice value, so the latter must be said again. */
static int set_policy(struct run *run, struct cove_error *err)
{
	const struct plan_scheduler *wanted = &run->plan->scheduler;
	const struct plan_setting *nice = &run->plan->nice;
	struct sched_wanted attributes = {
		.policy = wanted->policy,
		.nice = nice->set ? nice->value : sched_get_nice(run->pid),
		.priority = wanted->priority,
		.flags = wanted->flags,
		.runtime = wanted->runtime,
		.deadline = wanted->deadline,
		.period = wanted->period,
	};
	int r = sched_set(run->pid, &attributes, err);

	if (r < 0) {
		err_origin(err, plan_str(run->plan, wanted->origin));
		hint_policy(wanted, r, err);
	}
	return r;
}

static int set_ioprio(struct run *run, struct cove_error *err)
{
	const struct plan_ioprio *wanted = &run->plan->ioprio;
	int r = sched_set_ioprio(run->pid, wanted->io_class, wanted->level, err);

	if (r < 0)
		err_origin(err, plan_str(run->plan, wanted->origin));
	if (r == -EPERM)
		err_hint(err, "the class 'rt' takes CAP_SYS_NICE on the host");
	return r;
}

int sched_apply(struct run *run, struct cove_error *err)
{
	int r = run->plan->nice.set ? set_nice(run, err) : 0;

	if (r == 0 && run->plan->scheduler.set)
		r = set_policy(run, err);
	if (r == 0 && run->plan->ioprio.set)
		r = set_ioprio(run, err);
	return r;
}
