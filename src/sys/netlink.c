/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See netlink.h. One request at a time, answered before the next is made.
 */
#define _GNU_SOURCE
#include "sys/netlink.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ANSWER_SIZE 32768
#define ANSWER_SECONDS 10

struct request {
	struct nlmsghdr head;
	char body[512];
};

/* Called with each message of an answer. */
struct reader {
	void (*take)(void *context, const struct nlmsghdr *message);
	void *context;
};

static void *begin(struct request *request, uint16_t type, uint16_t flags, size_t size)
{
	*request = (struct request){
		.head.nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
		.head.nlmsg_type = type,
		.head.nlmsg_flags = NLM_F_REQUEST | flags,
	};
	return NLMSG_DATA(&request->head);
}

static void add(struct request *request, uint16_t type, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(request->head.nlmsg_len);
	struct rtattr *attribute = (struct rtattr *)(void *)((char *)request + at);

	if (at + RTA_SPACE(len) > sizeof(*request))
		return;
	attribute->rta_type = type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(RTA_DATA(attribute), data, len);
	request->head.nlmsg_len = (uint32_t)(at + RTA_SPACE(len));
}

/* 0: more comes; 1: it was the last; else what the kernel refused with. */
static int take(const struct nlmsghdr *message, const struct request *request,
		const struct reader *reader)
{
	if (message->nlmsg_seq != request->head.nlmsg_seq)
		return 0;
	if (message->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *refusal = NLMSG_DATA(message);

		return refusal->error ? refusal->error : 1;
	}
	if (message->nlmsg_type == NLMSG_DONE)
		return 1;
	if (reader)
		reader->take(reader->context, message);
	/* A single answer to a question is followed by no other, for it asks for no receipt. */
	return !(message->nlmsg_flags & NLM_F_MULTI) && !(request->head.nlmsg_flags & NLM_F_ACK);
}

static int receive(int socket, const struct request *request, const struct reader *reader)
{
	_Alignas(struct nlmsghdr) char block[ANSWER_SIZE];

	for (;;) {
		ssize_t n = recv(socket, block, sizeof(block), MSG_TRUNC);
		const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)block;
		int r = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if ((size_t)n > sizeof(block))
			return -EMSGSIZE;
		for (size_t left = (size_t)n; r == 0 && NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left))
			r = take(message, request, reader);
		if (r != 0)
			return r < 0 ? r : 0;
	}
}

static int ask(int socket, struct request *request, const struct reader *reader)
{
	static _Thread_local uint32_t sequence;

	request->head.nlmsg_seq = ++sequence;
	if (send(socket, request, request->head.nlmsg_len, MSG_NOSIGNAL) < 0)
		return -errno;
	return receive(socket, request, reader);
}

/* ---- sockets ---- */

