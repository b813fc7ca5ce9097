/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types, ranges, places: knows nothing of what a field means.
 */
#include "oci/read.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/text.h"
#include "plan/build.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MEMBERS 64 /* of one table */

/* ---- what is said ---- */

static int refuse_at(struct reader *r, const char *pointer, size_t line, size_t column,
		     const char *what)
{
	err_set(r->err, EINVAL, NULL, NULL, "%s:%zu:%zu: %s%s%s", r->text->name, line, column,
		pointer, pointer[0] ? ": " : "", what);
	if (r->err)
		r->err->status = 1;
	return -EINVAL;
}

static int refuse(struct reader *r, json_node node, const char *what)
{
	auto_(buf_done) struct buf pointer = { 0 };
	size_t from, end, line, column;
	char shown[96];

	json_pointer(&r->doc, node, &pointer);
	json_span(&r->doc, node, &from, &end);
	json_scan_place(r->text->text, from, &line, &column);
	return refuse_at(r, text_show(buf_str(&pointer), shown, sizeof(shown)), line, column, what);
}

int reader_refuse(struct reader *r, json_node node, const char *what, ...)
{
	char text[160];
	va_list args;

	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	return refuse(r, node, text);
}

static void note(struct reader *r, json_node node, const char *what)
{
	auto_(buf_done) struct buf text = { 0 };

	json_pointer(&r->doc, node, &text);
	buf_addf(&text, ": %s", what);
	plan_note(r->plan, buf_str(&text));
}

int reader_ignore(struct reader *r, json_node node, const char *what, ...)
{
	char text[160];
	va_list args;

	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	if (r->request->strict)
		return refuse(r, node, text);
	note(r, node, text);
	return 0;
}

void reader_note(struct reader *r, json_node node, const char *what, ...)
{
	char text[160];
	va_list args;

	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	note(r, node, text);
}

void reader_origin(struct reader *r, json_node node)
{
	buf_clear(&r->pointer);
	json_pointer(&r->doc, node, &r->pointer);
	plan_set_origin(r->plan, buf_str(&r->pointer));
}

/* ---- types ---- */

static const char *found(const struct reader *r, json_node node)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",		[JSON_BOOL] = "a boolean",
		[JSON_INTEGER] = "a number",	[JSON_FRACTION] = "a fraction",
		[JSON_STRING] = "a string",	[JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return names[json_type(&r->doc, node)];
}

static const struct {
	enum json_type type;
	const char *name;
	int64_t min; /* of numbers */
	uint64_t max;
} types[] = {
	[FIELD_BOOL] = { JSON_BOOL, "a boolean", 0, 0 },
	[FIELD_STRING] = { JSON_STRING, "a string", 0, 0 },
	[FIELD_U16] = { JSON_INTEGER, "an integer", 0, UINT16_MAX },
	[FIELD_U32] = { JSON_INTEGER, "an integer", 0, UINT32_MAX },
	[FIELD_U64] = { JSON_INTEGER, "an integer", 0, UINT64_MAX },
	[FIELD_I32] = { JSON_INTEGER, "an integer", INT32_MIN, INT32_MAX },
	[FIELD_I64] = { JSON_INTEGER, "an integer", INT64_MIN, INT64_MAX },
	[FIELD_ID] = { JSON_INTEGER, "an integer", 0, UINT32_MAX - 1 },
	[FIELD_STRINGS] = { JSON_ARRAY, "an array of strings", 0, 0 },
	[FIELD_IDS] = { JSON_ARRAY, "an array of integers", 0, 0 },
	[FIELD_MAP] = { JSON_OBJECT, "an object of strings", 0, 0 },
	[FIELD_OBJECT] = { JSON_OBJECT, "an object", 0, 0 },
	[FIELD_OBJECTS] = { JSON_ARRAY, "an array of objects", 0, 0 },
	[FIELD_NAMED] = { JSON_OBJECT, "an object of objects", 0, 0 },
	[FIELD_ANY] = { JSON_NULL, "anything", 0, 0 },
};

static int check_type(struct reader *r, json_node node, enum field_type type)
{
	if (type == FIELD_ANY || json_type(&r->doc, node) == types[type].type)
		return 0;
	return reader_refuse(r, node, "expected %s, found %s", types[type].name, found(r, node));
}

static int read_number(struct reader *r, json_node node, enum field_type type, struct value *value)
{
	const char *text = reader_text(r, node);
	bool is_signed = types[type].min < 0;
	int bad = is_signed ? num_i64(text, &value->i) : num_u64(text, &value->u);

	if (bad == 0 && is_signed)
		bad = value->i < types[type].min || value->i > (int64_t)types[type].max;
	else if (bad == 0)
		bad = value->u > types[type].max;
	if (!bad)
		return 0;
	return reader_refuse(r, node, "%s is not between %" PRId64 " and %" PRIu64, text,
			     types[type].min, types[type].max);
}

static int read_scalar(struct reader *r, json_node node, enum field_type type,
		       struct value *ret_value)
{
	struct value value = { .set = true, .node = node };
	int result = check_type(r, node, type);

	if (result < 0)
		return result;
	if (type == FIELD_BOOL)
		value.is_true = json_is_true(&r->doc, node);
	else if (type == FIELD_STRING)
		value.text = reader_text(r, node);
	else
		result = read_number(r, node, type, &value);
	if (result == 0)
		*ret_value = value;
	return result;
}

static int call(struct reader *r, field_take *take, json_node node)
{
	return take ? take(r, node) : 0;
}

static int take_object(struct reader *r, const struct field *field, json_node named, json_node node)
{
	int result = check_type(r, node, FIELD_OBJECT);

	if (result == 0)
		result = call(r, field->begin, named);
	if (result == 0)
		result = reader_object(r, node, field->members);
	return result < 0 ? result : call(r, field->take, named);
}

