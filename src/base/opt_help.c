/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Option tables as text for people: --help and the manual's OPTIONS section.
 */
#include "base/opt.h"

#include "base/auto.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

enum {
	WIDTH = 80,
	HELP_COLUMN = 28, /* where the sentences begin */
};

static const char *group_of(const struct opt *opt)
{
	return opt->group ? opt->group : "Options";
}

static bool in_group(const struct opt *opt, const char *group)
{
	return !(opt->flags & OPT_HIDDEN) && !strcmp(group_of(opt), group);
}

/* Whether the row is the first shown one of its group, where the heading belongs. */
static bool begins_group(const struct opt_command *cmd, size_t row)
{
	const char *group = group_of(&cmd->opts[row]);

	if (cmd->opts[row].flags & OPT_HIDDEN)
		return false;
	for (size_t i = 0; i < row; i++)
		if (in_group(&cmd->opts[i], group))
			return false;
	return true;
}

static void pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_addc(out, ' ');
}

/* Columns on the terminal: every byte that does not continue a UTF-8 character. */
static size_t columns(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* Adds words, with line breaks before the right edge; the cursor stands at `column`, and further
 * lines begin at `indent`. */
static void add_wrapped(struct buf *out, const char *text, size_t column, size_t indent)
{
	bool at_start = true;

	while (*(text += strspn(text, " \n"))) {
		size_t len = strcspn(text, " \n");
		size_t width = columns(text, len);

		if (!at_start && column + 1 + width > WIDTH) {
			buf_addc(out, '\n');
			pad(out, indent);
			column = indent;
		} else if (!at_start) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, text, len);
		text += len;
		column += width;
		at_start = false;
	}
	buf_addc(out, '\n');
}

static void add_option_head(struct buf *out, const struct opt *opt)
{
	if (opt->letter)
		buf_addf(out, "  -%c, --%s", opt->letter, opt->name);
	else
		buf_addf(out, "      --%s", opt->name);
	if (!opt->value)
		return;
	if (opt->flags & OPT_OPTIONAL_VALUE)
		buf_addf(out, "[=%s]", opt->value);
	else
		buf_addf(out, " %s", opt->value);
}

static void add_option(struct buf *out, const struct opt *opt)
{
	auto_(buf_done) struct buf head = { 0 };

	add_option_head(&head, opt);
	buf_adds(out, buf_str(&head));
	if (!opt->help) {
		buf_addc(out, '\n');
		return;
	}

	size_t column = columns(buf_str(&head), head.len);

	if (column + 2 > HELP_COLUMN) {
		buf_addc(out, '\n');
		column = 0;
	}
	pad(out, HELP_COLUMN - column);
	add_wrapped(out, opt->help, HELP_COLUMN, HELP_COLUMN);
}

static void add_options(struct buf *out, const struct opt_command *cmd)
{
	for (size_t i = 0; i < cmd->opt_count; i++) {
		const char *group = group_of(&cmd->opts[i]);

		if (!begins_group(cmd, i))
			continue;
		buf_addf(out, "\n%s:\n", group);
		for (size_t j = i; j < cmd->opt_count; j++)
			if (in_group(&cmd->opts[j], group))
				add_option(out, &cmd->opts[j]);
	}
}

static bool is_kept(const char *line)
{
	return line[0] == ' ' || line[0] == '\t';
}

/* Adds the plain lines up to an empty or kept one as a wrapped paragraph. Returns what follows. */
static const char *add_paragraph(struct buf *out, const char *text)
{
	auto_(buf_done) struct buf words = { 0 };

	while (*text && *text != '\n' && !is_kept(text)) {
		size_t len = strcspn(text, "\n");

		buf_add(&words, text, len);
		buf_addc(&words, ' ');
		text += len;
		text += *text == '\n';
	}
	add_wrapped(out, buf_str(&words), 0, 0);
	return text;
}

static void add_details(struct buf *out, const char *text)
{
	buf_addc(out, '\n');
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > 0 && !is_kept(text)) {
			text = add_paragraph(out, text);
			continue;
		}
		buf_add(out, text, len);
		buf_addc(out, '\n');
		text += len;
		text += *text == '\n';
	}
}

static void add_examples(struct buf *out, const struct opt_command *cmd)
{
	if (cmd->example_count > 0)
		buf_adds(out, "\nExamples:\n");
	for (size_t i = 0; i < cmd->example_count; i++) {
		const char *comment = cmd->examples[2 * i];

		if (i > 0)
			buf_addc(out, '\n');
		if (comment && *comment) {
			buf_adds(out, "  # ");
			add_wrapped(out, comment, 4, 4);
		}
		buf_addf(out, "  %s\n", cmd->examples[2 * i + 1]);
	}
}

