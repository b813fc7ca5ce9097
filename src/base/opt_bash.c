/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The completion script for bash 4.3 or newer. It does not need the package bash-completion, but
 * leaves the arguments of other commands to it when it is there.
 *
 * Bash cuts words at COMP_WORDBREAKS, so "--net=ho" arrives as three; they are joined again first,
 * and what stands before the last cut is taken off the answers.
 */
#include "base/opt_shell.h"

#include "base/auto.h"

static const char body[] =
	"# Joins what bash cut: words[], and in at[] where each began in COMP_WORDS.\n"
	"@F@_join()\n"
	"{\n"
	"	local i word rest=$COMP_LINE\n"
	"	words=() at=()\n"
	"	for ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		if ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then\n"
	"			words+=(\"$word\") at+=(\"$i\")\n"
	"		else\n"
	"			words[-1]+=$word\n"
	"		fi\n"
	"		rest=${rest#\"${rest%%[![:blank:]]*}\"}\n"
	"		rest=${rest#\"$word\"}\n"
	"	done\n"
	"}\n"
	"\n"
	"# Walks over the words before the last: finds the command, the first operand's index,\n"
	"# and the kind of the value that the last word is, if it is one.\n"
	"@F@_walk()\n"
	"{\n"
	"	local i last=$((${#words[@]} - 1)) letters\n"
	"	for ((i = 1; i < last; i++)); do\n"
	"		kind=\n"
	"		case ${words[i]} in\n"
	"		--) ((first = i + 1)); return ;;\n"
	"		--*=*) ;;\n"
	"		--*) @F@_kind \"$name\" \"${words[i]}\" ;;\n"
	"		-?*)\n"
	"			letters=${words[i]#-}\n"
	"			while [[ $letters && ! $kind ]]; do\n"
	"				@F@_kind \"$name\" \"-${letters:0:1}\"\n"
	"				letters=${letters:1}\n"
	"			done\n"
	"			[[ $letters ]] && kind= ;;\n"
	"		*)\n"
	"			if [[ $name ]] || ! @F@_options \"${words[i]}\"; then\n"
	"				first=$i\n"
	"				return\n"
	"			fi\n"
	"			name=${words[i]} ;;\n"
	"		esac\n"
	"		[[ $kind ]] && ((i++))\n"
	"	done\n"
	"	((i > last)) || kind=\n"
	"}\n"
	"\n"
	"# Answers with values of a kind that begin with $2, each with $3 in front.\n"
	"@F@_values()\n"
	"{\n"
	"	local i front=$3 value=$2\n"
	"	case $1 in\n"
	"	file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$value\") ;;\n"
	"	dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$value\") ;;\n"
	"	command) mapfile -t COMPREPLY < <(compgen -c -- \"$value\") ;;\n"
	"	list:*)\n"
	"		[[ $value == *,* ]] && front+=${value%,*},\n"
	"		mapfile -t COMPREPLY < <(compgen -W \"${1#*:}\" -- \"${value##*,}\") ;;\n"
	"	words:*) mapfile -t COMPREPLY < <(compgen -W \"${1#*:}\" -- \"$value\") ;;\n"
	"	esac\n"
	"	for i in \"${!COMPREPLY[@]}\"; do\n"
	"		COMPREPLY[i]=$front${COMPREPLY[i]}\n"
	"	done\n"
	"}\n"
	"\n"
	"# Answers for an operand: a command's own completion, or files.\n"
	"@F@_operand()\n"
	"{\n"
	"	local index=${first:-$((${#words[@]} - 1))}\n"
	"	if ! @F@_runs \"$name\"; then\n"
	"		@F@_values file \"$1\"\n"
	"	elif declare -F _command_offset >/dev/null; then\n"
	"		_command_offset \"${at[index]}\"\n"
	"	elif ((index == ${#words[@]} - 1)); then\n"
	"		@F@_values command \"$1\"\n"
	"	else\n"
	"		@F@_values file \"$1\"\n"
	"	fi\n"
	"}\n"
	"\n"
	"@F@()\n"
	"{\n"
	"	local words at name= first= kind= options= commands= cut last\n"
	"	local raw=${COMP_WORDS[COMP_CWORD]}\n"
	"	COMPREPLY=()\n"
	"	@F@_join\n"
	"	@F@_walk\n"
	"	last=${words[-1]}\n"
	"	@F@_options \"$name\"\n"
	"	if [[ $kind ]]; then\n"
	"		@F@_values \"$kind\" \"$last\"\n"
	"	elif [[ $first ]]; then\n"
	"		@F@_operand \"$last\"\n"
	"		return\n"
	"	elif [[ $last == --*=* ]]; then\n"
	"		@F@_kind \"$name\" \"${last%%=*}=\"\n"
	"		@F@_values \"$kind\" \"${last#*=}\" \"${last%%=*}=\"\n"
	"	elif [[ $last == -* ]]; then\n"
	"		mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$last\")\n"
	"	elif [[ ! $name ]]; then\n"
	"		mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$last\")\n"
	"	else\n"
	"		@F@_operand \"$last\"\n"
	"		return\n"
	"	fi\n"
	"	cut=${last%\"$raw\"}\n"
	"	[[ $raw == [=:] && $COMP_WORDBREAKS == *\"$raw\"* ]] && cut=$last\n"
	"	[[ $cut ]] && COMPREPLY=(\"${COMPREPLY[@]#\"$cut\"}\")\n"
	"	return 0\n"
	"}\n"
	"\n"
	"complete -F @F@ @P@\n";

