/* SPDX-License-Identifier: Apache-2.0 */
/* A small container: tiny-container [COMMAND [ARG...]] */
#include <cove/box.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	static const char *const shell[] = { "sh", NULL };
	struct cove_plan *plan = cove_plan_new();
	struct cove_error err;
	char text[2048];
	int status;

	if (!plan)
		return COVE_STATUS_SETUP;
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		cove_plan_new_ns(plan, ns);
	cove_plan_map_root(plan);
	cove_plan_hostname(plan, "container");
	cove_plan_bind_read_only(plan, "/etc", "/etc");
	cove_plan_bind_read_only(plan, "/usr", "/usr");
	cove_plan_mount_tmpfs(plan, "/home");
	cove_plan_mount_tmpfs(plan, "/tmp");
	cove_plan_mount_proc(plan, "/proc");
	cove_plan_loopback(plan);
	cove_plan_no_new_privs(plan);
	cove_plan_init(plan);
	cove_plan_cwd(plan, "/home");
	cove_plan_command(plan, argc > 1 ? (const char *const *)&argv[1] : shell);
	status = cove_box_run(plan, &err);
	if (status < 0) {
		cove_error_text(&err, text, sizeof(text));
		fputs(text, stderr);
		status = err.status;
	}
	cove_plan_free(plan);
	return status;
}
