/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where options come from, and who wins. Presets and box files are layers, applied in the order in
 * which they were given, and the command line is the last layer. In a box file its presets come
 * first. What is a single value is replaced by a later layer; what is a list adds up.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"
#include "box/options.h"
#include "box/setting.h"
#include "plan/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void box_sources_done(struct box *box)
{
	while (box->sources.files) {
		struct box_file *file = box->sources.files;

		box->sources.files = file->next;
		box_settings_done(&file->settings);
		free(file->text);
		free(file);
	}
	if (box->sources.given)
		box_settings_done(box->sources.given);
	free(box->sources.given);
	box->sources.given = NULL;
}

static bool is_source(const struct box_setting *setting)
{
	return setting->opt->apply == box_preset || setting->opt->apply == box_file_config;
}

static int apply_one(struct box *box, const struct box_setting *setting, struct cove_error *err)
{
	char origin[sizeof(err->origin)];
	int r;

	box->sources.now = setting;
	r = setting->opt->apply(box, setting->opt, setting->value, err);
	if (r < 0) {
		box->sources.now = setting;
		box_origin(box, setting->opt, setting->value, origin, sizeof(origin));
		err_origin(err, origin);
	}
	box->sources.now = NULL;
	return r < 0 ? r : 0;
}

/* Those that are presets and box files, or those that are not. */
static int apply_all(struct box *box, const struct box_settings *list, bool sources,
		     struct cove_error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		int r = is_source(&list->items[i]) == sources ? apply_one(box, &list->items[i], err)
							      : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* A list as the next layer, behind its own presets. */
static int apply_layer(struct box *box, const struct box_settings *list, struct cove_error *err)
{
	int r = apply_all(box, list, true, err);

	box->sources.layer++;
	return r < 0 ? r : apply_all(box, list, false, err);
}

static int apply_preset(struct box *box, const char *name, struct cove_error *err)
{
	const struct box_setting *from = box->sources.now;
	struct box_settings list = { 0 };
	int r = box_preset_add(name, from, &list, err);

	if (r == 0)
		r = apply_layer(box, &list, err);
	box_settings_done(&list);
	box->sources.now = from;
	return r;
}

int box_preset(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = context;
	const char *cursor = value, *field;
	size_t len;

	(void)opt;
	while (text_next_field(&cursor, ',', &field, &len)) {
		auto_(buf_done) struct buf name = { 0 };
		int r = 0;

		buf_add(&name, field, len);
		if (strcmp(buf_str(&name), "list") == 0 && !box->sources.now->file)
			box->task.list_presets = true;
		else
			r = apply_preset(box, buf_str(&name), err);
		if (r < 0)
			return r;
	}
	return 0;
}

int box_file_config(void *context, const struct opt *opt, const char *value,
		    struct cove_error *err)
{
	struct box *box = context;
	const struct box_setting *from = box->sources.now;
	struct box_file *file;
	size_t len;
	int r;

	(void)opt;
	if (!box->sources.read_file)
		return err_usage(err, "box files cannot be read here");
	file = calloc(1, sizeof(*file));
	if (!file)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	file->next = box->sources.files;
	box->sources.files = file;
	r = box->sources.read_file(value, &file->text, &len, err);
	if (r == 0)
		r = box_file_parse(value, file->text, len, &file->settings, err);
	if (r == 0)
		r = apply_layer(box, &file->settings, err);
	box->sources.now = from;
	return r;
}

static int collect(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = context;

	/* Also for the errors of what stands before it. */
	box->task.json |= opt->apply == box_json;
	return box_settings_add(box->sources.given,
				&(struct box_setting){ .opt = opt, .value = value }, err);
}

int box_sources_apply(struct box *box, int argc, char *const *argv, struct cove_error *err)
{
	int first, r;

	box->sources.given = calloc(1, sizeof(*box->sources.given));
	if (!box->sources.given)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	first = opt_visit(&box_command, argc, argv, collect, box, err);
	if (first < 0)
		return first;
	r = apply_layer(box, box->sources.given, err);
	if (r < 0)
		return r;
	box->sources.has_command = first < argc;
	if (box->sources.has_command)
		box->plan->process.args = (struct plan_list){ 0 };
	return first;
}

/* ---- saving ---- */

int box_save_text(const struct box *box, struct buf *out, struct cove_error *err)
{
	const struct box_settings *given = box->sources.given;
	const char *word = "command";

	for (size_t i = 0; i < given->count; i++) {
		if (given->items[i].opt->apply != box_file_config)
			continue;
		err_usage(err, "what a box file says cannot be saved into another one");
		err_hint(err, "copy '%s', and add to the copy", given->items[i].value);
		err_origin(err, "--file-config");
		return -EINVAL;
	}
	for (int presets = 1; presets >= 0; presets--)
		for (size_t i = 0; i < given->count; i++)
			if (is_source(&given->items[i]) == presets &&
			    box_file_may_have(given->items[i].opt))
				box_file_line(given->items[i].opt->name, given->items[i].value,
					      out);
	if (!box->sources.has_command)
		return 0;
	plan_each (box->plan, struct plan_string, arg, box->plan->process.args) {
		box_file_line(word, plan_str(box->plan, arg->text), out);
		word = "arg";
	}
	return 0;
}
