/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlay filesystems: see overlay.h.
 */
#define _GNU_SOURCE
#include "sys/overlay.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/mount.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* By number: a path in the working directory /proc/self/fd, wherever that is mounted now. */
static int set_layer(int fs, const char *key, int fd, struct cove_error *err)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", fd);
	return mount_set(fs, key, number, err);
}

/* What a module parameter may have made the default, and neither a box nor what reads its layer
 * reckons with. "nofollow": entries are never redirected, nor those that claim to be followed. */
static int set_features(int fs, const struct overlay_layers *layers, struct cove_error *err)
{
	static const char *const features[][2] = {
		{ "redirect_dir", "nofollow" }, { "metacopy", "off" }, { "index", "off" },
	};
	int r = layers->user_xattr ? mount_set(fs, "userxattr", NULL, err) : 0;

	for (unsigned i = 0; r == 0 && i < sizeof(features) / sizeof(features[0]); i++)
		r = mount_set(fs, features[i][0], features[i][1], err);
	return r;
}

static int configure(const struct overlay_layers *layers, int fds, int fs, uint64_t attr,
		     struct cove_error *err)
{
	int r = fchdir(fds) == 0 ? 0 : err_set(err, errno, "fchdir", "/proc/self/fd",
					       "cannot enter '/proc/self/fd'");

	if (r == 0)
		r = set_layer(fs, "lowerdir", layers->lower, err);
	if (r == 0)
		r = set_layer(fs, "upperdir", layers->upper, err);
	if (r == 0)
		r = set_layer(fs, "workdir", layers->work, err);
	if (r == 0)
		r = set_features(fs, layers, err);
	return r < 0 ? r : mount_make(fs, "overlay", attr, err);
}

int overlay_make(const struct overlay_layers *layers, int fds, uint64_t attr, const char *object,
		 struct cove_error *err)
{
	struct cove_error why = { 0 };
	auto_fd int fs = mount_new("overlay", err);
	int tree;

	if (fs < 0)
		return fs;
	tree = configure(layers, fds, fs, attr, &why);
	if (tree >= 0)
		return tree;
	err_set(err, why.num, why.call, object, "cannot lay an overlay over '%s'", object);
	if (why.hint[0])
		err_hint(err, "%s", why.hint);
	return -why.num;
}
