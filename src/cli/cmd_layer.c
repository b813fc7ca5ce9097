/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove changes, apply and discard: what a box wrote to an overlay that is kept.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/cli.h"
#include "layer/apply.h"

#include <errno.h>
#include <stdio.h>

#define STATUS_REFUSED 1

struct words {
	bool json, dry_run;
	struct layer_choice choice;
};

static int set_json(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)opt;
	(void)value;
	(void)err;
	((struct words *)context)->json = true;
	return 0;
}

static int set_dry_run(void *context, const struct opt *opt, const char *value,
		       struct cove_error *err)
{
	(void)opt;
	(void)value;
	(void)err;
	((struct words *)context)->dry_run = true;
	return 0;
}

static int set_force(void *context, const struct opt *opt, const char *value,
		     struct cove_error *err)
{
	(void)opt;
	(void)value;
	(void)err;
	((struct words *)context)->choice.force = true;
	return 0;
}

static int set_set_id(void *context, const struct opt *opt, const char *value,
		      struct cove_error *err)
{
	(void)opt;
	(void)value;
	(void)err;
	((struct words *)context)->choice.set_id = true;
	return 0;
}

static const struct opt changes_options[] = {
	{ "json", 0, NULL, NULL, "As JSON, for programs.", NULL, OPT_COMPLETE_NONE, 0, set_json },
};

const struct opt_command changes_command = {
	.name = "changes",
	.operands = "DIR",
	.summary = "List what boxes with --overlay DST=DIR changed.",
	.details = "One line for each: A added, C changed, D deleted, and the path; a directory "
		   "ends in '/', names are quoted as for a shell. A directory that is deleted, or "
		   "replaced, stands for all that was in it.",
	.opts = changes_options,
	.opt_count = ARRAY_LEN(changes_options),
};

static const struct opt apply_options[] = {
	{ "dry-run", 'n', NULL, NULL, "Say what would be done, and what stands against it; do "
	  "nothing.", NULL, OPT_COMPLETE_NONE, 0, set_dry_run },
	{ "force", 0, NULL, NULL,
	  "Overwrite or delete also what has changed since the layer began.", NULL,
	  OPT_COMPLETE_NONE, 0, set_force },
	{ "set-id", 0, NULL, NULL,
	  "Take over also files with set-user-id and set-group-id bits; and files with "
	  "capabilities, without these.",
	  NULL, OPT_COMPLETE_NONE, 0, set_set_id },
};

const struct opt_command apply_command = {
	.name = "apply",
	.operands = "DIR",
	.summary = "Take over what boxes with --overlay DST=DIR changed, and empty DIR.",
	.details =
		"Nothing is taken over when something stands against any change: the file has "
		"changed since the layer began, it is a device, or executing it would give "
		"rights. Sockets are left out. Look at 'cove changes DIR' first: a program in the "
		"box has chosen each name and each byte.",
	.opts = apply_options,
	.opt_count = ARRAY_LEN(apply_options),
};

const struct opt_command discard_command = {
	.name = "discard",
	.operands = "DIR",
	.summary = "Throw away what boxes with --overlay DST=DIR changed.",
};

/* The error of a command whose own failures are 1. */
static int fail(struct cove_error *err, bool json)
{
	if (err->status != COVE_STATUS_USAGE)
		err->status = STATUS_REFUSED;
	return cli_fail(err, json);
}

/* The one operand, or NULL with `err` set. */
static const char *parse(const struct opt_command *command, int argc, char **argv,
			 struct words *words, struct cove_error *err)
{
	int first = opt_parse(command, argc, argv, words, err);

	if (first < 0)
		return NULL;
	if (first == argc - 1)
		return argv[first];
	err_usage(err, "%s", first == argc ? "which directory?" : "one directory, please");
	err_hint(err, "cove %s DIR, the DIR of --overlay DST=DIR", command->name);
	return NULL;
}

/* ---- changes ---- */

static bool ends_as_directory(const struct layer_entry *e)
{
	return S_ISDIR(e->change == LAYER_DELETED ? e->low.st_mode : e->up.st_mode);
}

static void add_line(const struct layer_entry *e, struct buf *out)
{
	auto_(buf_done) struct buf path = { 0 };

	buf_adds(&path, e->path);
	if (ends_as_directory(e) && path.len && path.data[path.len - 1] != '/')
		buf_addc(&path, '/');
	buf_addc(out, "ACD"[e->change]);
	buf_addc(out, ' ');
	text_quote(buf_str(&path), out);
}

static int text_line(void *context, const struct layer_entry *e, struct cove_error *err)
{
	struct buf *out = context;

	(void)err;
	add_line(e, out);
	buf_addc(out, '\n');
	return 0;
}

static const char *type_name(unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symlink";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "device";
	}
}

static void json_what(struct json *j, unsigned what)
{
	static const char *const names[] = { "type", "content", "mode", "owner", "time" };

	json_open_array(j, "what");
	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (what & (1u << i))
			json_string(j, NULL, names[i]);
	json_close_array(j);
}

