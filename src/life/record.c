/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See record.h.
 */
#include "life/record.h"
#include "base/num.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FIRST_LINE "cove-record 1"
#define LAST_LINE "end"

static const char *const stages[] = {
	[RECORD_CREATING] = "creating",
	[RECORD_CREATED] = "created",
	[RECORD_RUNNING] = "running",
	[RECORD_STOPPED] = "stopped",
};

struct field {
	const char *key;
	size_t offset;
	enum { TEXT, NUMBER64, NUMBER32, SIGNED } type;
};

#define FIELD(name, type) { #name, offsetof(struct record, name), type }

static const struct field fields[] = {
	FIELD(pid, SIGNED),
	FIELD(start, NUMBER64),
	FIELD(maker, SIGNED),
	FIELD(maker_start, NUMBER64),
	FIELD(exit, SIGNED),
	FIELD(owner, NUMBER32),
	FIELD(plan_version, NUMBER64),
	FIELD(boot, TEXT),
	FIELD(created, TEXT),
	FIELD(version, TEXT),
	FIELD(bundle, TEXT),
	FIELD(rootfs, TEXT),
	FIELD(cgroup, TEXT),
	FIELD(mark, TEXT),
	FIELD(annotations, TEXT),
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

/* Backslashes and line ends have another form, for a path may have any byte. */
static void escape(const char *text, struct buf *out)
{
	for (; *text; text++) {
		if (*text == '\\')
			buf_adds(out, "\\\\");
		else if (*text == '\n')
			buf_adds(out, "\\n");
		else
			buf_addc(out, *text);
	}
}

static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1]) {
			text++;
			*to++ = *text == 'n' ? '\n' : *text;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

static int take_field(const struct field *field, char *value, struct record *record)
{
	char *at = (char *)record + field->offset;
	int64_t number = 0;

	switch (field->type) {
	case TEXT:
		unescape(value);
		*(const char **)at = value;
		return 0;
	case NUMBER64:
		return num_u64(value, (uint64_t *)at);
	case NUMBER32:
		return num_u32(value, (uint32_t *)at);
	case SIGNED:
		if (num_i64(value, &number) < 0 || number < INT32_MIN || number > INT32_MAX)
			return -EINVAL;
		*(int *)at = (int)number;
		return 0;
	}
	return -EINVAL;
}

static int take_stage(const char *value, struct record *record)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (strcmp(stages[i], value) == 0) {
			record->stage = (enum record_stage)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int take_line(char *line, struct record *record)
{
	char *value = strchr(line, '=');

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (strcmp(line, "stage") == 0)
		return take_stage(value, record);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (strcmp(fields[i].key, line) == 0)
			return take_field(&fields[i], value, record);
	return 0;
}

int record_parse(char *text, struct record *ret)
{
	struct record record = {
		.exit = -1, .boot = "", .created = "", .version = "", .bundle = "", .rootfs = "",
		.cgroup = "", .mark = "", .annotations = "{}",
	};
	char *rest;
	char *line = strtok_r(text, "\n", &rest);

	if (!line || strcmp(line, FIRST_LINE) != 0)
		return -EINVAL;
	while ((line = strtok_r(NULL, "\n", &rest))) {
		if (strcmp(line, LAST_LINE) == 0) {
			*ret = record;
			return 0;
		}
		if (take_line(line, &record) < 0)
			return -EINVAL;
	}
	return -EINVAL;
}

void record_format(const struct record *record, struct buf *out)
{
	buf_addf(out, "%s\nstage=%s\n", FIRST_LINE, stages[record->stage]);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const char *at = (const char *)record + fields[i].offset;

		buf_addf(out, "%s=", fields[i].key);
		switch (fields[i].type) {
		case TEXT:
			escape(*(const char *const *)at, out);
			break;
		case NUMBER64:
			buf_addf(out, "%" PRIu64, *(const uint64_t *)at);
			break;
		case NUMBER32:
			buf_addf(out, "%" PRIu32, *(const uint32_t *)at);
			break;
		case SIGNED:
			buf_addf(out, "%d", *(const int *)at);
			break;
		}
		buf_addc(out, '\n');
	}
	buf_adds(out, LAST_LINE "\n");
}

void record_time(uint64_t ns, char *text, size_t size)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d.%09uZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (unsigned)(ns % 1000000000));
}
