/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See hooks.h.
 */
#include "engine/hooks.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "engine/host_steps.h"
#include "plan/state.h"
#include "sys/hook.h"

#include <errno.h>
#include <stdlib.h>

/* Pointers to a list's strings, ended by NULL, after `first` if that is not NULL. NULL when memory is
 * short; the caller frees it. */
static char **pointers(const struct plan *plan, const struct plan_list *list)
{
	char **array = calloc(list->count + 1, sizeof(*array));
	size_t n = 0;

	plan_each (plan, struct plan_string, item, *list)
		if (array)
			array[n++] = (char *)plan_str(plan, item->text);
	return array;
}

/* What hooks print is added to a file, or goes where ours does: -1. */
static int open_output(const struct plan *plan, plan_ref path, int *ret_fd, struct cove_error *err)
{
	int fd = path ? fd_append(plan_str(plan, path), err) : -1;

	if (path && fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

static int run_hook(const struct plan *plan, const struct plan_hook *item, struct hook *hook,
		    struct cove_error *err)
{
	const char *path = plan_str(plan, item->path);
	char *alone[] = { (char *)path, NULL };
	auto_free char **args = pointers(plan, &item->args);
	auto_free char **env = pointers(plan, &item->env);
	int r;

	if (!args || !env)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	hook->path = path;
	hook->argv = item->args.count ? args : alone;
	hook->env = env;
	hook->timeout = item->timeout;
	r = hook_run(hook, err);
	if (r < 0)
		err_origin(err, plan_str(plan, item->item.origin));
	return r;
}

int engine_run_hooks(const struct plan *plan, enum plan_hook_kind kind, pid_t pid,
		     const char *status, const uint64_t *waiting, struct cove_error *err)
{
	bool late = kind == PLAN_HOOK_POSTSTART || kind == PLAN_HOOK_POSTSTOP;
	auto_(buf_done) struct buf state = { 0 };
	auto_fd int output = -1, errors = -1;
	struct hook hook = { .kind = plan_hook_name(kind), .waiting = waiting };
	struct fd_part input;
	int first = open_output(plan, plan->hooks_stdout, &output, err);

	if (first == 0)
		first = open_output(plan, plan->hooks_stderr, &errors, err);
	if (first < 0)
		return first;
	plan_write_state(plan, status, pid, &state);
	if (state.failed)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	input = (struct fd_part){ state.data, state.len };
	hook.cwd = plan_str(plan, plan->container.bundle);
	hook.input = &input;
	hook.input_count = 1;
	hook.output = output;
	hook.error = errors;
	plan_each (plan, struct plan_hook, item, plan->hooks[kind]) {
		int r = first == 0 || late ? run_hook(plan, item, &hook, first ? NULL : err) : 0;

		first = first ? first : r;
		hook.number++;
	}
	return first;
}

int apply_hooks_runtime(struct run *run, struct cove_error *err)
{
	int r = engine_run_hooks(run->plan, PLAN_HOOK_PRESTART, run->pid, "creating", run->waiting,
				 err);

	return r < 0 ? r : engine_run_hooks(run->plan, PLAN_HOOK_CREATE_RUNTIME, run->pid,
					    "creating", run->waiting, err);
}

int apply_hooks_poststart(struct run *run, struct cove_error *err)
{
	struct cove_error warning;

	(void)err;
	if (engine_run_hooks(run->plan, PLAN_HOOK_POSTSTART, run->pid, "running", run->waiting,
			     &warning) < 0)
		run_warn(run, &warning);
	return 0;
}
