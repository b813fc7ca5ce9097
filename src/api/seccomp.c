/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters from files. Compiling takes libseccomp and a JSON reader, which would cost every start of
 * cove their loading; so the helper cove-seccomp does it, only when a profile is given.
 */
#include "api/host.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "plan/build.h"
#include "plan/names.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <ctype.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILE_LIMIT ((size_t)16 << 20)
#define HELPER_TIMEOUT_MS 15000
#define HELPER_NAME "cove-seccomp"
#define ARGS_MAX (2 + 2 * 64)

static bool is_json(const char *data)
{
	while (isspace((unsigned char)*data))
		data++;
	return *data == '{';
}

/* Beside our own program (as in a build tree), else where it is installed. */
static int find_helper(char *path, size_t size, struct cove_error *err)
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
	err_hint(err, "it compiles seccomp profiles and is part of cove; was cove installed whole?");
	return r;
}

/* The value of "key": "..." in the helper's one-line report, unescaped only as far as needed. */
static void take_member(const char *json, const char *key, char *value, size_t size)
{
	char pattern[32];
	const char *at;
	size_t len = 0;

	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	at = strstr(json, pattern);
	value[0] = '\0';
	if (!at)
		return;
	at += strlen(pattern);
	at += strspn(at, " ");
	if (*at == '"')
		at++;
	else if (!isdigit((unsigned char)*at))
		return;
	for (; *at && *at != '"' && *at != ',' && *at != '}' && len + 1 < size; at++) {
		if (*at == '\\' && at[1])
			at++;
		value[len++] = *at;
	}
	value[len] = '\0';
}

static int helper_failed(const char *path, const char *report, struct cove_error *err)
{
	char what[160], hint[200], line[16], column[16];
	int r;

	take_member(report, "what", what, sizeof(what));
	take_member(report, "hint", hint, sizeof(hint));
	take_member(report, "line", line, sizeof(line));
	take_member(report, "column", column, sizeof(column));
	r = err_usage(err, "%s%s%s%s%s: %s", path, line[0] ? ":" : "", line, line[0] ? ":" : "",
		      column, what[0] ? what : "the profile cannot be compiled");
	if (hint[0])
		err_hint(err, "%s", hint);
	return r;
}

static int compile(const struct plan *plan, const char *path, int input, int output,
		   struct cove_error *err)
{
	char helper[4096], report[1024];
	char *argv[ARGS_MAX] = { helper };
	unsigned argc = 1;
	int r = find_helper(helper, sizeof(helper), err);

	if (r < 0)
		return r;
	for (unsigned cap = 0; names_capability_name(cap) && argc + 3 < ARGS_MAX; cap++) {
		if (!(plan->caps.bounding & (UINT64_C(1) << cap)))
			continue;
		argv[argc++] = "--cap";
		argv[argc++] = (char *)names_capability_name(cap);
	}
	r = process_run_helper(&(struct process_helper){ .argv = argv,
							 .input = input,
							 .output = output,
							 .timeout_ms = HELPER_TIMEOUT_MS,
							 .text = report,
							 .size = sizeof(report) },
			       err);
	if (r < 0)
		return r;
	return r == 0 ? 0 : helper_failed(path, report, err);
}

static int add_program(struct plan *plan, const char *path, const char *data, size_t len,
		       struct cove_error *err)
{
	size_t count = len / sizeof(struct sock_filter);

	if (len == 0 || len % sizeof(struct sock_filter) || count > BPF_MAXINSNS) {
		err_usage(err, "'%s' is neither a JSON profile nor a compiled filter", path);
		err_hint(err, "a compiled filter is 1 to %d instructions of %zu bytes", BPF_MAXINSNS,
			 sizeof(struct sock_filter));
		return -EINVAL;
	}
	plan->seccomp = (struct plan_seccomp){
		.program = plan_add_bytes(plan, data, (uint32_t)len),
		.count = (uint32_t)count,
		.name = plan_add_string(plan, path),
		.origin = plan->origin,
	};
	return 0;
}

int api_load_seccomp(struct plan *plan, const char *path, struct cove_error *err)
{
	auto_fd int file = fd_open(path, 0, err);
	auto_free char *data = NULL;
	auto_fd int output = -1;
	long len;
	int r;

	if (file < 0) {
		if (err)
			err->status = COVE_STATUS_USAGE;
		return file;
	}
	len = fd_read_all(file, PROFILE_LIMIT, &data, err);
	if (len < 0)
		return (int)len;
	if (!is_json(data))
		return add_program(plan, path, data, (size_t)len, err);
	output = fd_memfd("cove-seccomp", err);
	r = output < 0 ? output : fd_rewind(file, err);
	if (r >= 0)
		r = compile(plan, path, file, output, err);
	if (r >= 0)
		r = fd_rewind(output, err);
	if (r < 0)
		return r;
	free(TAKE_PTR(data));
	len = fd_read_all(output, PROFILE_LIMIT, &data, err);
	return len < 0 ? (int)len : add_program(plan, path, data, (size_t)len, err);
}
