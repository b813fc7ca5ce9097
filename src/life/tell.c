/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See tell.h.
 */
#include "life/tell.h"
#include "base/err.h"
#include "sys/local.h"
#include "sys/store.h"

#include <stdio.h>

int tell_number(const char *path, pid_t pid, struct cove_error *err)
{
	char text[16];
	int r, len = snprintf(text, sizeof(text), "%d", pid);

	r = store_write_beside(path, text, (size_t)len, err);
	if (r < 0)
		err_origin(err, "--pid-file");
	return r;
}

int tell_pidfd(const char *path, int pidfd, struct cove_error *err)
{
	int r = local_send_fd(path, "pidfd", pidfd, err);

	if (r < 0)
		err_origin(err, "--pidfd-socket");
	return r;
}
