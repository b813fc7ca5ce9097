/* SPDX-License-Identifier: Apache-2.0 */
/* setns: a second command enters the namespaces that a first one lives in. */
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
	static const char *const first[] = { "sleep", "60", NULL };
	static const char *const second[] = { "sh", "-c", "echo joined: $(hostname)", NULL };
	struct cove_plan *born = cove_plan_new(), *joined = cove_plan_new();
	struct cove_box *box = NULL;
	struct cove_error err;
	int status = -1;

	if (!born || !joined)
		return COVE_STATUS_SETUP;
	cove_plan_new_ns(born, COVE_NS_USER);
	cove_plan_new_ns(born, COVE_NS_UTS);
	cove_plan_hostname(born, "container");
	cove_plan_command(born, first);
	if (cove_box_start(born, &box, &err) == 0) {
		cove_plan_join_pid(joined, COVE_NS_USER, cove_box_pid(box));
		cove_plan_join_pid(joined, COVE_NS_UTS, cove_box_pid(box));
		cove_plan_command(joined, second);
		status = cove_box_run(joined, &err);
	}
	cove_box_free(box);
	cove_plan_free(joined);
	cove_plan_free(born);
	return status < 0 ? fail(&err) : status;
}
