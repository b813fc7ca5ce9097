/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduling and its kin in a plan: see sched.h.
 */
#include "plan/sched.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "plan/hint.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/personality.h>
#include <linux/sched.h>
#include <string.h>

#define MODE_WEIGHTED_INTERLEAVE 6 /* MPOL_WEIGHTED_INTERLEAVE, since Linux 6.9 */

static const struct plan_sched_name policies[] = {
	{ "other", "SCHED_OTHER", SCHED_NORMAL }, { "batch", "SCHED_BATCH", SCHED_BATCH },
	{ "idle", "SCHED_IDLE", SCHED_IDLE },	  { "fifo", "SCHED_FIFO", SCHED_FIFO },
	{ "rr", "SCHED_RR", SCHED_RR },		  { "deadline", "SCHED_DEADLINE", SCHED_DEADLINE },
	{ NULL, NULL, 0 },
};

static const struct plan_sched_name flags[] = {
	{ "reset-on-fork", "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
	{ "reclaim", "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
	{ NULL, NULL, 0 },
};

static const struct plan_sched_name io_classes[] = {
	{ "rt", "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
	{ "be", "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "idle", "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ NULL, NULL, 0 },
};

static const struct plan_sched_name domains[] = {
	{ "linux", "LINUX", PER_LINUX },
	{ "linux32", "LINUX32", PER_LINUX32 },
	{ NULL, NULL, 0 },
};

/* The specification leaves their names open: they are the kernel's. */
static const struct plan_sched_name persona_flags[] = {
	{ "no-randomize", "ADDR_NO_RANDOMIZE", ADDR_NO_RANDOMIZE },
	{ "compat-layout", "ADDR_COMPAT_LAYOUT", ADDR_COMPAT_LAYOUT },
	{ "mmap-page-zero", "MMAP_PAGE_ZERO", MMAP_PAGE_ZERO },
	{ "read-implies-exec", "READ_IMPLIES_EXEC", READ_IMPLIES_EXEC },
	{ "32bit", "ADDR_LIMIT_32BIT", ADDR_LIMIT_32BIT },
	{ "3gb", "ADDR_LIMIT_3GB", ADDR_LIMIT_3GB },
	{ "short-inode", "SHORT_INODE", SHORT_INODE },
	{ "whole-seconds", "WHOLE_SECONDS", WHOLE_SECONDS },
	{ "sticky-timeouts", "STICKY_TIMEOUTS", STICKY_TIMEOUTS },
	{ "uname-2.6", "UNAME26", UNAME26 },
	{ NULL, NULL, 0 },
};

static const struct plan_sched_name memory_modes[] = {
	{ "default", "MPOL_DEFAULT", MPOL_DEFAULT },
	{ "bind", "MPOL_BIND", MPOL_BIND },
	{ "interleave", "MPOL_INTERLEAVE", MPOL_INTERLEAVE },
	{ "weighted-interleave", "MPOL_WEIGHTED_INTERLEAVE", MODE_WEIGHTED_INTERLEAVE },
	{ "preferred", "MPOL_PREFERRED", MPOL_PREFERRED },
	{ "preferred-many", "MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY },
	{ "local", "MPOL_LOCAL", MPOL_LOCAL },
	{ NULL, NULL, 0 },
};

static const struct plan_sched_name memory_flags[] = {
	{ "static", "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
	{ "relative", "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "balancing", "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
	{ NULL, NULL, 0 },
};

const struct plan_sched_name *plan_sched_names(enum plan_sched_names table)
{
	static const struct plan_sched_name *const tables[PLAN_SCHED_NAMES] = {
		[PLAN_SCHED_POLICIES] = policies,
		[PLAN_SCHED_FLAGS] = flags,
		[PLAN_SCHED_IO_CLASSES] = io_classes,
		[PLAN_SCHED_DOMAINS] = domains,
		[PLAN_SCHED_PERSONA_FLAGS] = persona_flags,
		[PLAN_SCHED_MEMORY_MODES] = memory_modes,
		[PLAN_SCHED_MEMORY_FLAGS] = memory_flags,
	};

	return tables[table];
}

const struct plan_sched_name *plan_sched_find(enum plan_sched_names table, const char *word,
					      size_t len)
{
	for (const struct plan_sched_name *n = plan_sched_names(table); n->word; n++)
		if (strlen(n->word) == len && strncmp(n->word, word, len) == 0)
			return n;
	return NULL;
}

static const struct plan_sched_name *find_value(enum plan_sched_names table, uint32_t value)
{
	const struct plan_sched_name *n = plan_sched_names(table);

	while (n->word && n->value != value)
		n++;
	return n;
}

const char *plan_sched_word(enum plan_sched_names table, uint32_t value)
{
	const char *word = find_value(table, value)->word;

	return word ? word : "";
}

const char *plan_sched_oci(enum plan_sched_names table, uint32_t value)
{
	return find_value(table, value)->oci;
}

/* ---- memory nodes ---- */

static int read_node(const char **at, uint32_t *ret)
{
	auto_(buf_done) struct buf number = { 0 };
	size_t len = strspn(*at, "0123456789");

	buf_add(&number, *at, len);
	*at += len;
	return num_u32(buf_str(&number), ret);
}

int plan_sched_add_nodes(const char *list, uint64_t nodes[PLAN_MEMORY_NODES / 64])
{
	for (const char *at = list;; at++) {
		uint32_t first, last;
		int r = read_node(&at, &first);

		last = first;
		if (r == 0 && *at == '-') {
			at++;
			r = read_node(&at, &last);
		}
		if (r < 0 || first > last || last >= PLAN_MEMORY_NODES || (*at && *at != ','))
			return -EINVAL;
		for (uint32_t node = first; node <= last; node++)
			nodes[node / 64] |= UINT64_C(1) << (node % 64);
		if (!*at)
			return 0;
	}
}

static bool has_nodes(const struct plan_mempolicy *policy)
{
	for (size_t i = 0; i < ARRAY_LEN(policy->nodes); i++)
		if (policy->nodes[i])
			return true;
	return false;
}

/* ---- what can be combined ---- */

/* As the kernel has it (mm/mempolicy.c). */
int plan_sched_check_mempolicy(const struct plan_mempolicy *policy, struct cove_error *err)
{
	bool nodes = has_nodes(policy);
	const uint32_t place = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
	const char *mode = plan_sched_word(PLAN_SCHED_MEMORY_MODES, policy->mode);
	bool none = policy->mode == MPOL_DEFAULT || policy->mode == MPOL_LOCAL;

	if (none && nodes)
		return err_usage(err, "the memory policy %s takes no nodes", mode);
	if (!none && !nodes && policy->mode != MPOL_PREFERRED)
		return err_usage(err, "the memory policy %s needs nodes, such as %s:0-1", mode,
				 mode);
	if (!nodes && policy->flags & place)
		return err_usage(err, "'static' and 'relative' are about nodes, and there are "
				      "none");
	if ((policy->flags & place) == place)
		return err_usage(err, "nodes are either 'static' or 'relative'");
	if (policy->flags & MPOL_F_NUMA_BALANCING && policy->mode != MPOL_BIND &&
	    policy->mode != MPOL_PREFERRED_MANY)
		return err_usage(err, "'balancing' belongs to the memory policies bind and "
				      "preferred-many");
	return 0;
}

static int check_scheduler(const struct plan *plan, struct cove_error *err)
{
	const struct plan_scheduler *scheduler = &plan->scheduler;
	bool deadline = scheduler->policy == SCHED_DEADLINE;

	if (!scheduler->set || plan->last == PLAN_LAST_DIRECT)
		return 0;
	if (!deadline && !(scheduler->flags & SCHED_FLAG_RESET_ON_FORK))
		return 0;
	err_usage(err, "%s would end with cove-init, which starts the command",
		  deadline ? "a deadline cannot be inherited: it"
			   : "a policy that is reset on fork");
	err_origin(err, plan_str(plan, scheduler->origin));
	if (plan->ns[COVE_NS_PID].mode == PLAN_NS_JOIN)
		err_hint(err, "a joined pid namespace always takes a fork");
	else
		plan_hint(plan, err, "with --no-init cove-init becomes the command",
			  "with a new pid namespace cove-init becomes the command");
	return -EINVAL;
}

static int check_mempolicy(const struct plan *plan, const struct facts *facts,
			   struct cove_error *err)
{
	const struct plan_mempolicy *policy = &plan->mempolicy;

	if (!policy->set || policy->mode != MODE_WEIGHTED_INTERLEAVE ||
	    facts->kernel >= KERNEL(6, 9))
		return 0;
	err_set(err, EOPNOTSUPP, NULL, NULL,
		"the memory policy weighted-interleave needs Linux 6.9");
	err_origin(err, plan_str(plan, policy->origin));
	return -EOPNOTSUPP;
}

int plan_sched_check(const struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	int r = check_scheduler(plan, err);

	return r < 0 ? r : check_mempolicy(plan, facts, err);
}

/* ---- words ---- */

static void add_flags(enum plan_sched_names table, uint64_t value, struct buf *out)
{
	for (const struct plan_sched_name *n = plan_sched_names(table); n->word; n++)
		if (value & n->value)
			buf_addf(out, ", %s", n->word);
}

void plan_sched_policy_text(const struct plan_scheduler *scheduler, struct buf *out)
{
	buf_addf(out, "scheduling policy %s",
		 plan_sched_word(PLAN_SCHED_POLICIES, scheduler->policy));
	if (scheduler->priority)
		buf_addf(out, ", priority %d", scheduler->priority);
	if (scheduler->policy == SCHED_DEADLINE)
		buf_addf(out, ": %llu ns of every %llu ns, within %llu ns",
			 (unsigned long long)scheduler->runtime,
			 (unsigned long long)scheduler->period,
			 (unsigned long long)scheduler->deadline);
	add_flags(PLAN_SCHED_FLAGS, scheduler->flags, out);
}

void plan_sched_ioprio_text(const struct plan_ioprio *ioprio, struct buf *out)
{
	buf_addf(out, "I/O priority %s", plan_sched_word(PLAN_SCHED_IO_CLASSES, ioprio->io_class));
	if (ioprio->io_class != IOPRIO_CLASS_IDLE)
		buf_addf(out, ", level %u", ioprio->level);
}

void plan_sched_personality_text(uint32_t persona, struct buf *out)
{
	buf_addf(out, "personality %s",
		 plan_sched_word(PLAN_SCHED_DOMAINS, persona & PLAN_SCHED_DOMAIN));
	add_flags(PLAN_SCHED_PERSONA_FLAGS, persona & ~PLAN_SCHED_DOMAIN, out);
}

void plan_sched_mempolicy_text(const struct plan *plan, struct buf *out)
{
	const struct plan_mempolicy *policy = &plan->mempolicy;

	buf_addf(out, "memory policy %s", plan_sched_word(PLAN_SCHED_MEMORY_MODES, policy->mode));
	if (policy->text)
		buf_addf(out, ", nodes %s", plan_str(plan, policy->text));
	add_flags(PLAN_SCHED_MEMORY_FLAGS, policy->flags, out);
}
