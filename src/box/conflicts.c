/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See conflicts.h.
 */
#include "box/conflicts.h"
#include "base/auto.h"
#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int box_conflict(const struct box *box, const char *what, plan_ref first, plan_ref second,
		 struct cove_error *err)
{
	return err_usage(err, "%s is asked for in two ways: %s, and %s", what,
			 plan_str(box->plan, first), plan_str(box->plan, second));
}

/* What was put at a place; pointers into the plan, for sorting. */
struct place {
	const char *target;
	const struct plan_mount *mount;
};

/* Those at one place stay in the order in which they were given. */
static int compare(const void *a, const void *b)
{
	const struct place *first = a, *second = b;
	int r = strcmp(first->target, second->target);

	return r ? r : (first->mount > second->mount) - (first->mount < second->mount);
}

/* An option itself; what comes out of a file or preset may be overridden. */
static bool is_option(const char *origin)
{
	return strncmp(origin, "--", 2) == 0 && strncmp(origin, "--preset", 8) != 0 &&
	       strncmp(origin, "--file-config", 13) != 0;
}

static bool contradict(const struct plan *plan, const struct place *a, const struct place *b)
{
	const char *first = plan_str(plan, a->mount->item.origin);
	const char *second = plan_str(plan, b->mount->item.origin);

	return strcmp(a->target, b->target) == 0 && strcmp(first, second) != 0 &&
	       !a->mount->optional && !b->mount->optional &&
	       is_option(first) && is_option(second);
}

/* One would cover the other, and which one is the order's secret. */
static int refuse_place(const struct box *box, const struct place *a, const struct place *b,
			struct cove_error *err)
{
	const char *target = a->target;
	int r = err_usage(err, "'%s' is asked for in two ways: %s, and %s", target,
			  plan_str(box->plan, a->mount->item.origin),
			  plan_str(box->plan, b->mount->item.origin));

	err_hint(err, "one would cover the other: leave one out, or give it another place");
	return r;
}

static int check_places(const struct box *box, struct cove_error *err)
{
	const struct plan *plan = box->plan;
	auto_free struct place *places = NULL;
	size_t n = 0;

	if (plan->mounts.count < 2)
		return 0;
	places = calloc(plan->mounts.count, sizeof(*places));
	if (!places)
		return err_set(err, ENOMEM, "calloc", NULL, "cannot compare the mounts");
	plan_each (plan, struct plan_mount, m, plan->mounts)
		places[n++] = (struct place){ plan_str(plan, m->target), m };
	qsort(places, n, sizeof(*places), compare);
	for (size_t i = 1; i < n; i++)
		if (contradict(plan, &places[i - 1], &places[i]))
			return refuse_place(box, &places[i - 1], &places[i], err);
	return 0;
}

static int check_trace(const struct box *box, struct cove_error *err)
{
	if (!box->task.trace || !(box->task.explain || box->task.print_config))
		return 0;
	return err_usage(err,
			 "there is nothing to trace: %s and --trace %s were given, and with the "
			 "first nothing is done",
			 box->task.explain ? "--explain" : "--print-config", box->task.trace);
}

static int check_life(const struct box *box, struct cove_error *err)
{
	if (box->task.detach && box->task.die_with_parent)
		return err_usage(err, "--detach and --die-with-parent contradict each other");
	if (box->task.detach && box->plan->process.terminal)
		return err_usage(err,
				 "--detach and --tty contradict each other: nobody is there to "
				 "show the terminal");
	return 0;
}

int box_check_conflicts(const struct box *box, struct cove_error *err)
{
	int r = check_life(box, err);

	if (r == 0)
		r = check_places(box, err);
	return r < 0 || box->task.help ? r : check_trace(box, err);
}
