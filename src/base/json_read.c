/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsmn finds the tokens; they become nodes that know their parent and their next sibling, so that
 * walking over an object never walks through what is in it.
 */
#include "base/json_read.h"
#include "base/auto.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_PARENT_LINKS /* without, a long array takes quadratic time */
#include <jsmn.h>

struct json_doc_node {
	uint32_t from, end; /* of a string: without its quotes */
	json_node parent;   /* of a value of an object: its key */
	json_node next;     /* JSON_NONE: the last */
	uint32_t index;     /* among its siblings */
	uint8_t type;
	uint8_t is_key;
};

static enum json_type type_of(const char *text, const jsmntok_t *token)
{
	const char *at = text + token->start;

	if (token->type == JSMN_OBJECT)
		return JSON_OBJECT;
	if (token->type == JSMN_ARRAY)
		return JSON_ARRAY;
	if (token->type == JSMN_STRING)
		return JSON_STRING;
	if (*at == 't' || *at == 'f')
		return JSON_BOOL;
	if (*at == 'n')
		return JSON_NULL;
	for (int i = token->start; i < token->end; i++)
		if (memchr(".eE", text[i], 3))
			return JSON_FRACTION;
	return JSON_INTEGER;
}

static void add_node(struct json_doc *doc, const jsmntok_t *token, json_node *last)
{
	json_node at = doc->count++;
	json_node parent = token->parent < 0 ? JSON_NONE : (json_node)token->parent;
	struct json_doc_node *node = &doc->nodes[at];

	*node = (struct json_doc_node){
		.from = (uint32_t)token->start,
		.end = (uint32_t)token->end,
		.parent = parent,
		.next = JSON_NONE,
		.type = (uint8_t)type_of(doc->text, token),
		.is_key = parent != JSON_NONE && doc->nodes[parent].type == JSON_OBJECT,
	};
	last[at] = JSON_NONE;
	if (parent == JSON_NONE)
		return;
	if (last[parent] != JSON_NONE) {
		doc->nodes[last[parent]].next = at;
		node->index = doc->nodes[last[parent]].index + 1;
	}
	last[parent] = at;
}

/* Strings and numbers end with a NUL in the copy: there is always a byte behind them that nobody
 * reads there, a quote or a separator. */
static void decode(struct json_doc *doc)
{
	for (json_node at = 0; at < doc->count; at++) {
		const struct json_doc_node *node = &doc->nodes[at];
		char *text = doc->strings + node->from;
		size_t length = node->end - node->from;

		if (node->type == JSON_STRING && memchr(text, '\\', length))
			json_scan_decode(text, length, text);
		else if (node->type <= JSON_STRING)
			text[length] = '\0';
	}
}

static int make_nodes(struct json_doc *doc, const jsmntok_t *tokens, uint32_t count)
{
	auto_free json_node *last = malloc(count * sizeof(*last));

	doc->nodes = malloc(count * sizeof(*doc->nodes));
	doc->strings = malloc(doc->length + 1);
	if (!last || !doc->nodes || !doc->strings)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		add_node(doc, &tokens[i], last);
	memcpy(doc->strings, doc->text, doc->length);
	doc->strings[doc->length] = '\0';
	decode(doc);
	return 0;
}

static int tokenize(struct json_doc *doc)
{
	auto_free jsmntok_t *tokens = NULL;
	jsmn_parser parser;
	int count;

	jsmn_init(&parser);
	count = jsmn_parse(&parser, doc->text, doc->length, NULL, 0);
	if (count <= 0)
		return -EINVAL;
	if ((uint32_t)count > JSON_READ_NODES)
		return -E2BIG;
	tokens = malloc((size_t)count * sizeof(*tokens));
	if (!tokens)
		return -ENOMEM;
	jsmn_init(&parser);
	count = jsmn_parse(&parser, doc->text, doc->length, tokens, (unsigned)count);
	return count <= 0 ? -EINVAL : make_nodes(doc, tokens, (uint32_t)count);
}

int json_doc_read(const char *text, size_t length, struct json_doc *ret,
		  struct json_fault *ret_fault)
{
	struct json_doc doc = { .text = text, .length = length };
	int r;

	if (length > INT_MAX - 1)
		return -E2BIG;
	*ret_fault = (struct json_fault){ .what = "not understood", .hint = "", .line = 1,
					  .column = 1 };
	r = json_scan_check(text, length, ret_fault);
	if (r == 0)
		r = tokenize(&doc);
	if (r < 0)
		json_doc_done(&doc);
	else
		*ret = doc;
	return r;
}

void json_doc_done(struct json_doc *doc)
{
	free(doc->strings);
	free(doc->nodes);
	*doc = (struct json_doc){ 0 };
}

enum json_type json_type(const struct json_doc *doc, json_node node)
{
	return doc->nodes[node].type;
}

json_node json_first(const struct json_doc *doc, json_node node)
{
	return node + 1 < doc->count && doc->nodes[node + 1].parent == node ? node + 1 : JSON_NONE;
}

json_node json_next(const struct json_doc *doc, json_node node)
{
	return doc->nodes[node].next;
}

json_node json_value(const struct json_doc *doc, json_node key)
{
	return json_first(doc, key);
}

const char *json_text(const struct json_doc *doc, json_node node)
{
	return doc->strings + doc->nodes[node].from;
}

bool json_is_true(const struct json_doc *doc, json_node node)
{
	return doc->nodes[node].type == JSON_BOOL && doc->text[doc->nodes[node].from] == 't';
}

void json_span(const struct json_doc *doc, json_node node, size_t *ret_from, size_t *ret_end)
{
	bool is_string = doc->nodes[node].type == JSON_STRING;

	*ret_from = doc->nodes[node].from - is_string;
	*ret_end = doc->nodes[node].end + is_string;
}

static void add_step(const struct json_doc *doc, json_node node, struct buf *out)
{
	if (doc->nodes[node].is_key) {
		buf_addc(out, '/');
		for (const char *c = json_text(doc, node); *c; c++) {
			if (*c == '~' || *c == '/')
				buf_adds(out, *c == '~' ? "~0" : "~1");
			else
				buf_addc(out, *c);
		}
		return;
	}
	buf_addf(out, "/%u", doc->nodes[node].index);
}

void json_pointer(const struct json_doc *doc, json_node node, struct buf *out)
{
	json_node way[2 * JSON_SCAN_MAX_DEPTH + 2];
	unsigned steps = 0;

	/* A value of an object has its key as its parent, and adds nothing. */
	for (; doc->nodes[node].parent != JSON_NONE; node = doc->nodes[node].parent) {
		json_node parent = doc->nodes[node].parent;

		if (doc->nodes[node].is_key || doc->nodes[parent].type == JSON_ARRAY)
			way[steps++] = node;
	}
	while (steps > 0)
		add_step(doc, way[--steps], out);
}
