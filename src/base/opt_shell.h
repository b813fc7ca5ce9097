/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the completion scripts of the shells have in common. Only for opt_*.c; others use opt.h.
 *
 * Each script is a fixed body, in which @P@ stands for the program and @F@ for the prefix of its
 * functions, and tables made from the option tables.
 */
#ifndef BASE_OPT_SHELL_H
#define BASE_OPT_SHELL_H

#include "base/opt.h"

#include <stdbool.h>

struct opt_script {
	const char *program;
	const char *prefix; /* the program's name with a '_' in front, as an identifier */
	const struct opt_command *const *commands;
	size_t count;
	struct buf *out;
};

/* Adds `body` with @P@ and @F@ filled in. */
void opt_script_add(const struct opt_script *script, const char *body);

/* Adds `text` as one word in single quotes, by the rule of sh and zsh. */
void opt_script_quote(struct buf *out, const char *text);

/* Adds what a menu shows of `help`: its first sentence, without the full stop. */
void opt_script_brief(struct buf *out, const char *help);

bool opt_is_shown(const struct opt *opt);
bool opt_needs_value(const struct opt *opt); /* as the next word, if not in the same one */
bool opt_takes_list(const struct opt *opt);  /* words with commas between them */

/* Whether the operands are another command and its arguments. */
bool opt_runs_command(const struct opt_command *cmd);

/* One function for each shell; they add to script->out. */
void opt_bash(const struct opt_script *script);
void opt_zsh(const struct opt_script *script);
void opt_fish(const struct opt_script *script);

#endif
