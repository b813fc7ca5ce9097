/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on what is shared with the host, and on the private filesystems of the default box.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "box/options.h"
#include "plan/build.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#define WORD_SIZE 64

struct word {
	const char *name;
	uint64_t set, clear;
};

static const struct word words[] = {
	{ "noexec", MOUNT_ATTR_NOEXEC, 0 },
	{ "exec", 0, MOUNT_ATTR_NOEXEC },
	{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW },
	/* These always are. */
	{ "nosuid", MOUNT_ATTR_NOSUID, 0 },
	{ "nodev", MOUNT_ATTR_NODEV, 0 },
};

bool box_mount_word(const char *name, size_t len, uint64_t *attr)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strlen(words[i].name) != len || strncmp(words[i].name, name, len) != 0)
			continue;
		*attr = (*attr & ~words[i].clear) | words[i].set;
		return true;
	}
	return false;
}

static int unknown_word(const char *name, size_t len, struct cove_error *err)
{
	const char *names[ARRAY_LEN(words)];
	const char *near;
	char word[WORD_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		names[i] = words[i].name;
	snprintf(word, sizeof(word), "%.*s", (int)len, name);
	near = text_nearest(word, names, ARRAY_LEN(words));
	err_usage(err, "unknown mount option '%s'", word);
	if (near)
		err_hint(err, "did you mean '%s'?", near);
	else
		err_hint(err, "the options are: noexec exec nosymfollow symfollow");
	return -EINVAL;
}

/* "noexec,nosymfollow"; NULL and "" are none. */
static int parse_words(const char *text, uint64_t *attr, struct cove_error *err)
{
	const char *cursor = text && text[0] ? text : NULL, *field;
	size_t len;

	while (cursor && text_next_field(&cursor, ',', &field, &len))
		if (!box_mount_word(field, len, attr))
			return unknown_word(field, len, err);
	return 0;
}

/* SRC[:DST[:OPT,...]] */
static int share(struct box *box, const char *value, uint64_t attr, struct plan_mount **ret_mount,
		 struct cove_error *err)
{
	auto_(buf_done) struct buf left = { 0 }, right = { 0 }, source = { 0 }, target = { 0 };
	const char *second = strchr(value, ':');
	const char *third = second ? strchr(second + 1, ':') : NULL;
	size_t len = second ? (size_t)(second - value) : strlen(value);
	int r = third ? parse_words(third + 1, &attr, err) : 0;

	buf_add(&left, value, len);
	if (second)
		buf_add(&right, second + 1,
			third ? (size_t)(third - second - 1) : strlen(second + 1));
	if (r == 0)
		r = box_absolute(box, buf_str(&left), &source, err);
	if (r == 0)
		r = box_absolute(box, right.len ? buf_str(&right) : buf_str(&left), &target, err);
	if (r < 0)
		return r;
	*ret_mount = plan_add_mount(box->plan, PLAN_MOUNT_BIND, buf_str(&source), buf_str(&target));
	(*ret_mount)->attr = attr | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	return 0;
}

int box_ro(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct plan_mount *mount;

	return share(box_begin(context, opt, value), value, MOUNT_ATTR_RDONLY, &mount, err);
}

int box_rw(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct plan_mount *mount;

	return share(box_begin(context, opt, value), value, 0, &mount, err);
}

/* An empty source is a variable that is not set, as in --ro-try "$VIRTUAL_ENV". */
static int share_if_there(struct box *box, const char *value, uint64_t attr, struct cove_error *err)
{
	struct plan_mount *mount;
	int r;

	if (value[0] == '\0' || value[0] == ':' || box_lacks_prefix(box, value))
		return 0;
	r = share(box, value, attr, &mount, err);
	if (r < 0)
		return r;
	mount->optional = 1;
	mount->yields = box_is_preset(box);
	return 0;
}

int box_ro_try(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	return share_if_there(box_begin(context, opt, value), value, MOUNT_ATTR_RDONLY, err);
}

int box_rw_try(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	return share_if_there(box_begin(context, opt, value), value, 0, err);
}

/* rw|ro|overlay|none[:OPT,...] */
int box_here(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	static const char *const modes[] = {
		[BOX_HERE_RW] = "rw", [BOX_HERE_RO] = "ro",
		[BOX_HERE_OVERLAY] = "overlay", [BOX_HERE_NONE] = "none",
	};
	struct box *box = box_begin(context, opt, value);
	const char *colon = strchr(value, ':');
	size_t len = colon ? (size_t)(colon - value) : strlen(value);
	uint64_t attr = 0;
	int r;

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (strlen(modes[i]) != len || strncmp(modes[i], value, len) != 0)
			continue;
		r = parse_words(colon ? colon + 1 : NULL, &attr, err);
		if (r < 0)
			return r;
		box->here.mode = (enum box_here_mode)i;
		box->here.attr = attr;
		box->here.origin = box->plan->origin;
		return 0;
	}
	err_usage(err, "'%s' is no way to share the current directory", value);
	err_hint(err, "it is rw, ro, overlay or none, such as --here ro or --here rw:noexec");
	return -EINVAL;
}

/* One WORD or KEY=VALUE of --private. */
static int private_word(struct box *box, const char *field, size_t len, struct cove_error *err)
{
	static const char *const keys[] = { "size=", "nr_inodes=" };
	plan_ref *settings[] = { &box->private.size, &box->private.inodes };
	char word[WORD_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		size_t key = strlen(keys[i]);

		if (len <= key || len >= sizeof(word) || strncmp(field, keys[i], key) != 0)
			continue;
		snprintf(word, sizeof(word), "%.*s", (int)(len - key), field + key);
		*settings[i] = plan_add_string(box->plan, word);
		return 0;
	}
	if (box_mount_word(field, len, &box->private.attr))
		return 0;
	snprintf(word, sizeof(word), "%.*s", (int)len, field);
	err_usage(err, "'%s' is no option of private directories", word);
	err_hint(err, "the options are: size=64M nr_inodes=1k noexec exec nosymfollow symfollow");
	return -EINVAL;
}

int box_private(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	const char *cursor = value, *field;
	size_t len;

	box->private.origin = box->plan->origin;
	while (text_next_field(&cursor, ',', &field, &len)) {
		int r = private_word(box, field, len, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int box_proc(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	static const char *const known[] = { "subset=pid", "hidepid=off", "hidepid=noaccess",
					     "hidepid=invisible", "hidepid=ptraceable" };
	struct box *box = box_begin(context, opt, value);
	const char *cursor = value, *field;
	size_t len;

	while (text_next_field(&cursor, ',', &field, &len)) {
		char word[WORD_SIZE];
		bool found = false;

		snprintf(word, sizeof(word), "%.*s", (int)len, field);
		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			found |= strcmp(known[i], word) == 0;
		if (!found) {
			err_usage(err, "'%s' is no option of /proc", word);
			err_hint(err, "the options are: subset=pid hidepid=off hidepid=noaccess "
				      "hidepid=invisible hidepid=ptraceable");
			return -EINVAL;
		}
	}
	box->proc.words = plan_add_string(box->plan, value);
	box->proc.origin = box->plan->origin;
	return 0;
}
