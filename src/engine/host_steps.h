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

/* ledger.c */
int apply_record(struct run *run, struct cove_error *err);
void undo_record(struct run *run);
int apply_created(struct run *run, struct cove_error *err);
int apply_running(struct run *run, struct cove_error *err);

/* cgroup.c */
int apply_cgroup(struct run *run, struct cove_error *err);
void undo_cgroup(struct run *run);

/* net_devices.c */
int apply_net_devices(struct run *run, struct cove_error *err);

/* hooks.c */
int apply_mount_idmap(struct run *run, struct cove_error *err); /* idmap.c */
int apply_hooks_runtime(struct run *run, struct cove_error *err);
int apply_hooks_poststart(struct run *run, struct cove_error *err);

/* console.c */
int apply_console(struct run *run, struct cove_error *err);
/* Whether there is a socket where the plan's listener should be; hooks may still make one. */
int check_listener(const struct plan *plan, struct cove_error *err);
/* Leaves run->listener, if the plan has one, before the filter that it is about could be loaded. */
int connect_listener(struct run *run, struct cove_error *err);
/* Sends the descriptor, which it closes, there, and closes that, too. */
int send_listener(struct run *run, int listener, struct cove_error *err);

extern const struct host_step host_steps[STEP_COUNT];

#endif
