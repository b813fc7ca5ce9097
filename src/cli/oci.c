/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See oci.h.
 */
#include "cli/oci.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "base/num.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 2048
#define STATUS_FAILED 1

static void warn(void *context, const char *text);

struct oci_global oci_global = {
	.oci.manager = PLAN_CGROUP_FS,
	.oci.warn = warn,
	.level = LEVEL_WARNING,
};

/* ---- options before the verb ---- */

OCI_SETTER(set_root, struct oci_global, to->oci.root = value)
OCI_SETTER(set_log, struct oci_global, to->log = value)
OCI_SETTER(set_systemd, struct oci_global, to->oci.manager = PLAN_CGROUP_SYSTEMD)
OCI_SETTER(set_debug, struct oci_global, to->level = LEVEL_DEBUG)
OCI_SETTER(ignore, struct oci_global, (void)to)

static int set_log_format(void *context, const struct opt *opt, const char *value,
			  struct cove_error *err)
{
	struct oci_global *global = context;

	(void)opt;
	global->json = strcmp(value, "json") == 0;
	if (!global->json && strcmp(value, "text") != 0)
		return err_usage(err, "a log's format is text or json");
	return 0;
}

static int set_level(void *context, const struct opt *opt, const char *value,
		     struct cove_error *err)
{
	static const char *const levels[] = {
		[LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning", [LEVEL_DEBUG] = "debug",
	};

	(void)opt;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		if (strcmp(levels[i], value) == 0) {
			((struct oci_global *)context)->level = (enum oci_level)i;
			return 0;
		}
	}
	return err_usage(err, "a log's level is error, warning or debug");
}

static int set_manager(void *context, const struct opt *opt, const char *value,
		       struct cove_error *err)
{
	static const struct {
		const char *name;
		uint8_t manager;
	} managers[] = {
		{ "systemd", PLAN_CGROUP_SYSTEMD },
		{ "cgroupfs", PLAN_CGROUP_FS },
		{ "disabled", PLAN_CGROUP_NONE },
	};
	struct oci_global *global = context;

	(void)opt;
	for (size_t i = 0; i < ARRAY_LEN(managers); i++) {
		if (strcmp(managers[i].name, value) == 0) {
			global->oci.manager = managers[i].manager;
			return 0;
		}
	}
	return err_usage(err, "a cgroup manager is systemd, cgroupfs or disabled");
}

static const struct opt global_options[] = {
	{ "root", 0, "DIR", NULL,
	  "Keep containers there (default: /run/cove, or cove in $XDG_RUNTIME_DIR).", NULL,
	  OPT_COMPLETE_DIR, 0, set_root },
	{ "log", 0, "FILE", NULL,
	  "Append errors to a file, too; file:PATH, syslog:NAME and journald:NAME are understood.",
	  NULL, OPT_COMPLETE_FILE, 0, set_log },
	{ "log-format", 0, "text|json", NULL, "Choose how (default: text).", "text json",
	  OPT_COMPLETE_CHOICES, 0, set_log_format },
	{ "log-level", 0, "error|warning|debug", NULL,
	  "Choose what goes into it (default: warning). Of a verb that fails only the error does, but "
	  "for debug as text.",
	  "error warning debug", OPT_COMPLETE_CHOICES, 0, set_level },
	{ "debug", 0, NULL, NULL, "The same as --log-level debug; without --log on standard error.",
	  NULL, OPT_COMPLETE_NONE, 0, set_debug },
	{ "cgroup-manager", 0, "systemd|cgroupfs|disabled", NULL,
	  "Choose who makes cgroups (default: cgroupfs); disabled: nobody, there are none.",
	  "systemd cgroupfs disabled", OPT_COMPLETE_CHOICES, 0, set_manager },
	{ "systemd-cgroup", 0, NULL, NULL, "The same as --cgroup-manager systemd.", NULL,
	  OPT_COMPLETE_NONE, 0, set_systemd },
	{ "rootless", 0, "true|false|auto", NULL, "Accepted, without effect: it is found out.",
	  "true false auto", OPT_COMPLETE_CHOICES, OPT_HIDDEN, ignore },
	{ "criu", 0, "PATH", NULL, "Accepted, without effect.", NULL, OPT_COMPLETE_NONE, OPT_HIDDEN,
	  ignore },
};

const struct opt_command oci_global_command = {
	.name = "",
	.operands = "VERB [OPTION...] [ID]",
	.summary = "The OCI runtime.",
	.opts = global_options,
	.opt_count = ARRAY_LEN(global_options),
	.one_dash = true,
};

/* ---- operands ---- */

static int wrong_count(const struct opt_command *command, int min, int count,
		       struct cove_error *err)
{
	if (count < min)
		err_usage(err, "%s: an argument is missing", command->name);
	else
		err_usage(err, "%s: too many arguments", command->name);
	err_hint(err, "cove %s %s", command->name, command->operands);
	return -EINVAL;
}

/* A negative number is no option. */
static bool is_operand(const char *word)
{
	return word[0] != '-' || !word[1] || isdigit((unsigned char)word[1]);
}

int oci_parse(const struct opt_command *command, int argc, char **argv, void *context, int min,
	      int max, struct oci_operands *ret, struct cove_error *err)
{
	bool all = false;

	*ret = (struct oci_operands){ 0 };
	for (int at = 1; at < argc;) {
		if (all || is_operand(argv[at])) {
			if (ret->count == OCI_OPERANDS)
				return wrong_count(command, min, ret->count, err);
			ret->words[ret->count++] = argv[at++];
		} else {
			int next = opt_parse(command, argc - at + 1, argv + at - 1, context, err);

			if (next < 0)
				return next;
			at += next - 1;
			all = strcmp(argv[at - 1], "--") == 0;
		}
	}
	if (ret->count < min || ret->count > max)
		return wrong_count(command, min, ret->count, err);
	return 0;
}

