/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a jail as options of cove box. Others mount in the order of their list, cove box
 * from the top down: what a later one covers is left out, the rest then has only one order.
 */
#include "base/auto.h"
#include "base/path.h"
#include "box/box.h"
#include "box/jail.h"

#include <string.h>

/* What the box begins with. */
enum start { START_HOST, START_DIR, START_EMPTY };

struct view {
	struct jail *jail;
	enum start start;
	const struct jail_mount *root; /* NULL: none was said */
};

static bool is_one_of(const char *path, const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(path, paths[i]) == 0)
			return true;
	return false;
}

static bool is_below(const char *path, const char *dir)
{
	return path_is_under(path, dir) && strcmp(path, dir) != 0;
}

static bool is_new(const struct view *view, enum cove_ns ns)
{
	return !(view->jail->shared & 1u << ns);
}

static const char *target_of(const struct view *view, const struct jail_mount *m)
{
	return jail_str(view->jail, m->target);
}

static const char *source_of(const struct view *view, const struct jail_mount *m)
{
	return jail_str(view->jail, m->source);
}

static bool is_tree(const struct jail_mount *m)
{
	return m->kind == JAIL_RO || m->kind == JAIL_RW || m->kind == JAIL_DEV;
}

static bool is_same_place(const struct jail_mount *m)
{
	return is_tree(m) && m->source == m->target;
}

/* ---- the root ---- */

static void add_root(struct view *view)
{
	struct jail *jail = view->jail;
	const char *source = view->root ? source_of(view, view->root) : "";
	auto_(buf_done) struct buf value = { 0 };

	if (view->start == START_EMPTY)
		jail_word(&jail->files, "--empty-root", NULL);
	if (view->start == START_HOST && view->root->kind == JAIL_OVERLAY)
		jail_word(&jail->files, "--overlay", "/");
	if (view->start != START_DIR)
		return;
	if (strchr(source, ':'))
		jail_none(jail, jail_str(jail, view->root->asked), "there is a ':' in the path");
	buf_addf(&value, "%s%s", source, view->root->kind == JAIL_RO ? "" : ":rw");
	jail_word(&jail->files, "--rootfs", buf_str(&value));
	if (view->root->kind == JAIL_DEV)
		jail_none(jail, jail_str(jail, view->root->asked),
			  "the files are there, but no devices of the host; --dev lets one in, "
			  "such as --dev /dev/kvm");
}

static void find_root(struct view *view)
{
	const struct jail_mount *root = jail_holder(view->jail, "/");

	view->root = root;
	view->start = START_EMPTY;
	if (!root || (!is_tree(root) && root->kind != JAIL_OVERLAY))
		return;
	view->start = START_DIR;
	if (root->kind == JAIL_OVERLAY || (root->kind == JAIL_RO && is_same_place(root)))
		view->start = START_HOST;
}

/* ---- one after the other ---- */

/* "SOURCE:TARGET", or the one path when they are the same. */
static void add_pair(const struct view *view, const struct jail_mount *m, const char *option)
{
	struct jail *jail = view->jail;
	const char *source = source_of(view, m), *target = target_of(view, m);
	auto_(buf_done) struct buf value = { 0 };

	if (strchr(source, ':') || strchr(target, ':')) {
		jail_none(jail, jail_str(jail, m->asked), "there is a ':' in a path");
		return;
	}
	if (m->source == m->target)
		buf_adds(&value, source);
	else
		buf_addf(&value, "%s:%s", source, target);
	jail_word(&jail->files, option, buf_str(&value));
}

