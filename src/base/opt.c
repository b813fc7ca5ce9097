/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing the command line by an option table. Every option ends in one call of its `apply`.
 */
#include "base/opt.h"

#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SUGGESTIONS = 256 };

/* One walk over argv. */
struct parser {
	const struct opt_command *cmd;
	int argc;
	char *const *argv;
	int next; /* index of the argument after the one at hand */
	opt_visitor *visit; /* NULL: each option's own `apply` */
	bool ended; /* by an option that takes the rest */
	void *context;
	struct cove_error *err;
};

static const struct opt *find_name(const struct opt_command *cmd, const char *name, size_t len)
{
	for (size_t i = 0; i < cmd->opt_count; i++) {
		const char *known = cmd->opts[i].name;

		if (strlen(known) == len && !memcmp(known, name, len))
			return &cmd->opts[i];
	}
	return NULL;
}

const struct opt *opt_find(const struct opt_command *cmd, const char *name)
{
	return find_name(cmd, name, strlen(name));
}

static const struct opt *find_letter(const struct opt_command *cmd, char letter)
{
	for (size_t i = 0; i < cmd->opt_count; i++)
		if (cmd->opts[i].letter == letter)
			return &cmd->opts[i];
	return NULL;
}

static bool needs_value(const struct opt *opt)
{
	return opt->value && !(opt->flags & (OPT_OPTIONAL_VALUE | OPT_REST));
}

static const char *suggest(const struct opt_command *cmd, const char *word)
{
	const char *words[MAX_SUGGESTIONS];
	size_t n = 0;

	for (size_t i = 0; i < cmd->opt_count && n < MAX_SUGGESTIONS; i++)
		if (!(cmd->opts[i].flags & OPT_HIDDEN))
			words[n++] = cmd->opts[i].name;
	return text_nearest(word, words, n);
}

/* `typed` is the option with its dashes, `word` what may be a misspelt name. */
static int refuse_unknown(const struct parser *p, const char *typed, const char *word)
{
	const char *nearest = suggest(p->cmd, word);
	int r = err_usage(p->err, "unknown option '%s'", typed);

	if (nearest)
		err_hint(p->err, "did you mean '--%s'?", nearest);
	else
		err_hint(p->err, "see 'cove %s%s--help'", p->cmd->name, *p->cmd->name ? " " : "");
	return r;
}

static int apply(const struct parser *p, const struct opt *opt, const char *value)
{
	char origin[sizeof(p->err->origin)];
	int r = (p->visit ? p->visit : opt->apply)(p->context, opt, value, p->err);

	if (r < 0) {
		opt_origin(opt, value, origin, sizeof(origin));
		err_origin(p->err, origin);
	}
	return r < 0 ? r : 0;
}

/* Applies an option whose value is the next argument. */
static int apply_next(struct parser *p, const struct opt *opt, const char *typed)
{
	if (p->next < p->argc)
		return apply(p, opt, p->argv[p->next++]);

	/* An engine asks whether there is an option by leaving its value out, and reads the answer. */
	int r = err_usage(p->err, "option '%s' requires an argument", typed);

	err_hint(p->err, "write '%s %s'", typed, opt->value);
	return r;
}

/* `word` is what is behind the dashes. */
static int parse_long(struct parser *p, const char *word)
{
	char name[64];
	size_t len = strcspn(word, "=");
	const char *value = word[len] == '=' ? word + len + 1 : NULL;
	const struct opt *opt = find_name(p->cmd, word, len);

	snprintf(name, sizeof(name), "--%.*s", len < 60 ? (int)len : 60, word);
	if (!opt)
		return refuse_unknown(p, name, name + 2);
	p->ended = opt->flags & OPT_REST;
	if (value && (!opt->value || p->ended)) {
		int r = err_usage(p->err, "option '%s' takes no value", name);

		err_hint(p->err, "write '%s'", name);
		return r;
	}
	if (!value && needs_value(opt))
		return apply_next(p, opt, name);
	return apply(p, opt, value);
}

static int parse_letters(struct parser *p, const char *arg)
{
	for (const char *at = arg + 1; *at; at++) {
		const struct opt *opt = find_letter(p->cmd, *at);
		char typed[] = { '-', *at, '\0' };

		if (!opt)
			return refuse_unknown(p, at == arg + 1 ? arg : typed, arg + 1);
		if (needs_value(opt))
			return at[1] ? apply(p, opt, at + 1) : apply_next(p, opt, typed);

		int r = apply(p, opt, NULL);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_long(const struct opt_command *cmd, const char *arg)
{
	if (arg[1] == '-')
		return true;
	return cmd->one_dash && arg[1] && arg[2] && arg[2] != '=' &&
	       find_name(cmd, arg + 1, strcspn(arg + 1, "="));
}

static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0';
}

int opt_parse(const struct opt_command *cmd, int argc, char *const *argv, void *context,
	      struct cove_error *err)
{
	return opt_visit(cmd, argc, argv, NULL, context, err);
}

int opt_visit(const struct opt_command *cmd, int argc, char *const *argv, opt_visitor *visit,
	      void *context, struct cove_error *err)
{
	struct parser p = {
		.cmd = cmd,
		.argc = argc,
		.argv = argv,
		.next = 1,
		.visit = visit,
		.context = context,
		.err = err,
	};

	while (!p.ended && p.next < argc && is_option(argv[p.next])) {
		const char *arg = argv[p.next++];

		if (!strcmp(arg, "--"))
			return p.next;

		int r = is_long(cmd, arg) ? parse_long(&p, arg + (arg[1] == '-' ? 2 : 1))
					  : parse_letters(&p, arg);

		if (r < 0)
			return r;
	}
	/* An empty argv has no index 1. */
	return p.next < argc ? p.next : argc;
}

void opt_origin(const struct opt *opt, const char *value, char *buf, size_t size)
{
	const char *between = opt->flags & OPT_OPTIONAL_VALUE ? "=" : " ";

	if (value && !*value)
		value = "''";
	snprintf(buf, size, "--%s%s%s", opt->name, value ? between : "", value ? value : "");
}
