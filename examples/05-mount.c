/* SPDX-License-Identifier: Apache-2.0 */
/* A mnt namespace: what is mounted in it, nobody outside sees. */
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
	cove_plan_new_ns(plan, COVE_NS_MNT);
	cove_plan_mount_tmpfs(plan, "/mnt");
	status = run(plan, "echo secret >/mnt/note; echo inside: /mnt/note says $(cat /mnt/note)");
	printf("outside: /mnt/note %s\n",
	       access("/mnt/note", F_OK) == 0 ? "is there, too" : "does not exist");
	cove_plan_free(plan);
	return status;
}
