/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on files.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/path.h"
#include "base/text.h"
#include "box/options.h"
#include "plan/build.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

/* Splits "LEFT:RIGHT"; `right` is empty without a colon. */
static void split(const char *value, char separator, struct buf *left, struct buf *right)
{
	const char *at = strchr(value, separator);

	buf_add(left, value, at ? (size_t)(at - value) : strlen(value));
	if (at)
		buf_adds(right, at + 1);
}

int box_rootfs(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	struct plan_root *root = &box->plan->root;
	auto_(buf_done) struct buf dir = { 0 }, mode = { 0 }, path = { 0 };
	int r;

	split(value, ':', &dir, &mode);
	if (mode.len && strcmp(buf_str(&mode), "rw") != 0 && strcmp(buf_str(&mode), "ro") != 0)
		return err_usage(err, "'%s' is neither 'rw' nor 'ro'", buf_str(&mode));
	r = box_absolute(box, buf_str(&dir), &path, err);
	if (r < 0)
		return r;
	root->kind = PLAN_ROOT_DIR;
	root->read_only = strcmp(buf_str(&mode), "rw") != 0;
	root->path = plan_add_string(box->plan, buf_str(&path));
	root->origin = box->plan->origin;
	return 0;
}

int box_empty_root(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	(void)err;
	box->plan->root = (struct plan_root){
		.kind = PLAN_ROOT_DIR,
		.read_only = 1,
		.origin = box->plan->origin,
	};
	return 0;
}

int box_hide(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	auto_(buf_done) struct buf path = { 0 };
	int r = box_absolute(box, value, &path, err);

	if (r < 0)
		return r;
	plan_add_mask(box->plan, buf_str(&path));
	return 0;
}

/* Later ones take the place of earlier ones. */
static void drop_tmpfs(struct plan *plan, const char *target)
{
	const struct plan_mount *next;

	for (const struct plan_mount *m = plan_at(plan, plan->mounts.first); m; m = next) {
		next = plan_at(plan, m->item.next);
		if (m->kind == PLAN_MOUNT_FS && strcmp(plan_str(plan, m->target), target) == 0)
			plan_remove(plan, &plan->mounts, &m->item);
	}
}

/* PATH[:OPT,...] */
static int tmpfs(struct box *box, const char *value, struct plan_mount **ret_mount,
		 struct cove_error *err)
{
	auto_(buf_done) struct buf dir = { 0 }, words = { 0 }, path = { 0 };
	struct plan_mount *mount;
	const char *cursor, *field;
	size_t len;
	int r;

	split(value, ':', &dir, &words);
	r = box_absolute(box, buf_str(&dir), &path, err);
	if (r < 0)
		return r;
	drop_tmpfs(box->plan, buf_str(&path));
	mount = plan_add_fs(box->plan, "tmpfs", buf_str(&path));
	mount->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	cursor = words.len ? buf_str(&words) : NULL;
	while (cursor && text_next_field(&cursor, ',', &field, &len)) {
		auto_(buf_done) struct buf word = { 0 }, key = { 0 }, setting = { 0 };

		if (box_mount_word(field, len, &mount->attr))
			continue;
		buf_add(&word, field, len);
		split(buf_str(&word), '=', &key, &setting);
		plan_mount_data(box->plan, mount, buf_str(&key),
				setting.len ? buf_str(&setting) : NULL);
	}
	*ret_mount = mount;
	return 0;
}

int box_tmpfs(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct plan_mount *mount;

	return tmpfs(box_begin(context, opt, value), value, &mount, err);
}

int box_tmpfs_try(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	struct plan_mount *mount;
	int r = tmpfs(box, value, &mount, err);

	if (r < 0)
		return r;
	mount->optional = 1;
	mount->no_create = 1;
	mount->yields = box_is_preset(box);
	return 0;
}

int box_symlink(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	auto_(buf_done) struct buf text = { 0 }, link = { 0 }, path = { 0 };
	int r;

	split(value, ':', &text, &link);
	if (!text.len || !link.len)
		return err_usage(err, "'%s' is not TEXT:PATH", value);
	r = box_absolute(box, buf_str(&link), &path, err);
	if (r == 0)
		plan_add_mount(box->plan, PLAN_MOUNT_SYMLINK, buf_str(&text), buf_str(&path));
	return r;
}

int box_file(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	auto_(buf_done) struct buf name = { 0 }, content = { 0 }, path = { 0 };
	struct plan_mount *mount;
	uint32_t fd;
	int r;

	if (!strchr(value, '='))
		return err_usage(err, "'%s' is not PATH=TEXT", value);
	split(value, '=', &name, &content);
	r = box_absolute(box, buf_str(&name), &path, err);
	if (r < 0)
		return r;
	mount = plan_add_mount(box->plan, PLAN_MOUNT_FILE, NULL, buf_str(&path));
	mount->attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (strncmp(buf_str(&content), "fd:", 3) == 0) {
		if (num_u32(buf_str(&content) + 3, &fd) < 0 || fd > INT32_MAX)
			return err_usage(err, "'%s' is no descriptor", buf_str(&content));
		mount->content_fd = (int32_t)fd;
		return 0;
	}
	mount->content_len = (uint32_t)content.len;
	mount->content = plan_add_bytes(box->plan, buf_str(&content), mount->content_len);
	return 0;
}

int box_dev(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	auto_(buf_done) struct buf path = { 0 };
	int r = box_absolute(box, value, &path, err);

	if (r < 0)
		return r;
	if (!path_is_under(buf_str(&path), "/dev") || strcmp(buf_str(&path), "/dev") == 0)
		return err_usage(err, "'%s' is not in /dev", value);
	plan_add_mount(box->plan, PLAN_MOUNT_DEVICE, buf_str(&path), buf_str(&path));
	return 0;
}

int box_bind_fd(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	auto_(buf_done) struct buf number = { 0 }, dst = { 0 }, path = { 0 };
	struct plan_mount *mount;
	bool read_only;
	uint32_t fd;
	int r;

	split(value, ':', &number, &dst);
	if (num_u32(buf_str(&number), &fd) < 0 || fd > INT32_MAX || !dst.len)
		return err_usage(err, "'%s' is not N:DST", value);
	read_only = dst.len > 3 && strcmp(dst.data + dst.len - 3, ":ro") == 0;
	if (read_only)
		dst.data[dst.len -= 3] = '\0';
	r = box_absolute(box, buf_str(&dst), &path, err);
	if (r < 0)
		return r;
	mount = plan_add_mount(box->plan, PLAN_MOUNT_BIND, NULL, buf_str(&path));
	mount->content_fd = (int32_t)fd;
	mount->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (read_only ? MOUNT_ATTR_RDONLY : 0);
	return 0;
}

int box_overlay(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	auto_(buf_done) struct buf dst = { 0 }, dir = { 0 }, target = { 0 }, layer = { 0 };
	struct plan_mount *mount;
	int r;

	split(value, '=', &dst, &dir);
	r = box_absolute(box, buf_str(&dst), &target, err);
	if (r == 0 && strchr(value, '='))
		r = box_absolute(box, buf_str(&dir), &layer, err);
	if (r < 0)
		return r;
	mount = plan_add_mount(box->plan, PLAN_MOUNT_OVERLAY, layer.len ? buf_str(&layer) : NULL,
			       buf_str(&target));
	mount->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	return 0;
}
