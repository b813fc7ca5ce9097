/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on processor time, I/O order, execution domain and memory placement.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/text.h"
#include "box/options.h"
#include "plan/build.h"
#include "plan/sched.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <string.h>

#define RUNTIME_MIN 1024 /* nanoseconds: the kernel counts no finer */

/* Finds the word in a table, or says which there are. */
static int find(enum plan_sched_names table, const struct buf *word, const char *what,
		uint32_t *ret_value, struct cove_error *err)
{
	const struct plan_sched_name *found = plan_sched_find(table, buf_str(word), word->len);
	auto_(buf_done) struct buf all = { 0 };

	if (found) {
		*ret_value = found->value;
		return 0;
	}
	err_usage(err, "'%s' is no %s", buf_str(word), what);
	for (const struct plan_sched_name *n = plan_sched_names(table); n->word; n++)
		buf_addf(&all, "%s%s", all.len ? " " : "", n->word);
	err_hint(err, "there are: %s", buf_str(&all));
	return -EINVAL;
}

/* Takes the next word up to `separator`. */
static bool next_word(const char **cursor, char separator, struct buf *word)
{
	const char *field;
	size_t len;

	buf_done(word);
	if (!text_next_field(cursor, separator, &field, &len))
		return false;
	buf_add(word, field, len);
	return true;
}

/* ---- processor ---- */

