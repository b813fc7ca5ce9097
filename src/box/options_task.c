/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on what cove shall do with the box: explain, save or translate it instead of running it,
 * trace it, make it fail.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "box/options.h"
#include "plan/steps.h"

#include <string.h>

int box_explain(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)err;
	box_begin(context, opt, value)->task.explain = true;
	return 0;
}

int box_json(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)err;
	box_begin(context, opt, value)->task.json = true;
	return 0;
}

int box_print_config(void *context, const struct opt *opt, const char *value,
		     struct cove_error *err)
{
	(void)err;
	box_begin(context, opt, value)->task.print_config = true;
	return 0;
}

int box_save(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = context;

	(void)opt;
	if (value[0] == '\0')
		return err_usage(err, "a path is empty");
	box->task.save = value;
	return 0;
}

int box_trace(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	(void)err;
	box->task.trace = value;
	box->plan->trace = 1;
	return 0;
}

int box_from_bwrap(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)err;
	box_begin(context, opt, value)->task.translate = translate_bwrap;
	return 0;
}

int box_from_nsjail(void *context, const struct opt *opt, const char *value,
		    struct cove_error *err)
{
	(void)err;
	box_begin(context, opt, value)->task.translate = translate_nsjail;
	return 0;
}

int box_help(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)err;
	box_begin(context, opt, value)->task.help = true;
	return 0;
}

int box_fault(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	static const char *const kinds[] = {
		[PLAN_FAULT_FAIL] = "fail", [PLAN_FAULT_KILL] = "kill", [PLAN_FAULT_HANG] = "hang",
	};
	struct plan *plan = box_begin(context, opt, value)->plan;
	const char *colon = strchr(value, ':');
	auto_(buf_done) struct buf name = { 0 };
	enum step step;

	buf_add(&name, value, colon ? (size_t)(colon - value) : strlen(value));
	step = step_by_name(buf_str(&name));
	for (uint8_t i = PLAN_FAULT_FAIL; colon && i < ARRAY_LEN(kinds); i++)
		if (strcmp(colon + 1, kinds[i]) == 0)
			plan->fault = i;
	if (!plan->fault || step == STEP_COUNT)
		return err_usage(err, "'%s' is no fault", value);
	plan->fault_row = step;
	plan->fault_side = (uint8_t)step_rows[step].side;
	return 0;
}
