/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row net.devices, as root, between two network namespaces that this test makes.
 */
#define _GNU_SOURCE
#include "unit.h"
#include "engine/host_steps.h"
#include "plan/build.h"
#include "sys/netlink.h"
#include "sys/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t box; /* its network namespace is the one to move to */

/* A namespace of our own with a pair of devices, and another one. */
static void need_namespaces(void)
{
	int ready[2];
	char c;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0 || system("ip link add out type veth peer "
								  "name peer 2>/dev/null") != 0) {
		print_message("that takes root, iproute2 and veth devices\n");
		skip();
	}
	assert_int_equal(system("ip link set out address 02:00:00:00:00:07 mtu 1400 && "
				"ip addr add 10.1.2.3/24 dev out && ip addr add 10.1.9.9/32 scope "
				"link dev out && ip link set out up"), 0);
	if (system("ip -6 addr add fd00::7/64 dev out nodad 2>/dev/null") != 0)
		print_message("a machine without IPv6\n");
	assert_int_equal(pipe(ready), 0);
	box = fork();
	if (box == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || unshare(CLONE_NEWNET) < 0)
			_exit(1);
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0);
	close(ready[0]);
}

static void end_box(void)
{
	kill(box, SIGKILL);
	waitpid(box, NULL, 0);
}

static struct plan *new_plan(void)
{
	struct plan *plan = plan_new();

	plan_set_ns(plan, COVE_NS_NET, PLAN_NS_NEW);
	return plan;
}

static void add_device(struct plan *plan, const char *name, const char *new_name)
{
	struct plan_net_device *device = plan_append(plan, &plan->net_devices, sizeof(*device));

	device->name = plan_add_string(plan, name);
	device->new_name = plan_add_string(plan, new_name);
}

static int move(const struct plan *plan, struct cove_error *err)
{
	struct run run = { .plan = plan, .pid = box, .pidfd = ns_open_process(box, NULL) };
	int r = apply_net_devices(&run, err);

	close(run.pidfd);
	return r;
}

static const char *in_box(const char *command)
{
	static char text[4096];
	char line[256];
	FILE *pipe;
	size_t n;

	snprintf(line, sizeof(line), "nsenter --net=/proc/%d/ns/net %s", (int)box, command);
	pipe = popen(line, "re");
	n = fread(text, 1, sizeof(text) - 1, pipe);
	text[n] = '\0';
	pclose(pipe);
	return text;
}

static void a_device_keeps_what_it_has(void **state)
{
	struct cove_error err;
	struct plan *plan;
	uint32_t index;
	int here;

	(void)state;
	need_namespaces();
	plan = new_plan();
	add_device(plan, "out", "eth0");
	add_device(plan, "peer", "net%d");
	if (move(plan, &err) < 0)
		fail_msg("%s", err.what);
	assert_non_null(strstr(in_box("ip link show dev eth0"), "mtu 1400"));
	assert_non_null(strstr(in_box("ip link show dev eth0"), "02:00:00:00:00:07"));
	assert_non_null(strstr(in_box("ip link show dev eth0"), ",UP"));
	assert_non_null(strstr(in_box("ip link show dev net0"), ",UP"));
	assert_non_null(strstr(in_box("ip addr show dev eth0"), "10.1.2.3/24"));
	assert_null(strstr(in_box("ip addr show dev eth0"), "10.1.9.9"));
	if (access("/proc/sys/net/ipv6", F_OK) == 0)
		assert_non_null(strstr(in_box("ip addr show dev eth0"), "fd00::7/64"));

	/* And we are where we were. */
	here = netlink_open(&err);
	assert_int_equal(netlink_find(here, "eth0", &index, &err), -ENODEV);
	assert_int_equal(netlink_find(here, "lo", &index, &err), 0);
	close(here);
	plan_free(plan);
	end_box();
}

static void refusals_name_the_device(void **state)
{
	struct cove_error err;
	struct plan *plan;
	uint32_t index;
	int here;

	(void)state;
	need_namespaces();
	plan = new_plan();
	plan_set_origin(plan, "/linux/netDevices/none");
	add_device(plan, "none", NULL);
	assert_int_equal(move(plan, &err), -ENODEV);
	assert_string_equal(err.what, "network device 'none': there is no such device");
	assert_string_equal(err.origin, "/linux/netDevices/none");
	plan_free(plan);

	plan = new_plan();
	add_device(plan, "out", "lo");
	assert_int_equal(move(plan, &err), -EEXIST);
	assert_string_equal(err.what,
			    "network device 'out': the box has a network device 'lo' already");
	here = netlink_open(&err);
	assert_int_equal(netlink_find(here, "out", &index, &err), 0);
	close(here);
	plan_free(plan);

	plan = new_plan();
	add_device(plan, "lo", "eth0");
	assert_int_equal(move(plan, &err), -EINVAL);
	plan_free(plan);

	plan = new_plan();
	add_device(plan, "out", "a-name-that-is-too-long");
	assert_int_equal(move(plan, &err), -EINVAL);
	plan_set_ns(plan, COVE_NS_NET, PLAN_NS_HOST);
	assert_int_equal(move(plan, &err), -EINVAL);
	assert_non_null(strstr(err.hint, "/linux/namespaces"));
	plan_free(plan);
	end_box();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_keeps_what_it_has),
		cmocka_unit_test(refusals_name_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
