/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup of a container.
 */
#include "base/err.h"
#include "engine/host_steps.h"

#include <errno.h>

int apply_cgroup(struct run *run, struct cove_error *err)
{
	(void)run;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}

void undo_cgroup(struct run *run)
{
	(void)run;
}
