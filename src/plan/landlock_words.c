/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See landlock_words.h.
 */
#include "plan/landlock_words.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/landlock.h"
#include "base/num.h"
#include "base/path.h"
#include "base/text.h"
#include "plan/build.h"
#include "plan/landlock.h"

#include <errno.h>
#include <string.h>

struct reading {
	struct plan *plan;
	landlock_absolute *absolute; /* NULL: paths are so */
	void *context;
};

/* Each closes its sort: what no rule allows of it is forbidden. */
static const struct word {
	const char *name;
	enum plan_landlock_sort sort;
	uint64_t access;  /* of a rule; of a scope: what is forbidden */
	uint64_t handled;
} words[] = {
	{ "ro", PLAN_LANDLOCK_FS, PLAN_LANDLOCK_RO, LANDLOCK_FS_ALL },
	{ "x", PLAN_LANDLOCK_FS, PLAN_LANDLOCK_X, LANDLOCK_FS_ALL },
	{ "rw", PLAN_LANDLOCK_FS, PLAN_LANDLOCK_RW, LANDLOCK_FS_ALL },
	{ "rwx", PLAN_LANDLOCK_FS, PLAN_LANDLOCK_RWX, LANDLOCK_FS_ALL },
	{ "dev", PLAN_LANDLOCK_FS, PLAN_LANDLOCK_DEV, LANDLOCK_FS_ALL },
	{ "tcp-bind", PLAN_LANDLOCK_NET, LANDLOCK_NET_BIND, LANDLOCK_NET_BIND },
	{ "tcp-connect", PLAN_LANDLOCK_NET, LANDLOCK_NET_CONNECT, LANDLOCK_NET_CONNECT },
	{ "scope", PLAN_LANDLOCK_SCOPE, 0, LANDLOCK_SCOPE_SIGNALS | LANDLOCK_SCOPE_SOCKETS },
	{ "scope-signals", PLAN_LANDLOCK_SCOPE, 0, LANDLOCK_SCOPE_SIGNALS },
	{ "scope-sockets", PLAN_LANDLOCK_SCOPE, 0, LANDLOCK_SCOPE_SOCKETS },
};

static int unknown_word(const char *field, struct cove_error *err)
{
	const char *names[ARRAY_LEN(words)];
	auto_(buf_done) struct buf name = { 0 };
	const char *near;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		names[i] = words[i].name;
	buf_add(&name, field, strcspn(field, "="));
	near = text_nearest(buf_str(&name), names, ARRAY_LEN(words));
	err_usage(err, "'%s' is no Landlock rule", field);
	if (near)
		err_hint(err, "did you mean '%s'?", near);
	else
		err_hint(err, "the rules are: ro=PATH x=PATH rw=PATH rwx=PATH dev=PATH "
			      "tcp-bind=PORT tcp-connect=PORT scope; a path with a ',' cannot be "
			      "given");
	return -EINVAL;
}

static struct plan_landlock_rule *add_rule(struct plan *plan, const struct word *word)
{
	struct plan_landlock_rule *rule = plan_append(plan, &plan->landlock.rules, sizeof(*rule));

	rule->sort = (uint8_t)word->sort;
	rule->access = word->access;
	return rule;
}

static int add_path(struct reading *reading, const struct word *word, const char *value,
		    struct cove_error *err)
{
	auto_(buf_done) struct buf path = { 0 };
	int r;

	if (reading->absolute)
		r = reading->absolute(reading->context, value, &path, err);
	else if (path_clean(value, &path) < 0)
		r = err_usage(err, "'%s' is not an absolute path", value);
	else
		r = 0;
	if (r == 0)
		add_rule(reading->plan, word)->path = plan_add_string(reading->plan, buf_str(&path));
	return r;
}

static int add_port(struct plan *plan, const struct word *word, const char *value,
		    struct cove_error *err)
{
	uint32_t port;

	if (strcmp(value, "none") == 0)
		return 0;
	if (num_u32(value, &port) < 0 || port > UINT16_MAX)
		return err_usage(err, "'%s' is no port from 0 to 65535, nor 'none'", value);
	add_rule(plan, word)->port = (uint16_t)port;
	return 0;
}

static int add_word(struct reading *reading, const char *field, struct cove_error *err)
{
	struct plan_landlock *landlock = &reading->plan->landlock;
	size_t len = strcspn(field, "=");
	const char *value = field[len] ? field + len + 1 : NULL;
	const struct word *word = NULL;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i].name) == len && strncmp(words[i].name, field, len) == 0)
			word = &words[i];
	if (!word)
		return unknown_word(field, err);
	if (!value != (word->sort == PLAN_LANDLOCK_SCOPE))
		return err_usage(err, "'%s' takes %s", word->name,
				 word->sort == PLAN_LANDLOCK_FS ? "a path, such as ro=/etc"
				 : value ? "no value" : "a port, or 'none'");
	if (word->sort == PLAN_LANDLOCK_FS)
		r = add_path(reading, word, value, err);
	else if (word->sort == PLAN_LANDLOCK_NET)
		r = add_port(reading->plan, word, value, err);
	if (r < 0)
		return r;
	landlock->handled[word->sort] |= word->handled;
	if (!landlock->origins[word->sort])
		landlock->origins[word->sort] = reading->plan->origin;
	return 0;
}

int plan_landlock_add_words(struct plan *plan, const char *list, landlock_absolute *absolute,
			    void *context, struct cove_error *err)
{
	struct reading reading = { plan, absolute, context };
	const char *cursor = list, *field;
	size_t len;

	if (!plan->landlock.origin)
		plan->landlock.origin = plan->origin;
	while (text_next_field(&cursor, ',', &field, &len)) {
		auto_(buf_done) struct buf text = { 0 };
		int r;

		buf_add(&text, field, len);
		r = add_word(&reading, buf_str(&text), err);
		if (r < 0)
			return r;
	}
	return 0;
}
