/* SPDX-License-Identifier: Apache-2.0 */
/* A user namespace: root inside, still yourself outside. */
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
	int status;

	if (!plan)
		return COVE_STATUS_SETUP;
	cove_plan_new_ns(plan, COVE_NS_USER);
	cove_plan_map_root(plan);
	status = run(plan, "echo inside: user $(id -u), map $(cat /proc/self/uid_map)");
	printf("outside: user %d\n", (int)getuid());
	cove_plan_free(plan);
	return status;
}