const char *oci_parse_id(const struct opt_command *command, int argc, char **argv, void *context,
			 struct cove_error *err)
{
	struct oci_operands operands;
	int r = oci_parse(command, argc, argv, context, 1, 1, &operands, err);

	return r < 0 ? NULL : operands.words[0];
}

int oci_count(const char *value, unsigned *ret, struct cove_error *err)
{
	uint32_t number;

	if (num_u32(value, &number) < 0 || number >= PLAN_KEEP_FDS)
		return err_usage(err, "a number of descriptors below %d", PLAN_KEEP_FDS);
	*ret = number;
	return 0;
}

int oci_read_file(const char *file, struct buf *out, struct cove_error *err)
{
	return strcmp(file, "-") == 0 ? api_read_fd(0, out, err) : api_read_path(file, out, err);
}

/* ---- messages ---- */

/* The kernel's word for it, unless the message has it already, or nobody asked the kernel. */
static void add_reason(const struct cove_error *err, char *text, size_t size)
{
	const char *reason = strerror(err->num);
	size_t len = strlen(text);
	char word[64];

	snprintf(word, sizeof(word), "%s", reason);
	if (islower((unsigned char)word[1]))
		word[0] = (char)tolower((unsigned char)word[0]);
	if (err->call[0] && !strstr(text, word) && strncmp(text, "exec: ", 6) != 0)
		snprintf(text + len, size - len, ": %s", word);
}

static void add_place(const struct cove_error *err, char *text, size_t size)
{
	size_t len = strlen(text);

	if (err->step[0] && err->origin[0])
		snprintf(text + len, size - len, " (step %s, %s)", err->step, err->origin);
	else if (err->step[0])
		snprintf(text + len, size - len, " (step %s)", err->step);
	else if (err->origin[0])
		snprintf(text + len, size - len, " (%s)", err->origin);
	len = strlen(text);
	if (err->hint[0])
		snprintf(text + len, size - len, "; %s", err->hint);
}

/* All of the error in one line. */
static void make_message(const struct cove_error *err, char *text, size_t size)
{
	snprintf(text, size, "%s", err->what);
	add_reason(err, text, size);
	add_place(err, text, size);
	for (char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
}

static void add_entry(struct buf *log, const char *level, const char *message)
{
	char now[40];
	struct json j;

	api_time(now, sizeof(now));
	if (!oci_global.json) {
		buf_addf(log, "time=\"%s\" level=%s msg=\"%s\"\n", now, level, message);
		return;
	}
	json_init(&j, log, false);
	json_open_object(&j, NULL);
	json_string(&j, "level", level);
	json_string(&j, "msg", message);
	json_string(&j, "time", now);
	json_close_object(&j);
	buf_addc(log, '\n');
}

static void write_log(const struct buf *log)
{
	if (oci_global.log && log->len)
		api_log(oci_global.log, buf_str(log), NULL);
}

static void warn(void *context, const char *text)
{
	(void)context;
	if (oci_global.level < LEVEL_WARNING)
		return;
	if (oci_global.log)
		add_entry(&oci_global.notes, "warning", text);
	else
		buf_addf(&oci_global.notes, "cove: warning: %s\n", text);
}

static void note_call(void)
{
	auto_(buf_done) struct buf words = { 0 };

	for (char *const *word = oci_global.argv; word && *word; word++) {
		if (word != oci_global.argv)
			buf_addc(&words, ' ');
		text_quote(*word, &words);
	}
	add_entry(&oci_global.notes, "debug", buf_str(&words));
}

static void note_end(int r)
{
	uint64_t took = (api_clock() - oci_global.begin) / 1000;
	char text[64];

	snprintf(text, sizeof(text), "%s after %llu.%03llu ms", r < 0 ? "failed" : "done",
		 (unsigned long long)took / 1000, (unsigned long long)took % 1000);
	add_entry(&oci_global.notes, "debug", text);
}

/* What is no error. */
static void write_notes(int r)
{
	bool debug = oci_global.level == LEVEL_DEBUG;

	if (debug)
		note_end(r);
	if (!oci_global.log && (debug || r >= 0))
		fputs(buf_str(&oci_global.notes), stderr);
	else if (r >= 0 || (debug && !oci_global.json))
		write_log(&oci_global.notes);
}

int oci_end(int r, const struct cove_error *err)
{
	auto_(buf_done) struct buf entry = { 0 };
	char message[MESSAGE_MAX];

	write_notes(r);
	if (r >= 0)
		return 0;
	make_message(err, message, sizeof(message));
	add_entry(&entry, "error", message);
	write_log(&entry);
	fprintf(stderr, "cove: %s\n", message);
	return err->status == COVE_STATUS_USAGE ? COVE_STATUS_USAGE : STATUS_FAILED;
}

int oci_print(int r, const struct buf *out, const struct cove_error *err)
{
	int status = oci_end(r, err);

	if (status == 0 && cli_print(out) != 0)
		status = STATUS_FAILED;
	return status;
}

int oci_parse_global(int argc, char **argv, struct cove_error *err)
{
	int r = opt_parse(&oci_global_command, argc, argv, &oci_global, err);

	oci_global.argv = argv;
	oci_global.begin = api_clock();
	if (oci_global.level == LEVEL_DEBUG)
		note_call();
	return r;
}
