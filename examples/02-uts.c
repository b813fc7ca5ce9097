/* SPDX-License-Identifier: Apache-2.0 */
/* A uts namespace: the child has a host name of its own. */
#include <cove/box.h>
#include <stdio.h>
#include <unistd.h>

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
	char name[65] = "";
	int status;

	if (!plan)
		return COVE_STATUS_SETUP;
	cove_plan_new_ns(plan, COVE_NS_UTS);
	cove_plan_hostname(plan, "container");
	status = run(plan, "echo inside: $(hostname)");
	gethostname(name, sizeof(name) - 1);
	printf("outside: %s\n", name);
	cove_plan_free(plan);
	return status;
}
