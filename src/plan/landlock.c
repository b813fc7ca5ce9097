/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock in a plan: see landlock.h.
 */
#include "plan/landlock.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/landlock.h"
#include "plan/build.h"

#include <errno.h>

/* What ABI 1 does not have, and what a command may do where the kernel cannot forbid it. */
static const struct {
	enum plan_landlock_sort sort;
	uint64_t bits;
	int abi;
	const char *words; /* NULL: forbidden there always */
} later[] = {
	{ PLAN_LANDLOCK_FS, LANDLOCK_FS_REFER, 2, NULL },
	{ PLAN_LANDLOCK_FS, LANDLOCK_FS_TRUNCATE, 3, "truncating files" },
	{ PLAN_LANDLOCK_NET, LANDLOCK_NET_BIND | LANDLOCK_NET_CONNECT, 4, "TCP" },
	{ PLAN_LANDLOCK_FS, LANDLOCK_FS_IOCTL_DEV, 5, "ioctl on devices" },
	{ PLAN_LANDLOCK_SCOPE, LANDLOCK_SCOPE_SIGNALS, 6, "signals" },
	{ PLAN_LANDLOCK_SCOPE, LANDLOCK_SCOPE_SOCKETS, 6, "abstract sockets" },
};

/* Takes out what the kernel lacks; appends the words of what it cannot forbid. */
static void leave_out(struct plan_landlock *landlock, int abi, struct buf *lost)
{
	for (size_t i = 0; i < ARRAY_LEN(later); i++) {
		uint64_t *handled = &landlock->handled[later[i].sort];

		if (abi >= later[i].abi || !(*handled & later[i].bits))
			continue;
		*handled &= ~later[i].bits;
		if (later[i].words)
			buf_addf(lost, "%s%s", lost->len ? ", " : "", later[i].words);
	}
}

static bool wants_refer(const struct plan *plan)
{
	plan_each (plan, struct plan_landlock_rule, rule, plan->landlock.rules)
		if (rule->sort == PLAN_LANDLOCK_FS && rule->access & LANDLOCK_FS_REFER)
			return true;
	return false;
}

static int refuse(const struct plan *plan, const char *what, struct cove_error *err)
{
	bool required = plan->require.parts & PLAN_REQUIRE_LANDLOCK;

	err_set(err, EOPNOTSUPP, NULL, NULL, "%s", what);
	err_origin(err, plan_str(plan, required ? plan->require.origin : plan->landlock.origin));
	if (required)
		err_hint(err, "it is required; without that the box would be made, and say what is "
			      "missing");
	else
		err_hint(err, "nothing else would hold the command back; --require none runs it "
			      "all the same. Linux has it from 5.13 on, all of it from 6.12, "
			      "unless lsm= leaves it out at boot");
	return -EOPNOTSUPP;
}

int plan_landlock_resolve(struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	struct plan_landlock *landlock = &plan->landlock;
	auto_(buf_done) struct buf lost = { 0 }, text = { 0 };
	bool all;

	if (!plan_has_landlock(plan))
		return 0;
	leave_out(landlock, facts->landlock_abi, &lost);
	if (facts->landlock_abi <= 0)
		landlock->handled[PLAN_LANDLOCK_FS] = 0;
	all = !plan_has_landlock(plan);
	if (facts->landlock_abi <= 0)
		buf_adds(&text, "this kernel has no Landlock");
	else if (lost.len)
		buf_addf(&text, "this kernel's Landlock (ABI %d) cannot forbid: %s",
			 facts->landlock_abi, buf_str(&lost));
	if (text.len && (plan->require.parts & PLAN_REQUIRE_LANDLOCK ||
			 (all && landlock->alone && !plan->require.nothing)))
		return refuse(plan, buf_str(&text), err);
	if (facts->landlock_abi <= 0)
		buf_adds(&text, ": its rules are not enforced");
	if (text.len)
		plan_note(plan, buf_str(&text));
	if (facts->landlock_abi == 1 && wants_refer(plan))
		plan_note(plan, "this kernel's Landlock (ABI 1) forbids to link and rename between "
				"directories everywhere");
	return 0;
}

/* ---- words ---- */

static const struct {
	uint64_t bits;
	const char *words;
} rights[] = {
	{ LANDLOCK_FS_READ_FILE, "read" },
	{ LANDLOCK_FS_READ_DIR, "list" },
	{ LANDLOCK_FS_EXECUTE, "execute" },
	{ LANDLOCK_FS_WRITE_FILE, "write" },
	{ LANDLOCK_FS_TRUNCATE, "truncate" },
	{ LANDLOCK_FS_MAKE_REG, "make, remove" },
	{ LANDLOCK_FS_REFER, "move" },
	{ LANDLOCK_FS_IOCTL_DEV, "ioctl" },
};

