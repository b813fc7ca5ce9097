/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See tell.h.
 */
#include "life/tell.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/store.h"
#include "sys/unix.h"

#include <stdio.h>

#define PATIENCE_MS 10000
#define NAME "pidfd"

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
	auto_fd int sock = unix_connect(path, PATIENCE_MS, err);
	int r = sock < 0 ? sock : unix_send_fd(sock, NAME, sizeof(NAME) - 1, pidfd, path, err);

	if (r < 0)
		err_origin(err, "--pidfd-socket");
	return r;
}