/* A thing in /dev: it is there by itself, or let in, or cannot be. */
static void add_device(const struct view *view, const struct jail_mount *m)
{
	static const char *const own[] = { "/dev/null",   "/dev/zero",    "/dev/full",
					   "/dev/random", "/dev/urandom", "/dev/tty",
					   "/dev/ptmx",   "/dev/pts",     "/dev/fd",
					   "/dev/stdin",  "/dev/stdout",  "/dev/stderr",
					   "/dev/mqueue" };
	static const char *const folders[] = { "/dev",         "/dev/dri",   "/dev/snd",
					       "/dev/input",   "/dev/bus",   "/dev/usb",
					       "/dev/net",     "/dev/block", "/dev/char",
					       "/dev/mapper",  "/dev/disk",  "/dev/vfio",
					       "/dev/dma_heap" };
	struct jail *jail = view->jail;
	const char *target = target_of(view, m);

	if (is_same_place(m) && is_one_of(target, own, ARRAY_LEN(own)))
		return;
	if (!is_same_place(m) || is_one_of(target, folders, ARRAY_LEN(folders)))
		jail_none(jail, jail_str(jail, m->asked),
			  "devices are let in one by one, under their own names: --dev PATH");
	else
		jail_word(&jail->files, "--dev", target);
}

/* A tree at or in a place where the box has its own. Returns whether that was all. */
static bool add_kernel_tree(const struct view *view, const struct jail_mount *m)
{
	struct jail *jail = view->jail;
	const char *target = target_of(view, m), *asked = jail_str(jail, m->asked);

	if (path_is_under(target, "/proc")) {
		if (strcmp(target, "/proc") == 0)
			jail_note(jail, "'%s' differs: the box has a /proc of its own", asked);
		else
			jail_none(jail, asked, "nothing can be put into /proc");
		return true;
	}
	if (is_below(target, "/sys")) {
		jail_none(jail, asked, "nothing can be put into /sys");
		return true;
	}
	if (strcmp(target, "/sys") == 0 && is_same_place(m))
		return is_new(view, COVE_NS_NET) || view->start == START_HOST;
	/* Without device files, it is no more than what the box has. */
	return strcmp(target, "/dev") == 0 && m->kind != JAIL_DEV && is_same_place(m);
}

/* Whether the read-only tree of the host shows it just so. */
static bool is_seen(const struct view *view, const struct jail_mount *m)
{
	static const char *const covered[] = { "/home", "/root", "/tmp", "/run", "/dev" };
	const char *path = target_of(view, m), *home = view->jail->facts->home;

	if (view->start != START_HOST || m->kind != JAIL_RO || !is_same_place(m) ||
	    view->root->kind == JAIL_OVERLAY)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(covered); i++)
		if (path_is_under(path, covered[i]))
			return false;
	if (home[0] && (path_is_under(path, home) || strcmp(path, view->jail->facts->cwd) == 0))
		return false;
	jail_each(view->jail, other) if (other != m && other != view->root && !other->covered &&
					 path_is_under(path, target_of(view, other))) return false;
	return true;
}

static bool shares_cwd(const struct view *view)
{
	const char *cwd = view->jail->facts->cwd;

	return view->start == START_HOST && !box_private_cwd(view->jail->facts) &&
	       strcmp(cwd, "/") != 0;
}

static void add_tree(const struct view *view, const struct jail_mount *m)
{
	bool read_only = m->kind == JAIL_RO;
	const char *target = target_of(view, m);

	if (add_kernel_tree(view, m) || is_seen(view, m))
		return;
	if (m->kind == JAIL_DEV && path_is_under(target, "/dev") &&
	    strcmp(target, "/dev/shm") != 0) {
		add_device(view, m);
		return;
	}
	if (m->kind == JAIL_RW && is_same_place(m) && shares_cwd(view) &&
	    strcmp(target, view->jail->facts->cwd) == 0)
		return;
	if (m->optional)
		add_pair(view, m, read_only ? "--ro-try" : "--rw-try");
	else
		add_pair(view, m, read_only ? "--ro" : "--rw");
}

