/* SPDX-License-Identifier: Apache-2.0 */
/* A pid namespace: one process, two numbers. */
#include <cove/box.h>
#include <stdio.h>

static int fail(const struct cove_error *err)
{
	char text[2048];

	cove_error_text(err, text, sizeof(text));
	fputs(text, stderr);
	return err->status;
}

int main(void)
{
	const char *const argv[] = { "sh", "-c", "echo inside: process $$", NULL };
	struct cove_plan *plan = cove_plan_new();
	struct cove_box *box = NULL;
	struct cove_error err;
	int status, r;

	if (!plan)
		return COVE_STATUS_SETUP;
	cove_plan_new_ns(plan, COVE_NS_PID);
	cove_plan_command(plan, argv);
	r = cove_box_start(plan, &box, &err);
	if (r == 0)
		r = cove_box_wait(box, &status, &err);
	if (r == 0)
		printf("outside: process %d\n", (int)cove_box_pid(box));
	cove_box_free(box);
	cove_plan_free(plan);
	return r == 0 ? 0 : fail(&err);
}
