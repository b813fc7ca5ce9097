/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cove box` means when nothing is said, as one list to read from top to bottom, and how it
 * gives way to what was said.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/path.h"
#include "box/box.h"
#include "box/conflicts.h"
#include "box/homes.h"
#include "plan/build.h"

#include <errno.h>
#include <linux/mount.h>
#include <linux/securebits.h>
#include <string.h>

#define BOX_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define NOSUID_NODEV (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define LOCKED_ROOT                                                                                \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                           \
	 SECBIT_NO_SETUID_FIXUP_LOCKED)

int box_init(struct box *box, const struct facts *facts, struct cove_error *err)
{
	*box = (struct box){ .plan = plan_new(), .facts = facts };
	if (box->plan)
		return 0;
	err_set(err, ENOMEM, "calloc", NULL, "cannot make room for the plan");
	err_hint(err, "it takes 8 MiB of address space, used or not: ulimit -v");
	return -ENOMEM;
}

void box_done(struct box *box)
{
	plan_free(box->plan);
	box->plan = NULL;
}

int box_parse(struct box *box, int argc, char *const *argv, struct cove_error *err)
{
	int first = opt_parse(&box_command, argc, argv, box, err);

	if (first < 0)
		return first;
	for (int i = first; i < argc; i++)
		plan_append_text(box->plan, &box->plan->process.args, argv[i]);
	return box_check_conflicts(box, err);
}

/* ---- namespaces ---- */

static void new_unless_said(struct plan *plan, enum cove_ns ns)
{
	if (!plan->ns[ns].origin)
		plan_set_ns(plan, ns, PLAN_NS_NEW);
}

static void complete_namespaces(struct box *box)
{
	struct plan *plan = box->plan;

	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		if (ns != COVE_NS_TIME && !box->only)
			new_unless_said(plan, ns);
	/* Ids of one's own choice exist only in a user namespace of one's own. */
	if (plan->maps.kind != PLAN_MAP_NONE && !plan->ns[COVE_NS_USER].origin) {
		plan->ns[COVE_NS_USER].mode = PLAN_NS_NEW;
		plan->ns[COVE_NS_USER].origin = plan->maps.origin;
	}
	if (!plan->hostname && !box->only && plan_is_new(plan, COVE_NS_UTS)) {
		plan->hostname = plan_add_string(plan, "box");
		plan->hostname_origin = plan->origin;
	}
	if (plan_is_new(plan, COVE_NS_NET) && !box->only) {
		plan->loopback = 1;
		plan->loopback_origin = plan->origin;
	}
}

/* ---- files ---- */

/* Whether an option, not a default, put something there. */
static bool was_said(const struct plan *plan, const char *target)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->item.origin != plan->origin && strcmp(plan_str(plan, m->target), target) == 0)
			return true;
	return false;
}

static struct plan_mount *add_fs(struct plan *plan, const char *type, const char *target,
				 uint64_t attr)
{
	struct plan_mount *mount = plan_add_fs(plan, type, target);

	mount->attr = attr;
	mount->no_follow = 1;
	return mount;
}

static struct plan_mount *add_tmpfs(struct plan *plan, const char *target, const char *mode)
{
	struct plan_mount *mount = add_fs(plan, "tmpfs", target, NOSUID_NODEV);

	mount->no_follow = 0;
	plan_mount_data(plan, mount, "mode", mode);
	return mount;
}

static void add_devices(struct plan *plan)
{
	static const char *const devices[] = { "/dev/null", "/dev/zero",    "/dev/full",
					       "/dev/random", "/dev/urandom", "/dev/tty" };
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },	      { "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
		{ "pts/ptmx", "/dev/ptmx" },
	};
	struct plan_mount *mount = add_fs(plan, "tmpfs", "/dev",
					  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	plan_mount_data(plan, mount, "mode", "755");
	plan_mount_data(plan, mount, "size", "64k");
	for (size_t i = 0; i < ARRAY_LEN(devices); i++)
		plan_add_mount(plan, PLAN_MOUNT_DEVICE, devices[i], devices[i]);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		plan_add_mount(plan, PLAN_MOUNT_SYMLINK, links[i][0], links[i][1]);
	mount = add_fs(plan, "devpts", "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	plan_mount_data(plan, mount, "ptmxmode", "0666");
	plan_mount_data(plan, mount, "mode", "0620");
	mount = add_fs(plan, "tmpfs", "/dev/shm", NOSUID_NODEV | MOUNT_ATTR_NOEXEC);
	plan_mount_data(plan, mount, "mode", "1777");
	if (plan_is_new(plan, COVE_NS_IPC))
		add_fs(plan, "mqueue", "/dev/mqueue", NOSUID_NODEV | MOUNT_ATTR_NOEXEC);
}

/* Settings of the host's kernel belong to its root, and who is that outside may write them without
 * any capability. */
static void protect_proc(struct box *box)
{
	static const char *const paths[] = { "/proc/sys", "/proc/sysrq-trigger", "/proc/irq",
					     "/proc/bus", "/proc/fs" };
	const struct plan *plan = box->plan;
	bool is_root = box->facts->uid == 0;

	plan_each (plan, struct plan_map, map, plan->maps.uids)
		is_root |= map->outside == 0;
	for (size_t i = 0; is_root && i < ARRAY_LEN(paths); i++) {
		struct plan_mount *mount =
			plan_add_mount(box->plan, PLAN_MOUNT_PROTECT, NULL, paths[i]);

		mount->attr = MOUNT_ATTR_RDONLY | NOSUID_NODEV | MOUNT_ATTR_NOEXEC;
		mount->optional = 1;
	}
}

static void add_kernel_trees(struct box *box)
{
	struct plan *plan = box->plan;

	if (plan->ns[COVE_NS_PID].mode != PLAN_NS_HOST) {
		add_fs(plan, "proc", "/proc", NOSUID_NODEV | MOUNT_ATTR_NOEXEC);
		protect_proc(box);
	}
	if (plan_is_new(plan, COVE_NS_NET))
		add_fs(plan, "sysfs", "/sys", NOSUID_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY);
	add_devices(plan);
	add_tmpfs(plan, "/tmp", "1777");
	add_tmpfs(plan, "/run", "755");
}

/* Whether an option hides `path`, or a directory above it. */
static bool is_hidden(const struct plan *plan, const char *path)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->kind == PLAN_MOUNT_MASK && path_is_under(path, plan_str(plan, m->target)))
			return true;
	return false;
}

/* Why the current directory is not shared; NULL: it is. */
static const char *keep_cwd_out(const struct box *box)
{
	static const char *const own[] = { "/proc", "/sys", "/dev", "/run" };
	const char *cwd = box->facts->cwd;

	if (!cwd[0])
		return "the current directory no longer exists; the command starts in /";
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (path_is_under(cwd, own[i]))
			return "the box has a /proc, /sys, /dev and /run of its own; the command starts in "
			       "/";
	if (is_hidden(box->plan, cwd))
		return "the current directory is hidden, so it is not shared";
	if (strcmp(cwd, "/tmp") == 0)
		return "the current directory is private in the box; --rw . shares it";
	if (path_is_under(box->facts->home, cwd) || path_is_under("/home", cwd) ||
	    path_is_under("/root", cwd))
		return "the current directory holds your home, so it is not shared; --rw . shares it";
	return NULL;
}

static void share_cwd(struct box *box)
{
	struct plan *plan = box->plan;
	const char *cwd = box->facts->cwd;
	const char *why = keep_cwd_out(box);

	if (strcmp(cwd, "/") == 0 || was_said(plan, cwd))
		return;
	if (why && !plan->process.cwd)
		plan_note(plan, why);
	if (!why)
		plan_add_mount(plan, PLAN_MOUNT_BIND, cwd, cwd)->attr = NOSUID_NODEV;
}

/* Where the command starts: here, if the box has it. */
static const char *start_directory(const struct box *box)
{
	const char *cwd = box->facts->cwd;

	if (box->plan->root.kind == PLAN_ROOT_DIR || !cwd[0] || path_is_under(cwd, "/proc") ||
	    path_is_under(cwd, "/sys") || path_is_under(cwd, "/dev") || path_is_under(cwd, "/run"))
		return "/";
	return cwd;
}

static unsigned depth(const struct plan *plan, const struct plan_mount *m)
{
	unsigned slashes = 0;

	for (const char *c = plan_str(plan, m->target); *c; c++)
		slashes += *c == '/';
	return slashes;
}

/* Parents first, so that no mount covers another by accident; otherwise as given. */
static void sort_by_depth(struct plan *plan)
{
	struct plan_list sorted = { 0 };
	unsigned deepest = 0;

	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (depth(plan, m) > deepest)
			deepest = depth(plan, m);
	for (unsigned level = 1; level <= deepest; level++) {
		const struct plan_mount *next;

		for (const struct plan_mount *m = plan_at(plan, plan->mounts.first); m; m = next) {
			next = plan_at(plan, m->item.next);
			if (depth(plan, m) == level)
				plan_move(plan, &plan->mounts, &sorted, &m->item);
		}
	}
	plan->mounts = sorted;
}

/* A default gives way to what an option puts at the same place. */
static void drop_overridden(struct plan *plan)
{
	const struct plan_mount *next;

	for (const struct plan_mount *m = plan_at(plan, plan->mounts.first); m; m = next) {
		next = plan_at(plan, m->item.next);
		if (m->item.origin == plan->origin && m->kind == PLAN_MOUNT_FS &&
		    was_said(plan, plan_str(plan, m->target)))
			plan_remove(plan, &plan->mounts, &m->item);
	}
}

static void complete_files(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_list said = plan->mounts;

	if (!plan_is_new(plan, COVE_NS_MNT) || box->only)
		return;
	plan->mounts = (struct plan_list){ 0 };
	if (plan->root.kind == PLAN_ROOT_KEEP) {
		plan->root.kind = PLAN_ROOT_HOST;
		plan->root.origin = plan->origin;
		box_hide_homes(box);
	}
	add_kernel_trees(box);
	plan_concat(plan, &plan->mounts, &said);
	drop_overridden(plan);
	if (plan->root.kind == PLAN_ROOT_HOST)
		share_cwd(box);
	sort_by_depth(plan);
}

/* ---- process ---- */

static void pass_env(struct box *box, const char *name)
{
	const char *value = facts_env(box->facts, name);

	if (value)
		plan_set_env(box->plan, name, value);
}

static void pass_locale(struct box *box)
{
	for (const char *const *e = box->facts->env; e && *e; e++) {
		auto_(buf_done) struct buf name = { 0 };

		if (strncmp(*e, "LC_", 3) != 0 || !strchr(*e, '='))
			continue;
		buf_add(&name, *e, strcspn(*e, "="));
		pass_env(box, buf_str(&name));
	}
}

static bool is_root_inside(const struct box *box)
{
	const struct plan *plan = box->plan;

	if (plan->process.uid != PLAN_NO_ID)
		return plan->process.uid == 0;
	return box->facts->uid == 0 || plan->maps.kind == PLAN_MAP_ROOT ||
	       plan->maps.kind == PLAN_MAP_AUTO;
}

static void complete_env(struct box *box)
{
	static const char *const passed[] = { "HOME", "USER", "TERM", "LANG", "TZ" };
	struct plan *plan = box->plan;
	struct plan_list said = plan->process.env;
	bool own_root = plan->root.kind == PLAN_ROOT_DIR;

	plan->process.env = (struct plan_list){ 0 };
	if (box->only && !box->env_clear) {
		for (const char *const *e = box->facts->env; e && *e; e++)
			plan_append_text(plan, &plan->process.env, *e);
	} else if (!box->env_clear) {
		for (size_t i = 0; i < ARRAY_LEN(passed); i++)
			pass_env(box, passed[i]);
		pass_locale(box);
		if (own_root || !facts_env(box->facts, "PATH"))
			plan_set_env(plan, "PATH", BOX_PATH);
		else
			pass_env(box, "PATH");
		if (own_root)
			plan_set_env(plan, "HOME", is_root_inside(box) ? "/root" : "/");
	}
	plan_each (plan, struct plan_string, e, said) {
		auto_(buf_done) struct buf name = { 0 };
		const char *text = plan_str(plan, e->text);

		buf_add(&name, text, strcspn(text, "="));
		plan_unset_env(plan, buf_str(&name));
	}
	plan_concat(plan, &plan->process.env, &said);
}

static void complete_search(struct plan *plan)
{
	plan->process.search = plan_add_string(plan, BOX_PATH);
	plan_each (plan, struct plan_string, e, plan->process.env)
		if (strncmp(plan_str(plan, e->text), "PATH=", 5) == 0)
			plan->process.search = e->text + 5;
}

static void complete_caps(struct box *box)
{
	struct plan_caps *caps = &box->plan->caps;
	uint64_t given = box->cap_add & ~box->cap_drop;

	if (box->only && !box->cap_origin)
		return;
	*caps = (struct plan_caps){
		.set = true,
		.bounding = given,
		.permitted = given,
		.effective = given,
		.inheritable = box->plan->process.uid == 0 ? 0 : given,
		.ambient = box->plan->process.uid == 0 ? 0 : given,
		.securebits = given ? 0 : LOCKED_ROOT,
		.origin = box->cap_origin ? box->cap_origin : box->plan->origin,
	};
}

static void complete_command(struct box *box)
{
	struct plan *plan = box->plan;

	if (plan->process.args.count)
		return;
	plan_append_text(plan, &plan->process.args,
			 plan->root.kind == PLAN_ROOT_DIR ? "/bin/sh" : box->facts->shell);
}

static void complete_process(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_process *process = &plan->process;

	if (box->seccomp_file) {
		process->no_new_privs = 1;
		process->no_new_privs_origin = box->seccomp_origin;
	}
	if (box->only) {
		process->keep_all_fds = 1;
		process->keep_signal_mask = 1;
	} else {
		process->no_new_privs = 1;
		process->no_new_privs_origin = plan->origin;
		process->set_groups = 1;
		plan->keyring = PLAN_KEYRING_NEW;
		plan->keyring_origin = plan->origin;
		if (!process->user_origin)
			process->user_origin = plan->origin;
	}
	if (!box->init_set && !box->only && plan_is_new(plan, COVE_NS_PID)) {
		process->init = 1;
		process->init_origin = plan->origin;
	}
	if (!process->cwd && plan->root.kind != PLAN_ROOT_KEEP) {
		process->cwd = plan_add_string(plan, start_directory(box));
		process->cwd_origin = plan->origin;
	}
}

/* An own map under another number: --user 5 without --map makes you user 5. */
static void complete_map(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_process *process = &plan->process;

	if (process->uid == PLAN_NO_ID || !plan_is_new(plan, COVE_NS_USER) ||
	    (plan->maps.kind != PLAN_MAP_NONE && plan->maps.kind != PLAN_MAP_OWN))
		return;
	plan->maps.kind = PLAN_MAP_OWN;
	plan->maps.origin = plan->origin = process->user_origin;
	plan_map(plan, &plan->maps.uids, process->uid, box->facts->uid, 1);
	plan_map(plan, &plan->maps.gids, process->gid, box->facts->gid, 1);
}

void box_complete(struct box *box)
{
	complete_command(box);
	plan_set_origin(box->plan, "default");
	complete_namespaces(box);
	complete_files(box);
	complete_env(box);
	complete_search(box->plan);
	complete_caps(box);
	complete_process(box);
	complete_map(box);
}
