/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled filters, kept in a directory of their own until the machine is started again: for root
 * below /run, for others below the directory that $XDG_RUNTIME_DIR gives. Nowhere else, and never in
 * a home: a box that may write there could leave a filter for the next one; /run is private in a box.
 *
 * A file has the whole key in it, all that decides what the filter becomes, and counts only when
 * that is the same byte for byte. So the name need not be a strong hash, and nobody but we could
 * have written the file. Whatever is wrong with the cache, the helper compiles.
 */
#include "api/filter.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/private.h"

#include <inttypes.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC UINT64_C(0x31667465766f63) /* "covetf1" */
#define DIRECTORY_NAME "cove-filters"

struct header {
	uint64_t magic;
	uint64_t key_len;
	uint64_t program_len;
};

bool filter_is_program(size_t len)
{
	return len && len % sizeof(struct sock_filter) == 0 &&
	       len / sizeof(struct sock_filter) <= BPF_MAXINSNS;
}

/* All that the answer depends on. Capabilities beyond those that the profile asks for do no harm
 * but to the number of files. */
static int make_key(const struct filter_source *source, const char *helper, struct buf *key)
{
	char identity[128];
	int r = private_identify(helper, identity, sizeof(identity));

	if (r < 0)
		return r;
	buf_addf(key, "%s %s %s\n%" PRIu32 " %" PRIx64 " %" PRIx32 "%s", COVE_VERSION, helper,
		 identity, source->facts->kernel, source->caps, source->words,
		 source->skipped ? " skip" : "");
	if (source->edits)
		plan_each (source->plan, struct plan_string, edit, *source->edits)
			buf_addf(key, " %s", plan_str(source->plan, edit->text));
	buf_addc(key, '\n');
	buf_add(key, source->profile, source->len);
	return key->failed ? -1 : 0;
}

/* FNV-1a */
static uint64_t hash(const struct buf *key)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key->len; i++)
		value = (value ^ (unsigned char)key->data[i]) * UINT64_C(0x100000001b3);
	return value;
}

/* Where the caller's own directory belongs; NULL: nowhere. */
static const char *parent_directory(const struct facts *facts)
{
	auto_(buf_done) struct buf clean = { 0 };
	const char *runtime = facts_env(facts, "XDG_RUNTIME_DIR");

	if (facts->uid == 0)
		return "/run";
	if (!runtime || path_clean(runtime, &clean) < 0 || !path_is_under(buf_str(&clean), "/run"))
		return NULL;
	return strcmp(buf_str(&clean), runtime) == 0 ? runtime : NULL;
}

static int open_directory(const struct filter_source *source, bool make)
{
	const char *parent = parent_directory(source->facts);

	return parent ? private_open(parent, DIRECTORY_NAME, make) : -1;
}

static bool read_cached(int dir, const char *name, const struct buf *key, struct buf *ret)
{
	auto_free char *data = NULL;
	struct header header;
	long len = private_read(dir, name, 2 * FILTER_LIMIT, &data);

	if (len < (long)sizeof(header))
		return false;
	memcpy(&header, data, sizeof(header));
	if (header.magic != MAGIC || header.key_len != key->len ||
	    !filter_is_program(header.program_len) ||
	    (size_t)len != sizeof(header) + key->len + header.program_len ||
	    memcmp(data + sizeof(header), key->data, key->len) != 0)
		return false;
	buf_add(ret, data + sizeof(header) + key->len, header.program_len);
	return !ret->failed;
}

static void remember(const struct filter_source *source, const char *name, const struct buf *key,
		     const struct buf *program)
{
	struct header header = { .magic = MAGIC, .key_len = key->len, .program_len = program->len };
	const struct fd_part parts[] = {
		{ &header, sizeof(header) },
		{ key->data, key->len },
		{ program->data, program->len },
	};
	/* What was skipped is said each time. */
	bool tells = source->skipped && source->skipped->len;
	auto_fd int dir = source->only_said || tells ? -1 : open_directory(source, true);

	if (dir >= 0 && filter_is_program(program->len))
		private_write(dir, name, parts, ARRAY_LEN(parts));
}

int filter_compile(const struct filter_source *source, struct buf *ret, struct cove_error *err)
{
	auto_(buf_done) struct buf key = { 0 };
	char helper[4096], name[24];
	int r = filter_find_helper(helper, sizeof(helper), err);

	if (r < 0)
		return r;
	if (make_key(source, helper, &key) < 0)
		return filter_run_helper(source, helper, ret, err);
	snprintf(name, sizeof(name), "%016" PRIx64, hash(&key));
	{
		auto_fd int dir = open_directory(source, false);

		if (dir >= 0 && read_cached(dir, name, &key, ret))
			return 0;
	}
	r = filter_run_helper(source, helper, ret, err);
	if (r == 0)
		remember(source, name, &key, ret);
	return r;
}
