/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON text as an array of nodes, in the order of the text. It is checked strictly first
 * (json_scan.h), so the readers need not doubt what they see: strings are decoded, valid UTF-8 and
 * without NUL, keys of an object differ, integers fit 64 bits.
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include "base/buf.h"
#include "base/json_scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_READ_NODES (1u << 20) /* of one text */

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_INTEGER,
	JSON_FRACTION, /* a number that is not written as an integer */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/* Number of a node; JSON_NONE: there is none. The whole text is node 0. */
typedef uint32_t json_node;
#define JSON_NONE UINT32_MAX

struct json_doc {
	const char *text;     /* borrowed, as it was given */
	size_t length;
	char *strings;        /* owned: the text, with every string and number decoded in place */
	struct json_doc_node *nodes; /* owned */
	uint32_t count;
};

/* Checks and reads the text, which must stay as long as `ret`. 0; -EINVAL with *ret_fault set;
 * -E2BIG: more than JSON_READ_NODES values; -ENOMEM. */
int json_doc_read(const char *text, size_t length, struct json_doc *ret,
		  struct json_fault *ret_fault);
void json_doc_done(struct json_doc *doc);

enum json_type json_type(const struct json_doc *doc, json_node node);

/* The first element of an array, or the first key of an object; JSON_NONE when it is empty. */
json_node json_first(const struct json_doc *doc, json_node node);
/* The next element behind this one, or the next key behind this key. */
json_node json_next(const struct json_doc *doc, json_node node);
/* The value of a key. */
json_node json_value(const struct json_doc *doc, json_node key);

/* for (json_node e ...): json_each (doc, e, array) { ... } */
#define json_each(doc, var, node)                                                                  \
	for (json_node var = json_first(doc, node); var != JSON_NONE; var = json_next(doc, var))

/* The string or key, decoded; or the number as it is written. Valid as long as the document. */
const char *json_text(const struct json_doc *doc, json_node node);
/* Whether the node is the literal true. */
bool json_is_true(const struct json_doc *doc, json_node node);

/* Where the node stands in the text: from, and behind its last byte. */
void json_span(const struct json_doc *doc, json_node node, size_t *ret_from, size_t *ret_end);
/* Appends the JSON pointer of the node. */
void json_pointer(const struct json_doc *doc, json_node node, struct buf *out);

#endif
