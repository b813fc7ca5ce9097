/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling and printing a report. Messages hold ASCII only: names are passed through text_show(),
 * pointers are valid UTF-8 because the scanner refuses everything else.
 */
#include "helper/report.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int report_at(struct report *report, const char *pointer, const char *what, ...)
{
	va_list args;

	*report = (struct report){ .in_text = true };
	snprintf(report->pointer, sizeof(report->pointer), "%s", pointer);
	va_start(args, what);
	vsnprintf(report->what, sizeof(report->what), what, args);
	va_end(args);
	return -EINVAL;
}

int report_fail(struct report *report, int num, const char *what, ...)
{
	va_list args;
	size_t used;

	*report = (struct report){ .in_text = false };
	va_start(args, what);
	vsnprintf(report->what, sizeof(report->what), what, args);
	va_end(args);
	if (!num)
		return -EINVAL;
	used = strlen(report->what);
	snprintf(report->what + used, sizeof(report->what) - used, ": %s", strerror(num));
	return -num;
}

void report_hint(struct report *report, const char *hint, ...)
{
	va_list args;

	va_start(args, hint);
	vsnprintf(report->hint, sizeof(report->hint), hint, args);
	va_end(args);
}

static struct json_object *number_or_null(size_t value)
{
	return value ? json_object_new_int64((int64_t)value) : NULL;
}

static void print_line(struct json_object *line)
{
	fprintf(stderr, "%s\n",
		json_object_to_json_string_ext(
			line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(line);
}

void report_print_skipped(const char *names)
{
	struct json_object *line = json_object_new_object();

	json_object_object_add(line, "skipped", json_object_new_string(names));
	print_line(line);
}

void report_print(const struct report *report)
{
	struct json_object *line = json_object_new_object();

	json_object_object_add(line, "what", json_object_new_string(report->what));
	json_object_object_add(line, "pointer", json_object_new_string(report->pointer));
	json_object_object_add(line, "line", number_or_null(report->line));
	json_object_object_add(line, "column", number_or_null(report->column));
	json_object_object_add(line, "hint",
			       report->hint[0] ? json_object_new_string(report->hint) : NULL);
	print_line(line);
}
