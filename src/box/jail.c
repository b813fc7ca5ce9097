/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of cove box for what another tool's argument list asks for; files are in jail_files.c.
 */
#include "box/jail.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/path.h"
#include "base/text.h"
#include "plan/names.h"
#include "plan/plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void jail_init(struct jail *jail, const struct facts *facts, struct translation *out)
{
	*jail = (struct jail){ .facts = facts, .out = out, .uid = facts->uid, .gid = facts->gid };
	buf_addc(&jail->text, '\0');
}

void jail_done(struct jail *jail)
{
	buf_done(&jail->text);
	buf_done(&jail->mounts);
	buf_done(&jail->env);
	buf_done(&jail->files);
	buf_done(&jail->words);
	buf_done(&jail->ends);
}

void translation_done(struct translation *translation)
{
	if (!translation)
		return;
	buf_done(&translation->line);
	buf_done(&translation->notes);
}

uint32_t jail_keep(struct jail *jail, const char *text)
{
	uint32_t ref = (uint32_t)jail->text.len;

	if (!text || !*text)
		return 0;
	buf_add(&jail->text, text, strlen(text) + 1);
	return jail->text.failed ? 0 : ref;
}

const char *jail_str(const struct jail *jail, uint32_t ref)
{
	return ref ? jail->text.data + ref : "";
}

void jail_word(struct buf *out, const char *option, const char *value)
{
	buf_addf(out, " %s", option);
	if (!value)
		return;
	buf_addc(out, ' ');
	text_quote(value, out);
}

static void add_note(struct jail *jail, const char *format, va_list args)
{
	auto_(buf_done) struct buf escaped = { 0 };
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	text_escape(text, &escaped);
	buf_addf(&jail->out->notes, "%s\n", buf_str(&escaped));
	jail->out->notes.failed |= escaped.failed;
}

void jail_note(struct jail *jail, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_note(jail, format, args);
	va_end(args);
}

void jail_none(struct jail *jail, const char *asked, const char *format, ...)
{
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	jail_note(jail, "'%s' has no equal: %s", asked, why);
	jail->out->incomplete = true;
}

/* ---- environment ---- */

#define env_each(jail, e)                                                                          \
	for (struct jail_env *e = (struct jail_env *)(void *)(jail)->env.data;                     \
	     e && (char *)e < (jail)->env.data + (jail)->env.len; e++)

void jail_env(struct jail *jail, enum jail_variable kind, const char *name, const char *value)
{
	struct jail_env now = { kind, jail_keep(jail, name), jail_keep(jail, value) };

	env_each(jail, e)
	{
		if (strcmp(jail_str(jail, e->name), name) == 0) {
			*e = now;
			return;
		}
	}
	buf_add(&jail->env, &now, sizeof(now));
}

void jail_clear_env(struct jail *jail)
{
	buf_done(&jail->env);
	jail->clear_env = true;
}

static void add_env(const struct jail *jail, struct buf *out)
{
	if (jail->clear_env)
		jail_word(out, "--env-clear", NULL);
	else
		jail_word(out, "--env-pass", "*");
	env_each(jail, e)
	{
		auto_(buf_done) struct buf text = { 0 };

		buf_addf(&text, "%s=%s", jail_str(jail, e->name), jail_str(jail, e->value));
		if (e->kind == JAIL_SET)
			jail_word(out, "--env", buf_str(&text));
		else if (e->kind == JAIL_PASS && jail->clear_env)
			jail_word(out, "--env-pass", jail_str(jail, e->name));
	}
}

/* What cove box passes on by '*' is taken away before it starts. */
static void add_unset(const struct jail *jail, struct buf *out)
{
	bool any = false;

	env_each(jail, e)
	{
		if (e->kind != JAIL_UNSET || jail->clear_env)
			continue;
		if (!any)
			buf_adds(out, "env");
		jail_word(out, "-u", jail_str(jail, e->name));
		any = true;
	}
	if (any)
		buf_addc(out, ' ');
}

/* ---- the rest ---- */

static void add_namespaces(const struct jail *jail, struct buf *out)
{
	const char *before = " --share ";

	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++) {
		if (!(jail->shared & 1u << ns))
			continue;
		buf_addf(out, "%s%s", before, plan_ns_name(ns));
		before = ",";
	}
}

static void add_user(const struct jail *jail, struct buf *out)
{
	if (jail->uid == jail->facts->uid && jail->gid == jail->facts->gid && !jail->says_user)
		return;
	buf_addf(out, " --user %u", jail->uid);
	if (jail->gid != jail->uid)
		buf_addf(out, ":%u", jail->gid);
}

static void add_cap_list(const char *option, uint64_t set, struct buf *out)
{
	const char *before = " ";

	if (!set)
		return;
	buf_addf(out, " %s", option);
	for (unsigned cap = 0; names_capability_name(cap); cap++) {
		char name[40];

		if (!(set & UINT64_C(1) << cap))
			continue;
		snprintf(name, sizeof(name), "%s", names_capability_name(cap) + strlen("CAP_"));
		for (char *c = name; *c; c++)
			*c |= *c >= 'A' && *c <= 'Z' ? 32 : 0;
		buf_addf(out, "%s%s", before, name);
		before = ",";
	}
}

static void add_caps(const struct jail *jail, struct buf *out)
{
	if (!jail->all_caps) {
		add_cap_list("--cap-add", jail->caps, out);
		return;
	}
	jail_word(out, "--cap-add", "all");
	add_cap_list("--cap-drop", jail->dropped, out);
}

static void add_command(const struct jail *jail, struct buf *out)
{
	buf_adds(out, " --");
	if (jail->first) {
		buf_addc(out, ' ');
		text_quote(jail->first, out);
	}
	for (char *const *word = jail->command; *word; word++) {
		if (word == jail->command && jail->first)
			continue;
		buf_addc(out, ' ');
		text_quote(*word, out);
	}
}

int jail_line(struct jail *jail, struct cove_error *err)
{
	struct buf *line = &jail->out->line;

	/* Without a mnt namespace nothing can be mounted, and nothing would have been. */
	if (!(jail->shared & 1u << COVE_NS_MNT))
		jail_files(jail);
	else if (jail->cwd || jail->starts_at_root)
		jail_word(&jail->files, "--cwd", jail->cwd ? jail_str(jail, jail->cwd) : "/");
	add_unset(jail, line);
	buf_adds(line, "cove box");
	add_namespaces(jail, line);
	add_user(jail, line);
	add_caps(jail, line);
	buf_adds(line, buf_str(&jail->files));
	buf_adds(line, buf_str(&jail->words));
	add_env(jail, line);
	add_command(jail, line);
	buf_adds(line, buf_str(&jail->ends));
	if (line->failed || jail->out->notes.failed || jail->text.failed || jail->mounts.failed ||
	    jail->env.failed || jail->files.failed || jail->words.failed || jail->ends.failed)
		return err_set(err, ENOMEM, "realloc", NULL, "out of memory");
	return 0;
}
