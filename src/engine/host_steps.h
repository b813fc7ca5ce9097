/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's column of the step table.
 */
#ifndef ENGINE_HOST_STEPS_H
#define ENGINE_HOST_STEPS_H

#include "engine/run.h"

struct host_step {
	int (*apply)(struct run *run, struct cove_error *err);
	void (*undo)(struct run *run); /* NULL: nothing remains of it */
};

/* layers.c */
int apply_layers(struct run *run, struct cove_error *err);
void undo_layers(struct run *run);

extern const struct host_step host_steps[STEP_COUNT];

#endif
