/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a seccomp profile. A table an object, a function a member. Conditions of Docker's
 * format are decided here; a rule is read to its end, and checked, before it is dropped.
 */
#include "helper/seccomp_profile.h"

#include "base/auto.h"
#include "base/text.h"
#include "helper/seccomp_edit.h"
#include "helper/seccomp_reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ERRNO and TRACE carry a number to the caller or tracer; the kernel cuts an errno above 4095. */
#define MAX_ERRNO_DATA 4095
#define MAX_TRACE_DATA 65535

/* From here on all architectures count alike; the end is only for mistakes. */
#define MIN_NEWEST_CALL 424
#define MAX_NEWEST_CALL 4095

/* Conditions: includes and excludes */

static bool is_same_cap(const char *a, const char *b)
{
	a += strncasecmp(a, "CAP_", 4) ? 0 : 4;
	b += strncasecmp(b, "CAP_", 4) ? 0 : 4;
	return !strcasecmp(a, b);
}

static bool has_cap(const struct profile_facts *facts, const char *cap)
{
	size_t i;

	for (i = 0; i < facts->cap_count; i++)
		if (is_same_cap(facts->caps[i], cap))
			return true;
	return false;
}

/* A rule needs all capabilities that it includes; any one that it excludes drops it. */
static int take_cap(struct reader *r, struct json_object *value)
{
	if (has_cap(r->facts, reader_string(value)) == r->is_excluding)
		r->is_wanted = false;
	return 0;
}

static int take_allowed(struct reader *r, struct json_object *value)
{
	const struct profile_facts *facts = r->facts;
	bool is_allowed = false;
	size_t i;

	for (i = 0; i < facts->allowed_count; i++)
		is_allowed |= !strcmp(facts->allowed[i], reader_string(value));
	if (is_allowed == r->is_excluding)
		r->is_wanted = false;
	return 0;
}

static int take_filter_allow(struct reader *r, struct json_object *value)
{
	return reader_array(r, value, json_type_string, take_allowed);
}

static int take_filter_caps(struct reader *r, struct json_object *value)
{
	return reader_array(r, value, json_type_string, take_cap);
}

static int skip_string(struct reader *r, struct json_object *value)
{
	(void)r;
	(void)value;
	return 0;
}

static int take_filter_arches(struct reader *r, struct json_object *value)
{
	const char *native = words_docker_arch(r->profile->archs[0]);
	size_t count = json_object_array_length(value);
	bool is_listed = false;
	size_t i;
	int result = reader_array(r, value, json_type_string, skip_string);

	if (result < 0 || !count)
		return result;
	for (i = 0; i < count && native; i++)
		if (!strcmp(reader_string(json_object_array_get_idx(value, i)), native))
			is_listed = true;
	if (is_listed == r->is_excluding)
		r->is_wanted = false;
	return 0;
}

static int take_filter_kernel(struct reader *r, struct json_object *value)
{
	const char *text = reader_string(value);
	const struct profile_facts *facts = r->facts;
	unsigned int major, minor;
	bool is_reached;
	int end = -1;

	if (strspn(text, "0123456789.") != strlen(text) ||
	    sscanf(text, "%5u.%5u%n", &major, &minor, &end) != 2 || text[end])
		return report_at(r->report, r->pointer, "kernel version is not of the form '5.14'");
	is_reached = facts->kernel_major > major ||
		     (facts->kernel_major == major && facts->kernel_minor >= minor);
	if (is_reached == r->is_excluding)
		r->is_wanted = false;
	return 0;
}

static const struct reader_member filter_members[] = {
	{ "caps", json_type_array, false, take_filter_caps },
	{ "allow", json_type_array, false, take_filter_allow },
	{ "arches", json_type_array, false, take_filter_arches },
	{ "minKernel", json_type_string, false, take_filter_kernel },
};

static int take_includes(struct reader *r, struct json_object *value)
{
	r->is_excluding = false;
	return reader_object(r, value, filter_members, ARRAY_LEN(filter_members));
}

static int take_excludes(struct reader *r, struct json_object *value)
{
	r->is_excluding = true;
	return reader_object(r, value, filter_members, ARRAY_LEN(filter_members));
}

/* Actions */