static bool is_private(const struct view *view, const char *path)
{
	static const char *const always[] = { "/tmp", "/run", "/dev", "/dev/shm" };
	static const char *const homes[] = { "/home", "/root" };

	return is_one_of(path, always, ARRAY_LEN(always)) ||
	       (view->start == START_HOST && (is_one_of(path, homes, ARRAY_LEN(homes)) ||
					      strcmp(path, view->jail->facts->home) == 0));
}

static void add_tmpfs(const struct view *view, const struct jail_mount *m)
{
	struct jail *jail = view->jail;
	const char *target = target_of(view, m);
	auto_(buf_done) struct buf value = { 0 };
	const char *size = jail_str(jail, m->size), *mode = jail_str(jail, m->mode);
	char before = ':';

	if (!*size && !*mode && !m->read_only && is_private(view, target))
		return;
	if (strchr(target, ':')) {
		jail_none(jail, jail_str(jail, m->asked), "there is a ':' in the path");
		return;
	}
	if (view->start == START_HOST &&
	    (strcmp(target, "/proc") == 0 || strcmp(target, "/sys") == 0)) {
		jail_word(&jail->files, "--hide", target);
		return;
	}
	buf_adds(&value, target);
	for (int i = 0; i < 3; i++) {
		const char *const keys[] = { "size=", "mode=", "ro" };
		const char *const values[] = { size, mode, "" };

		if (i == 2 ? !m->read_only : !*values[i])
			continue;
		buf_addf(&value, "%c%s%s", before, keys[i], values[i]);
		before = ',';
	}
	jail_word(&jail->files, "--tmpfs", buf_str(&value));
}

/* Whether something else makes it on the way to its own place. */
static bool is_on_the_way(const struct view *view, const char *path)
{
	jail_each(view->jail, m) if (!m->covered && is_below(target_of(view, m), path)) return true;
	return false;
}

/* The mount that something made in a tree would be in; NULL: the root that the box begins with. */
static const struct jail_mount *holder_above(const struct view *view, const struct jail_mount *item)
{
	const struct jail_mount *deepest = NULL;
	size_t most = 0;

	jail_each(view->jail, m)
	{
		const char *target = target_of(view, m);

		if (m == item || m->covered || m == view->root || m->kind == JAIL_LINK ||
		    !path_is_under(target_of(view, item), target) || strlen(target) < most)
			continue;
		deepest = m;
		most = strlen(target);
	}
	return deepest;
}

/* Made where it can be made; where it is already, nothing has to be done. */
static void add_dir(const struct view *view, const struct jail_mount *m)
{
	const struct jail_mount *holder = holder_above(view, m);
	const char *path = target_of(view, m);
	bool writable = holder ? holder->kind == JAIL_RW || holder->kind == JAIL_DEV
			       : view->start == START_DIR && view->root->kind != JAIL_RO;

	if (is_private(view, path) || is_on_the_way(view, path) ||
	    (holder && strcmp(target_of(view, holder), path) == 0))
		return;
	if (holder && (holder->kind == JAIL_TMPFS || holder->kind == JAIL_DIR))
		add_tmpfs(view, m);
	else if (!holder && view->start == START_EMPTY && !path_is_under(path, "/proc") &&
		 !path_is_under(path, "/sys"))
		add_tmpfs(view, m);
	else if (writable)
		jail_none(view->jail, jail_str(view->jail, m->asked),
			  "it would be made on the host: make it before");
}

static void add_link(const struct view *view, const struct jail_mount *m)
{
	struct jail *jail = view->jail;
	const struct jail_mount *holder = holder_above(view, m);
	const char *target = target_of(view, m);
	auto_(buf_done) struct buf value = { 0 };

	/* It could only be there already. */
	if ((view->start == START_HOST && (!holder || holder->kind != JAIL_TMPFS)) ||
	    path_is_under(target, "/dev"))
		return;
	if (strchr(source_of(view, m), ':')) {
		jail_none(jail, jail_str(jail, m->asked), "there is a ':' in the link's text");
		return;
	}
	buf_addf(&value, "%s:%s", source_of(view, m), target);
	jail_word(&jail->files, "--symlink", buf_str(&value));
}