static int json_line(void *context, const struct layer_entry *e, struct cove_error *err)
{
	static const char *const changes[] = { "added", "changed", "deleted" };
	struct json *j = context;

	(void)err;
	json_open_object(j, NULL);
	json_string(j, "change", changes[e->change]);
	json_string(j, "path", e->path);
	if (e->change != LAYER_DELETED)
		json_string(j, "type", type_name(e->up.st_mode));
	if (e->was)
		json_string(j, "was", type_name(e->low.st_mode));
	if (e->change == LAYER_CHANGED)
		json_what(j, e->what);
	json_close_object(j);
	return 0;
}

static int list_json(const struct layer *layer, struct buf *out, struct cove_error *err)
{
	struct json j;
	const struct layer_visitor visitor = { .visit = json_line, .context = &j };
	int r;

	json_init(&j, out, true);
	json_open_object(&j, NULL);
	json_string(&j, "lower", layer->lower_path);
	json_open_array(&j, "changes");
	r = layer_changes(layer, &visitor, err);
	json_close_array(&j);
	json_close_object(&j);
	buf_addc(out, '\n');
	return r;
}

int cmd_changes(int argc, char **argv)
{
	auto_(buf_done) struct buf out = { 0 };
	const struct layer_visitor visitor = { .visit = text_line, .context = &out };
	struct words words = { 0 };
	struct cove_error err = { 0 };
	const char *path = parse(&changes_command, argc, argv, &words, &err);
	struct layer layer;
	int r;

	if (!path)
		return fail(&err, words.json);
	r = layer_open(path, false, &layer, &err);
	if (r == 0)
		r = words.json ? list_json(&layer, &out, &err)
			       : layer_changes(&layer, &visitor, &err);
	layer_done(&layer);
	if (r < 0)
		return fail(&err, words.json);
	return cli_print(&out) ? STATUS_REFUSED : 0;
}

/* ---- apply ---- */

struct judging {
	const struct layer *layer;
	const struct words *words;
	struct buf *out;
	unsigned changes, refused;
};

static int judge(void *context, const struct layer_entry *e, struct cove_error *err)
{
	static const char *const reasons[] = {
		[LAYER_CONFLICT] = "has changed since the layer began",
		[LAYER_DEVICE] = "a device is never made",
		[LAYER_SET_ID] = "has a set-user-id or set-group-id bit",
		[LAYER_FILE_CAPS] = "has capabilities",
		[LAYER_SOCKET] = "a socket is left out",
	};
	struct judging *judging = context;
	int verdict = layer_judge(judging->layer, &judging->words->choice, e, err);

	if (verdict < 0)
		return verdict;
	judging->changes++;
	judging->refused += layer_forbids((enum layer_verdict)verdict);
	if (verdict == LAYER_FINE && !judging->words->dry_run)
		return 0;
	add_line(e, judging->out);
	if (verdict != LAYER_FINE)
		buf_addf(judging->out, "  (%s)", reasons[verdict]);
	buf_addc(judging->out, '\n');
	return 0;
}

static int refuse(const struct judging *judging, const char *path, struct cove_error *err)
{
	err_set(err, EPERM, NULL, path, "%u of %u changes cannot be taken over, so none was",
		judging->refused, judging->changes);
	err_hint(err, "see 'cove apply --help' for --force and --set-id; or remove what is refused "
		      "from '%s/upper'", path);
	return -EPERM;
}

static int apply(const struct words *words, const char *path, struct layer *layer,
		 struct cove_error *err)
{
	auto_(buf_done) struct buf out = { 0 };
	struct judging judging = { .layer = layer, .words = words, .out = &out };
	const struct layer_visitor visitor = { .visit = judge, .context = &judging };
	int r = layer_changes(layer, &visitor, err);

	if (r == 0 && cli_print(&out) != 0)
		return err_set(err, EIO, "write", NULL, "cannot write the output");
	if (r == 0 && judging.refused)
		r = refuse(&judging, path, err);
	if (r == 0 && !words->dry_run)
		r = layer_apply(layer, &words->choice, err);
	if (r == 0 && !words->dry_run)
		r = layer_empty(layer, err);
	return r;
}

int cmd_apply(int argc, char **argv)
{
	struct words words = { 0 };
	struct cove_error err = { 0 };
	const char *path = parse(&apply_command, argc, argv, &words, &err);
	struct layer layer;
	int r;

	if (!path)
		return fail(&err, false);
	r = layer_open(path, true, &layer, &err);
	if (r == 0)
		r = apply(&words, path, &layer, &err);
	layer_done(&layer);
	return r < 0 ? fail(&err, false) : 0;
}

/* ---- discard ---- */

int cmd_discard(int argc, char **argv)
{
	struct words words = { 0 };
	struct cove_error err = { 0 };
	const char *path = parse(&discard_command, argc, argv, &words, &err);
	struct layer layer;
	int r;

	if (!path)
		return fail(&err, false);
	r = layer_open(path, true, &layer, &err);
	/* What is thrown away need not fit to anything any more. */
	if (r == 0 || (layer.lower_path && layer.lower < 0))
		r = layer_empty(&layer, &err);
	layer_done(&layer);
	return r < 0 ? fail(&err, false) : 0;
}