static bool takes_errno(uint32_t action)
{
	uint32_t kind = action & 0xffff0000;

	return kind == SCMP_ACT_ERRNO(0) || kind == SCMP_ACT_TRACE(0);
}

static int read_action(struct reader *r, struct json_object *value, uint32_t *ret_action)
{
	uint32_t action;
	int result = reader_word(r, value, WORDS_ACTION, &action);

	if (result < 0)
		return result;
	*ret_action = takes_errno(action) ? action | EPERM : action;
	return 0;
}

static int read_errno(struct reader *r, struct json_object *value, uint32_t *action)
{
	uint32_t kind = *action & 0xffff0000;
	uint64_t number;
	int result;

	if (!takes_errno(*action)) {
		report_at(r->report, r->pointer, "this action takes no errno");
		report_hint(r->report, "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE do");
		return -EINVAL;
	}
	result = reader_number(r, value,
			       kind == SCMP_ACT_ERRNO(0) ? MAX_ERRNO_DATA : MAX_TRACE_DATA,
			       &number);
	if (result < 0)
		return result;
	*action = kind | (uint32_t)number;
	return 0;
}

/* Arguments of a rule */

static int take_arg_index(struct reader *r, struct json_object *value)
{
	uint64_t number;
	int result = reader_number(r, value, 5, &number);

	if (result < 0)
		return result;
	r->arg->arg = (unsigned int)number;
	return 0;
}

static int take_arg_op(struct reader *r, struct json_object *value)
{
	uint32_t op;
	int result = reader_word(r, value, WORDS_OPERATOR, &op);

	if (result < 0)
		return result;
	r->arg->op = (enum scmp_compare)op;
	return 0;
}

/* For SCMP_CMP_MASKED_EQ the mask is `value` and what it must leave is `valueTwo`. */
static int take_arg_value(struct reader *r, struct json_object *value)
{
	return reader_number(r, value, UINT64_MAX, &r->arg->datum_a);
}

static int take_arg_value_two(struct reader *r, struct json_object *value)
{
	return reader_number(r, value, UINT64_MAX, &r->arg->datum_b);
}

static const struct reader_member arg_members[] = {
	{ "index", json_type_int, true, take_arg_index },
	{ "op", json_type_string, true, take_arg_op },
	{ "value", json_type_int, true, take_arg_value },
	{ "valueTwo", json_type_int, false, take_arg_value_two },
};

static int take_arg(struct reader *r, struct json_object *value)
{
	struct profile_rule *rule = r->rule;
	size_t i;
	int result;

	r->arg = &rule->args[rule->arg_count];
	result = reader_object(r, value, arg_members, ARRAY_LEN(arg_members));
	if (result < 0)
		return result;
	if (r->arg->op == SCMP_CMP_MASKED_EQ && r->arg->datum_b & ~r->arg->datum_a) {
		report_at(r->report, r->pointer, "'valueTwo' has bits that the mask takes away");
		report_hint(r->report, "this can never be equal; 'value' is the mask");
		return -EINVAL;
	}
	for (i = 0; i < rule->arg_count; i++)
		if (rule->args[i].arg == r->arg->arg)
			rule->is_any_arg = true;
	rule->arg_count++;
	return 0;
}

static int take_rule_args(struct reader *r, struct json_object *value)
{
	size_t count = json_object_array_length(value);

	r->rule->args = calloc(count + 1, sizeof(*r->rule->args));
	if (!r->rule->args)
		return report_fail(r->report, ENOMEM, "cannot read the profile");
	return reader_array(r, value, json_type_object, take_arg);
}

/* Rules */

static int take_rule_name(struct reader *r, struct json_object *value)
{
	const char *name = reader_string(value);
	char shown[64];

	if (!*name)
		return report_at(r->report, r->pointer, "system call has an empty name");
	if (r->facts->is_strict && seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR) {
		report_at(r->report, r->pointer, "unknown system call '%s'",
			  text_show(name, shown, sizeof(shown)));
		report_hint(r->report, "misspelt, or newer than the installed libseccomp; "
				       "skipped without --strict");
		return -EINVAL;
	}
	r->rule->names[r->rule->name_count++] = name;
	return 0;
}

static int make_names(struct reader *r, size_t count)
{
	if (r->rule->names) {
		report_at(r->report, r->pointer, "'name' and 'names' in one rule");
		report_hint(r->report, "keep 'names'");
		return -EINVAL;
	}
	r->rule->names = calloc(count + 1, sizeof(*r->rule->names));
	return r->rule->names ? 0 : report_fail(r->report, ENOMEM, "cannot read the profile");
}

