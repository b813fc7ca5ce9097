/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device nodes and FIFOs of the box, and the place of its terminal. What a box's files have there
 * already is never followed: it is the very thing, or refused.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/mount.h"

#include <errno.h>
#include <fcntl.h>

static int refuse_node(const char *path, struct cove_error *err)
{
	err_set(err, EEXIST, "mknodat", path, "'%s' exists in the box, and is not the device",
		path);
	err_hint(err, "it is part of the root's files, and in the way: remove it there");
	return -EEXIST;
}

int inside_attach_node(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	struct inroot_node node = {
		.mode = m->node_type | m->mode,
		.major = m->major,
		.minor = m->minor,
		.uid = m->uid,
		.gid = m->gid,
	};
	int r;

	if (m->spare)
		return inside_attach_source(in, m, err);
	r = inroot_make_node(&in->tree, path, &node, err);
	return r == -EEXIST ? refuse_node(path, err) : r;
}

/* The file that the terminal will cover. It is looked up again when the terminal has been made,
 * after the root may have become read-only. */
int inside_prepare_console(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	const char *path = plan_str(in->plan, m->target);
	int r = inroot_make_empty(&in->tree, path, err);

	return r == -EEXIST ? 0 : r;
}

static int open_place(struct inside *in, const char *path, struct cove_error *err)
{
	auto_fd int place = inroot_open(&in->tree, path, O_PATH | O_NOFOLLOW, err);
	uint64_t device = 0;

	if (place < 0 || fd_kind(place, &device) == FD_PATH_FILE || device)
		return TAKE_FD(place);
	return err_set(err, ELOOP, "openat2", path,
		       "'%s' is neither a file nor a device in the box: the terminal cannot be "
		       "there", path);
}

int inside_show_console(struct inside *in, int terminal, struct cove_error *err)
{
	plan_each (in->plan, struct plan_mount, m, in->plan->mounts) {
		const char *path = plan_str(in->plan, m->target);
		auto_fd int place = -1, tree = -1;
		int r;

		if (m->kind != PLAN_MOUNT_CONSOLE)
			continue;
		place = open_place(in, path, err);
		r = place < 0 ? place : (tree = mount_clone_of(terminal, path, err));
		r = r < 0 ? r : mount_attach(tree, place, path, err);
		if (r < 0) {
			err_origin(err, plan_str(in->plan, m->item.origin));
			return r;
		}
	}
	return 0;
}