static bool takes_priority(uint32_t policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static int set_priority(struct plan_scheduler *scheduler, const char *text, struct cove_error *err)
{
	uint32_t priority;

	if (num_u32(text, &priority) < 0 || priority < 1 || priority > 99)
		return err_usage(err, "'%s' is no real-time priority from 1 to 99", text);
	scheduler->priority = (int32_t)priority;
	return 0;
}

static int no_times(const char *text, struct cove_error *err)
{
	err_usage(err, "'%s' is not RUNTIME/DEADLINE/PERIOD", text);
	err_hint(err, "durations, such as 10ms/30ms/100ms");
	return -EINVAL;
}

static int set_times(struct plan_scheduler *scheduler, const char *text, struct cove_error *err)
{
	uint64_t *const times[] = { &scheduler->runtime, &scheduler->deadline, &scheduler->period };
	auto_(buf_done) struct buf word = { 0 };
	const char *cursor = text;
	size_t n = 0;

	for (; next_word(&cursor, '/', &word); n++) {
		int64_t ns;

		if (n >= ARRAY_LEN(times) || num_duration_ns(buf_str(&word), &ns) < 0 || ns < 0)
			return no_times(text, err);
		*times[n] = (uint64_t)ns;
	}
	if (n < ARRAY_LEN(times))
		return no_times(text, err);
	if (scheduler->runtime < RUNTIME_MIN)
		return err_usage(err, "the runtime in '%s' is below 1024 ns", text);
	if (scheduler->runtime > scheduler->deadline || scheduler->deadline > scheduler->period)
		return err_usage(err, "'%s' must not fall: RUNTIME, then DEADLINE, then PERIOD",
				 text);
	return 0;
}

static int missing_argument(const struct plan_scheduler *scheduler, struct cove_error *err)
{
	bool deadline = scheduler->policy == SCHED_DEADLINE;

	if (takes_priority(scheduler->policy) && !scheduler->priority)
		err_usage(err, "the policy %s needs a priority",
			  plan_sched_word(PLAN_SCHED_POLICIES, scheduler->policy));
	else if (deadline && !scheduler->runtime)
		err_usage(err, "the policy deadline needs its times");
	else
		return 0;
	err_hint(err, deadline ? "such as deadline:10ms/30ms/100ms" : "from 1 to 99: fifo:10");
	return -EINVAL;
}

int box_scheduler(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	struct plan_scheduler scheduler = { .set = true, .origin = box->plan->origin };
	auto_(buf_done) struct buf word = { 0 };
	const char *cursor = value;
	bool first = true;
	int r;

	next_word(&cursor, ':', &word);
	r = find(PLAN_SCHED_POLICIES, &word, "scheduling policy", &scheduler.policy, err);
	for (; r == 0 && next_word(&cursor, ':', &word); first = false) {
		uint32_t flag = 0;

		if (first && takes_priority(scheduler.policy))
			r = set_priority(&scheduler, buf_str(&word), err);
		else if (first && scheduler.policy == SCHED_DEADLINE)
			r = set_times(&scheduler, buf_str(&word), err);
		else
			r = find(PLAN_SCHED_FLAGS, &word, "scheduling flag", &flag, err);
		scheduler.flags |= flag;
	}
	if (r == 0)
		r = missing_argument(&scheduler, err);
	if (r < 0)
		return r;
	if (scheduler.flags & SCHED_FLAG_RECLAIM && scheduler.policy != SCHED_DEADLINE)
		return err_usage(err, "'reclaim' belongs to the policy deadline");
	box->plan->scheduler = scheduler;
	return 0;
}

/* ---- I/O ---- */

int box_ioprio(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	auto_(buf_done) struct buf word = { 0 };
	const char *cursor = value;
	uint32_t io_class, level = IOPRIO_NORM;
	int r;

	next_word(&cursor, ':', &word);
	r = find(PLAN_SCHED_IO_CLASSES, &word, "class of I/O priority", &io_class, err);
	if (r < 0)
		return r;
	if (cursor && io_class == IOPRIO_CLASS_IDLE)
		return err_usage(err, "the class idle has no levels");
	if (cursor && (num_u32(cursor, &level) < 0 || level >= IOPRIO_NR_LEVELS))
		return err_usage(err, "'%s' is no level from 0 to 7", cursor);
	box->plan->ioprio = (struct plan_ioprio){
		.set = true,
		.io_class = (uint8_t)io_class,
		.level = io_class == IOPRIO_CLASS_IDLE ? 0 : (uint8_t)level,
		.origin = box->plan->origin,
	};
	return 0;
}

/* ---- personality ---- */

int box_personality(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	auto_(buf_done) struct buf word = { 0 };
	const char *cursor = value;
	uint32_t persona = 0;
	int r;

	next_word(&cursor, ',', &word);
	r = find(PLAN_SCHED_DOMAINS, &word, "personality", &persona, err);
	while (r == 0 && next_word(&cursor, ',', &word)) {
		uint32_t flag = 0;

		r = find(PLAN_SCHED_PERSONA_FLAGS, &word, "flag of a personality", &flag, err);
		persona |= flag;
	}
	if (r < 0)
		return r;
	box->plan->personality = (struct plan_setting){
		.set = true,
		.value = (int32_t)persona,
		.origin = box->plan->origin,
	};
	return 0;
}

/* ---- memory ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Nodes begin with a digit, flags do not. */
static int add_rest(struct plan_mempolicy *policy, const char *rest, struct buf *nodes,
		    struct cove_error *err)
{
	auto_(buf_done) struct buf word = { 0 };
	const char *cursor = rest;
	int r = 0;

	while (r == 0 && next_word(&cursor, ',', &word)) {
		uint32_t flag = 0;

		if (is_digit(buf_str(&word)[0])) {
			buf_addf(nodes, "%s%s", nodes->len ? "," : "", buf_str(&word));
			r = plan_sched_add_nodes(buf_str(&word), policy->nodes);
			if (r < 0)
				err_usage(err, "'%s' is no memory node, nor a range of them, "
					       "from 0 to %u", buf_str(&word),
					  PLAN_MEMORY_NODES - 1);
		} else {
			r = find(PLAN_SCHED_MEMORY_FLAGS, &word,
				 "node, nor flag of a memory policy", &flag, err);
			policy->flags |= flag;
		}
	}
	return r;
}

int box_mempolicy(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	struct plan_mempolicy policy = { .set = true, .origin = box->plan->origin };
	auto_(buf_done) struct buf mode = { 0 }, nodes = { 0 };
	size_t len = strcspn(value, ":,");
	int r;

	buf_add(&mode, value, len);
	r = find(PLAN_SCHED_MEMORY_MODES, &mode, "memory policy", &policy.mode, err);
	if (r == 0 && value[len])
		r = add_rest(&policy, value + len + 1, &nodes, err);
	if (r == 0)
		r = plan_sched_check_mempolicy(&policy, err);
	if (r < 0)
		return r;
	if (nodes.len)
		policy.text = plan_add_string(box->plan, buf_str(&nodes));
	box->plan->mempolicy = policy;
	return 0;
}
