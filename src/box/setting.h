/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options with their values, wherever they come from: the command line, a box file, a preset.
 */
#ifndef BOX_SETTING_H
#define BOX_SETTING_H

#include "base/opt.h"
#include "box/box.h"

struct box_setting {
	const struct opt *opt;
	const char *value;  /* NULL: none; borrowed, as the rest */
	const char *preset; /* the preset that it belongs to, or NULL */
	const char *file;   /* the box file that it, or its preset, stands in, or NULL */
	unsigned line;
};

/* In the order in which they were given. A zeroed struct is an empty list. */
struct box_settings {
	struct box_setting *items;
	size_t count, room;
};

/* -ENOMEM. */
int box_settings_add(struct box_settings *list, const struct box_setting *item,
		     struct cove_error *err);
void box_settings_done(struct box_settings *list);

/* A box file that was read. */
struct box_file {
	struct box_file *next;
	char *text;                   /* owned; what the settings borrow from */
	struct box_settings settings;
};

#define BOX_FILE_LINE_MAX 65536
#define BOX_FILE_MAX ((size_t)1 << 20)

/* Reads the text of a box file, `len` bytes and a NUL, into settings. The text is changed: values
 * lose their quotes in place. `name` is for messages. -EINVAL: "NAME:LINE: ...", -ENOMEM. */
int box_file_parse(const char *name, char *text, size_t len, struct box_settings *ret_list,
		   struct cove_error *err);
/* Appends one line of a box file, which parses to the same value. */
void box_file_line(const char *name, const char *value, struct buf *out);

/* Whether the option says what a box is, and so may stand in a box file; not what cove is to do
 * with it, nor where more options are. */
bool box_file_may_have(const struct opt *opt);
/* Words of a box file that are no options: the command and its arguments. */
extern const struct opt box_file_words[2];

/* Applies the options of `cove box`'s arguments with the presets and box files that they name, each
 * in its layer. Returns the index of the command (argc: none is given), or a negative errno. */
int box_sources_apply(struct box *box, int argc, char *const *argv, struct cove_error *err);
void box_sources_done(struct box *box);

/* Appends the settings of a preset to the list, as asked for by `from`. Unknown: -EINVAL with the
 * nearest name. */
int box_preset_add(const char *name, const struct box_setting *from, struct box_settings *list,
		   struct cove_error *err);

#endif