static void add_option_names(const struct opt_script *script, const struct opt_command *cmd)
{
	for (size_t i = 0; i < cmd->opt_count; i++) {
		const struct opt *opt = &cmd->opts[i];

		if (!opt_is_shown(opt))
			continue;
		buf_addf(script->out, " --%s", opt->name);
		if (opt->letter)
			buf_addf(script->out, " -%c", opt->letter);
	}
}

/* NAME_options COMMAND: sets `options` and `commands`, fails for an unknown command. */
static void add_options_function(const struct opt_script *script)
{
	opt_script_add(script, "@F@_options()\n{\n\tcommands='");
	for (size_t i = 0; i < script->count; i++)
		if (*script->commands[i]->name)
			buf_addf(script->out, " %s", script->commands[i]->name);
	buf_adds(script->out, "'\n\tcase $1 in\n");
	for (size_t i = 0; i < script->count; i++) {
		const struct opt_command *cmd = script->commands[i];

		buf_adds(script->out, "\t");
		opt_script_quote(script->out, cmd->name);
		buf_adds(script->out, ") options='");
		add_option_names(script, cmd);
		buf_adds(script->out, "' ;;\n");
	}
	buf_adds(script->out, "\t*) options=; return 1 ;;\n\tesac\n}\n\n");
}

static void add_kind(struct buf *out, const struct opt *opt)
{
	static const char *const kinds[] = {
		[OPT_COMPLETE_NONE] = "any",    [OPT_COMPLETE_FILE] = "file",
		[OPT_COMPLETE_DIR] = "dir",     [OPT_COMPLETE_COMMAND] = "command",
		[OPT_COMPLETE_CHOICES] = "any",
	};
	auto_(buf_done) struct buf kind = { 0 };

	if (opt->choices) {
		buf_adds(&kind, opt_takes_list(opt) ? "list:" : "words:");
		buf_adds(&kind, opt->choices);
	} else {
		buf_adds(&kind, kinds[opt->complete]);
	}
	out->failed |= kind.failed;
	buf_adds(out, " kind=");
	opt_script_quote(out, buf_str(&kind));
	buf_adds(out, " ;;\n");
}

/* The patterns that select an option: with '=' for the value in the same word, without it when a
 * value must follow. */
static void add_patterns(struct buf *out, const char *command, const struct opt *opt)
{
	buf_addf(out, "\t'%s --%s='", command, opt->name);
	if (opt_needs_value(opt))
		buf_addf(out, " | '%s --%s'", command, opt->name);
	if (opt_needs_value(opt) && opt->letter)
		buf_addf(out, " | '%s -%c'", command, opt->letter);
	buf_addc(out, ')');
}

/* NAME_kind COMMAND OPTION: sets `kind` to the kind of value the option takes, "" for none. */
static void add_kind_function(const struct opt_script *script)
{
	opt_script_add(script, "@F@_kind()\n{\n\tcase \"$1 $2\" in\n");
	for (size_t i = 0; i < script->count; i++) {
		const struct opt_command *cmd = script->commands[i];

		for (size_t j = 0; j < cmd->opt_count; j++) {
			if (!cmd->opts[j].value)
				continue;
			add_patterns(script->out, cmd->name, &cmd->opts[j]);
			add_kind(script->out, &cmd->opts[j]);
		}
	}
	buf_adds(script->out, "\t*) kind= ;;\n\tesac\n}\n\n");
}

/* NAME_runs COMMAND: whether its operands are another command. */
static void add_runs_function(const struct opt_script *script)
{
	opt_script_add(script, "@F@_runs()\n{\n\tcase $1 in\n");
	for (size_t i = 0; i < script->count; i++) {
		if (!opt_runs_command(script->commands[i]))
			continue;
		buf_adds(script->out, "\t");
		opt_script_quote(script->out, script->commands[i]->name);
		buf_adds(script->out, ") ;;\n");
	}
	buf_adds(script->out, "\t*) return 1 ;;\n\tesac\n}\n\n");
}

void opt_bash(const struct opt_script *script)
{
	opt_script_add(script, "# bash completion for @P@, made from its option tables\n\n");
	add_options_function(script);
	add_kind_function(script);
	add_runs_function(script);
	opt_script_add(script, body);
}
