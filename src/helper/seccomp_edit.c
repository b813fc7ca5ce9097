/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See seccomp_edit.h. A rule that has lost all its names stays, and does nothing.
 */
#include "helper/seccomp_edit.h"

#include "base/auto.h"
#include "base/text.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

/* Above the numbers of all architectures, but for ARM's few private ones. */
#define NUMBERS 1024

static void forget_names(char **names)
{
	for (size_t i = 0; i < NUMBERS; i++)
		free(names[i]);
}

/* The nearest name of this machine's calls, owned; NULL: none is near. */
static char *nearest(const char *name)
{
	char *names[NUMBERS];
	const char *near;
	char *copy;

	for (int i = 0; i < NUMBERS; i++)
		names[i] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
	near = text_nearest(name, (const char *const *)names, NUMBERS);
	copy = near ? strdup(near) : NULL;
	forget_names(names);
	return copy;
}

static int refuse_unknown(const char *name, struct report *report)
{
	auto_free char *near = nearest(name);
	char shown[64];

	report_fail(report, 0, "unknown system call '%s'",
		    text_show(name, shown, sizeof(shown)));
	if (near)
		report_hint(report, "did you mean '%s'?", near);
	else
		report_hint(report, "misspelt, or newer than the installed libseccomp");
	return -EINVAL;
}

static void drop(struct profile_rule *rule, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < rule->name_count; i++)
		if (strcmp(rule->names[i], name))
			rule->names[kept++] = rule->names[i];
	rule->name_count = kept;
}

/* There is room for it. */
static int deny(struct profile *profile, const char *name, struct report *report)
{
	struct profile_rule rule = { .action = SCMP_ACT_ERRNO(EPERM), .name_count = 1 };

	rule.names = calloc(1, sizeof(*rule.names));
	if (!rule.names)
		return report_fail(report, ENOMEM, "cannot change the profile");
	rule.names[0] = name;
	profile->rules[profile->rule_count++] = rule;
	return 0;
}

static int make_room(struct profile *profile, size_t count, struct report *report)
{
	struct profile_rule *rules =
		reallocarray(profile->rules, profile->rule_count + count, sizeof(*rules));

	if (!rules)
		return report_fail(report, ENOMEM, "cannot change the profile");
	profile->rules = rules;
	return 0;
}

static int apply(struct profile *profile, const char *edit, struct report *report)
{
	const char *name = edit + 1;

	if (seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR)
		return refuse_unknown(name, report);
	for (size_t i = 0; i < profile->rule_count; i++)
		drop(&profile->rules[i], name);
	return edit[0] == '-' ? deny(profile, name, report) : 0;
}

int edit_apply(struct profile *profile, const struct profile_facts *facts, struct report *report)
{
	int r;

	if (!facts->edit_count)
		return 0;
	if (profile->default_action != SCMP_ACT_ALLOW)
		return report_fail(
			report, 0,
			"only a profile that allows what it does not name can be changed");
	r = make_room(profile, facts->edit_count, report);
	for (size_t i = 0; i < facts->edit_count && r >= 0; i++)
		r = apply(profile, facts->edits[i], report);
	return r;
}
