/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON onto a buffer, without a tree in memory. The caller keeps the order right: `key` is
 * the member's name inside an object, and NULL inside an array and at the top.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSON_MAX_DEPTH = 32 };

struct json {
	struct buf *out; /* borrowed; its `failed` is also set by more than JSON_MAX_DEPTH levels */
	bool pretty;     /* one member a line, two blanks a level */
	unsigned depth;
	bool filled[JSON_MAX_DEPTH + 1]; /* the level has a member already */
};

void json_init(struct json *j, struct buf *out, bool pretty);

void json_open_object(struct json *j, const char *key);
void json_close_object(struct json *j);
void json_open_array(struct json *j, const char *key);
void json_close_array(struct json *j);

/* Invalid UTF-8 becomes U+FFFD; a NULL value becomes null. */
void json_string(struct json *j, const char *key, const char *value);
void json_int(struct json *j, const char *key, int64_t value);
void json_uint(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
/* A value that is JSON already. */
void json_raw(struct json *j, const char *key, const char *text);

#endif
