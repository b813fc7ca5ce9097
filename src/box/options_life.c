/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on the terminal, on how long a box lives, and on what is told of it.
 */
#include "base/err.h"
#include "base/num.h"
#include "box/options.h"
#include "plan/build.h"

#include <errno.h>

static int set_terminal(struct box *box, uint8_t descriptors)
{
	box->terminal_set = true;
	box->plan->process.terminal = descriptors;
	box->plan->process.session_origin = box->plan->origin;
	return 0;
}

int box_tty(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)err;
	return set_terminal(box_begin(context, opt, value), 7);
}

int box_no_tty(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)err;
	return set_terminal(box_begin(context, opt, value), 0);
}

int box_new_session(void *context, const struct opt *opt, const char *value,
		    struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	(void)err;
	box->plan->process.new_session = PLAN_SESSION_NEW;
	box->same_session = 0;
	if (!box->terminal_set)
		box->plan->process.session_origin = box->plan->origin;
	return 0;
}

int box_same_session(void *context, const struct opt *opt, const char *value,
		     struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	(void)err;
	box->same_session = box->plan->origin;
	box->plan->process.new_session = PLAN_SESSION_SAME;
	return 0;
}

int box_time(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	int64_t limit = 0;

	if (num_duration_ns(value, &limit) < 0 || limit <= 0) {
		err_usage(err, "'%s' is no time to live", value);
		err_hint(err, "write 10, 1.5s, 200ms, 2m or 1h");
		return -EINVAL;
	}
	box->plan->time_limit = (uint64_t)limit;
	box->plan->time_limit_origin = box->plan->origin;
	return 0;
}

int box_die_with_parent(void *context, const struct opt *opt, const char *value,
			struct cove_error *err)
{
	(void)err;
	box_begin(context, opt, value)->task.die_with_parent = true;
	return 0;
}

int box_detach(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)err;
	box_begin(context, opt, value)->task.detach = true;
	return 0;
}

int box_status_fd(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	uint32_t fd;

	if (num_u32(value, &fd) < 0 || fd > 65535)
		return err_usage(err, "'%s' is no descriptor number", value);
	box->task.status_fd = (int)fd;
	box->plan->report = 1;
	return 0;
}

int box_stats(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	(void)err;
	box->task.stats = true;
	box->plan->report = 1;
	return 0;
}
