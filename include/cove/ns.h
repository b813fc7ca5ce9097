/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight kinds of Linux namespaces, in the order in which they are listed everywhere.
 */
#ifndef COVE_NS_H
#define COVE_NS_H

enum cove_ns {
	COVE_NS_USER,   /* ids and capabilities; Linux 3.8 */
	COVE_NS_MNT,    /* the tree of mounts; Linux 2.4.19 */
	COVE_NS_PID,    /* process numbers; Linux 2.6.24 */
	COVE_NS_NET,    /* network devices, addresses, ports; Linux 2.6.29 */
	COVE_NS_IPC,    /* System V IPC and POSIX message queues; Linux 2.6.19 */
	COVE_NS_UTS,    /* host name and NIS domain name; Linux 2.6.19 */
	COVE_NS_CGROUP, /* the visible root of the cgroup tree; Linux 4.6 */
	COVE_NS_TIME,   /* offsets of the monotonic and boot clocks; Linux 5.6 */
	COVE_NS_COUNT,
};

#endif
