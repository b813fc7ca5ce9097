/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion scripts: the choice of the shell, and what the scripts have in common.
 */
#include "base/opt_shell.h"

#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

struct shell {
	const char *name;
	void (*write)(const struct opt_script *script);
};

static const struct shell shells[] = {
	{ "bash", opt_bash },
	{ "zsh", opt_zsh },
	{ "fish", opt_fish },
};

void opt_script_add(const struct opt_script *script, const char *body)
{
	const char *mark;

	for (; (mark = strchr(body, '@')); body = mark) {
		buf_add(script->out, body, (size_t)(mark - body));
		if (!strncmp(mark, "@P@", 3)) {
			buf_adds(script->out, script->program);
			mark += 3;
		} else if (!strncmp(mark, "@F@", 3)) {
			buf_adds(script->out, script->prefix);
			mark += 3;
		} else {
			buf_addc(script->out, *mark++);
		}
	}
	buf_adds(script->out, body);
}

void opt_script_quote(struct buf *out, const char *text)
{
	buf_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *text);
	}
	buf_addc(out, '\'');
}

static bool ends_sentence(const char *at)
{
	return *at == '.' && (at[1] == '\0' || ((at[1] == ' ' || at[1] == '\n') && at[2] != '.'));
}

void opt_script_brief(struct buf *out, const char *help)
{
	if (!help)
		return;
	for (; *help && !ends_sentence(help); help++)
		buf_addc(out, *help == '\n' || *help == '\t' ? ' ' : *help);
}

bool opt_is_shown(const struct opt *opt)
{
	return !(opt->flags & OPT_HIDDEN);
}

bool opt_needs_value(const struct opt *opt)
{
	return opt->value && !(opt->flags & (OPT_OPTIONAL_VALUE | OPT_REST));
}

bool opt_takes_list(const struct opt *opt)
{
	return opt->value && strchr(opt->value, ',');
}

bool opt_runs_command(const struct opt_command *cmd)
{
	return cmd->operands && strstr(cmd->operands, "COMMAND");
}

static void add_identifier(struct buf *out, const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	buf_addc(out, '_');
	for (; *text; text++)
		buf_addc(out, strchr(allowed, *text) ? *text : '_');
}

static const struct shell *find_shell(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (!strcmp(shells[i].name, name))
			return &shells[i];
	return NULL;
}

static int refuse_shell(const char *name, struct cove_error *err)
{
	const char *names[ARRAY_LEN(shells)];

	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		names[i] = shells[i].name;

	const char *nearest = text_nearest(name, names, ARRAY_LEN(names));
	int r = err_usage(err, "unknown shell '%s'", name);

	if (nearest)
		err_hint(err, "did you mean '%s'?", nearest);
	else
		err_hint(err, "known are bash, zsh and fish");
	return r;
}

int opt_completion(const char *shell, const struct opt_program *program, struct buf *out,
		   struct cove_error *err)
{
	auto_(buf_done) struct buf prefix = { 0 };
	const struct shell *found = find_shell(shell);

	if (!found)
		return refuse_shell(shell, err);
	add_identifier(&prefix, program->name);

	struct opt_script script = {
		.program = program->name,
		.prefix = buf_str(&prefix),
		.commands = program->commands,
		.count = program->command_count,
		.out = out,
	};

	found->write(&script);
	if (prefix.failed || out->failed)
		return err_set(err, ENOMEM, NULL, NULL, "cannot write the completion script");
	return 0;
}
