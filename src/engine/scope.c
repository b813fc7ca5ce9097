/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See scope.h.
 */
#include "engine/scope.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "engine/scope_properties.h"
#include "sys/cgroup.h"
#include "sys/fd.h"
#include "sys/helper.h"
#include "sys/identity.h"
#include "sys/process.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BOOTED "/run/systemd/system" /* there where systemd is process 1 */
#define SUBGROUP "container"
#define SCOPE ".scope"
#define SLICE ".slice"
#define UNIT_SIZE 256
#define PATH_SIZE 4096
#define MAX_WORDS 8
#define TIMEOUT_MS 15000 /* the helper has a limit of its own, and says what it waited for */

/* As of enum exit_status of the helper. */
enum { ENDED_NO_ANSWER = 3, ENDED_IS_THERE = 4 };

/* Users have a systemd of their own; so has who is root in a user namespace only. */
static bool is_user(void)
{
	return identity_user() != 0 || identity_is_mapped();
}

/* ---- the helper ---- */

static int check_systemd(struct cove_error *err)
{
	if (fd_path_exists(BOOTED))
		return 0;
	err_set(err, ENOTSUP, NULL, BOOTED, "systemd, which is to make the cgroup, does not run here");
	err_hint(err, "leave out --systemd-cgroup (podman: --cgroup-manager cgroupfs; containerd: "
		      "SystemdCgroup = false; dockerd: --exec-opt "
		      "native.cgroupdriver=cgroupfs)");
	return -ENOTSUP;
}

/* It tells what failed in one line and what helps in the next. */
static int helper_failed(int status, char *report, struct cove_error *err)
{
	int num = status == ENDED_NO_ANSWER ? ETIMEDOUT : status == ENDED_IS_THERE ? EEXIST : EIO;
	char *hint = strchr(report, '\n');

	if (hint) {
		*hint++ = '\0';
		hint[strcspn(hint, "\n")] = '\0';
	}
	err_set(err, num, NULL, "cove-systemd", "%s",
		report[0] ? report : "the helper cove-systemd failed");
	if (hint && hint[0])
		err_hint(err, "%s", hint);
	return -num;
}

/* words: behind the program's name, NULL at the end. `output` (-1: none) gets what it prints. */
static int run_helper(const char *const *words, const struct buf *input, int output,
		      struct cove_error *err)
{
	char path[PATH_SIZE], report[1024];
	char *argv[MAX_WORDS + 3] = { path };
	unsigned count = 1;
	auto_fd int properties = -1;
	int r = helper_find("cove-systemd", "it has systemd make cgroups", path, sizeof(path), err);

	if (r < 0)
		return r;
	if (is_user())
		argv[count++] = (char *)"--user";
	for (unsigned i = 0; words[i] && i < MAX_WORDS; i++)
		argv[count++] = (char *)words[i];
	if (input) {
		properties = fd_memfd("cove-properties", err);
		r = properties < 0 ? properties
				   : fd_write(properties, input->data, input->len, "properties", err);
		if (r == 0)
			r = fd_rewind(properties, err);
		if (r < 0)
			return r;
	}
	r = process_run_helper(&(struct process_helper){ .argv = argv,
							 .input = properties,
							 .output = output,
							 .timeout_ms = TIMEOUT_MS,
							 .text = report,
							 .size = sizeof(report) },
			       err);
	return r <= 0 ? r : helper_failed(r, report, err);
}

/* ---- names ---- */

static int bad_name(const char *name, const char *what, struct cove_error *err)
{
	return err_set(err, EINVAL, NULL, name, "'%s' is no name of a %s", name, what);
}

/* What the name of a unit cannot have is written as systemd-escape does. */
static void add_escaped(struct buf *b, const char *text)
{
	for (const char *c = text; *c; c++)
		if (isalnum((unsigned char)*c) || strchr(":-_.", *c))
			buf_addc(b, *c);
		else
			buf_addf(b, "\\x%02x", (unsigned char)*c);
}

/* "a-b.slice" lies in "a.slice"; "-.slice" is the root. */
static int add_slice(struct buf *path, const char *slice, struct cove_error *err)
{
	size_t len = strlen(slice), end = strlen(SLICE);

	if (strcmp(slice, "-" SLICE) == 0)
		return 0;
	if (len <= end || strcmp(slice + len - end, SLICE) != 0 || strchr(slice, '/') ||
	    slice[0] == '-' || slice[len - end - 1] == '-' || strstr(slice, "--"))
		return bad_name(slice, "slice", err);
	for (size_t i = 0; i <= len - end; i++)
		if (slice[i] == '-' || i == len - end)
			buf_addf(path, "/%.*s" SLICE, (int)i, slice);
	return 0;
}

/* Where the cgroups of the systemd that we ask begin. */
static int add_root(struct buf *path, struct cove_error *err)
{
	static const char *const words[] = { "locate", NULL };
	auto_fd int output = fd_memfd("cove-systemd", err);
	char text[PATH_SIZE];
	long len;
	int r = output < 0 ? output : run_helper(words, NULL, output, err);

	if (r < 0)
		return r;
	len = fd_read_start(output, text, sizeof(text));
	if (len < 0)
		return err_set(err, (int)-len, "read", "cove-systemd", "cannot read the helper's answer");
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "/") != 0)
		buf_adds(path, text);
	return 0;
}