void plan_landlock_rule_text(const struct plan *plan, const struct plan_landlock_rule *rule,
			     struct buf *out)
{
	uint64_t access = rule->access & plan->landlock.handled[rule->sort];
	const char *separator = ": ";

	if (rule->sort == PLAN_LANDLOCK_NET) {
		buf_addf(out, "%s TCP port %u",
			 rule->access & LANDLOCK_NET_BIND ? "bind to" : "connect to", rule->port);
		return;
	}
	buf_adds(out, plan_str(plan, rule->path));
	for (size_t i = 0; i < ARRAY_LEN(rights); i++) {
		if (!(access & rights[i].bits))
			continue;
		buf_addf(out, "%s%s", separator, rights[i].words);
		separator = ", ";
	}
}

static bool has_rule(const struct plan *plan, enum plan_landlock_sort sort)
{
	plan_each (plan, struct plan_landlock_rule, rule, plan->landlock.rules)
		if (rule->sort == sort)
			return true;
	return false;
}

void plan_landlock_ban_text(const struct plan *plan, enum plan_landlock_sort sort, struct buf *out)
{
	uint64_t bits = plan->landlock.handled[sort];
	uint64_t both = LANDLOCK_NET_BIND | LANDLOCK_NET_CONNECT;
	uint64_t scopes = LANDLOCK_SCOPE_SIGNALS | LANDLOCK_SCOPE_SOCKETS;
	const char *but = has_rule(plan, sort) ? ", but for:" : "";

	if (!bits)
		return;
	switch (sort) {
	case PLAN_LANDLOCK_FS:
		buf_addf(out, "forbid to open, make, remove and move files%s", but);
		break;
	case PLAN_LANDLOCK_NET:
		buf_addf(out, "forbid TCP%s%s",
			 (bits & both) == both ? ""
			 : bits & LANDLOCK_NET_BIND ? " servers" : " connections", but);
		break;
	case PLAN_LANDLOCK_SCOPE:
		buf_addf(out, "forbid %s outside",
			 (bits & scopes) == scopes ? "signals to and abstract sockets of processes"
			 : bits & LANDLOCK_SCOPE_SIGNALS ? "signals to processes"
							 : "abstract sockets of processes");
		break;
	case PLAN_LANDLOCK_SORTS:
		break;
	}
}

static const char *short_word(const struct plan_landlock_rule *rule)
{
	if (rule->sort == PLAN_LANDLOCK_NET)
		return rule->access & LANDLOCK_NET_BIND ? "tcp-bind" : "tcp-connect";
	if (rule->access & LANDLOCK_FS_MAKE_REG)
		return rule->access & LANDLOCK_FS_EXECUTE ? "rwx" : "rw";
	if (rule->access & LANDLOCK_FS_WRITE_FILE)
		return "dev";
	return rule->access & LANDLOCK_FS_EXECUTE ? "x" : "ro";
}

/* The rules of one sort, or that there are none. */
static void summarize(const struct plan *plan, enum plan_landlock_sort sort, const char *none,
		      struct buf *out)
{
	if (!plan->landlock.handled[sort])
		return;
	plan_each (plan, struct plan_landlock_rule, rule, plan->landlock.rules) {
		if (rule->sort != sort)
			continue;
		buf_addf(out, "%s%s ", out->len ? ", " : "only ", short_word(rule));
		if (sort == PLAN_LANDLOCK_NET)
			buf_addf(out, "%u", rule->port);
		else
			buf_adds(out, plan_str(plan, rule->path));
	}
	if (!has_rule(plan, sort))
		buf_addf(out, "%s%s", out->len ? ", " : "", none);
}

void plan_landlock_summary(const struct plan *plan, struct buf *out)
{
	uint64_t scopes = plan->landlock.handled[PLAN_LANDLOCK_SCOPE];

	summarize(plan, PLAN_LANDLOCK_FS, "no files", out);
	summarize(plan, PLAN_LANDLOCK_NET, "no TCP", out);
	if (scopes & LANDLOCK_SCOPE_SIGNALS)
		buf_addf(out, "%s%s", out->len ? ", " : "", "no signals outside");
	if (scopes & LANDLOCK_SCOPE_SOCKETS)
		buf_addf(out, "%s%s", out->len ? ", " : "", "no abstract sockets outside");
}
