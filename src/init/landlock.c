/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock. Paths are looked up in the tree as the command will see it, with its rights. What is
 * restricted is cove-init, before the last fork: the command is born into the same domain, so that
 * an init that stays can pass signals on to it, and has no more rights than it.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/landlock.h"

#include <errno.h>
#include <fcntl.h>

static int allow_path(struct inside *in, int rules, const struct plan_landlock_rule *rule,
		      uint64_t access, struct cove_error *err)
{
	const char *path = plan_str(in->plan, rule->path);
	auto_fd int target = inroot_open(&in->tree, path, O_PATH, err);

	if (target >= 0)
		return landlock_allow_path(rules, target, access, path, err);
	if (target == -ENOENT)
		err_hint(err, "a Landlock rule needs something to hold for: leave it out, or make "
			      "'%s' first", path);
	else if (target == -EACCES)
		err_hint(err, "the command could not get there either");
	return target;
}

static int allow(struct inside *in, int rules, const struct plan_landlock_rule *rule,
		 struct cove_error *err)
{
	uint64_t access = rule->access & in->plan->landlock.handled[rule->sort];

	if (!access) /* nothing is forbidden that this would allow */
		return 0;
	if (rule->sort == PLAN_LANDLOCK_NET)
		return landlock_allow_port(rules, rule->port, access, err);
	return allow_path(in, rules, rule, access, err);
}

int apply_landlock(struct inside *in, struct cove_error *err)
{
	const struct plan_landlock *landlock = &in->plan->landlock;
	auto_fd int rules = landlock_new(landlock->handled[PLAN_LANDLOCK_FS],
					 landlock->handled[PLAN_LANDLOCK_NET],
					 landlock->handled[PLAN_LANDLOCK_SCOPE], err);
	int r = rules < 0 ? rules : inside_root(in, err);

	if (r < 0) {
		err_origin(err, plan_str(in->plan, landlock->origin));
		return r;
	}
	plan_each (in->plan, struct plan_landlock_rule, rule, landlock->rules) {
		r = allow(in, rules, rule, err);
		if (r < 0) {
			err_origin(err, plan_str(in->plan, rule->item.origin));
			return r;
		}
	}
	r = landlock_enforce(rules, err);
	if (r < 0)
		err_origin(err, plan_str(in->plan, landlock->origin));
	if (r == -E2BIG)
		err_hint(err, "16 sets of rules bind this process already, which is the most");
	return r;
}
