/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network devices that go into the box.
 */
#include "base/err.h"
#include "engine/host_steps.h"

#include <errno.h>

int apply_net_devices(struct run *run, struct cove_error *err)
{
	(void)run;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}
