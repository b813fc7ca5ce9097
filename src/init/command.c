/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the command can be executed, while `create` can still say so.
 */
#include "base/err.h"
#include "init/inside.h"

#include <errno.h>

int apply_command(struct inside *in, struct cove_error *err)
{
	(void)in;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}
