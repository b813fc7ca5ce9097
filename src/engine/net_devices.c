/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network devices that go into the box. They keep their settings and their addresses, and are up
 * there. Nothing is undone: with the box's namespace the kernel gives a physical device back to the
 * host, and deletes a virtual one.
 */
#include "base/err.h"
#include "engine/host_steps.h"
#include "sys/fd.h"
#include "sys/netlink.h"
#include "sys/ns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct move {
	int here, there; /* route sockets */
	int netns;       /* of the box */
};

/* A name in which the kernel puts the first number that is free. */
static bool is_template(const char *name)
{
	return strstr(name, "%d") != NULL;
}

/* The kernel moves a device first, and then finds that it cannot be called so. */
static int check_name(const struct move *move, const char *name, struct cove_error *err)
{
	uint32_t index;

	if (is_template(name) || netlink_find(move->there, name, &index, NULL) < 0)
		return 0;
	err_set(err, EEXIST, "RTM_GETLINK", name, "the box has a network device '%s' already", name);
	err_hint(err, "give it another name there, or one with %%d for a number that is free");
	return -EEXIST;
}

static int move_device(const struct move *move, const char *name, const char *new_name,
		       struct cove_error *err)
{
	struct netlink_address addresses[NETLINK_ADDRESSES];
	uint32_t index = 0, new_index = 0;
	unsigned count = 0;
	int r = netlink_find(move->here, name, &index, err);

	if (r == -ENODEV)
		err_hint(err, "ip link show lists those that can be moved");
	if (r == 0)
		r = check_name(move, new_name, err);
	if (r == 0)
		r = netlink_addresses(move->here, index, addresses, &count, err);
	if (r == 0)
		r = netlink_free_index(move->there, &new_index, err);
	if (r < 0)
		return r;
	r = netlink_move(move->here, index, move->netns, new_index, new_name, err);
	if (r == -EPERM)
		err_hint(err, "that takes CAP_NET_ADMIN on the host");
	if (r == -EINVAL)
		err_hint(err, "some devices belong to their namespace and cannot be moved: lo, and "
			      "those that ethtool -k shows as netns-local");
	for (unsigned i = 0; r == 0 && i < count; i++)
		r = netlink_add_address(move->there, new_index, &addresses[i], err);
	return r < 0 ? r : netlink_set_up(move->there, new_index, err);
}

static int open_move(struct run *run, struct move *move, struct cove_error *err)
{
	if (run->plan->ns[COVE_NS_NET].mode == PLAN_NS_HOST) {
		err_set(err, EINVAL, NULL, NULL, "network devices can be moved only into a network "
						 "namespace of the box's own");
		err_hint(err, "add {\"type\": \"network\"} to /linux/namespaces");
		return -EINVAL;
	}
	move->netns = ns_open_of(run->pidfd, run->pid, "net", err);
	if (move->netns < 0)
		return move->netns;
	move->here = netlink_open(err);
	move->there = move->here < 0 ? -1 : netlink_open_in(move->netns, err);
	return move->here < 0 ? move->here : move->there < 0 ? move->there : 0;
}

static void move_done(const struct move *move)
{
	auto_fd_cleanup(&move->here);
	auto_fd_cleanup(&move->there);
	auto_fd_cleanup(&move->netns);
}

int apply_net_devices(struct run *run, struct cove_error *err)
{
	const struct plan *plan = run->plan;
	struct move move = { -1, -1, -1 };
	int r = open_move(run, &move, err);

	plan_each (plan, struct plan_net_device, device, plan->net_devices) {
		const char *name = plan_str(plan, device->name);

		if (r < 0)
			break;
		r = move_device(&move, name, device->new_name ? plan_str(plan, device->new_name)
							      : name, err);
		if (r < 0 && err) {
			struct cove_error cause = *err;

			snprintf(err->what, sizeof(err->what), "network device '%s': %.150s", name,
				 cause.what);
			err_origin(err, plan_str(plan, device->item.origin));
		}
	}
	move_done(&move);
	return r;
}
