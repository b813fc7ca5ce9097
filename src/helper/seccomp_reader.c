/* SPDX-License-Identifier: Apache-2.0 */
/* Types, ranges, words and pointers; knows nothing of what a member means. */
#include "helper/seccomp_reader.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const type_names[] = {
	[json_type_null] = "null",	     [json_type_boolean] = "a boolean",
	[json_type_double] = "a fraction",   [json_type_int] = "an integer",
	[json_type_object] = "an object",    [json_type_array] = "an array",
	[json_type_string] = "a string",
};

/* Names come from tables and are short; only an unknown member of a strict reading can be too
 * long, and then the pointer stays at its object. */
static void enter(struct reader *r, const char *name)
{
	size_t length = strlen(name);

	if (r->pointer_length + length + 2 > sizeof(r->pointer) || strpbrk(name, "~/"))
		return;
	r->pointer[r->pointer_length] = '/';
	memcpy(r->pointer + r->pointer_length + 1, name, length + 1);
	r->pointer_length += length + 1;
}

static void leave(struct reader *r, size_t length)
{
	r->pointer_length = length;
	r->pointer[length] = '\0';
}

static int take_value(struct reader *r, struct json_object *value, enum json_type type,
		      reader_take *take)
{
	enum json_type is = json_object_get_type(value);

	if (type != json_type_null && is != type)
		return report_at(r->report, r->pointer, "expected %s, found %s", type_names[type],
				 type_names[is]);
	return take ? take(r, value) : 0;
}

static bool is_member(const char *name, const struct reader_member *members, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(members[i].name, name))
			return true;
	return false;
}

static int refuse_unknown(struct reader *r, struct json_object *object,
			  const struct reader_member *members, size_t count)
{
	char shown[64];

	json_object_object_foreach(object, name, value) {
		(void)value;
		if (is_member(name, members, count))
			continue;
		enter(r, name);
		report_at(r->report, r->pointer, "unknown member '%s'",
			  text_show(name, shown, sizeof(shown)));
		report_hint(r->report, "it is ignored without --strict");
		return -EINVAL;
	}
	return 0;
}

int reader_object(struct reader *r, struct json_object *object, const struct reader_member *members,
		  size_t count)
{
	size_t length = r->pointer_length;
	size_t i;
	int result;

	for (i = 0; i < count; i++) {
		struct json_object *value = json_object_object_get(object, members[i].name);

		if (!value && members[i].is_required)
			return report_at(r->report, r->pointer, "member '%s' is missing",
					 members[i].name);
		if (!value)
			continue;
		enter(r, members[i].name);
		result = take_value(r, value, members[i].type, members[i].take);
		if (result < 0)
			return result;
		leave(r, length);
	}
	return r->facts->is_strict ? refuse_unknown(r, object, members, count) : 0;
}

int reader_array(struct reader *r, struct json_object *array, enum json_type type,
		 reader_take *take)
{
	size_t length = r->pointer_length;
	size_t count = json_object_array_length(array);
	char number[24];
	size_t i;
	int result;

	for (i = 0; i < count; i++) {
		snprintf(number, sizeof(number), "%zu", i);
		enter(r, number);
		result = take_value(r, json_object_array_get_idx(array, i), type, take);
		if (result < 0)
			return result;
		leave(r, length);
	}
	return 0;
}

int reader_number(struct reader *r, struct json_object *value, uint64_t max, uint64_t *ret_value)
{
	uint64_t number = json_object_get_uint64(value);

	if (json_object_get_int64(value) < 0 || number > max)
		return report_at(r->report, r->pointer, "number is not between 0 and %" PRIu64,
				 max);
	*ret_value = number;
	return 0;
}

int reader_word(struct reader *r, struct json_object *value, enum words_kind kind,
		uint32_t *ret_value)
{
	static const char *const kinds[] = {
		[WORDS_ACTION] = "action",
		[WORDS_OPERATOR] = "operator",
		[WORDS_FLAG] = "flag",
		[WORDS_ARCH] = "architecture",
	};
	const char *name = reader_string(value);
	char shown[64], list[360];

	if (!words_find(kind, name, ret_value))
		return 0;
	report_at(r->report, r->pointer, "unknown %s '%s'", kinds[kind],
		  text_show(name, shown, sizeof(shown)));
	words_list(kind, list, sizeof(list));
	report_hint(r->report, "one of %s", list);
	return -EINVAL;
}

const char *reader_string(struct json_object *value)
{
	return json_object_get_string(value);
}