/* An array of scalars, or an object of strings. */
static int take_list(struct reader *r, const struct field *field, json_node list)
{
	enum field_type type = field->type == FIELD_IDS ? FIELD_ID : FIELD_STRING;
	int result = call(r, field->begin, list);
	struct value value;

	json_each (&r->doc, e, list) {
		if (result < 0)
			return result;
		result = read_scalar(r, field->type == FIELD_MAP ? json_value(&r->doc, e) : e,
				     type, &value);
		if (result == 0)
			result = call(r, field->take, e);
	}
	return result;
}

static int take_objects(struct reader *r, const struct field *field, json_node list)
{
	bool named = field->type == FIELD_NAMED;
	int result = 0;

	json_each (&r->doc, e, list) {
		result = take_object(r, field, e, named ? json_value(&r->doc, e) : e);
		if (result < 0)
			return result;
	}
	return result;
}

static int take_scalar(struct reader *r, const struct field *field, json_node node)
{
	struct value value;
	int result = read_scalar(r, node, field->type, &value);

	if (result < 0)
		return result;
	if (field->store)
		memcpy((char *)r + field->store, &value, sizeof(value));
	return call(r, field->take, node);
}

static int take_field(struct reader *r, const struct field *field, json_node node)
{
	int result = check_type(r, node, field->type);

	if (result < 0)
		return result;
	switch (field->type) {
	case FIELD_OBJECT:
		return take_object(r, field, node, node);
	case FIELD_OBJECTS:
	case FIELD_NAMED:
		return take_objects(r, field, node);
	case FIELD_STRINGS:
	case FIELD_IDS:
	case FIELD_MAP:
		return take_list(r, field, node);
	case FIELD_ANY:
		return call(r, field->take, node);
	case FIELD_BOOL:
	case FIELD_STRING:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_I32:
	case FIELD_I64:
	case FIELD_ID:
		return take_scalar(r, field, node);
	}
	return 0;
}

static int unknown(struct reader *r, json_node key, const struct field *members)
{
	const char *names[MEMBERS];
	const char *name = reader_text(r, key);
	const char *near;
	size_t count = 0;
	char shown[48];

	while (count < MEMBERS && members[count].name) {
		names[count] = members[count].name;
		count++;
	}
	near = text_nearest(name, names, count);
	text_show(name, shown, sizeof(shown));
	return reader_ignore(r, key, near ? "no field '%s' is known; did you mean '%s'?"
					  : "no field '%s' is known", shown, near);
}

int reader_object(struct reader *r, json_node object, const struct field *members)
{
	json_node values[MEMBERS];
	int result;

	for (size_t i = 0; members[i].name; i++)
		values[i] = JSON_NONE;
	json_each (&r->doc, key, object) {
		json_node value = json_value(&r->doc, key);
		size_t i = 0;

		while (members[i].name && strcmp(members[i].name, reader_text(r, key)) != 0)
			i++;
		if (!members[i].name) {
			result = unknown(r, key, members);
			if (result < 0)
				return result;
		} else if (json_type(&r->doc, value) != JSON_NULL) {
			values[i] = value;
		}
	}
	for (size_t i = 0; members[i].name; i++) {
		if (values[i] == JSON_NONE && members[i].required)
			return reader_refuse(r, object, "'%s' is missing", members[i].name);
		if (values[i] == JSON_NONE)
			continue;
		result = take_field(r, &members[i], values[i]);
		if (result < 0)
			return result;
	}
	return 0;
}

/* ---- the document ---- */

static int read_text(struct reader *r)
{
	struct json_fault fault;
	char shown[96];
	int result;

	if (r->text->len > OCI_TEXT_LIMIT) {
		err_set(r->err, E2BIG, NULL, NULL, "%s: larger than %zu MiB", r->text->name,
			OCI_TEXT_LIMIT >> 20);
		return -E2BIG;
	}
	result = json_doc_read(r->text->text, r->text->len, &r->doc, &fault);
	if (result == -EINVAL) {
		refuse_at(r, text_show(fault.pointer, shown, sizeof(shown)), fault.line,
			  fault.column, fault.what);
		if (fault.hint[0])
			err_hint(r->err, "%s", fault.hint);
	} else if (result == -E2BIG) {
		err_set(r->err, E2BIG, NULL, NULL, "%s: more than %u values", r->text->name,
			JSON_READ_NODES);
	} else if (result < 0) {
		err_set(r->err, -result, NULL, NULL, "%s: cannot be read", r->text->name);
	}
	return result;
}

static int begin(struct reader *r)
{
	int result = read_text(r);

	if (result < 0 && r->err)
		r->err->status = 1;
	return result;
}

int reader_begin(struct reader *r)
{
	int result = begin(r);

	return result < 0 ? result : check_type(r, 0, FIELD_OBJECT);
}

int reader_whole(struct reader *r, const struct field *row)
{
	int result = begin(r);

	return result < 0 ? result : take_field(r, row, 0);
}

void reader_done(struct reader *r)
{
	json_doc_done(&r->doc);
	buf_done(&r->pointer);
}

void reader_list(const struct field *members, const char *prefix, struct buf *out)
{
	for (const struct field *f = members; f->name; f++) {
		auto_(buf_done) struct buf below = { 0 };
		bool many = f->type == FIELD_OBJECTS || f->type == FIELD_NAMED;

		buf_addf(&below, "%s/%s", prefix, f->name);
		buf_addf(out, "%s%s%s\n", buf_str(&below), f->ignored ? " " : "",
			 f->ignored ? f->ignored : "");
		if (many)
			buf_adds(&below, "/*");
		if (f->members)
			reader_list(f->members, buf_str(&below), out);
	}
}