static void add_file(const struct view *view, const struct jail_mount *m)
{
	struct jail *jail = view->jail;
	auto_(buf_done) struct buf value = { 0 };

	if (strchr(target_of(view, m), '=')) {
		jail_none(jail, jail_str(jail, m->asked), "there is a '=' in the path");
		return;
	}
	buf_addf(&value, "%s=fd:%s", target_of(view, m), source_of(view, m));
	jail_word(&jail->files, "--file", buf_str(&value));
}

static void add_overlay(const struct view *view, const struct jail_mount *m)
{
	struct jail *jail = view->jail;
	auto_(buf_done) struct buf value = { 0 };

	buf_adds(&value, target_of(view, m));
	if (m->source)
		buf_addf(&value, "=%s", source_of(view, m));
	jail_word(&jail->files, "--overlay", buf_str(&value));
}

static void add_fd(const struct view *view, const struct jail_mount *m)
{
	auto_(buf_done) struct buf value = { 0 };

	buf_addf(&value, "%s:%s%s", source_of(view, m), target_of(view, m),
		 m->kind == JAIL_FD_RO ? ":ro" : "");
	jail_word(&view->jail->files, "--bind-fd", buf_str(&value));
}

static void add_own(const struct view *view, const struct jail_mount *m)
{
	static const char *const own[] = { "/proc", "/dev", "/dev/mqueue" };
	struct jail *jail = view->jail;
	const char *target = target_of(view, m);

	if (!is_one_of(target, own, ARRAY_LEN(own)))
		jail_none(jail, jail_str(jail, m->asked), "it is at its usual place only");
	else if (strcmp(target, "/dev/mqueue") == 0 && !is_new(view, COVE_NS_IPC))
		jail_none(jail, jail_str(jail, m->asked),
			  "message queues belong to an ipc namespace of the box's own");
}

static void add_mounts(const struct view *view)
{
	static void (*const adders[])(const struct view *, const struct jail_mount *) = {
		[JAIL_RO] = add_tree,     [JAIL_RW] = add_tree,         [JAIL_DEV] = add_tree,
		[JAIL_TMPFS] = add_tmpfs, [JAIL_DIR] = add_dir,         [JAIL_LINK] = add_link,
		[JAIL_FILE] = add_file,   [JAIL_OVERLAY] = add_overlay, [JAIL_FD] = add_fd,
		[JAIL_FD_RO] = add_fd,    [JAIL_OWN] = add_own,
	};

	jail_each(view->jail, m) if (!m->covered && m != view->root) adders[m->kind](view, m);
}

/* ---- what the box has beyond the list, and what it lacks ---- */

static bool is_said(const struct view *view, const char *path)
{
	jail_each(view->jail, m) if (!m->covered && m != view->root &&
				     strcmp(target_of(view, m), path) == 0) return true;
	return false;
}

/* The box shares the current directory, writable: only if the list does. Of a writable root, only
 * what lies in the private directories has to be shared. */
static void add_here(const struct view *view)
{
	const char *cwd = view->jail->facts->cwd;
	const struct jail_mount *holder = jail_holder(view->jail, cwd);

	if (view->start == START_DIR && holder == view->root && is_same_place(holder) &&
	    (path_is_under(cwd, "/tmp") || path_is_under(cwd, "/run")))
		jail_word(&view->jail->files, "--rw", cwd);
	if (!shares_cwd(view) || is_said(view, cwd))
		return;
	if (is_same_place(holder) && holder->kind != JAIL_RO)
		return;
	if (holder->kind == JAIL_OVERLAY)
		jail_word(&view->jail->files, "--here", holder == view->root ? "overlay" : "none");
	else
		jail_word(&view->jail->files, is_same_place(holder) ? "--ro" : "--hide", cwd);
}

