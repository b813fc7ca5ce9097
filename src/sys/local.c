/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See local.h.
 */
#define _GNU_SOURCE
#include "sys/local.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
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

/* A path that is too long is reached by its directory. */
static int connect_path(int fd, const char *path, struct cove_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = strrchr(path, '/');
	auto_fd int dir = -1;

	if (strlen(path) < sizeof(address.sun_path) || !name) {
		snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	} else {
		char parent[4096];

		snprintf(parent, sizeof(parent), "%.*s", (int)(name - path), path);
		dir = fd_open(parent, O_PATH | O_DIRECTORY, err);
		if (dir < 0)
			return dir;
		snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d%.80s", dir,
			 name);
	}
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	return err_set(err, errno, "connect", path, "cannot connect to the socket '%s'", path);
}

int local_send_fd(const char *path, const char *name, int fd, struct cove_error *err)
{
	auto_fd int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
				  .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS } };
	struct iovec part = { .iov_base = (char *)name, .iov_len = strlen(name) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int r;

	if (sock < 0)
		return err_set(err, errno, "socket", NULL, "cannot open a socket");
	r = connect_path(sock, path, err);
	if (r < 0)
		return r;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(sock, &message, MSG_NOSIGNAL) < 0)
		return err_set(err, errno, "sendmsg", path, "cannot send a descriptor to '%s'", path);
	return 0;
}

int local_send_text(const char *path, const char *text, size_t len)
{
	auto_fd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = sock < 0 ? -errno : connect_path(sock, path, NULL);

	if (r < 0)
		return r;
	return send(sock, text, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -errno;
}
