/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See rdt.h. A class that has a name of its own belongs to whoever gave it: it may be shared, is never
 * changed by making a container when it is there already, and stays.
 */
#include "engine/rdt.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/resctrl.h"

#include <errno.h>
#include <string.h>

#define SCHEMATA_SIZE 16384

static const char *class_of(const struct plan *plan)
{
	return plan_str(plan, plan->rdt.clos_id ? plan->rdt.clos_id : plan->container.id);
}

static int write_line(int class, const char *line, struct cove_error *err)
{
	int r = resctrl_write(class, line, err);

	if (r < 0)
		err_hint(err, "why it was refused: /sys/fs/resctrl/info/last_cmd_status");
	return r;
}

static int write_schemata(const struct plan *plan, int class, struct cove_error *err)
{
	int r = 0;

	plan_each (plan, struct plan_string, line, plan->rdt.schemata)
		if (r == 0)
			r = write_line(class, plan_str(plan, line->text), err);
	return r;
}

static int compare_schemata(const struct plan *plan, int class, struct cove_error *err)
{
	char text[SCHEMATA_SIZE];
	long n = plan->rdt.schemata.count ? resctrl_read(class, text, sizeof(text), err) : 0;

	if (n < 0)
		return (int)n;
	plan_each (plan, struct plan_string, line, plan->rdt.schemata)
		if (!resctrl_agrees(text, plan_str(plan, line->text)))
			return err_set(err, EEXIST, NULL, class_of(plan),
				       "class '%s' is there already, with other schemata than %s",
				       class_of(plan), plan_str(plan, line->text));
	return 0;
}

static int monitor(struct run *run, bool make, struct cove_error *err)
{
	const struct plan *plan = run->plan;

	if (plan->rdt.monitoring)
		run->rdt_monitor = resctrl_monitor(run->rdt, plan_str(plan, plan->container.id),
						   make, err);
	return plan->rdt.monitoring && run->rdt_monitor < 0 ? run->rdt_monitor : 0;
}

static int make(struct run *run, struct cove_error *err)
{
	const struct plan *plan = run->plan;
	bool own = !plan->rdt.clos_id, may_make = own || plan->rdt.schemata.count;
	bool made = false;
	int r;

	run->rdt = resctrl_open(class_of(plan), may_make ? &made : NULL, err);
	if (run->rdt < 0)
		return run->rdt;
	run->rdt_made = made;
	if (own && !made)
		return err_set(err, EEXIST, "mkdirat", class_of(plan),
			       "there is a class '%s' already", class_of(plan));
	r = made ? write_schemata(plan, run->rdt, err) : compare_schemata(plan, run->rdt, err);
	return r < 0 ? r : monitor(run, true, err);
}

static int join(struct run *run, struct cove_error *err)
{
	run->rdt = resctrl_open(class_of(run->plan), NULL, err);
	return run->rdt < 0 ? run->rdt : monitor(run, false, err);
}

int rdt_make(struct run *run, struct cove_error *err)
{
	const struct plan *plan = run->plan;
	int r;

	if (!plan->rdt.set)
		return 0;
	r = plan->cgroup.join ? join(run, err) : make(run, err);
	if (r < 0) {
		err_origin(err, plan_str(plan, plan->rdt.origin));
		rdt_unmake(run);
	}
	return r;
}

int rdt_enter(struct run *run, struct cove_error *err)
{
	int r = run->rdt >= 0 ? resctrl_enter(run->rdt, run->pid, err) : 0;

	if (r == 0 && run->rdt_monitor >= 0)
		r = resctrl_enter(run->rdt_monitor, run->pid, err);
	if (r < 0)
		err_origin(err, plan_str(run->plan, run->plan->rdt.origin));
	return r;
}

void rdt_unmake(struct run *run)
{
	if (run->rdt_monitor >= 0 && !run->plan->cgroup.join)
		resctrl_remove_monitor(run->rdt, plan_str(run->plan, run->plan->container.id));
	if (run->rdt_made)
		resctrl_remove(class_of(run->plan));
	if (run->rdt_monitor >= 0)
		fd_close(TAKE_FD(run->rdt_monitor));
	if (run->rdt >= 0)
		fd_close(TAKE_FD(run->rdt));
	run->rdt_made = false;
}

int rdt_update(const struct plan *plan, const char *const *lines, struct cove_error *err)
{
	auto_fd int class = resctrl_open(plan->rdt.set ? class_of(plan) : "/", NULL, err);
	int r = class < 0 ? class : 0;

	if (r == 0 && !plan->rdt.set)
		return err_set(err, ENOTSUP, NULL, NULL,
			       "the container has no class of its own: its config.json has no "
			       "'intelRdt'");
	for (; r == 0 && *lines; lines++)
		r = write_line(class, *lines, err);
	return r;
}

void rdt_remove(const struct plan *plan)
{
	auto_fd int class = plan->rdt.set ? resctrl_open(class_of(plan), NULL, NULL) : -1;

	if (class < 0)
		return;
	if (plan->rdt.monitoring)
		resctrl_remove_monitor(class, plan_str(plan, plan->container.id));
	if (!plan->rdt.clos_id)
		resctrl_remove(class_of(plan));
}
