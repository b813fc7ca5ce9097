/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove update. Options become the document that --resources would have.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "base/num.h"
#include "cli/oci.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum place { MEMORY, CPU, PIDS, BLOCK_IO, PLACES };

static const char *const places[PLACES] = {
	[MEMORY] = "memory", [CPU] = "cpu", [PIDS] = "pids", [BLOCK_IO] = "blockIO",
};

/* Where an option's value belongs in the document. */
static const struct target {
	const char *option;
	enum place place;
	const char *member;
	enum { NUMBER, SIZE, WORD } type;
} targets[] = {
	{ "blkio-weight", BLOCK_IO, "weight", NUMBER },
	{ "cpu-period", CPU, "period", NUMBER },
	{ "cpu-quota", CPU, "quota", NUMBER },
	{ "cpu-burst", CPU, "burst", NUMBER },
	{ "cpu-share", CPU, "shares", NUMBER },
	{ "cpu-rt-period", CPU, "realtimePeriod", NUMBER },
	{ "cpu-rt-runtime", CPU, "realtimeRuntime", NUMBER },
	{ "cpuset-cpus", CPU, "cpus", WORD },
	{ "cpuset-mems", CPU, "mems", WORD },
	{ "cpu-idle", CPU, "idle", NUMBER },
	{ "memory", MEMORY, "limit", SIZE },
	{ "memory-reservation", MEMORY, "reservation", SIZE },
	{ "memory-swap", MEMORY, "swap", SIZE },
	{ "kernel-memory", MEMORY, "kernel", SIZE },
	{ "kernel-memory-tcp", MEMORY, "kernelTCP", SIZE },
	{ "pids-limit", PIDS, "limit", NUMBER },
};

struct words {
	const char *file;
	const char *values[ARRAY_LEN(targets)]; /* NULL: not said */
	bool any;                               /* of them was said */
	const char *cache, *bandwidth;          /* schemata */
};

OCI_SETTER(set_file, struct words, to->file = value)

static int set_value(void *context, const struct opt *opt, const char *value,
		     struct cove_error *err)
{
	struct words *words = context;

	(void)err;
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (strcmp(targets[i].option, opt->name) == 0)
			words->values[i] = value;
	words->any = true;
	return 0;
}

static int set_cache(void *context, const struct opt *opt, const char *value,
		     struct cove_error *err)
{
	(void)opt;
	if (strchr(value, '\n'))
		return err_usage(err, "a schema is one line");
	((struct words *)context)->cache = value;
	return 0;
}

static int set_bandwidth(void *context, const struct opt *opt, const char *value,
			 struct cove_error *err)
{
	(void)opt;
	if (strncmp(value, "MB:", 3) != 0 || strchr(value, '\n'))
		return err_usage(err, "a schema of memory bandwidth is a line that begins with "
				      "'MB:'");
	((struct words *)context)->bandwidth = value;
	return 0;
}

#define ROW(name, value, help) { name, 0, value, NULL, help, NULL, OPT_COMPLETE_NONE, 0, set_value }

static const struct opt update_options[] = {
	{ "resources", 'r', "FILE", NULL, "Read a document of resources; '-': standard input.", NULL,
	  OPT_COMPLETE_FILE, 0, set_file },
	ROW("blkio-weight", "N", "Weight of its block I/O."),
	ROW("cpu-period", "US", "Period of the quota."),
	ROW("cpu-quota", "US", "Time in each period."),
	ROW("cpu-burst", "US", "What it may save up."),
	ROW("cpu-share", "N", "Weight against others."),
	ROW("cpu-rt-period", "US", "Period of real-time scheduling."),
	ROW("cpu-rt-runtime", "US", "Time in each of those."),
	ROW("cpuset-cpus", "LIST", "Processors."),
	ROW("cpuset-mems", "LIST", "Memory nodes."),
	ROW("cpu-idle", "0|1", "Only when nobody else wants to."),
	ROW("memory", "BYTES", "Limit; -1: none."),
	ROW("memory-reservation", "BYTES", "Low-water mark."),
	ROW("memory-swap", "BYTES", "Limit of memory and swap together; -1: none."),
	{ "kernel-memory", 0, "BYTES", NULL, NULL, NULL, OPT_COMPLETE_NONE, OPT_HIDDEN, set_value },
	{ "kernel-memory-tcp", 0, "BYTES", NULL, NULL, NULL, OPT_COMPLETE_NONE, OPT_HIDDEN,
	  set_value },
	ROW("pids-limit", "N", "Number of processes; -1: no limit."),
	{ "l3-cache-schema", 0, "SCHEMA", NULL, "Parts of caches, such as L3:0=7f0;1=1f.", NULL,
	  OPT_COMPLETE_NONE, 0, set_cache },
	{ "mem-bw-schema", 0, "SCHEMA", NULL, "Memory bandwidth, such as MB:0=20;1=70.", NULL,
	  OPT_COMPLETE_NONE, 0, set_bandwidth },
};

