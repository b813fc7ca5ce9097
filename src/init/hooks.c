/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks that run in the box: with what the configuration gives them, and nothing of the command's.
 */
#include "base/err.h"
#include "init/inside.h"
#include "plan/state.h"
#include "sys/hook.h"
#include "sys/process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define STRINGS 512

static char *args[STRINGS], *env[STRINGS];

static int fill(const struct plan *plan, const struct plan_list *list, char **array,
		struct cove_error *err)
{
	size_t n = 0;

	if (list->count >= STRINGS)
		return err_set(err, E2BIG, NULL, NULL,
			       "a hook has more than %d arguments or variables", STRINGS - 1);
	plan_each (plan, struct plan_string, item, *list)
		array[n++] = (char *)plan_str(plan, item->text);
	array[n] = NULL;
	return 0;
}

static int run(struct inside *in, const struct plan_hook *item, struct hook *hook,
	       struct cove_error *err)
{
	const struct plan *plan = in->plan;
	char *alone[] = { (char *)plan_str(plan, item->path), NULL };
	int r = fill(plan, &item->args, args, err);

	if (r == 0)
		r = fill(plan, &item->env, env, err);
	hook->path = alone[0];
	hook->argv = item->args.count ? args : alone;
	hook->env = env;
	hook->timeout = item->timeout;
	process_set_umask(in->old_umask);
	if (r == 0)
		r = hook_run(hook, err);
	process_set_umask(0);
	if (r < 0)
		err_origin(err, plan_str(plan, item->item.origin));
	return r;
}

static int run_all(struct inside *in, enum plan_hook_kind kind, const char *status,
		   const char *cwd, struct cove_error *err)
{
	const struct plan *plan = in->plan;
	const char *head = plan_str(plan, plan->container.state_head);
	const char *tail = plan_str(plan, plan->container.state_tail);
	char middle[64];
	struct fd_part parts[] = { { head, strlen(head) }, { middle, 0 }, { tail, strlen(tail) } };
	struct hook hook = {
		.kind = plan_hook_name(kind),
		.cwd = cwd,
		.input = parts,
		.input_count = 3,
		.output = -1,
		.error = -1,
	};

	parts[1].len = (size_t)snprintf(middle, sizeof(middle), "%s" PLAN_STATE_PID "%d,", status,
					process_own_number());
	plan_each (plan, struct plan_hook, item, plan->hooks[kind]) {
		int r = run(in, item, &hook, err);

		if (r < 0)
			return r;
		hook.number++;
	}
	return 0;
}

int apply_hooks_container(struct inside *in, struct cove_error *err)
{
	return run_all(in, PLAN_HOOK_CREATE_CONTAINER, "creating",
		       plan_str(in->plan, in->plan->container.bundle), err);
}

int apply_hooks_start(struct inside *in, struct cove_error *err)
{
	return run_all(in, PLAN_HOOK_START_CONTAINER, "created", "/", err);
}
