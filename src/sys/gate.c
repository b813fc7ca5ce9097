/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See gate.h.
 */
#define _GNU_SOURCE
#include "sys/gate.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int open_socket(int dir, const char *name, struct sockaddr_un *address,
		       struct cove_error *err)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s", dir, name);
	return fd >= 0 ? fd : err_set(err, errno, "socket", NULL, "cannot open a socket");
}

int gate_listen(int dir, const char *name, struct cove_error *err)
{
	struct sockaddr_un address;
	auto_fd int fd = open_socket(dir, name, &address, err);

	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
		return err_set(err, errno, "bind", name, "cannot make the socket '%s'", name);
	return TAKE_FD(fd);
}

int gate_connect(int dir, const char *name, struct cove_error *err)
{
	struct sockaddr_un address;
	auto_fd int fd = open_socket(dir, name, &address, err);

	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_set(err, errno, "connect", name, "cannot reach the container at '%s'",
			       name);
	return TAKE_FD(fd);
}
