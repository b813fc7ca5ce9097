/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a terminal's master to who asked for it.
 */
#include "base/err.h"
#include "engine/host_steps.h"

#include <errno.h>

int apply_console(struct run *run, struct cove_error *err)
{
	(void)run;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}
