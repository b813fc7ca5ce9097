/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row "layers": the directories that keep what the box writes are made, and locked until it has
 * ended. As the caller, and before there is a box.
 */
#include "base/err.h"
#include "engine/host_steps.h"
#include "layer/store.h"

#include <errno.h>

int apply_layers(struct run *run, struct cove_error *err)
{
	const struct plan *plan = run->plan;

	plan_each (plan, struct plan_mount, m, plan->mounts) {
		int fd;

		if (!plan_is_kept(m) || m->layer_of)
			continue;
		fd = run->layer_count < RUN_LAYERS
			     ? layer_prepare(plan_str(plan, m->source), plan_str(plan, m->lower), err)
			     : err_set(err, E2BIG, NULL, NULL, "more than %d layers", RUN_LAYERS);
		if (fd < 0) {
			err_origin(err, plan_str(plan, m->item.origin));
			undo_layers(run);
			return fd;
		}
		run->layers[run->layer_count++] = fd;
	}
	return 0;
}

void undo_layers(struct run *run)
{
	while (run->layer_count)
		layer_release(run->layers[--run->layer_count]);
}
