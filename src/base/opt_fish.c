/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The completion script for fish 3 or newer: two tables, and one `complete` line an option.
 */
#include "base/opt_shell.h"

static const char body[] =
	"# Whether an option of a command takes the next word as its value.\n"
	"function _@F@_takes_next\n"
	"	if string match -q -- '--*' $argv[2]\n"
	"		_@F@_has_value $argv\n"
	"		return\n"
	"	end\n"
	"	set -l letters (string split '' -- (string sub -s 2 -- $argv[2]))\n"
	"	for i in (seq (count $letters))\n"
	"		if _@F@_has_value $argv[1] -$letters[$i]\n"
	"			test $i -eq (count $letters)\n"
	"			return\n"
	"		end\n"
	"	end\n"
	"	return 1\n"
	"end\n"
	"\n"
	"# Prints the command, and the words from the first operand on, of the line so far.\n"
	"function _@F@_walk\n"
	"	set -l words (commandline -opc)\n"
	"	set -e words[1]\n"
	"	set -l name ''\n"
	"	while set -q words[1]\n"
	"		set -l word $words[1]\n"
	"		switch $word\n"
	"		case '-'\n"
	"			break\n"
	"		case '--'\n"
	"			set words[1] ''\n"
	"			break\n"
	"		case '--*=*'\n"
	"		case '-*'\n"
	"			_@F@_takes_next \"$name\" $word\n"
	"			and set -e words[1]\n"
	"		case '*'\n"
	"			test -n \"$name\"\n"
	"			or not contains -- $word $_@F@_commands\n"
	"			and break\n"
	"			set name $word\n"
	"		end\n"
	"		set -e words[1]\n"
	"	end\n"
	"	string join \\n -- \"$name\" $words\n"
	"end\n"
	"\n"
	"# Whether the line is at a command's options: no operand was given yet.\n"
	"function _@F@_at_options\n"
	"	set -l found (_@F@_walk)\n"
	"	test (count $found) -le 1 -a \"$found[1]\" = \"$argv[1]\"\n"
	"end\n"
	"\n"
	"# Whether the line is within a command.\n"
	"function _@F@_within\n"
	"	set -l found (_@F@_walk)\n"
	"	test \"$found[1]\" = \"$argv[1]\"\n"
	"end\n"
	"\n"
	"# Completes the operands as a command line of their own.\n"
	"function _@F@_command_line\n"
	"	set -l words (_@F@_walk)\n"
	"	set -e words[1]\n"
	"	not set -q words[1]\n"
	"	and string match -q -- '-*' (commandline -ct)\n"
	"	and return\n"
	"	test \"$words[1]\" = ''\n"
	"	and set -e words[1]\n"
	"	set -l line (string join ' ' -- (string escape -- $words) (commandline -ct))\n"
	"	complete --do-complete=\"$line\"\n"
	"end\n"
	"\n"
	"# Prints each word with the finished part of a list in front.\n"
	"function _@F@_list\n"
	"	set -l front (string match -r -- '^(?:-.*=)?(.*,)?' (commandline -ct))[2]\n"
	"	printf '%s\\n' \"$front\"$argv\n"
	"end\n"
	"\n"
	"complete -c @P@ -e\n"
	"complete -c @P@ -f\n";

/* Adds `text` in single quotes, by fish's rule. */
static void quote(struct buf *out, const char *text)
{
	buf_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
	buf_addc(out, '\'');
}

static void add_brief(struct buf *out, const char *text)
{
	struct buf brief = { 0 };

	opt_script_brief(&brief, text);
	if (brief.len > 0) {
		buf_adds(out, " -d ");
		quote(out, buf_str(&brief));
	}
	out->failed |= brief.failed;
	buf_done(&brief);
}

static void add_command_names(const struct opt_script *script)
{
	opt_script_add(script, "set -g _@F@_commands");
	for (size_t i = 0; i < script->count; i++)
		if (*script->commands[i]->name)
			buf_addf(script->out, " %s", script->commands[i]->name);
	buf_adds(script->out, "\n\n");
}

/* NAME_has_value COMMAND OPTION: succeeds for an option that needs a value. */
static void add_value_function(const struct opt_script *script)
{
	opt_script_add(script, "function _@F@_has_value\n\tswitch \"$argv[1] $argv[2]\"\n");
	for (size_t i = 0; i < script->count; i++) {
		const struct opt_command *cmd = script->commands[i];

		for (size_t j = 0; j < cmd->opt_count; j++) {
			const struct opt *opt = &cmd->opts[j];

			if (!opt_needs_value(opt))
				continue;
			buf_addf(script->out, "\tcase '%s --%s'", cmd->name, opt->name);
			if (opt->letter)
				buf_addf(script->out, " '%s -%c'", cmd->name, opt->letter);
			buf_adds(script->out, "\n\t\treturn 0\n");
		}
	}
	buf_adds(script->out, "\tend\n\treturn 1\nend\n\n");
}

static void add_values(const struct opt_script *script, const struct opt *opt)
{
	static const char *const sources[] = {
		[OPT_COMPLETE_NONE] = " -f",
		[OPT_COMPLETE_FILE] = " -F",
		[OPT_COMPLETE_DIR] = " -f -a '(__fish_complete_directories)'",
		[OPT_COMPLETE_COMMAND] = " -f -a '(__fish_complete_command)'",
		[OPT_COMPLETE_CHOICES] = " -f",
	};

	if (opt_needs_value(opt))
		buf_adds(script->out, " -r");
	if (!opt->choices) {
		buf_adds(script->out, sources[opt->complete]);
		return;
	}
	buf_adds(script->out, " -f -a ");
	if (opt_takes_list(opt))
		opt_script_add(script, "'(_@F@_list ");
	else
		buf_addc(script->out, '\'');
	buf_adds(script->out, opt->choices);
	buf_adds(script->out, opt_takes_list(opt) ? ")'" : "'");
}

static void add_option(const struct opt_script *script, const struct opt_command *cmd,
		       const struct opt *opt)
{
	opt_script_add(script, "complete -c @P@ -n '_@F@_at_options ");
	buf_addf(script->out, "\"%s\"' -l %s", cmd->name, opt->name);
	if (opt->letter)
		buf_addf(script->out, " -s %c", opt->letter);
	if (opt->value)
		add_values(script, opt);
	add_brief(script->out, opt->help);
	buf_addc(script->out, '\n');
}

static void add_command(const struct opt_script *script, const struct opt_command *cmd)
{
	if (*cmd->name) {
		opt_script_add(script, "complete -c @P@ -n '_@F@_at_options \"\"' -a ");
		buf_adds(script->out, cmd->name);
		add_brief(script->out, cmd->summary);
		buf_addc(script->out, '\n');
	}
	for (size_t i = 0; i < cmd->opt_count; i++)
		if (opt_is_shown(&cmd->opts[i]))
			add_option(script, cmd, &cmd->opts[i]);
	if (!*cmd->name || !cmd->operands)
		return;
	opt_script_add(script, "complete -c @P@ -n '_@F@_within ");
	buf_addf(script->out, "\"%s\"'", cmd->name);
	if (opt_runs_command(cmd))
		opt_script_add(script, " -a '(_@F@_command_line)'\n");
	else
		buf_adds(script->out, " -F\n");
}

void opt_fish(const struct opt_script *script)
{
	opt_script_add(script, "# fish completion for @P@, made from its option tables\n\n");
	add_command_names(script);
	add_value_function(script);
	opt_script_add(script, body);
	for (size_t i = 0; i < script->count; i++)
		add_command(script, script->commands[i]);
}
