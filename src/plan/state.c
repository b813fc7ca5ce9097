/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See state.h.
 */
#include "plan/state.h"
#include "base/auto.h"
#include "base/json.h"
#include "plan/build.h"

static bool has_reader(const struct plan *plan)
{
	for (int kind = 0; kind < PLAN_HOOK_COUNT; kind++)
		if (plan->hooks[kind].count)
			return true;
	return plan->seccomp.listener != 0;
}

static void add_annotations(const struct plan *plan, struct json *json)
{
	json_open_object(json, "annotations");
	plan_each (plan, struct plan_data, a, plan->container.annotations)
		json_string(json, plan_str(plan, a->key), plan_str(plan, a->value));
	json_close_object(json);
}

void plan_resolve_state(struct plan *plan)
{
	struct plan_container *container = &plan->container;
	auto_(buf_done) struct buf head = { 0 };
	auto_(buf_done) struct buf tail = { 0 };
	struct json json;

	if (!has_reader(plan))
		return;
	json_init(&json, &head, false);
	json_open_object(&json, NULL);
	json_string(&json, "ociVersion", plan_str(plan, container->version));
	json_string(&json, "id", plan_str(plan, container->id));
	buf_adds(&head, ",\"status\":\"");
	json_init(&json, &tail, false);
	json_open_object(&json, NULL);
	json_string(&json, "bundle", plan_str(plan, container->bundle));
	add_annotations(plan, &json);
	json_close_object(&json);
	if (head.failed || tail.failed) {
		plan->overflow = 1;
		return;
	}
	container->state_head = plan_add_string(plan, buf_str(&head));
	container->state_tail = plan_add_string(plan, buf_str(&tail) + 1); /* without its "{" */
}

void plan_write_state(const struct plan *plan, const char *status, int pid, struct buf *out)
{
	buf_addf(out, "%s%s" PLAN_STATE_PID "%d,%s", plan_str(plan, plan->container.state_head),
		 status, pid, plan_str(plan, plan->container.state_tail));
}
