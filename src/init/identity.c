/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the command is and what it may do: ids, capabilities, filters, limits.
 */
#include "base/err.h"
#include "init/inside.h"
#include "plan/hint.h"
#include "sys/caps.h"
#include "sys/fd.h"
#include "sys/ids.h"
#include "sys/limits.h"
#include "sys/process.h"
#include "sys/seccomp.h"

#include <errno.h>

#define GROUPS_MAX 4096

static int become(struct inside *in, uint32_t uid, uint32_t gid, struct cove_error *err)
{
	int r = ids_set_gid(gid, err);

	if (r == 0)
		r = ids_set_uid(uid, err);
	return r < 0 ? r : inside_die_with_host(in, err); /* a change of ids takes it back */
}

/* Leaving user 0 empties the effective set; the permitted one is kept by PR_SET_KEEPCAPS. */
static int regain_caps(struct cove_error *err)
{
	uint64_t all = caps_permitted();

	return caps_set(all, all, all, err);
}

int apply_ids_setup(struct inside *in, struct cove_error *err)
{
	int r = caps_keep(err);

	if (r == 0)
		r = become(in, in->plan->setup_uid, in->plan->setup_gid, err);
	return r < 0 ? r : regain_caps(err);
}

int apply_keyring(struct inside *in, struct cove_error *err)
{
	const struct plan *plan = in->plan;

	if (!plan->process.keyring)
		return process_new_session_keyring(err);
	return process_join_session_keyring(plan_str(plan, plan->process.keyring),
					    plan->ns[COVE_NS_USER].mode != PLAN_NS_HOST, err);
}

/* The listener's descriptor is for who was named to the host side, which passes it on. */
static int send_listener(struct inside *in, int listener, struct cove_error *err)
{
	int r;

	in->message.kind = CHANNEL_LISTENER;
	r = channel_send(&in->channel, &in->message, listener, err);
	fd_close(listener);
	return r;
}

/* Loads the filter, and gives up the right that it took. */
static int load(struct inside *in, struct cove_error *err)
{
	const struct plan_seccomp *seccomp = &in->plan->seccomp;
	const struct plan_caps *caps = &in->plan->caps;
	uint32_t flags = seccomp->flags | (seccomp->listener ? SECCOMP_NEW_LISTENER : 0);
	int r = seccomp_load(plan_at(in->plan, seccomp->program), seccomp->count, flags, err);

	if (r >= 0 && seccomp->listener)
		r = send_listener(in, r, err);
	if (r >= 0 && seccomp->as_admin && caps->set && !seccomp->forbids_capset)
		r = caps_set(caps->effective, caps->permitted, caps->inheritable, err);
	if (r < 0)
		err_origin(err, plan_str(in->plan, seccomp->origin));
	return r < 0 ? r : 0;
}

int apply_seccomp_early(struct inside *in, struct cove_error *err)
{
	return load(in, err);
}

int apply_seccomp(struct inside *in, struct cove_error *err)
{
	/* What is said to the host before is said too early: a failure to come could not follow. */
	int r = in->plan->seccomp.is_harmless ? 0 : inside_get_ready(in, err);

	return r < 0 ? r : load(in, err);
}

static int set_groups(const struct plan *plan, struct cove_error *err)
{
	uint32_t groups[GROUPS_MAX];
	unsigned count = 0;

	if (plan->process.groups.count > GROUPS_MAX)
		return err_set(err, E2BIG, NULL, NULL, "more than %d supplementary groups",
			       GROUPS_MAX);
	plan_each (plan, struct plan_number, group, plan->process.groups)
		groups[count++] = (uint32_t)group->value;
	return ids_set_groups(groups, count, err);
}

int apply_ids(struct inside *in, struct cove_error *err)
{
	const struct plan_process *process = &in->plan->process;
	int r = caps_keep(err);

	/* Those that we came with were left before another user namespace was joined. */
	if (r == 0 && process->set_groups &&
	    (in->plan->ns[COVE_NS_USER].mode != PLAN_NS_JOIN || process->groups.count))
		r = set_groups(in->plan, err);
	if (r == -EPERM && process->groups.count == 0 && ids_groups_are_fixed())
		r = 0;
	if (r == 0)
		r = become(in, process->uid, process->gid, err);
	if (r < 0) {
		err_origin(err, plan_str(in->plan, process->user_origin));
		if (r == -EINVAL)
			plan_hint(in->plan, err,
				  "that id does not exist in the user namespace; choose another "
				  "with --user",
				  "that id does not exist in the container's user namespace");
		return r;
	}
	r = process_set_dumpable(false); /* so does this */
	if (r < 0)
		return err_set(err, -r, "prctl", "PR_SET_DUMPABLE", "cannot hide this process");
	return regain_caps(err);
}

int apply_caps(struct inside *in, struct cove_error *err)
{
	const struct plan_caps *caps = &in->plan->caps;
	uint64_t permitted = caps_permitted();
	uint64_t kept = in->plan->seccomp.as_admin ? CAPS_ADMIN : 0;
	int r;

	if (!caps->set) {
		r = caps_set_ambient(0, err);
		return r < 0 ? r : caps_set(permitted, permitted, 0, err);
	}
	r = caps_set_bounding(caps->bounding, err);
	if (r == 0)
		r = caps_set_ambient(0, err);
	if (r == 0 && caps->securebits)
		r = caps_set_securebits(caps->securebits, err);
	if (r == 0)
		r = caps_set(caps->effective | kept, caps->permitted | kept, caps->inheritable,
			     err);
	if (r == 0)
		r = caps_set_ambient(caps->ambient, err);
	if (r < 0)
		err_origin(err, plan_str(in->plan, caps->origin));
	return r;
}

int apply_no_new_privs(struct inside *in, struct cove_error *err)
{
	(void)in;
	return caps_set_no_new_privs(err);
}

int apply_limits(struct inside *in, struct cove_error *err)
{
	plan_each (in->plan, struct plan_rlimit, limit, in->plan->rlimits) {
		int r = process_set_rlimit(0, (int)limit->resource, limit->soft, limit->hard, err);

		if (r < 0) {
			err_origin(err, plan_str(in->plan, limit->item.origin));
			return r;
		}
	}
	return 0;
}
