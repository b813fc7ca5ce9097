/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling takes libseccomp and a JSON reader, which would cost every start of cove their loading;
 * so the helper cove-seccomp does it, only when it has to be done.
 */
#include "api/filter.h"
#include "base/auto.h"
#include "base/err.h"
#include "box/allow.h"
#include "plan/names.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELPER_TIMEOUT_MS 15000
#define HELPER_NAME "cove-seccomp"

/* Beside our own program (as in a build tree), else where it is installed. */
int filter_find_helper(char *path, size_t size, struct cove_error *err)
{
	long len = fd_read_own_path(path, size - sizeof(HELPER_NAME));
	char *slash = len > 0 ? strrchr(path, '/') : NULL;
	int r;

	if (slash) {
		memcpy(slash + 1, HELPER_NAME, sizeof(HELPER_NAME));
		if (fd_path_exists(path))
			return 0;
	}
	snprintf(path, size, "%s/%s", COVE_LIBEXECDIR, HELPER_NAME);
	if (fd_path_exists(path))
		return 0;
	r = err_set(err, ENOENT, NULL, path, "cannot find the helper '%s'", path);
	err_hint(err,
		 "it compiles filters other than the default, and lies beside cove or there: install "
		 "cove whole, or copy it along");
	return r;
}

/* The value of "key": "..." in the helper's one-line report, unescaped only as far as needed. */
static void take_member(const char *json, const char *key, char *value, size_t size)
{
	char pattern[32];
	const char *at;
	size_t len = 0;
	bool is_text;

	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	at = strstr(json, pattern);
	value[0] = '\0';
	if (!at)
		return;
	at += strlen(pattern);
	at += strspn(at, " ");
	is_text = *at == '"';
	if (is_text)
		at++;
	else if (!isdigit((unsigned char)*at))
		return;
	for (; *at && len + 1 < size && (is_text ? *at != '"' : isdigit((unsigned char)*at)); at++) {
		if (*at == '\\' && at[1])
			at++;
		value[len++] = *at;
	}
	value[len] = '\0';
}

/* The profile is part of a document, in which its first line begins somewhere. */
static int refuse_document(const struct filter_source *source, const char *report, const char *what,
			   struct cove_error *err)
{
	char pointer[160], text[16], place[40] = "";
	unsigned long line, column;

	take_member(report, "pointer", pointer, sizeof(pointer));
	take_member(report, "line", text, sizeof(text));
	line = strtoul(text, NULL, 10);
	take_member(report, "column", text, sizeof(text));
	column = strtoul(text, NULL, 10);
	if (line)
		snprintf(place, sizeof(place), "%zu:%zu: ", source->line + line - 1,
			 line == 1 ? source->column + column - 1 : (size_t)column);
	err_set(err, EINVAL, NULL, NULL, "%s:%s%s%s%s: %s", source->path, place, line ? "" : " ",
		source->pointer, pointer, what);
	if (err)
		err->status = 1;
	return -EINVAL;
}

/* The path is NULL for the default profile, in which only a change of it can be wrong. */
static int refuse_profile(const char *path, const char *report, const char *what,
			  struct cove_error *err)
{
	char line[16], column[16];

	take_member(report, "line", line, sizeof(line));
	take_member(report, "column", column, sizeof(column));
	return err_usage(err, "%s%s%s%s%s%s%s", path ? path : "", line[0] ? ":" : "", line,
			 line[0] ? ":" : "", column, path ? ": " : "", what);
}

static int helper_failed(const struct filter_source *source, const char *report,
			 struct cove_error *err)
{
	char what[192], hint[320];
	int r;

	take_member(report, "what", what, sizeof(what));
	take_member(report, "hint", hint, sizeof(hint));
	if (!what[0])
		snprintf(what, sizeof(what), "the profile cannot be compiled");
	r = source->pointer ? refuse_document(source, report, what, err)
			    : refuse_profile(source->path, report, what, err);
	if (hint[0])
		err_hint(err, "%s", hint);
	return r;
}

static void take_skipped(const char *report, struct buf *skipped)
{
	char names[400];

	take_member(report, "skipped", names, sizeof(names));
	buf_adds(skipped, names);
}

static char **add_option(char **at, const char *option, const char *value)
{
	*at++ = (char *)option;
	*at++ = (char *)value;
	return at;
}

/* The array is the caller's, what it points to is not. NULL when memory is short. */
static char **make_arguments(const struct filter_source *source, const char *helper)
{
	size_t count = 65 + ALLOW_COUNT + (source->edits ? source->edits->count : 0);
	char **argv = calloc(2 + 2 * count, sizeof(*argv));
	char **at = argv;

	if (!argv)
		return NULL;
	*at++ = (char *)helper;
	if (source->skipped)
		*at++ = "--skip-unknown";
	for (unsigned cap = 0; names_capability_name(cap); cap++)
		if (source->caps & (UINT64_C(1) << cap))
			at = add_option(at, "--cap", names_capability_name(cap));
	for (enum allow word = 0; word < ALLOW_COUNT; word++)
		if (source->words & ALLOW_BIT(word))
			at = add_option(at, "--allow", allow_name(word));
	if (source->edits)
		plan_each (source->plan, struct plan_string, edit, *source->edits)
			at = add_option(at, "--edit", plan_str(source->plan, edit->text));
	return argv;
}

static int read_output(int fd, struct buf *ret, struct cove_error *err)
{
	auto_free char *data = NULL;
	long len;
	int r = fd_rewind(fd, err);

	if (r < 0)
		return r;
	len = fd_read_all(fd, FILTER_LIMIT, &data, err);
	if (len < 0)
		return (int)len;
	buf_add(ret, data, (size_t)len);
	return ret->failed ? err_set(err, ENOMEM, "malloc", NULL, "out of memory") : 0;
}

int filter_run_helper(const struct filter_source *source, const char *helper, struct buf *ret,
		      struct cove_error *err)
{
	const char *name = source->path ? source->path : "default profile";
	auto_free char **argv = make_arguments(source, helper);
	auto_fd int input = fd_memfd("cove-profile", err);
	auto_fd int output = fd_memfd("cove-filter", err);
	char report[1024];
	int r;

	if (!argv)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	r = input < 0 ? input : output < 0 ? output : 0;
	if (r == 0)
		r = fd_write(input, source->profile, source->len, name, err);
	if (r == 0)
		r = fd_rewind(input, err);
	if (r < 0)
		return r;
	r = process_run_helper(&(struct process_helper){ .argv = argv,
							 .input = input,
							 .output = output,
							 .timeout_ms = HELPER_TIMEOUT_MS,
							 .text = report,
							 .size = sizeof(report) },
			       err);
	if (r > 0)
		r = helper_failed(source, report, err);
	if (r == 0 && source->skipped)
		take_skipped(report, source->skipped);
	return r < 0 ? r : read_output(output, ret, err);
}