int netlink_open(struct cove_error *err)
{
	const struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return err_set(err, errno, "socket", NULL, "cannot open a route socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

int netlink_open_in(int netns, struct cove_error *err)
{
	auto_fd int own = openat(AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	auto_fd int fd = -1;

	/* To where we are already: what would keep us from coming back refuses this as well. */
	if (own < 0 || setns(own, CLONE_NEWNET) < 0 || setns(netns, CLONE_NEWNET) < 0)
		return err_set(err, errno, "setns", NULL, "cannot enter the network namespace");
	fd = netlink_open(err);
	if (setns(own, CLONE_NEWNET) < 0)
		return err_set(err, errno, "setns", NULL,
			       "cannot come back from the network namespace");
	return TAKE_FD(fd);
}

/* ---- devices ---- */

static void take_index(void *context, const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	uint32_t *index = context;

	if (message->nlmsg_type == RTM_NEWLINK && (uint32_t)link->ifi_index > *index)
		*index = (uint32_t)link->ifi_index;
}

static bool is_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < IFNAMSIZ;
}

int netlink_find(int socket, const char *name, uint32_t *ret_index, struct cove_error *err)
{
	uint32_t index = 0;
	const struct reader reader = { take_index, &index };
	struct request request;
	struct ifinfomsg *link = begin(&request, RTM_GETLINK, 0, sizeof(*link));
	int r = is_name(name) ? 0 : -ENODEV;

	add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	if (r == 0)
		r = ask(socket, &request, &reader);
	if (r == 0 && index == 0)
		r = -ENODEV;
	if (r < 0)
		return err_set(err, -r, "RTM_GETLINK", name, "there is no such device");
	*ret_index = index;
	return 0;
}

int netlink_free_index(int socket, uint32_t *ret_index, struct cove_error *err)
{
	uint32_t index = 0;
	const struct reader reader = { take_index, &index };
	struct request request;
	struct ifinfomsg *link = begin(&request, RTM_GETLINK, NLM_F_DUMP, sizeof(*link));
	int r = ask(socket, &request, &reader);

	if (r < 0)
		return err_set(err, -r, "RTM_GETLINK", NULL, "cannot list the network devices");
	*ret_index = index + 1;
	return 0;
}

int netlink_move(int socket, uint32_t index, int netns, uint32_t new_index, const char *new_name,
		 struct cove_error *err)
{
	struct request request;
	struct ifinfomsg *link = begin(&request, RTM_NEWLINK, NLM_F_ACK, sizeof(*link));
	int32_t number = (int32_t)new_index;
	int r = is_name(new_name) ? 0 : -EINVAL;

	link->ifi_index = (int)index;
	add(&request, IFLA_NET_NS_FD, &netns, sizeof(netns));
	add(&request, IFLA_NEW_IFINDEX, &number, sizeof(number));
	add(&request, IFLA_IFNAME, new_name, strlen(new_name) + 1);
	if (r == 0)
		r = ask(socket, &request, NULL);
	if (r < 0)
		err_set(err, -r, "RTM_NEWLINK", new_name,
			"cannot move it to the network namespace of the box as '%s'", new_name);
	return r;
}

int netlink_set_up(int socket, uint32_t index, struct cove_error *err)
{
	struct request request;
	struct ifinfomsg *link = begin(&request, RTM_NEWLINK, NLM_F_ACK, sizeof(*link));
	int r;

	link->ifi_index = (int)index;
	link->ifi_flags = IFF_UP;
	link->ifi_change = IFF_UP;
	r = ask(socket, &request, NULL);
	return r < 0 ? err_set(err, -r, "RTM_NEWLINK", NULL, "cannot bring it up") : 0;
}

/* ---- addresses ---- */

struct found {
	uint32_t index;
	struct netlink_address *list;
	unsigned count;
};

static const uint16_t part_types[] = { IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST };

/* The flags that were said when it was given; others are what the kernel makes of it. */
#define SAID_FLAGS (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | \
		    IFA_F_MCAUTOJOIN)

static void take_attribute(const struct rtattr *attribute, struct netlink_address *address)
{
	size_t len = RTA_PAYLOAD(attribute);

	for (unsigned i = 0; i < 3; i++)
		if (attribute->rta_type == part_types[i] && len <= sizeof(address->parts[i])) {
			memcpy(address->parts[i], RTA_DATA(attribute), len);
			address->has |= (uint8_t)(1u << i);
		}
	if (attribute->rta_type == IFA_FLAGS && len >= sizeof(address->flags))
		memcpy(&address->flags, RTA_DATA(attribute), sizeof(address->flags));
	if (attribute->rta_type == IFA_RT_PRIORITY && len >= sizeof(address->priority))
		memcpy(&address->priority, RTA_DATA(attribute), sizeof(address->priority));
}

static void take_address(void *context, const struct nlmsghdr *message)
{
	struct found *found = context;
	const struct ifaddrmsg *head = NLMSG_DATA(message);
	struct netlink_address address = { .family = head->ifa_family,
					   .prefix = head->ifa_prefixlen,
					   .flags = head->ifa_flags };
	size_t left = IFA_PAYLOAD(message);

	if (message->nlmsg_type != RTM_NEWADDR || head->ifa_index != found->index ||
	    head->ifa_scope != RT_SCOPE_UNIVERSE)
		return;
	for (const struct rtattr *a = IFA_RTA(head); RTA_OK(a, left); a = RTA_NEXT(a, left))
		take_attribute(a, &address);
	if (!(address.flags & IFA_F_PERMANENT))
		return;
	address.flags &= SAID_FLAGS;
	if (found->count < NETLINK_ADDRESSES)
		found->list[found->count] = address;
	found->count++;
}

int netlink_addresses(int socket, uint32_t index, struct netlink_address *ret_addresses,
		      unsigned *ret_count, struct cove_error *err)
{
	struct found found = { .index = index, .list = ret_addresses };
	const struct reader reader = { take_address, &found };
	struct request request;
	struct ifaddrmsg *head = begin(&request, RTM_GETADDR, NLM_F_DUMP, sizeof(*head));
	int r = ask(socket, &request, &reader);

	if (r == 0 && found.count > NETLINK_ADDRESSES)
		r = -E2BIG;
	if (r < 0)
		return err_set(err, -r, "RTM_GETADDR", NULL, "cannot read its addresses");
	*ret_count = found.count;
	return 0;
}

int netlink_add_address(int socket, uint32_t index, const struct netlink_address *address,
			struct cove_error *err)
{
	struct request request;
	struct ifaddrmsg *head =
		begin(&request, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(*head));
	size_t len = address->family == AF_INET ? 4 : 16;
	int r;

	head->ifa_family = address->family;
	head->ifa_prefixlen = address->prefix;
	head->ifa_scope = RT_SCOPE_UNIVERSE;
	head->ifa_index = index;
	for (unsigned i = 0; i < 3; i++)
		if (address->has & 1u << i)
			add(&request, part_types[i], address->parts[i], len);
	if (address->flags)
		add(&request, IFA_FLAGS, &address->flags, sizeof(address->flags));
	if (address->priority)
		add(&request, IFA_RT_PRIORITY, &address->priority, sizeof(address->priority));
	r = ask(socket, &request, NULL);
	return r < 0 && r != -EEXIST
		       ? err_set(err, -r, "RTM_NEWADDR", NULL, "cannot give it its address again")
		       : 0;
}
