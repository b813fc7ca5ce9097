/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes by the public functions alone, as a program would: their terminal, their time. */
#include "unit.h"

#include <cove/cove.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct cove_plan *plan_of(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct cove_plan *plan = cove_plan_new();

	assert_non_null(plan);
	cove_plan_new_ns(plan, COVE_NS_PID);
	cove_plan_init(plan);
	cove_plan_command(plan, argv);
	return plan;
}

static void reads_until_end(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
}

static void terminal(void **state)
{
	struct cove_plan *plan = plan_of("test -t 0 && test -t 1 && test -t 2 && read line && "
					 "echo \"[$line]\"");
	struct cove_error err = { 0 };
	struct cove_box *box;
	char text[256];
	int status;

	(void)state;
	cove_plan_terminal(plan);
	assert_int_equal(cove_box_start(plan, &box, &err), 0);
	assert_true(cove_box_terminal(box) >= 0);
	assert_int_equal(write(cove_box_terminal(box), "typed\n", 6), 6);
	reads_until_end(cove_box_terminal(box), text, sizeof(text));
	assert_string_equal(text, "typed\r\n[typed]\r\n");
	assert_int_equal(cove_box_wait(box, &status, &err), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	cove_box_free(box);
	cove_plan_free(plan);
}

static void no_terminal(void **state)
{
	struct cove_plan *plan = plan_of("exit 3");
	struct cove_error err = { 0 };
	struct cove_box *box;
	int status;

	(void)state;
	assert_int_equal(cove_box_start(plan, &box, &err), 0);
	assert_int_equal(cove_box_terminal(box), -1);
	assert_int_equal(cove_box_wait(box, &status, &err), 0);
	assert_int_equal(WEXITSTATUS(status), 3);
	cove_box_free(box);
	cove_plan_free(plan);
}

static void time_limit(void **state)
{
	struct cove_plan *plan = plan_of("sleep 600");
	struct timespec begin, end;
	struct cove_error err = { 0 };
	struct cove_box *box;
	int status;

	(void)state;
	cove_plan_time_limit(plan, 200000000);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(cove_box_start(plan, &box, &err), 0);
	assert_int_equal(cove_box_wait(box, &status, &err), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(end.tv_sec - begin.tv_sec < 10);
	cove_box_free(box);
	cove_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminal),
		cmocka_unit_test(no_terminal),
		cmocka_unit_test(time_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
