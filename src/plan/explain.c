/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two faces of an explanation, text and JSON. What they say comes from explain_summary.c and
 * explain_steps.c.
 */
#include "plan/explain.h"
#include "base/text.h"
#include "plan/steps.h"

#include <string.h>

#define NAME_WIDTH 16
#define TEXT_WIDTH 58

struct page {
	struct buf *out;
	int number;
	bool first;
};

static void pad(struct buf *out, size_t from, size_t width)
{
	while (from++ < width)
		buf_addc(out, ' ');
}

static void summary_line(void *context, const char *name, const char *text, const char *origin)
{
	struct page *page = context;

	(void)origin;
	buf_addf(page->out, "  %s", name);
	pad(page->out, strlen(name), NAME_WIDTH);
	text_escape(text, page->out);
	buf_addc(page->out, '\n');
}

static void step_line(void *context, const char *name, const char *text, const char *origin)
{
	struct page *page = context;

	if (page->first)
		buf_addf(page->out, "  %3d  %s", page->number, name);
	else
		buf_addf(page->out, "       ");
	pad(page->out, page->first ? strlen(name) : 0, NAME_WIDTH);
	buf_addc(page->out, ' ');
	text_escape(text, page->out);
	if (origin[0]) {
		pad(page->out, strlen(text), TEXT_WIDTH);
		buf_adds(page->out, "  [");
		text_escape(origin, page->out);
		buf_addc(page->out, ']');
	}
	buf_addc(page->out, '\n');
	page->first = false;
}

void explain_text(const struct plan *plan, struct buf *out)
{
	struct page page = { .out = out };
	enum cove_side side = COVE_SIDE_NONE;

	buf_adds(out, "The command\n");
	explain_summary(plan, summary_line, &page);
	for (enum step step = 0; step < STEP_COUNT; step++) {
		if (!step_wanted(plan, step))
			continue;
		if (step_rows[step].side != side) {
			side = step_rows[step].side;
			buf_addf(out, "\n%s\n", side == COVE_SIDE_HOST ? "On the host" : "Inside");
		}
		page.number++;
		page.first = true;
		explain_step(plan, step, step_line, &page);
	}
}

static void json_summary_line(void *context, const char *name, const char *text, const char *origin)
{
	struct json *j = context;

	(void)origin;
	json_open_object(j, NULL);
	json_string(j, "about", name);
	json_string(j, "text", text);
	json_close_object(j);
}

static void json_step_line(void *context, const char *name, const char *text, const char *origin)
{
	struct json *j = context;

	(void)name;
	json_open_object(j, NULL);
	json_string(j, "text", text);
	json_string(j, "origin", origin[0] ? origin : NULL);
	json_close_object(j);
}

static void json_step(const struct plan *plan, enum step step, struct json *j)
{
	json_open_object(j, NULL);
	json_int(j, "number", step_number(plan, step));
	json_string(j, "step", step_rows[step].name);
	json_string(j, "side", step_rows[step].side == COVE_SIDE_HOST ? "host" : "inside");
	json_open_array(j, "does");
	explain_step(plan, step, json_step_line, j);
	json_close_array(j);
	json_close_object(j);
}

void explain_json(const struct plan *plan, struct buf *out)
{
	struct json j;

	json_init(&j, out, true);
	json_open_object(&j, NULL);
	json_open_array(&j, "summary");
	explain_summary(plan, json_summary_line, &j);
	json_close_array(&j);
	json_open_array(&j, "steps");
	for (enum step step = 0; step < STEP_COUNT; step++)
		if (step_wanted(plan, step))
			json_step(plan, step, &j);
	json_close_array(&j);
	json_close_object(&j);
	buf_addc(out, '\n');
}
