/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the network: /etc/resolv.conf is on many hosts a link into /run, which is private in the
 * box, and the resolver is spoken to by a socket there.
 */
#include "base/auto.h"
#include "box/complete.h"
#include "plan/build.h"

#include <linux/mount.h>
#include <string.h>

void box_share_resolver(struct box *box)
{
	/* systemd-resolved with its socket; resolvconf; NetworkManager; netconfig; ConnMan. Whole
	 * directories where they hold nothing else, for the files are replaced now and then. */
	static const char *const paths[] = {
		"/run/systemd/resolve",		 "/run/resolvconf",
		"/run/NetworkManager/resolv.conf", "/run/NetworkManager/no-stub-resolv.conf",
		"/run/netconfig",		 "/run/connman/resolv.conf",
	};
	struct plan *plan = box->plan;
	const struct plan_ns *net = &plan->ns[COVE_NS_NET];

	if (plan->root.kind != PLAN_ROOT_HOST || net->mode == PLAN_NS_NEW ||
	    box_was_said(box, "/run"))
		return;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct plan_mount *mount;

		if (box_is_hidden(plan, paths[i]) || box_was_said(box, paths[i]))
			continue;
		mount = plan_add_mount(plan, PLAN_MOUNT_BIND, paths[i], paths[i]);
		mount->attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			      MOUNT_ATTR_NOEXEC;
		mount->optional = 1;
		if (net->origin)
			mount->item.origin = net->origin;
	}
}
