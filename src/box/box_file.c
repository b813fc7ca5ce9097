/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Box files: one option a line, "name = value" or "name". The format is described in
 * docs/box-file.md. Nothing in it is optional or guessed: what is not understood is refused with
 * its line.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"
#include "box/options.h"
#include "box/setting.h"
#include "plan/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 256
#define BLANKS " \t"

/* One walk over a text. */
struct reader {
	const char *name;
	unsigned line;
	struct box_settings *list;
	struct cove_error *err;
};

static int apply_command(void *context, const struct opt *opt, const char *value,
			 struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	if (value[0] == '\0')
		return err_usage(err, "the command is empty");
	box->plan->process.args = (struct plan_list){ 0 };
	plan_append_text(box->plan, &box->plan->process.args, value);
	return 0;
}

static int apply_arg(void *context, const struct opt *opt, const char *value,
		     struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	if (!box->plan->process.args.count) {
		err_usage(err, "an argument without a command");
		err_hint(err, "write 'command = PROGRAM' before the first 'arg'");
		return -EINVAL;
	}
	plan_append_text(box->plan, &box->plan->process.args, value);
	return 0;
}

const struct opt box_file_words[2] = {
	{ .name = "command", .value = "PROGRAM", .apply = apply_command },
	{ .name = "arg", .value = "TEXT", .apply = apply_arg },
};

int box_settings_add(struct box_settings *list, const struct box_setting *item,
		     struct cove_error *err)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 32;
		struct box_setting *items = realloc(list->items, room * sizeof(*items));

		if (!items)
			return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
		list->items = items;
		list->room = room;
	}
	list->items[list->count++] = *item;
	return 0;
}

void box_settings_done(struct box_settings *list)
{
	free(list->items);
	*list = (struct box_settings){ 0 };
}

/* ---- reading ---- */

#define refuse(reader, format, ...)                                                                \
	err_usage((reader)->err, "%s:%u: " format, (reader)->name, (reader)->line, __VA_ARGS__)

bool box_file_may_have(const struct opt *opt)
{
	return !(opt->flags & OPT_HIDDEN) && opt->apply != box_file_config &&
	       !(opt->group && strcmp(opt->group, "What happens") == 0);
}

static int unknown_name(const struct reader *reader, const char *name)
{
	const char *names[NAMES_MAX];
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(box_file_words); i++)
		names[n++] = box_file_words[i].name;
	for (size_t i = 0; i < box_command.opt_count && n < NAMES_MAX; i++)
		if (box_file_may_have(&box_command.opts[i]))
			names[n++] = box_command.opts[i].name;
	near = text_nearest(name, names, n);
	refuse(reader, "unknown option '%s'", name);
	if (near)
		err_hint(reader->err, "did you mean '%s'?", near);
	else
		err_hint(reader->err, "the names are those of 'cove box --help', without dashes");
	return -EINVAL;
}

