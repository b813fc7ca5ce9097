/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The completion script for zsh: one function a command, which hands its table to _arguments. It
 * works as an autoloaded file and when it is sourced.
 */
#include "base/opt_shell.h"

#include "base/auto.h"

#include <string.h>

static const char body_end[] =
	"	case $state in\n"
	"	command)\n"
	"		_describe -t commands command menu && ret=0 ;;\n"
	"	argument)\n"
	"		curcontext=\"${curcontext%:*:*}:@P@-$words[1]:\"\n"
	"		(( $+functions[@F@_$words[1]] )) && @F@_$words[1] && ret=0 ;;\n"
	"	esac\n"
	"	return ret\n"
	"}\n"
	"\n"
	"if [[ $funcstack[1] == @F@ ]]; then\n"
	"	@F@ \"$@\"\n"
	"else\n"
	"	compdef @F@ @P@\n"
	"fi\n";

/* Adds `text` with a backslash in front of each character out of `special`. */
static void add_escaped(struct buf *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

static void add_action(struct buf *out, const struct opt *opt)
{
	/* With a blank in front, no options of _arguments come between a function and its own; the
	 * blank alone offers nothing and only shows the message. */
	static const char *const actions[] = {
		[OPT_COMPLETE_NONE] = " ",        [OPT_COMPLETE_FILE] = "_files",
		[OPT_COMPLETE_DIR] = "_files -/", [OPT_COMPLETE_COMMAND] = " _command_names -e",
		[OPT_COMPLETE_CHOICES] = " ",
	};

	if (!opt->choices) {
		buf_adds(out, actions[opt->complete]);
		return;
	}
	buf_adds(out, opt_takes_list(opt) ? "{_values -s , value " : "(");
	add_escaped(out, opt->choices, ":");
	buf_addc(out, opt_takes_list(opt) ? '}' : ')');
}

/* Adds the row of one spelling: "--name" or "-x". Every option may be repeated. */
static void add_spec(struct buf *out, const struct opt *opt, const char *spelling)
{
	auto_(buf_done) struct buf spec = { 0 };
	auto_(buf_done) struct buf brief = { 0 };
	bool is_long = spelling[1] == '-';
	bool optional = opt->flags & OPT_OPTIONAL_VALUE && is_long;

	opt_script_brief(&brief, opt->help);
	buf_addf(&spec, "*%s", spelling);
	if (opt_needs_value(opt))
		buf_addc(&spec, is_long ? '=' : '+');
	else if (optional)
		buf_adds(&spec, "=-");
	if (brief.len > 0) {
		buf_addc(&spec, '[');
		add_escaped(&spec, buf_str(&brief), "[]\\");
		buf_addc(&spec, ']');
	}
	if (opt_needs_value(opt) || optional) {
		buf_adds(&spec, opt_needs_value(opt) ? ":" : "::");
		add_escaped(&spec, opt->value, ":\\");
		buf_addc(&spec, ':');
		add_action(&spec, opt);
	}
	out->failed |= spec.failed || brief.failed;
	buf_adds(out, " \\\n\t\t");
	opt_script_quote(out, buf_str(&spec));
}

static void add_specs(struct buf *out, const struct opt_command *cmd)
{
	for (size_t i = 0; i < cmd->opt_count; i++) {
		auto_(buf_done) struct buf name = { 0 };
		const struct opt *opt = &cmd->opts[i];

		if (!opt_is_shown(opt))
			continue;
		if (opt->letter)
			add_spec(out, opt, (char[]){ '-', opt->letter, '\0' });
		buf_addf(&name, "--%s", opt->name);
		out->failed |= name.failed;
		add_spec(out, opt, buf_str(&name));
	}
}

static void add_command_function(const struct opt_script *script, const struct opt_command *cmd)
{
	opt_script_add(script, "@F@_");
	buf_addf(script->out, "%s()\n{\n\t_arguments -s -S -A '-*' :", cmd->name);
	add_specs(script->out, cmd);
	if (opt_runs_command(cmd))
		buf_adds(script->out, " \\\n\t\t'(-):command: _command_names -e'"
				      " \\\n\t\t'*::argument:_normal'");
	else if (cmd->operands)
		buf_adds(script->out, " \\\n\t\t'*:operand:_files'");
	buf_adds(script->out, "\n}\n\n");
}

static void add_menu(const struct opt_script *script)
{
	buf_adds(script->out, "\tmenu=(\n");
	for (size_t i = 0; i < script->count; i++) {
		auto_(buf_done) struct buf entry = { 0 };
		const struct opt_command *cmd = script->commands[i];

		if (!*cmd->name)
			continue;
		buf_addf(&entry, "%s:", cmd->name);
		opt_script_brief(&entry, cmd->summary);
		script->out->failed |= entry.failed;
		buf_adds(script->out, "\t\t");
		opt_script_quote(script->out, buf_str(&entry));
		buf_addc(script->out, '\n');
	}
	buf_adds(script->out, "\t)\n");
}

void opt_zsh(const struct opt_script *script)
{
	opt_script_add(script, "#compdef @P@\n# zsh completion, made from the option tables\n\n");
	for (size_t i = 0; i < script->count; i++)
		if (*script->commands[i]->name)
			add_command_function(script, script->commands[i]);
	opt_script_add(script, "@F@()\n{\n"
			       "\tlocal curcontext=$curcontext state line ret=1\n"
			       "\tlocal -a menu\n"
			       "\ttypeset -A opt_args\n");
	add_menu(script);
	buf_adds(script->out, "\t_arguments -C -s -S -A '-*' :");
	for (size_t i = 0; i < script->count; i++)
		if (!*script->commands[i]->name)
			add_specs(script->out, script->commands[i]);
	buf_adds(script->out, " \\\n\t\t'1:command:->command' '*::argument:->argument' && ret=0\n");
	opt_script_add(script, body_end);
}