static int take_rule_names(struct reader *r, struct json_object *value)
{
	size_t count = json_object_array_length(value);
	int result = make_names(r, count);

	if (result < 0)
		return result;
	if (!count)
		return report_at(r->report, r->pointer, "rule names no system call");
	return reader_array(r, value, json_type_string, take_rule_name);
}

static int take_rule_single_name(struct reader *r, struct json_object *value)
{
	int result = make_names(r, 1);

	r->rule->is_single_name = true;
	return result < 0 ? result : take_rule_name(r, value);
}

static int take_rule_action(struct reader *r, struct json_object *value)
{
	return read_action(r, value, &r->rule->action);
}

static int take_rule_errno(struct reader *r, struct json_object *value)
{
	return read_errno(r, value, &r->rule->action);
}

static const struct reader_member rule_members[] = {
	{ "names", json_type_array, false, take_rule_names },
	{ "name", json_type_string, false, take_rule_single_name },
	{ "action", json_type_string, true, take_rule_action },
	{ "errnoRet", json_type_int, false, take_rule_errno },
	{ "args", json_type_array, false, take_rule_args },
	{ "includes", json_type_object, false, take_includes },
	{ "excludes", json_type_object, false, take_excludes },
	{ "comment", json_type_string, false, NULL },
};

static void rule_done(struct profile_rule *rule)
{
	free(rule->names);
	free(rule->args);
	*rule = (struct profile_rule){ 0 };
}

static int take_rule(struct reader *r, struct json_object *value)
{
	auto_(rule_done) struct profile_rule rule = { 0 };
	struct profile *profile = r->profile;
	const char *number = strrchr(r->pointer, '/') + 1;
	int result;

	rule.number = strtoul(number, NULL, 10);
	r->rule = &rule;
	r->is_wanted = true;
	result = reader_object(r, value, rule_members, ARRAY_LEN(rule_members));
	if (result < 0)
		return result;
	if (!rule.names)
		return report_at(r->report, r->pointer, "member 'names' is missing");
	if (!r->is_wanted)
		return 0;
	profile->rules[profile->rule_count++] = rule;
	rule = (struct profile_rule){ 0 };
	return 0;
}

static int take_rules(struct reader *r, struct json_object *value)
{
	size_t count = json_object_array_length(value);

	r->profile->rules = calloc(count + 1, sizeof(*r->profile->rules));
	if (!r->profile->rules)
		return report_fail(r->report, ENOMEM, "cannot read the profile");
	return reader_array(r, value, json_type_object, take_rule);
}

/* Architectures */

static int add_arch(struct reader *r, uint32_t token)
{
	struct profile *profile = r->profile;
	size_t i;

	if (!token)
		return report_at(r->report, r->pointer,
				 "the installed libseccomp does not know this architecture");
	if ((token ^ profile->archs[0]) & __AUDIT_ARCH_LE)
		return report_at(r->report, r->pointer,
				 "architecture has another byte order than this machine");
	for (i = 0; i < profile->arch_count; i++)
		if (profile->archs[i] == token)
			return 0;
	profile->archs[profile->arch_count++] = token;
	return 0;
}

static int take_arch(struct reader *r, struct json_object *value)
{
	uint32_t token;
	int result = reader_word(r, value, WORDS_ARCH, &token);

	return result < 0 ? result : add_arch(r, token);
}

static int take_archs(struct reader *r, struct json_object *value)
{
	r->has_archs = json_object_array_length(value) > 0;
	return reader_array(r, value, json_type_string, take_arch);
}

static int take_row_arch(struct reader *r, struct json_object *value)
{
	uint32_t token;
	int result = reader_word(r, value, WORDS_ARCH, &token);

	if (result < 0)
		return result;
	r->is_native_row = token == r->profile->archs[0];
	return 0;
}

static int take_row_sub_arch(struct reader *r, struct json_object *value)
{
	uint32_t token;
	int result = reader_word(r, value, WORDS_ARCH, &token);

	if (result < 0 || !r->is_native_row || !r->is_wanted)
		return result;
	return add_arch(r, token);
}