static int find_name(const struct reader *reader, const char *name, const struct opt **ret_opt)
{
	const struct opt *opt = opt_find(&box_command, name);

	for (size_t i = 0; i < ARRAY_LEN(box_file_words); i++)
		if (strcmp(box_file_words[i].name, name) == 0)
			opt = &box_file_words[i];
	if (!opt || opt->flags & OPT_HIDDEN)
		return unknown_name(reader, name);
	if (opt->apply == box_file_config) {
		refuse(reader, "a box file cannot name another one: '%s'", name);
		err_hint(reader->err, "give both on the command line; the later one wins");
		return -EINVAL;
	}
	if (!box_file_may_have(opt)) {
		refuse(reader, "'%s' belongs on the command line", name);
		err_hint(reader->err, "a box file says what a box is, not what to do with it");
		return -EINVAL;
	}
	*ret_opt = opt;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* One escape behind its backslash, which *at leaves behind. -EINVAL: there is none such. */
static int read_escape(const char **at)
{
	static const char letters[] = "\\\"ntr";
	static const char meant[] = "\\\"\n\t\r";
	const char *found = **at ? strchr(letters, **at) : NULL;
	int high, low;

	if (found) {
		(*at)++;
		return (unsigned char)meant[found - letters];
	}
	if (**at != 'x' || (high = hex_digit((*at)[1])) < 0 || (low = hex_digit((*at)[2])) < 0 ||
	    high + low == 0)
		return -EINVAL;
	*at += 3;
	return high * 16 + low;
}

/* Takes the quotes off in place. */
static int unquote(const struct reader *reader, char *value)
{
	const char *from = value + 1;
	char *to = value;

	while (*from && *from != '"') {
		int c = *from++;

		if (c == '\\') {
			const char *escape = from - 1;

			c = read_escape(&from);
			if (c < 0) {
				refuse(reader, "unknown escape '%.2s'", escape);
				err_hint(reader->err, "it is one of \\\\ \\\" \\n \\t \\r \\xHH");
				return -EINVAL;
			}
		}
		*to++ = (char)c;
	}
	if (*from == '\0')
		return refuse(reader, "the quote is not closed%s", "");
	if (from[1] != '\0')
		return refuse(reader, "'%s' stands behind the closing quote", from + 1);
	*to = '\0';
	return 0;
}

static void trim_end(char *text, size_t len)
{
	while (len > 0 && strchr(BLANKS, text[len - 1]))
		len--;
	text[len] = '\0';
}

/* Cuts "name = value" in place. *ret_value is NULL without a '='. */
static int cut_line(const struct reader *reader, char *line, char **ret_value)
{
	size_t len = strcspn(line, BLANKS "=");
	char *rest = line + len + strspn(line + len, BLANKS);
	char *value = *rest == '=' ? rest + 1 : NULL;

	if (line[0] == '-') {
		refuse(reader, "'%.*s' begins with a dash", (int)(len < 60 ? len : 60), line);
		line[len < 60 ? len : 60] = '\0';
		err_hint(reader->err, "names are written without dashes: '%s'",
			 line + strspn(line, "-"));
		return -EINVAL;
	}
	if (len == 0 || (!value && *rest)) {
		refuse(reader, "'%.60s' is neither 'name' nor 'name = value'", line);
		err_hint(reader->err, "such as 'net = host', or 'root'");
		return -EINVAL;
	}
	line[len] = '\0';
	if (value) {
		value += strspn(value, BLANKS);
		*ret_value = value;
		return value[0] == '"' ? unquote(reader, value) : 0;
	}
	*ret_value = NULL;
	return 0;
}

static int parse_line(const struct reader *reader, char *line)
{
	struct box_setting setting = { .file = reader->name, .line = reader->line };
	char *value = NULL;
	int r = cut_line(reader, line, &value);

	if (r == 0)
		r = find_name(reader, line, &setting.opt);
	if (r < 0)
		return r;
	if (value && !setting.opt->value) {
		refuse(reader, "option '%s' takes no value", line);
		err_hint(reader->err, "write '%s' alone", line);
		return -EINVAL;
	}
	if (!value && setting.opt->value && !(setting.opt->flags & OPT_OPTIONAL_VALUE)) {
		refuse(reader, "missing value for option '%s'", line);
		err_hint(reader->err, "write '%s = %s'", line, setting.opt->value);
		return -EINVAL;
	}
	setting.value = value;
	return box_settings_add(reader->list, &setting, reader->err);
}

/* A line without its newline; `line[len]` may be written. */
static int read_line(const struct reader *reader, char *line, size_t len)
{
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len > BOX_FILE_LINE_MAX)
		return refuse(reader, "the line is longer than %d bytes", BOX_FILE_LINE_MAX);
	if (memchr(line, '\0', len))
		return refuse(reader, "a NUL byte%s", "");
	trim_end(line, len);
	line += strspn(line, BLANKS);
	return line[0] == '\0' || line[0] == '#' ? 0 : parse_line(reader, line);
}

int box_file_parse(const char *name, char *text, size_t len, struct box_settings *ret_list,
		   struct cove_error *err)
{
	struct reader reader = { .name = name, .list = ret_list, .err = err };
	char *const end = text + len;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		char *newline = memchr(text, '\n', (size_t)(end - text));
		char *stop = newline ? newline : end;
		int r;

		reader.line++;
		r = read_line(&reader, text, (size_t)(stop - text));
		if (r < 0)
			return r;
		text = stop + 1;
	}
	return 0;
}

/* ---- writing ---- */

static bool needs_quotes(const char *value)
{
	size_t len = strlen(value);

	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return true;
	return len == 0 || strchr(BLANKS "\"", value[0]) || strchr(BLANKS, value[len - 1]);
}

static void add_quoted(const char *value, struct buf *out)
{
	buf_addc(out, '"');
	for (; *value; value++) {
		if (*value == '\n')
			buf_adds(out, "\\n");
		else if ((unsigned char)*value < 0x20 || *value == 0x7f)
			buf_addf(out, "\\x%02x", (unsigned char)*value);
		else if (*value == '"' || *value == '\\')
			buf_addf(out, "\\%c", *value);
		else
			buf_addc(out, *value);
	}
	buf_addc(out, '"');
}

void box_file_line(const char *name, const char *value, struct buf *out)
{
	buf_adds(out, name);
	if (value)
		buf_adds(out, " = ");
	if (value && needs_quotes(value))
		add_quoted(value, out);
	else if (value)
		buf_adds(out, value);
	buf_addc(out, '\n');
}