static void add_usage(struct buf *out, const struct opt_command *cmd)
{
	auto_(buf_done) struct buf words = { 0 };

	buf_adds(&words, "cove");
	if (*cmd->name)
		buf_addf(&words, " %s", cmd->name);
	if (cmd->opt_count > 0)
		buf_adds(&words, " [OPTION...]");
	if (cmd->operands)
		buf_addf(&words, " %s", cmd->operands);
	buf_adds(out, "Usage: ");
	add_wrapped(out, buf_str(&words), strlen("Usage: "), strlen("Usage: "));
}

void opt_help(const struct opt_command *cmd, struct buf *out)
{
	add_usage(out, cmd);
	if (cmd->summary) {
		buf_addc(out, '\n');
		add_wrapped(out, cmd->summary, 0, 0);
	}
	add_options(out, cmd);
	if (cmd->details)
		add_details(out, cmd->details);
	add_examples(out, cmd);
}

/* In scdoc a backslash makes any character plain. A line's first character may be the mark of a
 * list, a table or a heading. */
static void add_scdoc(struct buf *out, const char *text)
{
	static const char special[] = "\\*_`+<#-.[]|~;:!";

	for (; *text; text++) {
		if (strchr(special, *text))
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

/* As add_scdoc, but all on one line. */
static void add_scdoc_line(struct buf *out, const char *text)
{
	auto_(buf_done) struct buf line = { 0 };
	bool at_start = true;

	while (*(text += strspn(text, " \t\n"))) {
		size_t len = strcspn(text, " \t\n");

		if (!at_start)
			buf_addc(&line, ' ');
		buf_add(&line, text, len);
		text += len;
		at_start = false;
	}
	add_scdoc(out, buf_str(&line));
}

static void add_scdoc_option(struct buf *out, const struct opt *opt)
{
	bool optional = opt->flags & OPT_OPTIONAL_VALUE;

	buf_addc(out, '\n');
	if (opt->letter) {
		buf_adds(out, "*\\-");
		add_scdoc(out, (char[]){ opt->letter, '\0' });
		buf_adds(out, "*, ");
	}
	buf_adds(out, "*\\-\\-");
	add_scdoc(out, opt->name);
	buf_addc(out, '*');
	if (opt->value) {
		buf_adds(out, optional ? "\\[=_" : " _");
		add_scdoc(out, opt->value);
		buf_adds(out, optional ? "_\\]" : "_");
	}
	buf_addc(out, '\n');
	if (!opt->help)
		return;
	buf_addc(out, '\t');
	add_scdoc_line(out, opt->help);
	buf_addc(out, '\n');
}

void opt_manual(const struct opt_command *cmd, struct buf *out)
{
	buf_adds(out, "# OPTIONS\n");
	for (size_t i = 0; i < cmd->opt_count; i++) {
		const char *group = group_of(&cmd->opts[i]);

		if (!begins_group(cmd, i))
			continue;
		buf_adds(out, "\n## ");
		/* A heading is taken as it is. */
		buf_adds(out, group);
		buf_addc(out, '\n');
		for (size_t j = i; j < cmd->opt_count; j++)
			if (in_group(&cmd->opts[j], group))
				add_scdoc_option(out, &cmd->opts[j]);
	}
}

static void add_scdoc_call(struct buf *out, const struct opt_command *cmd)
{
	buf_addf(out, "\n*cove %s*%s", cmd->name, cmd->opt_count ? " \\[_OPTION_\\.\\.\\.\\]" : "");
	if (cmd->operands && cmd->operands[0]) {
		buf_addc(out, ' ');
		add_scdoc(out, cmd->operands);
	}
	buf_adds(out, "\n\n");
	add_scdoc_line(out, cmd->summary);
	if (cmd->details) {
		buf_addc(out, ' ');
		add_scdoc_line(out, cmd->details);
	}
	buf_addc(out, '\n');
}

void opt_manual_part(const struct opt_command *cmd, const char *heading, struct buf *out)
{
	buf_addf(out, "\n## %s\n", heading);
	if (cmd->name[0])
		add_scdoc_call(out, cmd);
	for (size_t i = 0; i < cmd->opt_count; i++)
		if (!(cmd->opts[i].flags & OPT_HIDDEN))
			add_scdoc_option(out, &cmd->opts[i]);
}