const struct opt_command update_command = {
	.name = "update",
	.operands = "ID",
	.summary = "Change the resources of a container.",
	.details = "Sizes are bytes, or end in k, m, g or t.",
	.opts = update_options,
	.opt_count = ARRAY_LEN(update_options),
	.one_dash = true,
};

static int put_size(struct json *j, const char *key, const char *text, struct cove_error *err)
{
	char word[32];
	uint64_t size;
	size_t len;

	if (strcmp(text, "-1") == 0) {
		json_int(j, key, -1);
		return 0;
	}
	snprintf(word, sizeof(word), "%s", text);
	len = strlen(word);
	if (len > 1 && tolower((unsigned char)word[len - 1]) == 'b')
		word[--len] = '\0';
	if (len)
		word[len - 1] = (char)toupper((unsigned char)word[len - 1]);
	if (num_size(word, &size) < 0 || size > INT64_MAX)
		return err_usage(err, "'%s' is no size", text);
	json_uint(j, key, size);
	return 0;
}

static int put(struct json *j, const struct target *target, const char *text,
	       struct cove_error *err)
{
	int64_t number;
	int r = 0;

	if (target->type == WORD)
		json_string(j, target->member, text);
	else if (target->type == SIZE)
		r = put_size(j, target->member, text, err);
	else if (num_i64(text, &number) < 0)
		r = err_usage(err, "'%s' is no number", text);
	else
		json_int(j, target->member, number);
	if (r < 0) {
		char origin[32];

		snprintf(origin, sizeof(origin), "--%s", target->option);
		err_origin(err, origin);
	}
	return r;
}

static int write_document(const struct words *words, struct buf *out, struct cove_error *err)
{
	struct json j;
	int r = 0;

	json_init(&j, out, false);
	json_open_object(&j, NULL);
	for (enum place place = 0; place < PLACES; place++) {
		json_open_object(&j, places[place]);
		for (size_t i = 0; i < ARRAY_LEN(targets) && r == 0; i++)
			if (words->values[i] && targets[i].place == place)
				r = put(&j, &targets[i], words->values[i], err);
		json_close_object(&j);
	}
	json_close_object(&j);
	return r;
}

static int update(const char *id, const struct words *words, const struct buf *text,
		  struct cove_error *err)
{
	struct api_update said = { 0 };
	unsigned count = 0;

	if (words->cache)
		said.schemata[count++] = words->cache;
	if (words->bandwidth)
		said.schemata[count++] = words->bandwidth;
	if (words->file || words->any || !count)
		said.resources = text;
	return api_container_update(&oci_global.oci, id, &said, err);
}

int cmd_update(int argc, char **argv)
{
	auto_(buf_done) struct buf text = { 0 };
	struct words words = { 0 };
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&update_command, argc, argv, &words, &err);
	int r = id ? 0 : -err.num;

	if (r == 0)
		r = words.file ? oci_read_file(words.file, &text, &err)
			       : write_document(&words, &text, &err);
	if (r == 0)
		r = update(id, &words, &text, &err);
	return oci_end(r, &err);
}