/* SLICE:PREFIX:NAME, of which each may be empty. */
static int add_scope(const struct plan *plan, struct buf *path, struct cove_error *err)
{
	const char *said = plan_str(plan, plan->cgroup.path);
	const char *prefix = strchr(said, ':');
	const char *name = prefix ? strchr(prefix + 1, ':') : NULL;
	char slice[UNIT_SIZE];
	int r;

	snprintf(slice, sizeof(slice), "%.*s", prefix ? (int)(prefix - said) : 0, said);
	if (!slice[0])
		snprintf(slice, sizeof(slice), is_user() ? "user" SLICE : "system" SLICE);
	r = add_slice(path, slice, err);
	if (r < 0)
		return r;
	buf_addc(path, '/');
	if (name && name > prefix + 1) {
		buf_add(path, prefix + 1, (size_t)(name - prefix - 1));
		buf_addc(path, '-');
	}
	if (!name)
		buf_adds(path, "cove-");
	add_escaped(path, name && name[1] ? name + 1 : plan_str(plan, plan->container.id));
	buf_adds(path, SCOPE);
	return 0;
}

static int resolve(const struct plan *plan, struct buf *path, struct cove_error *err)
{
	const char *below = plan->cgroup.subgroup ? plan_str(plan, plan->cgroup.subgroup) : SUBGROUP;
	int r = check_systemd(err);

	if (r == 0)
		r = add_root(path, err);
	if (r == 0)
		r = add_scope(plan, path, err);
	if (r == 0 && below[0])
		buf_addf(path, "/%s", below);
	return r;
}

int scope_find(const struct plan *plan, char *path, size_t size, struct cove_error *err)
{
	const char *said = plan_str(plan, plan->cgroup.path);
	auto_(buf_done) struct buf found = { 0 };
	int r = 0;

	if (said[0] == '/')
		buf_adds(&found, said);
	else
		r = resolve(plan, &found, err);
	if (r == 0 && (found.failed || found.len >= size))
		r = err_set(err, ENAMETOOLONG, NULL, NULL, "the path of the cgroup is too long");
	if (r == 0)
		snprintf(path, size, "%s", buf_str(&found));
	return r;
}

/* ---- back from a path to the unit ---- */

int scope_path(const char *path, char *scope, size_t size, struct cove_error *err)
{
	size_t end = 0;

	for (const char *at = strstr(path, SCOPE); at; at = strstr(at + 1, SCOPE))
		if (at[strlen(SCOPE)] == '/' || at[strlen(SCOPE)] == '\0')
			end = (size_t)(at - path) + strlen(SCOPE);
	if (end == 0 || end >= size)
		return bad_name(path, "scope's cgroup", err);
	snprintf(scope, size, "%.*s", (int)end, path);
	return 0;
}

static int unit_of(const char *path, char *unit, char *slice, struct cove_error *err)
{
	char scope[PATH_SIZE];
	char *name, *above;
	int r = scope_path(path, scope, sizeof(scope), err);

	if (r < 0)
		return r;
	name = strrchr(scope, '/');
	if (!name || strlen(name) > UNIT_SIZE - 1)
		return bad_name(path, "scope's cgroup", err);
	snprintf(unit, UNIT_SIZE, "%s", name + 1);
	*name = '\0';
	above = strrchr(scope, '/');
	if (!above || !strstr(above, SLICE))
		snprintf(slice, UNIT_SIZE, "-" SLICE);
	else
		snprintf(slice, UNIT_SIZE, "%.*s", UNIT_SIZE - 1, above + 1);
	return 0;
}

/* ---- what is done with it ---- */

int scope_start(const struct plan *plan, const char *path, pid_t pid, struct cove_error *err)
{
	char unit[UNIT_SIZE], slice[UNIT_SIZE], number[16], description[160];
	const char *words[] = { "start", unit, slice, number, description, NULL };
	auto_(buf_done) struct buf properties = { 0 };
	int r = unit_of(path, unit, slice, err);

	if (r < 0)
		return r;
	snprintf(number, sizeof(number), "%d", (int)pid);
	snprintf(description, sizeof(description), "cove container %.120s",
		 plan_str(plan, plan->container.id));
	scope_properties(plan, is_user(), &properties);
	if (properties.failed)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	return run_helper(words, &properties, -1, err);
}

int scope_set(const struct plan *plan, const char *path, struct cove_error *err)
{
	char unit[UNIT_SIZE], slice[UNIT_SIZE];
	const char *const words[] = { "set", unit, NULL };
	auto_(buf_done) struct buf properties = { 0 };
	int r = unit_of(path, unit, slice, err);

	if (r < 0)
		return r;
	scope_properties(plan, is_user(), &properties);
	if (properties.failed)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	return properties.len ? run_helper(words, &properties, -1, err) : 0;
}

int scope_attach(const char *path, pid_t pid, struct cove_error *err)
{
	char unit[UNIT_SIZE], slice[UNIT_SIZE], scope[PATH_SIZE], number[16];
	const char *words[] = { "attach", unit, "/", number, NULL };
	int r = unit_of(path, unit, slice, err);

	if (r == 0)
		r = scope_path(path, scope, sizeof(scope), err);
	if (r < 0)
		return r;
	if (path[strlen(scope)])
		words[2] = path + strlen(scope);
	snprintf(number, sizeof(number), "%d", (int)pid);
	return run_helper(words, NULL, -1, err);
}

int scope_stop(const char *path, struct cove_error *err)
{
	char unit[UNIT_SIZE], slice[UNIT_SIZE];
	const char *const words[] = { "stop", unit, NULL };
	int r = unit_of(path, unit, slice, err);

	return r < 0 ? r : run_helper(words, NULL, -1, err);
}
