/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup tree of the box. Of cgroup v2 it is one filesystem. A host with v1 hierarchies has a
 * directory for each, in a tmpfs, beside links for those that go by several names.
 *
 * A tree of the host's own cgroup namespace is never mounted anew: with that, the options of the
 * host's mount would be lost.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "sys/dir.h"
#include "sys/fd.h"
#include "sys/mount.h"
#include "sys/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define NAME_SIZE 256
#define SAFE (MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC)

static int set_controllers(int fs, const char *name, struct cove_error *err)
{
	char word[NAME_SIZE];
	int r = 0;

	/* It has no controller, but a name. */
	if (strcmp(name, "systemd") == 0) {
		r = mount_set(fs, "none", NULL, err);
		return r < 0 ? r : mount_set(fs, "name", name, err);
	}
	while (r == 0 && *name) {
		size_t len = strcspn(name, ",");

		memcpy(word, name, len);
		word[len] = '\0';
		r = mount_set(fs, word, NULL, err);
		name += len + (name[len] == ',');
	}
	return r;
}

static int make_hierarchy(const char *name, int version, uint64_t attr, struct cove_error *err)
{
	const char *type = version == 2 ? "cgroup2" : "cgroup";
	auto_fd int fs = mount_new(type, err);
	int r = fs < 0 ? fs : 0;

	if (r == 0 && version == 1)
		r = set_controllers(fs, name, err);
	return r < 0 ? r : mount_make(fs, type, attr, err);
}

static int copy_link(int from, int to, const char *name, const char *text, struct cove_error *err)
{
	struct stat st;
	int r = tree_stat(from, name, &st, err);

	return r < 0 ? r : tree_make_link(to, name, text, &st, err);
}

/* One name of the host's directory of hierarchies, made in the box's. */
static int copy_entry(int from, int to, const char *name, uint64_t attr, struct cove_error *err)
{
	char text[NAME_SIZE];
	auto_fd int source = -1, place = -1, tree = -1;
	int version;

	if (tree_read_link(from, name, text, sizeof(text), NULL) > 0)
		return copy_link(from, to, name, text, err);
	source = dir_open(from, name, true, NULL);
	version = source < 0 ? 0 : fd_cgroup_version(source);
	if (version <= 0)
		return 0;
	place = dir_make(to, name, 0755, err);
	tree = place < 0 ? place : make_hierarchy(name, version, attr, err);
	return tree < 0 ? tree : mount_attach(tree, place, name, err);
}

static int copy_entries(int host, int to, uint64_t attr, struct cove_error *err)
{
	auto_fd int from = fd_open_at(host, ".", O_RDONLY | O_DIRECTORY, 0, err);
	struct dir dir;
	const char *name;
	bool maybe_dir;
	int r = from < 0 ? from : 0, num = 0;

	dir_init(&dir, from);
	while (r == 0 && (name = dir_next(&dir, &maybe_dir, &num)))
		r = copy_entry(from, to, name, attr, err);
	if (r == 0 && num < 0)
		return err_set(err, -num, "getdents64", "/sys/fs/cgroup",
			       "cannot read '/sys/fs/cgroup'");
	return r;
}

/* Its own view of each hierarchy. */
static int attach_own(struct inside *in, const struct plan_mount *m, int host,
		      struct cove_error *err)
{
	auto_fd int fs = mount_new("tmpfs", err);
	auto_fd int tree = -1;
	int r = fs < 0 ? fs : mount_set(fs, "mode", "755", err);

	if (r == 0)
		r = tree = mount_make(fs, "tmpfs", SAFE | (m->attr & ~MOUNT_RDONLY), err);
	if (r >= 0)
		r = inside_attach(in, m, tree, true, err);
	if (r == 0)
		r = copy_entries(host, tree, m->attr, err);
	return r < 0 ? r : mount_restrict(tree, m->attr & MOUNT_RDONLY, false, "cgroup", err);
}

/* What the host has, all of it as the plan wants it mounted. Its directory of hierarchies is not for
 * the box to write to. */
static int attach_host(struct inside *in, const struct plan_mount *m, int host, bool unified,
		       struct cove_error *err)
{
	int r = mount_restrict(host, m->attr, true, "cgroup", err);

	if (r == 0 && !unified)
		r = mount_restrict(host, MOUNT_RDONLY, false, "cgroup", err);
	return r < 0 ? r : inside_attach_source(in, m, err);
}

int inside_attach_cgroup(struct inside *in, const struct plan_mount *m, struct cove_error *err)
{
	int host = in->sources[m->slot];
	bool unified = host >= 0 && fd_cgroup_version(host) == 2;
	auto_fd int tree = -1;

	if (host < 0)
		return 0;
	if (in->plan->ns[COVE_NS_CGROUP].mode == PLAN_NS_HOST)
		return attach_host(in, m, host, unified, err);
	if (!unified)
		return attach_own(in, m, host, err);
	tree = make_hierarchy("", 2, m->attr, err);
	return tree < 0 ? tree : inside_attach(in, m, tree, true, err);
}
