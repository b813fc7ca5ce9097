/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove box, and cove explain, which is the same without doing anything.
 */
#include "base/auto.h"
#include "base/err.h"
#include "box/allow.h"
#include "box/box.h"
#include "box/config_json.h"
#include "cli/cli.h"
#include "cli/oci.h"
#include "plan/build.h"
#include "plan/explain.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static int print_help(void)
{
	auto_(buf_done) struct buf text = { 0 };

	opt_help(&box_command, &text);
	return cli_print(&text);
}

static int print_presets(void)
{
	auto_(buf_done) struct buf text = { 0 };

	box_presets_text(&text);
	return cli_print(&text);
}

static int save_options(const struct box *box, struct cove_error *err)
{
	auto_(buf_done) struct buf text = { 0 };
	int file = -1, r = box_save_text(box, &text, err);

	if (r == 0 && strcmp(box->task.save, "-") == 0)
		return cli_print(&text);
	if (r == 0)
		r = file = api_create_file(box->task.save, err);
	if (r >= 0)
		r = api_write_file(file, box->task.save, &text, err);
	if (r < 0)
		return cli_fail(err, box->task.json);
	fprintf(stderr, "cove: saved to '%s'; nothing was run\n", box->task.save);
	return 0;
}

static int print_plan(const struct box *box)
{
	auto_(buf_done) struct buf text = { 0 };

	if (box->task.print_config)
		config_json(box->plan, &text);
	else if (box->task.json)
		explain_json(box->plan, &text);
	else
		explain_text(box->plan, &text);
	return cli_print(&text);
}

/* The status cannot tell the command's end from that of one it has run: both are meant. */
static void note_filtered(const struct box *box, int status)
{
	const struct plan *plan = box->plan;

	if (status != 128 + SIGSYS || !plan->seccomp.count)
		return;
	if (plan->seccomp.is_default && !(box->allow.words & ALLOW_BIT(ALLOW_32BIT)))
		fprintf(stderr,
			"cove: note: the command was ended by the system call filter: a call of "
			"another ABI; 32-bit programs need --allow 32bit\n");
	else
		fprintf(stderr, "cove: note: the command was ended by the system call filter %s\n",
			plan_str(plan, plan->seccomp.name));
}

/* A run, and who wants to know of it. */
struct show {
	const struct box *box;
	struct api_detached *detached; /* NULL: it is not */
};

static int tell_started(void *context, const struct api_start *start, struct cove_error *err)
{
	const struct show *show = context;
	char number[16];
	int r = 0;

	if (show->box->task.status_fd >= 0)
		r = report_started(show->box->task.status_fd, start, err);
	if (r < 0 || !show->detached)
		return r;
	snprintf(number, sizeof(number), "%d\n", start->init);
	return api_detached_ready(show->detached, number, err);
}

static int tell_end(const struct box *box, const struct api_end *end, int trace,
		    struct cove_error *err)
{
	int r = box->task.status_fd >= 0 ? report_exited(box->task.status_fd, end, err) : 0;

	if (box->task.stats)
		report_stats(end);
	if (r == 0 && box->task.trace)
		r = trace_write(box, &end->trace, trace, err);
	return r;
}

static int run_plan(const struct box *box, struct api_detached *detached, struct cove_error *err)
{
	struct show show = { box, detached };
	struct api_watch watch = { tell_started, &show };
	struct api_end end = { 0 };
	int trace = -1, r = 0, failed;

	plan_each (box->plan, struct plan_string, note, box->plan->notes)
		fprintf(stderr, "cove: note: %s\n", plan_str(box->plan, note->text));
	if (box->task.trace)
		r = trace_open(box->task.trace, &trace, err);
	if (r == 0)
		r = api_run(box->plan, &watch, &end, err);
	if (r < 0 && box->task.status_fd >= 0)
		report_failed(box->task.status_fd, err);
	if (r == 0)
		note_filtered(box, end.status);
	if (r == 0)
		r = tell_end(box, &end, trace, err);
	if (r < 0 && detached)
		api_detached_failed(detached);
	if (r == 0 && end.signal == SIGINT && box->facts->terminals)
		api_die_interrupted(); /* our shell was meant, too */
	if (r == 0)
		return end.status;
	failed = cli_fail(err, box->task.json);
	return end.status ? end.status : failed; /* a command's failure is worth more than ours */
}

static int print_text(const char *text)
{
	auto_(buf_done) struct buf line = { 0 };

	buf_adds(&line, text);
	return cli_print(&line);
}

