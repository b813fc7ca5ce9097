/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request from its beginning to its end: see box.h. What it means when nothing is said is in
 * defaults.c.
 */
#include "base/err.h"
#include "box/box.h"
#include "box/conflicts.h"
#include "box/setting.h"
#include "plan/build.h"

#include <errno.h>

int box_init(struct box *box, const struct facts *facts, struct cove_error *err)
{
	*box = (struct box){ .plan = plan_new(), .facts = facts, .task.status_fd = -1 };
	if (box->plan)
		return 0;
	err_set(err, ENOMEM, "calloc", NULL, "cannot make room for the plan");
	err_hint(err, "it takes 8 MiB of address space, used or not: ulimit -v");
	return -ENOMEM;
}

void box_done(struct box *box)
{
	box_sources_done(box);
	plan_free(box->plan);
	box->plan = NULL;
}

int box_parse(struct box *box, int argc, char *const *argv, struct cove_error *err)
{
	int first = box_sources_apply(box, argc, argv, err);

	if (first < 0)
		return first;
	if (box->task.translate && first != 2) {
		err_usage(err, "'%s' comes alone, behind 'cove box'", argv[first - 1]);
		err_hint(err, "translate the list, then add options to what is printed");
		return -EINVAL;
	}
	if (box->task.translate) {
		box->task.foreign = argv + first;
		box->task.foreign_count = argc - first;
		return 0;
	}
	for (int i = first; i < argc; i++)
		plan_append_text(box->plan, &box->plan->process.args, argv[i]);
	return box_check_conflicts(box, err);
}