static int take_row_sub_archs(struct reader *r, struct json_object *value)
{
	return reader_array(r, value, json_type_string, take_row_sub_arch);
}

static const struct reader_member row_members[] = {
	{ "architecture", json_type_string, true, take_row_arch },
	{ "includes", json_type_object, false, take_includes },
	{ "excludes", json_type_object, false, take_excludes },
	{ "subArchitectures", json_type_array, false, take_row_sub_archs },
};

static int take_arch_map_row(struct reader *r, struct json_object *value)
{
	r->is_wanted = true;
	return reader_object(r, value, row_members, ARRAY_LEN(row_members));
}

static int take_arch_map(struct reader *r, struct json_object *value)
{
	if (r->has_archs && json_object_array_length(value))
		return report_at(r->report, r->pointer,
				 "'architectures' and 'archMap' in one profile");
	return reader_array(r, value, json_type_object, take_arch_map_row);
}

/* The profile */

static int take_default_action(struct reader *r, struct json_object *value)
{
	int result = read_action(r, value, &r->profile->default_action);

	if (result < 0)
		return result;
	if (r->profile->default_action != SCMP_ACT_NOTIFY)
		return 0;
	report_at(r->report, r->pointer, "SCMP_ACT_NOTIFY cannot be the default action");
	report_hint(r->report, "the box would wait for its agent before it can start one program");
	return -EINVAL;
}

static int take_default_errno(struct reader *r, struct json_object *value)
{
	return read_errno(r, value, &r->profile->default_action);
}

/* Above 423 a call has one number on all architectures. */
static int take_newest(struct reader *r, struct json_object *value)
{
	uint64_t number;
	int result = reader_number(r, value, MAX_NEWEST_CALL, &number);

	if (result < 0)
		return result;
	if (number < MIN_NEWEST_CALL)
		return report_at(r->report, r->pointer,
				 "below %d each architecture has numbers of its own",
				 MIN_NEWEST_CALL);
	r->profile->newest_call = (uint32_t)number;
	return 0;
}

static int take_flag(struct reader *r, struct json_object *value)
{
	uint32_t unused;

	return reader_word(r, value, WORDS_FLAG, &unused);
}

static int take_flags(struct reader *r, struct json_object *value)
{
	return reader_array(r, value, json_type_string, take_flag);
}

static int take_listener(struct reader *r, struct json_object *value)
{
	r->has_listener = *reader_string(value) != '\0';
	return 0;
}

static int take_listener_metadata(struct reader *r, struct json_object *value)
{
	if (!*reader_string(value) || r->has_listener)
		return 0;
	return report_at(r->report, r->pointer, "'listenerMetadata' without 'listenerPath'");
}

static const struct reader_member profile_members[] = {
	{ "defaultAction", json_type_string, true, take_default_action },
	{ "defaultErrnoRet", json_type_int, false, take_default_errno },
	{ "newestCall", json_type_int, false, take_newest },
	{ "flags", json_type_array, false, take_flags },
	{ "listenerPath", json_type_string, false, take_listener },
	{ "listenerMetadata", json_type_string, false, take_listener_metadata },
	{ "architectures", json_type_array, false, take_archs },
	{ "archMap", json_type_array, false, take_arch_map },
	{ "syscalls", json_type_array, false, take_rules },
};

int profile_read(struct json_object *tree, const struct profile_facts *facts,
		 struct profile *ret_profile, struct report *report)
{
	auto_(profile_done) struct profile profile = {
		.archs = { seccomp_arch_native() },
		.arch_count = 1,
		.skips_unknown = facts->skips_unknown,
	};
	struct reader r = { .facts = facts, .profile = &profile, .report = report };
	int result;

	if (!json_object_is_type(tree, json_type_object))
		return report_at(report, "", "a profile is a JSON object");
	result = reader_object(&r, tree, profile_members, ARRAY_LEN(profile_members));
	if (result >= 0)
		result = edit_apply(&profile, facts, report);
	if (result < 0)
		return result;
	*ret_profile = profile;
	profile = (struct profile){ 0 };
	return 0;
}

void profile_done(struct profile *profile)
{
	size_t i;

	for (i = 0; i < profile->rule_count; i++)
		rule_done(&profile->rules[i]);
	free(profile->rules);
	*profile = (struct profile){ 0 };
}
