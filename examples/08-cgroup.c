/* SPDX-License-Identifier: Apache-2.0 */
/* A cgroup namespace: the process's own cgroup looks like the root of the tree. */
#include <cove/box.h>
#include <stdio.h>

static int run(struct cove_plan *plan, const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct cove_error err;
	char text[2048];
	int status;

	cove_plan_command(plan, argv);
	status = cove_box_run(plan, &err);
	if (status >= 0)
		return status;
	cove_error_text(&err, text, sizeof(text));
	fputs(text, stderr);
	return err.status;
}

int main(void)
{
	struct cove_plan *inside = cove_plan_new(), *outside = cove_plan_new();
	int status = COVE_STATUS_SETUP;

	if (inside && outside) {
		cove_plan_new_ns(inside, COVE_NS_CGROUP);
		status = run(inside, "echo inside:; cat /proc/self/cgroup");
	}
	if (status == 0)
		status = run(outside, "echo outside:; cat /proc/self/cgroup");
	cove_plan_free(outside);
	cove_plan_free(inside);
	return status;
}
