/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channel between the two sides: see channel.h.
 */
#define _GNU_SOURCE
#include "sys/channel.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int channel_open(struct channel *ret_host, struct channel *ret_inside, struct cove_error *err)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return err_set(err, errno, "socketpair", NULL, "cannot make a socket pair");
	*ret_host = (struct channel){ .fd = fds[0] };
	*ret_inside = (struct channel){ .fd = fds[1] };
	return 0;
}

void channel_done(struct channel *channel)
{
	if (channel->fd >= 0)
		fd_close(channel->fd);
	channel->fd = -1;
}

int channel_accept(int listening, struct channel *ret_channel, struct cove_error *err)
{
	int fd;

	do
		fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0)
		return err_set(err, errno, "accept4", NULL, "cannot take a connection");
	*ret_channel = (struct channel){ .fd = fd };
	return 0;
}

int channel_send(struct channel *channel, struct channel_message *message, int fd,
		 struct cove_error *err)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { .iov_base = message, .iov_len = sizeof(*message) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	message->serial = ++channel->sent;
	if (fd >= 0) {
		struct cmsghdr *item = (struct cmsghdr *)control;

		item->cmsg_level = SOL_SOCKET;
		item->cmsg_type = SCM_RIGHTS;
		item->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(item), &fd, sizeof(fd));
		header.msg_control = control;
		header.msg_controllen = sizeof(control);
	}
	while (sendmsg(channel->fd, &header, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return err_set(err, errno, "sendmsg", NULL, "the other side is gone");
	return 0;
}

/* ppoll(2) itself: the C library's leaves out signals of its own. */
static int poll_for(const struct channel *channel, int timeout_ms, const uint64_t *mask)
{
	struct pollfd poll_fd = { .fd = channel->fd, .events = POLLIN };
	struct timespec left = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L,
	};
	long n;

	do
		n = syscall(SYS_ppoll, &poll_fd, 1, timeout_ms < 0 ? NULL : &left, mask,
			    sizeof(*mask));
	while (n < 0 && errno == EINTR);
	return n >= 0 ? (int)n : -errno;
}

/* The other side is seldom slow, and then signals may be taken meanwhile. */
static int wait_readable(const struct channel *channel, int timeout_ms)
{
	bool patient = channel->waiting && (timeout_ms < 0 || timeout_ms > CHANNEL_PATIENCE_MS);
	int left = timeout_ms < 0 ? timeout_ms : timeout_ms - CHANNEL_PATIENCE_MS;
	int n = poll_for(channel, patient ? CHANNEL_PATIENCE_MS : timeout_ms, NULL);

	if (n == 0 && patient)
		n = poll_for(channel, left, channel->waiting);
	if (n < 0)
		return n;
	return n ? 0 : -ETIMEDOUT;
}

static int take_fd(struct msghdr *header)
{
	struct cmsghdr *item = CMSG_FIRSTHDR(header);
	int fd = -1;

	if (item && item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(item), sizeof(fd));
	return fd;
}

int channel_receive(struct channel *channel, struct channel_message *message, int *ret_fd,
		    int timeout_ms, struct cove_error *err)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { .iov_base = message, .iov_len = sizeof(*message) };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	auto_fd int fd = -1;
	ssize_t n;
	int r = timeout_ms < 0 && !channel->waiting ? 0 : wait_readable(channel, timeout_ms);

	if (r < 0)
		return err_set(err, -r, "poll", NULL, "the other side does not answer");
	/* ECONNRESET says once that the other side left a message of ours unread; what it has sent
	 * before comes after that. */
	do
		n = recvmsg(channel->fd, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n <= 0)
		return err_set(err, n < 0 ? errno : EPIPE, "recvmsg", NULL,
			       "the other side is gone");
	fd = take_fd(&header);
	if (n != sizeof(*message) || header.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
	    message->serial != channel->received + 1)
		return err_set(err, EPROTO, "recvmsg", NULL, "a message came out of turn");
	channel->received++;
	if (ret_fd)
		*ret_fd = TAKE_FD(fd);
	return 0;
}

bool channel_is_cut(const struct channel *channel)
{
	struct pollfd poll_fd = { .fd = channel->fd };

	return poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & POLLHUP;
}

uint64_t channel_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