static void add_missing_trees(const struct view *view)
{
	struct buf *out = &view->jail->files;

	/* The host's own tree has them. */
	if (view->start == START_HOST || (view->root && is_same_place(view->root)))
		return;
	if (is_new(view, COVE_NS_NET) && !is_said(view, "/sys"))
		jail_word(out, "--tmpfs", "/sys");
	if (!is_new(view, COVE_NS_PID) && is_said(view, "/proc"))
		jail_word(out, "--ro", "/proc");
	if (is_new(view, COVE_NS_PID) && !is_said(view, "/proc"))
		jail_note(view->jail, "the box has a /proc, with its own processes only");
	if (view->start == START_EMPTY && view->jail->root_writable)
		jail_note(view->jail,
			  "the root directory is read-only; --tmpfs PATH gives a place to "
			  "write");
}

static bool hides_homes(const struct view *view)
{
	const char *home = view->jail->facts->home;
	const struct jail_mount *holder = home[0] ? jail_holder(view->jail, home) : NULL;

	return view->start == START_HOST && holder && holder == view->root;
}

static void note_hidden(const struct view *view)
{
	const bool tmp = !is_said(view, "/tmp"), run = !is_said(view, "/run");
	const bool homes = hides_homes(view);
	const char *shown = homes ? view->jail->facts->home : tmp ? "/tmp" : "/run";
	const struct jail_mount *root = view->root;
	auto_(buf_done) struct buf source = { 0 };

	if (view->start == START_EMPTY || (!homes && !tmp && !run))
		return;
	if (view->start == START_DIR && !is_same_place(root))
		buf_addf(&source, "%s%s:", source_of(view, root), shown);
	jail_note(view->jail, "private and empty in the box: %s%s%s%s%s; to see %s: %s %s%s",
		  homes ? "all home directories" : "", homes && (tmp || run) ? ", " : "",
		  tmp ? "/tmp" : "", tmp && run ? ", " : "", run ? "/run" : "",
		  source.len ? "the root's own"
		  : homes    ? "yours"
			     : "the host's",
		  view->start == START_DIR && root->kind != JAIL_RO ? "--rw" : "--ro",
		  buf_str(&source), shown);
}

/* Whether the directory is there in the other tool's tree, as far as the list tells. */
static bool is_there(const struct view *view, const char *path)
{
	const struct jail_mount *holder;

	if (!path[0])
		return false;
	if (strcmp(path, "/") == 0 || is_on_the_way(view, path) || is_said(view, path))
		return true;
	holder = jail_holder(view->jail, path);
	return holder && (is_same_place(holder) || holder->kind == JAIL_OVERLAY);
}

static bool is_in_own_tree(const char *path)
{
	static const char *const own[] = { "/proc", "/sys", "/dev", "/run" };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (path_is_under(path, own[i]))
			return true;
	return false;
}

/* Where the command starts, unless that is where it would start anyway. */
static void add_cwd(const struct view *view)
{
	struct jail *jail = view->jail;
	const char *here = jail->facts->cwd, *home = jail->facts->home;
	const char *wanted = jail_str(jail, jail->cwd), *start = here;

	if (view->start != START_HOST || !here[0] || is_in_own_tree(here))
		start = "/";
	if (!*wanted && jail->starts_at_root)
		wanted = "/";
	else if (!*wanted && view->start == START_HOST && is_in_own_tree(here) &&
		 jail_holder(jail, here) == view->root)
		wanted = start;
	else if (!*wanted)
		wanted = is_there(view, here) ? here : is_there(view, home) ? home : "/";
	if (strcmp(wanted, start) != 0)
		jail_word(&jail->files, "--cwd", wanted);
}

void jail_files(struct jail *jail)
{
	struct view view = { .jail = jail };

	jail_mark_covered(jail);
	find_root(&view);
	add_root(&view);
	add_mounts(&view);
	add_here(&view);
	add_missing_trees(&view);
	add_cwd(&view);
	note_hidden(&view);
}
