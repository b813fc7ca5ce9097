/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See unix.h.
 */
#define _GNU_SOURCE
#include "sys/unix.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

/* The kernel takes 107 bytes of a path: the socket is looked up once, and named by its descriptor. */
static int name_socket(int target, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return snprintf(ret_address->sun_path, sizeof(ret_address->sun_path), "/proc/self/fd/%d",
			target);
}

static int failed(int num, const char *call, const char *path, struct cove_error *err)
{
	if (num == EAGAIN)
		num = ETIMEDOUT;
	return err_set(err, num, call, path, num == ETIMEDOUT ? "nobody answers at '%s'"
							      : "cannot reach '%s'", path);
}

int unix_check(const char *path, struct cove_error *err)
{
	auto_fd int target = fd_open(path, O_PATH, err);
	struct stat st;

	if (target < 0)
		return target;
	if (fstat(target, &st) < 0)
		return failed(errno, "fstat", path, err);
	return S_ISSOCK(st.st_mode) ? 0 : failed(ENOTSOCK, "fstat", path, err);
}

int unix_connect(const char *path, int timeout_ms, struct cove_error *err)
{
	struct timeval time = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	auto_fd int target = fd_open(path, O_PATH, err);
	auto_fd int sock = -1;
	struct sockaddr_un address;
	int r;

	if (target < 0)
		return target;
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return err_set(err, errno, "socket", NULL, "cannot open a socket");
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
	name_socket(target, &address);
	do
		r = connect(sock, (const struct sockaddr *)&address, sizeof(address));
	while (r < 0 && errno == EINTR);
	return r == 0 ? TAKE_FD(sock) : failed(errno, "connect", path, err);
}

int unix_send_fd(int sock, const void *data, size_t len, int fd, const char *path,
		 struct cove_error *err)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *item = (struct cmsghdr *)control;

	item->cmsg_level = SOL_SOCKET;
	item->cmsg_type = SCM_RIGHTS;
	item->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(item), &fd, sizeof(fd));
	while (part.iov_len > 0) {
		ssize_t n = sendmsg(sock, &header, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(errno, "sendmsg", path, err);
		part.iov_base = (char *)part.iov_base + n;
		part.iov_len -= (size_t)n;
		header.msg_control = NULL;
		header.msg_controllen = 0;
	}
	return 0;
}
