/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --trace: how long each step took.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define BAR_WIDTH 40

static uint64_t beginning(const struct api_trace *trace)
{
	uint64_t first = UINT64_MAX;

	for (enum step step = 0; step < STEP_COUNT; step++)
		if (trace->steps[step].begin && trace->steps[step].begin < first)
			first = trace->steps[step].begin;
	return first;
}

static uint64_t ending(const struct api_trace *trace)
{
	uint64_t last = 0;

	for (enum step step = 0; step < STEP_COUNT; step++)
		if (trace->steps[step].end > last)
			last = trace->steps[step].end;
	return last;
}

/* Of the last step only the beginning is known when the command becomes cove-init itself. */
static uint64_t step_end(const struct api_trace *trace, enum step step)
{
	return trace->steps[step].end ? trace->steps[step].end : trace->steps[step].begin;
}

static void bar(struct buf *out, uint64_t begin, uint64_t end, uint64_t total)
{
	unsigned from = (unsigned)(begin * BAR_WIDTH / total);
	unsigned to = (unsigned)(end * BAR_WIDTH / total);

	for (unsigned i = 0; i < BAR_WIDTH; i++)
		buf_addc(out, i >= from && i <= to ? '#' : ' ');
}

static void waterfall(const struct plan *plan, const struct api_trace *trace, struct buf *out)
{
	uint64_t first = beginning(trace);
	uint64_t total = ending(trace) - first;

	if (total == 0)
		total = 1;
	buf_addf(out, "%-8s%-16s%10s%10s\n", "side", "step", "at us", "took us");
	for (enum step step = 0; step < STEP_COUNT; step++) {
		uint64_t begin = trace->steps[step].begin - first;
		uint64_t end = step_end(trace, step) - first;

		if (!trace->steps[step].begin || !step_wanted(plan, step))
			continue;
		buf_addf(out, "%-8s%-16s%10.1f%10.1f  |",
			 step_rows[step].side == COVE_SIDE_HOST ? "host" : "inside",
			 step_rows[step].name, (double)begin / 1e3, (double)(end - begin) / 1e3);
		bar(out, begin, end, total);
		buf_adds(out, "|\n");
	}
	buf_addf(out, "the box was made in %.1f us and ended %.1f us later\n", (double)total / 1e3,
		 (double)(trace->ended - first - total) / 1e3);
}

static void event(struct json *j, const char *name, const uint64_t times[2], int thread)
{
	json_open_object(j, NULL);
	json_string(j, "name", name);
	json_string(j, "ph", "X");
	json_int(j, "pid", 1);
	json_int(j, "tid", thread);
	json_uint(j, "ts", times[0] / 1000);
	json_uint(j, "dur", (times[1] - times[0]) / 1000);
	json_close_object(j);
}

static void thread_name(struct json *j, const char *name, int thread)
{
	json_open_object(j, NULL);
	json_string(j, "name", "thread_name");
	json_string(j, "ph", "M");
	json_int(j, "pid", 1);
	json_int(j, "tid", thread);
	json_open_object(j, "args");
	json_string(j, "name", name);
	json_close_object(j);
	json_close_object(j);
}

/* The format that chrome://tracing and Perfetto read. */
static void chrome(const struct plan *plan, const struct api_trace *trace, struct buf *out)
{
	struct json j;

	json_init(&j, out, true);
	json_open_object(&j, NULL);
	json_open_array(&j, "traceEvents");
	thread_name(&j, "host", COVE_SIDE_HOST);
	thread_name(&j, "inside", COVE_SIDE_INSIDE);
	for (enum step step = 0; step < STEP_COUNT; step++)
		if (trace->steps[step].begin && step_wanted(plan, step))
			event(&j, step_rows[step].name,
			      (const uint64_t[]){ trace->steps[step].begin,
						  step_end(trace, step) },
			      (int)step_rows[step].side);
	event(&j, "command", (const uint64_t[]){ ending(trace), trace->ended }, COVE_SIDE_INSIDE);
	json_close_array(&j);
	json_close_object(&j);
	buf_addc(out, '\n');
}

/* The option is not at hand when its file fails. */
static int blame(const char *path, int r, struct cove_error *err)
{
	char origin[sizeof(err->origin)];

	snprintf(origin, sizeof(origin), "--trace %s", path);
	if (r < 0)
		err_origin(err, origin);
	return r < 0 ? r : 0;
}

int trace_open(const char *path, int *ret_file, struct cove_error *err)
{
	int file = strcmp(path, "-") == 0 ? -1 : api_create_file(path, err);
	int r = 0;

	if (strcmp(path, "-") != 0 && file < 0)
		r = blame(path, file, err);
	if (r < 0)
		err_hint(err, "you write it yourself, outside of the box: choose another place");
	else
		*ret_file = file;
	return r;
}

int trace_write(const struct box *box, const struct api_trace *trace, int file,
		struct cove_error *err)
{
	auto_(buf_done) struct buf text = { 0 };

	if (file >= 0) {
		chrome(box->plan, trace, &text);
		return blame(box->task.trace, api_write_file(file, box->task.trace, &text, err),
			     err);
	}
	waterfall(box->plan, trace, &text);
	fputs(buf_str(&text), stderr);
	return 0;
}