/* Here and in the process that goes on. */
static int run_detached(const struct box *box, struct cove_error *err)
{
	struct api_detached detached = { .plan = box->plan, .status_fd = box->task.status_fd };
	int status = 0;
	int r = api_detach(&detached, &status, err);

	if (r > 0)
		return run_plan(box, &detached, err);
	if (r == 0 && detached.text[0])
		status = print_text(detached.text);
	return r < 0 ? cli_fail(err, box->task.json) : status;
}

static int run(const struct box *box, struct cove_error *err)
{
	int r = 0;

	if (box->task.status_fd >= 0)
		r = api_check_fd(box->task.status_fd, err);
	if (r < 0)
		err_origin(err, "--status-fd");
	if (r == 0 && box->task.die_with_parent)
		r = api_die_with_parent(err);
	if (r < 0)
		return cli_fail(err, box->task.json);
	return box->task.detach ? run_detached(box, err) : run_plan(box, NULL, err);
}

/* Prints the command line that stands for another tool's list. */
static int print_translation(const struct box *box, struct cove_error *err)
{
	auto_(translation_done) struct translation done = { 0 };
	int status, r = box->task.translate(box->facts, box->task.foreign_count, box->task.foreign,
					    api_read_fd, &done, err);

	if (r < 0)
		return cli_fail(err, box->task.json);
	buf_addc(&done.line, '\n');
	status = cli_print(&done.line);
	for (const char *note = buf_str(&done.notes); *note; note += strcspn(note, "\n") + 1)
		fprintf(stderr, "cove: note: %.*s\n", (int)strcspn(note, "\n"), note);
	return status ? status : done.incomplete;
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
		api_host_add_terminals(host);
	if (r == 0)
		r = box_init(&box, api_host_facts(host), &err);
	if (r == 0)
		box.sources.read_file = api_read_box_file;
	if (r == 0)
		r = box_parse(&box, argc, argv, &err);
	box.task.json |= json;
	box.task.explain |= explain;
	if (r == 0)
		box.plan->process.death_signal = 1;
	if (r == 0 && !box.task.help && !box.task.list_presets && !box.task.translate)
		r = api_prepare(host, &box, &err);
	if (r < 0)
		status = cli_fail(&err, box.task.json);
	else if (box.task.help)
		status = print_help();
	else if (box.task.list_presets)
		status = print_presets();
	else if (box.task.save)
		status = save_options(&box, &err);
	else if (box.task.translate)
		status = print_translation(&box, &err);
	else if (box.task.explain || box.task.print_config)
		status = print_plan(&box);
	else
		status = run(&box, &err);
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
	.operands = "box ARGUMENT... | BUNDLE | ID",
	.summary = "Say what would be done, step by step, and do nothing.",
	.details = "Of 'cove box' with its arguments, of an OCI bundle (a directory, with a slash in it "
		   "or '.'), or of a container.",
	.opts = explain_options,
	.opt_count = ARRAY_LEN(explain_options),
};

static int explain_container(const char *what, bool json)
{
	auto_(buf_done) struct buf text = { 0 };
	bool is_bundle = strchr(what, '/') || strcmp(what, ".") == 0;
	const struct api_bundle said = {
		.id = is_bundle ? "ID" : what,
		.bundle = is_bundle ? what : NULL,
		.only_said = true,
	};
	struct cove_error err = { 0 };
	struct plan *plan;

	if (api_container_plan(&oci_global.oci, &said, &plan, &err) < 0) {
		err.status = 1;
		if (!is_bundle)
			err_hint(&err, "a bundle is a path with a '/' in it; a box: cove explain box "
				       "-- COMMAND");
		return cli_fail(&err, json);
	}
	if (json)
		explain_json(plan, &text);
	else
		explain_text(plan, &text);
	plan_free(plan);
	return cli_print(&text);
}

int cmd_explain(int argc, char **argv)
{
	struct cove_error err = { 0 };
	bool json = false;
	int first = opt_parse(&explain_command, argc, argv, &json, &err);

	if (first < 0)
		return cli_fail(&err, json);
	if (first < argc && strcmp(argv[first], "box") != 0)
		return explain_container(argv[first], json);
	if (first == argc) {
		err_usage(&err, "explain what?");
		err_hint(&err, "such as: cove explain box -- make");
		return cli_fail(&err, json);
	}
	return box_or_explain(argc - first, argv + first, true, json);
}
