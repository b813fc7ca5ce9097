/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks that run on the host.
 */
#include "base/err.h"
#include "engine/host_steps.h"

#include <errno.h>

int apply_hooks_runtime(struct run *run, struct cove_error *err)
{
	(void)run;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}

int apply_hooks_poststart(struct run *run, struct cove_error *err)
{
	(void)run;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}
