/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a JSON tree by tables: one row a member, one small function a row. The reader knows the
 * pointer of what it is at, so every complaint names its place.
 */
#ifndef HELPER_SECCOMP_READER_H
#define HELPER_SECCOMP_READER_H

#include "helper/report.h"
#include "helper/seccomp_data.h"
#include "helper/seccomp_words.h"

#include <json-c/json.h>

struct reader {
	const struct profile_facts *facts;
	struct profile *profile;
	struct report *report;
	char pointer[REPORT_POINTER_SIZE];
	size_t pointer_length;
	/* The rule and the argument that are being read. */
	struct profile_rule *rule;
	struct scmp_arg_cmp *arg;
	/* Of the rule, its includes or its excludes. */
	bool is_wanted, is_excluding;
	/* Of an archMap row. */
	bool is_native_row;
	bool has_listener;
	bool has_archs;
};

/* Takes one value, of the type that its row asks for. */
typedef int reader_take(struct reader *r, struct json_object *value);

struct reader_member {
	const char *name;
	enum json_type type; /* json_type_null: any */
	bool is_required;
	reader_take *take; /* NULL: known, and without meaning here */
};

/* Takes the members of `object` in the order of the table. Others are ignored, as the OCI
 * specification demands, or refused when strict. */
int reader_object(struct reader *r, struct json_object *object, const struct reader_member *members,
		  size_t count);

/* Takes every element of `array`. */
int reader_array(struct reader *r, struct json_object *array, enum json_type type,
		 reader_take *take);

/* `*ret_value` is `value` when it is an integer from 0 to `max`. */
int reader_number(struct reader *r, struct json_object *value, uint64_t max, uint64_t *ret_value);

/* Looks a word up; the complaint lists the words that exist. */
int reader_word(struct reader *r, struct json_object *value, enum words_kind kind,
		uint32_t *ret_value);

/* The JSON string as a C string. It has no NUL: json_scan_check() refused that. */
const char *reader_string(struct json_object *value);

#endif
