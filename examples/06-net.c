/* SPDX-License-Identifier: Apache-2.0 */
/* A net namespace: no device but a loopback of its own. */
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
		cove_plan_new_ns(inside, COVE_NS_NET);
		cove_plan_loopback(inside);
		status = run(inside, "echo inside:; ip -br link");
	}
	if (status == 0)
		status = run(outside, "echo outside:; ip -br link");
	cove_plan_free(outside);
	cove_plan_free(inside);
	return status;
}
