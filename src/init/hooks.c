/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks that run in the box.
 */
#include "base/err.h"
#include "init/inside.h"

#include <errno.h>

int apply_hooks_container(struct inside *in, struct cove_error *err)
{
	(void)in;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}

int apply_hooks_start(struct inside *in, struct cove_error *err)
{
	(void)in;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}
