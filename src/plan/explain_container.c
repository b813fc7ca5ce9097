/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In words, the steps that only containers have.
 */
#include "plan/explain.h"
#include "plan/explain_row.h"
#include "plan/steps.h"

void explain_record(const struct explain_row *row)
{
	explain_say(row, 0, "write the plan and the record of container %s",
		    plan_str(row->plan, row->plan->container.id));
}

static void explain_rdt(const struct explain_row *row)
{
	const struct plan_rdt *rdt = &row->plan->rdt;

	explain_say(row, rdt->origin, "class of service %s%s",
		    plan_str(row->plan, rdt->clos_id ? rdt->clos_id : row->plan->container.id),
		    rdt->monitoring ? ", monitored" : "");
	plan_each (row->plan, struct plan_string, line, rdt->schemata)
		explain_say(row, line->item.origin, "schemata: %s", plan_str(row->plan, line->text));
}

void explain_cgroup(const struct explain_row *row)
{
	const struct plan_cgroup *c = &row->plan->cgroup;

	if (c->manager != PLAN_CGROUP_NONE)
		explain_say(row, c->origin, "%s the cgroup %s%s", c->join ? "join" : "make",
			    c->path ? plan_str(row->plan, c->path) : "that the id names",
			    c->manager == PLAN_CGROUP_SYSTEMD ? " by systemd" : "");
	plan_each (row->plan, struct plan_cgroup_setting, s, c->settings)
		explain_say(row, s->item.origin, "%s: %s", plan_str(row->plan, s->file),
			    plan_str(row->plan, s->value));
	if (c->has_devices)
		explain_say(row, c->origin, "devices: none but those of %u rules",
			    c->devices.count);
	if (row->plan->rdt.set)
		explain_rdt(row);
}

void explain_net_devices(const struct explain_row *row)
{
	plan_each (row->plan, struct plan_net_device, d, row->plan->net_devices)
		explain_say(row, d->item.origin, "move the device %s into the box%s%s",
			    plan_str(row->plan, d->name), d->new_name ? " as " : "",
			    plan_str(row->plan, d->new_name));
}

static void each_hook(const struct explain_row *row, enum plan_hook_kind kind)
{
	plan_each (row->plan, struct plan_hook, hook, row->plan->hooks[kind])
		explain_say(row, hook->item.origin, "run %s", plan_str(row->plan, hook->path));
}

void explain_hooks_runtime(const struct explain_row *row)
{
	each_hook(row, PLAN_HOOK_PRESTART);
	each_hook(row, PLAN_HOOK_CREATE_RUNTIME);
}

void explain_hooks_container(const struct explain_row *row)
{
	each_hook(row, PLAN_HOOK_CREATE_CONTAINER);
}

void explain_hooks_start(const struct explain_row *row)
{
	each_hook(row, PLAN_HOOK_START_CONTAINER);
}

void explain_hooks_poststart(const struct explain_row *row)
{
	each_hook(row, PLAN_HOOK_POSTSTART);
}

void explain_sysctl(const struct explain_row *row)
{
	plan_each (row->plan, struct plan_sysctl, s, row->plan->sysctls)
		explain_say(row, s->item.origin, "/proc/sys/%s: %s", plan_str(row->plan, s->name),
			    plan_str(row->plan, s->value));
}

void explain_label(const struct explain_row *row)
{
	const struct plan_label *l = &row->plan->label;

	if (l->apparmor)
		explain_say(row, l->origin, "AppArmor profile %s", plan_str(row->plan, l->apparmor));
	if (l->selinux)
		explain_say(row, l->origin, "SELinux label %s", plan_str(row->plan, l->selinux));
}

void explain_affinity(const struct explain_row *row)
{
	const struct plan_affinity *a = &row->plan->affinity;

	explain_say(row, a->origin, "processors %s", plan_str(row->plan, a->last));
}

void explain_console(const struct explain_row *row)
{
	explain_say(row, row->plan->process.session_origin,
		    "send the terminal's master to the console socket");
}

void explain_find_command(const struct explain_row *row)
{
	explain_say(row, 0, "see that %s can be executed",
		    plan_str(row->plan, ((const struct plan_string *)plan_at(
						row->plan, row->plan->process.args.first))
						->text));
}

void explain_created(const struct explain_row *row)
{
	explain_say(row, 0, "record the process, and write its number to the pid file");
}

void explain_gate(const struct explain_row *row)
{
	explain_say(row, 0, "wait for cove start");
}
