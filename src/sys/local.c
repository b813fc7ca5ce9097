/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See local.h.
 */
#define _GNU_SOURCE
#include "sys/local.h"
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

int local_listen(int dir, const char *name, struct cove_error *err)
{
	struct sockaddr_un address;
	auto_fd int fd = open_socket(dir, name, &address, err);

	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
		return err_set(err, errno, "bind", name, "cannot make the socket '%s'", name);
	return TAKE_FD(fd);
}

int local_connect(int dir, const char *name, struct cove_error *err)
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

int local_send_text(const char *path, const char *text, size_t len)
{
	auto_fd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
	    sizeof(address.sun_path))
		return -ENAMETOOLONG;
	if (sock < 0 || sendto(sock, text, len, MSG_NOSIGNAL, (struct sockaddr *)&address,
			       sizeof(address)) < 0)
		return -errno;
	return 0;
}
