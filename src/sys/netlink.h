/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network devices, by the kernel's route socket: finding one, moving it to another network namespace,
 * its addresses.
 */
#ifndef SYS_NETLINK_H
#define SYS_NETLINK_H

#include <cove/error.h>
#include <stdint.h>

#define NETLINK_ADDRESSES 64

/* A route socket of this network namespace. */
int netlink_open(struct cove_error *err);
/* One of the namespace behind `netns`, which the calling thread enters for it and leaves again.
 * -EPERM, before it has entered: it could not come back. */
int netlink_open_in(int netns, struct cove_error *err);

/* The number of the device with that name. -ENODEV: there is none. */
int netlink_find(int socket, const char *name, uint32_t *ret_index, struct cove_error *err);
/* A number that no device there has. */
int netlink_free_index(int socket, uint32_t *ret_index, struct cove_error *err);

/* An address that somebody gave a device for good, and that is valid everywhere. */
struct netlink_address {
	uint8_t family, prefix;
	uint8_t has;       /* bit n: parts[n] is set */
	uint32_t flags;    /* IFA_F_*, of those that are said and not found out */
	uint32_t priority; /* of its route; 0: the kernel's */
	uint8_t parts[3][16]; /* address, local, broadcast */
};
/* Those of the device. -E2BIG: more than NETLINK_ADDRESSES. */
int netlink_addresses(int socket, uint32_t index, struct netlink_address *ret_addresses,
		      unsigned *ret_count, struct cove_error *err);
int netlink_add_address(int socket, uint32_t index, const struct netlink_address *address,
			struct cove_error *err);

/* Moves the device to the namespace behind `netns`, where it gets the number `new_index` (since
 * Linux 5.13) and the name `new_name`, in which "%d" stands for the first number that is free. The
 * kernel takes it down for that, and its addresses away. */
int netlink_move(int socket, uint32_t index, int netns, uint32_t new_index, const char *new_name,
		 struct cove_error *err);
int netlink_set_up(int socket, uint32_t index, struct cove_error *err);

#endif
