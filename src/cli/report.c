/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of a box: lines of JSON for programs (--status-fd), a sentence for people (--stats).
 */
#include "base/auto.h"
#include "base/json.h"
#include "cli/cli.h"
#include "plan/plan.h"

#include <stdio.h>

static void open_event(struct json *j, struct buf *line, const char *name)
{
	json_init(j, line, false);
	json_open_object(j, NULL);
	json_string(j, "event", name);
}

static int write_event(struct json *j, int fd, struct buf *line, struct cove_error *err)
{
	json_close_object(j);
	buf_addc(line, '\n');
	return api_write_fd(fd, buf_str(line), line->len, err);
}

static void known_uint(struct json *j, const char *key, uint64_t value)
{
	if (value)
		json_uint(j, key, value);
	else
		json_null(j, key);
}

int report_started(int fd, const struct api_start *start, struct cove_error *err)
{
	auto_(buf_done) struct buf line = { 0 };
	struct json j;

	open_event(&j, &line, "started");
	known_uint(&j, "pid", (uint64_t)start->command);
	json_uint(&j, "init_pid", (uint64_t)start->init);
	json_open_object(&j, "namespaces");
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		known_uint(&j, plan_ns_name(ns), start->ns[ns]);
	json_close_object(&j);
	return write_event(&j, fd, &line, err);
}

static const char *reason(const struct api_end *end)
{
	if (end->timed_out)
		return "time";
	return end->signal ? "signal" : "exit";
}

int report_exited(int fd, const struct api_end *end, struct cove_error *err)
{
	auto_(buf_done) struct buf line = { 0 };
	struct json j;

	open_event(&j, &line, "exited");
	json_int(&j, "status", end->status);
	json_string(&j, "reason", reason(end));
	known_uint(&j, "signal", (uint64_t)end->signal);
	if (end->oom_known)
		json_bool(&j, "oom_killed", end->oom);
	else
		json_null(&j, "oom_killed");
	json_uint(&j, "wall_ns", end->wall);
	json_uint(&j, "user_ns", end->user);
	json_uint(&j, "system_ns", end->system);
	json_uint(&j, "peak_process_bytes", end->peak);
	json_uint(&j, "block_read_bytes", end->read);
	json_uint(&j, "block_written_bytes", end->written);
	return write_event(&j, fd, &line, err);
}

int report_failed(int fd, const struct cove_error *failure)
{
	auto_(buf_done) struct buf line = { 0 };
	char text[COVE_ERROR_TEXT_MAX];

	cove_error_json(failure, text, sizeof(text));
	buf_addf(&line, "{\"event\":\"failed\",\"error\":%s}\n", text);
	return api_write_fd(fd, buf_str(&line), line.len, NULL);
}

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

static void size_text(uint64_t bytes, char *text, size_t size)
{
	static const char units[] = "KMGT";
	double value = (double)bytes / 1024;
	unsigned unit = 0;

	for (; value >= 1024 && units[unit + 1]; unit++)
		value /= 1024;
	snprintf(text, size, "%.1f %ciB", value, units[unit]);
}

void report_stats(const struct api_end *end)
{
	char peak[32], read[32], written[32];

	size_text(end->peak, peak, sizeof(peak));
	size_text(end->read, read, sizeof(read));
	size_text(end->written, written, sizeof(written));
	fprintf(stderr,
		"cove: %.3f s, of the processors %.3f s user and %.3f s system; largest process "
		"%s; disk: %s read, %s written%s%s\n",
		seconds(end->wall), seconds(end->user), seconds(end->system), peak, read, written,
		end->timed_out ? "; its time was over" : "",
		end->oom ? "; killed because memory was short" : "");
}
