/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove box, and cove explain, which is the same without doing anything.
 */
#include "base/auto.h"
#include "base/err.h"
#include "box/box.h"
#include "box/config_json.h"
#include "cli/cli.h"
#include "plan/explain.h"

#include <stdio.h>
#include <string.h>

static int print_help(void)
{
	auto_(buf_done) struct buf text = { 0 };

	opt_help(&box_command, &text);
	return cli_print(&text);
}

static int print_plan(const struct box *box)
{
	auto_(buf_done) struct buf text = { 0 };

	if (box->print_config)
		config_json(box->plan, &text);
	else if (box->json)
		explain_json(box->plan, &text);
	else
		explain_text(box->plan, &text);
	return cli_print(&text);
}

static int run_plan(const struct box *box, struct cove_error *err)
{
	struct api_trace trace = { 0 };
	int status = 0, file = -1, r = 0;

	plan_each (box->plan, struct plan_string, note, box->plan->notes)
		fprintf(stderr, "cove: note: %s\n", plan_str(box->plan, note->text));
	if (box->trace)
		r = trace_open(box->trace, &file, err);
	if (r == 0)
		r = api_run(box->plan, box->trace ? &trace : NULL, &status, err);
	if (r == 0 && box->trace)
		r = trace_write(box, &trace, file, err);
	if (r < 0) {
		int failed = cli_fail(err, box->json);

		return status ? status : failed;
	}
	return status;
}

/* Plan and facts stay until the process ends: unmapping them first costs a round of interrupts
 * between processors. */
static int box_or_explain(int argc, char **argv, bool explain, bool json)
{
	static struct api_host *host;
	static struct box box;
	struct cove_error err = { 0 };
	int r, status;

	r = api_host_open(&host, &err);
	if (r == 0)
		r = box_init(&box, api_host_facts(host), &err);
	if (r == 0)
		r = box_parse(&box, argc, argv, &err);
	box.json |= json;
	box.explain |= explain;
	if (r == 0)
		box.plan->process.death_signal = 1;
	if (r == 0 && !box.help)
		r = api_prepare(host, &box, &err);
	if (r < 0)
		status = cli_fail(&err, box.json);
	else if (box.help)
		status = print_help();
	else if (box.explain || box.print_config)
		status = print_plan(&box);
	else
		status = run_plan(&box, &err);
	return status;
}

int cmd_box(int argc, char **argv)
{
	return box_or_explain(argc, argv, false, false);
}

static int apply_json(void *context, const struct opt *opt, const char *value,
		      struct cove_error *err)
{
	(void)opt;
	(void)value;
	(void)err;
	*(bool *)context = true;
	return 0;
}

static const struct opt explain_options[] = {
	{ "json", 0, NULL, "Options", "As JSON, for programs.", NULL, OPT_COMPLETE_NONE, 0,
	  apply_json },
};

const struct opt_command explain_command = {
	.name = "explain",
	.operands = "box ARGUMENT...",
	.summary = "Say what 'cove box' would do, step by step, and do nothing.",
	.opts = explain_options,
	.opt_count = ARRAY_LEN(explain_options),
};

int cmd_explain(int argc, char **argv)
{
	struct cove_error err = { 0 };
	bool json = false;
	int first = opt_parse(&explain_command, argc, argv, &json, &err);

	if (first < 0)
		return cli_fail(&err, json);
	if (first == argc || strcmp(argv[first], "box") != 0) {
		err_usage(&err, "explain what?");
		err_hint(&err, "such as: cove explain box -- make");
		return cli_fail(&err, json);
	}
	return box_or_explain(argc - first, argv + first, true, json);
}
