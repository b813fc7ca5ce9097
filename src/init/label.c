/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written to /proc for the box: kernel settings and labels.
 */
#include "base/err.h"
#include "init/inside.h"

#include <errno.h>

int apply_sysctl(struct inside *in, struct cove_error *err)
{
	(void)in;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}

int apply_label(struct inside *in, struct cove_error *err)
{
	(void)in;
	return err_set(err, ENOSYS, NULL, NULL, "this step is not built yet");
}
