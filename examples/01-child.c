/* SPDX-License-Identifier: Apache-2.0 */
/* A child process without any new namespace: clone and exec, nothing else. */
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
	struct cove_plan *plan = cove_plan_new();
	int status;

	if (!plan)
		return COVE_STATUS_SETUP;
	status = run(plan, "echo inside the container");
	puts("back at the parent");
	cove_plan_free(plan);
	return status;
}
