/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cove box` means when nothing is said, as one list to read from top to bottom, and how it
 * gives way to what was said.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/path.h"
#include "base/text.h"
#include "box/allow.h"
#include "box/box.h"
#include "box/complete.h"
#include "box/conflicts.h"
#include "box/homes.h"
#include "box/options.h"
#include "box/setting.h"
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
	*box = (struct box){ .plan = plan_new(), .facts = facts, .status_fd = -1 };
	if (box->plan)
		return 0;
	err_set(err, ENOMEM, "calloc", NULL, "cannot make room for the plan");
	err_hint(err, "it takes 8 MiB of address space, used or not: ulimit -v");
	return -ENOMEM;
}

void box_done(struct box *box)
{
	box_sources_done(box);
	plan_free(box->plan);
	box->plan = NULL;
}

int box_parse(struct box *box, int argc, char *const *argv, struct cove_error *err)
{
	int first = box_sources_apply(box, argc, argv, err);

	if (first < 0)
		return first;
	if (box->translate && first != 2) {
		err_usage(err, "'%s' comes alone, behind 'cove box'", argv[first - 1]);
		err_hint(err, "translate the list, then add options to what is printed");
		return -EINVAL;
	}
	if (box->translate) {
		box->foreign = argv + first;
		box->foreign_count = argc - first;
		return 0;
	}
	for (int i = first; i < argc; i++)
		plan_append_text(box->plan, &box->plan->process.args, argv[i]);
	first = box_check_life(box, err);
	return first < 0 ? first : box_check_conflicts(box, err);
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

bool box_is_default(const struct box *box, const struct plan_mount *mount)
{
	plan_ref origin = mount->item.origin;

	return origin == box->plan->origin || (origin && (origin == box->private_origin ||
							  origin == box->proc_origin));
}

bool box_was_said(const struct box *box, const char *target)
{
	const struct plan *plan = box->plan;

	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (!box_is_default(box, m) && strcmp(plan_str(plan, m->target), target) == 0)
			return true;
	return false;
}

bool box_is_hidden(const struct plan *plan, const char *path)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->kind == PLAN_MOUNT_MASK && path_is_under(path, plan_str(plan, m->target)))
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

/* How much a private directory may hold. */
struct room {
	const char *size;
	const char *inodes; /* each takes about a kilobyte of the kernel's memory */
};

/* For work: half of what the kernel would allow, so that two full ones leave memory for others. */
static const struct room work_room = { "25%", "256k" };
/* For sockets, locks and mount points. */
static const struct room small_room = { "16m", "4k" };
static const struct room shm_room = { "25%", "16k" };

static struct plan_mount *add_private(struct box *box, const char *target, const char *mode,
				      const struct room *room)
{
	struct plan *plan = box->plan;
	struct plan_mount *mount = add_fs(plan, "tmpfs", target, NOSUID_NODEV | box->private_attr);

	mount->no_follow = 0;
	if (box->private_origin)
		mount->item.origin = box->private_origin;
	plan_mount_data(plan, mount, "mode", mode);
	plan_mount_data(plan, mount, "size",
			box->private_size ? plan_str(plan, box->private_size) : room->size);
	plan_mount_data(plan, mount, "nr_inodes",
			box->private_inodes ? plan_str(plan, box->private_inodes) : room->inodes);
	return mount;
}

struct plan_mount *box_add_private_home(struct box *box, const char *home, bool is_own)
{
	struct plan_mount *mount = add_private(box, home, "755", is_own ? &work_room : &small_room);

	mount->optional = 1;
	mount->no_create = 1;
	return mount;
}

static void add_devices(struct box *box)
{
	static const char *const devices[] = { "/dev/null", "/dev/zero",    "/dev/full",
					       "/dev/random", "/dev/urandom", "/dev/tty" };
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },	      { "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
		{ "pts/ptmx", "/dev/ptmx" },
	};
	struct plan *plan = box->plan;
	struct plan_mount *mount = add_fs(plan, "tmpfs", "/dev",
					  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	plan_mount_data(plan, mount, "mode", "755");
	plan_mount_data(plan, mount, "size", "64k");
	plan_mount_data(plan, mount, "nr_inodes", "512");
	for (size_t i = 0; i < ARRAY_LEN(devices); i++)
		plan_add_mount(plan, PLAN_MOUNT_DEVICE, devices[i], devices[i]);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		plan_add_mount(plan, PLAN_MOUNT_SYMLINK, links[i][0], links[i][1]);
	mount = add_fs(plan, "devpts", "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	plan_mount_data(plan, mount, "ptmxmode", "0666");
	plan_mount_data(plan, mount, "mode", "0620");
	mount = add_private(box, "/dev/shm", "1777", &shm_room);
	mount->attr |= MOUNT_ATTR_NOEXEC;
	mount->no_follow = 1;
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

static void add_proc(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_mount *mount = add_fs(plan, "proc", "/proc", NOSUID_NODEV | MOUNT_ATTR_NOEXEC);
	const char *cursor = box->proc_words ? plan_str(plan, box->proc_words) : NULL;
	const char *word;
	size_t len;

	if (box->proc_origin)
		mount->item.origin = box->proc_origin;
	while (cursor && text_next_field(&cursor, ',', &word, &len)) {
		auto_(buf_done) struct buf key = { 0 }, value = { 0 };
		size_t equal = strcspn(word, "=");

		buf_add(&key, word, equal);
		buf_add(&value, word + equal + 1, len - equal - 1);
		plan_mount_data(plan, mount, buf_str(&key), buf_str(&value));
	}
}

static void add_kernel_trees(struct box *box)
{
	struct plan *plan = box->plan;

	if (plan->ns[COVE_NS_PID].mode != PLAN_NS_HOST) {
		add_proc(box);
		protect_proc(box);
	}
	if (plan_is_new(plan, COVE_NS_NET))
		add_fs(plan, "sysfs", "/sys", NOSUID_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY);
	add_devices(box);
	add_private(box, "/tmp", "1777", &work_room);
	add_private(box, "/run", "755", &small_room);
}

static unsigned depth(const struct plan *plan, const struct plan_mount *m)
{
	unsigned slashes = 0;

	for (const char *c = plan_str(plan, m->target); *c; c++)
		slashes += *c == '/' && c[1];
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
	for (unsigned level = 0; level <= deepest; level++) {
		const struct plan_mount *next;

		for (const struct plan_mount *m = plan_at(plan, plan->mounts.first); m; m = next) {
			next = plan_at(plan, m->item.next);
			if (depth(plan, m) == level)
				plan_move(plan, &plan->mounts, &sorted, &m->item);
		}
	}
	plan->mounts = sorted;
}

/* Whether an option surely puts something there: a source that may be missing covers nothing. */
static bool is_overridden(const struct box *box, const struct plan_mount *mount)
{
	const struct plan *plan = box->plan;

	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (!box_is_default(box, m) && !m->optional &&
		    strcmp(plan_str(plan, m->target), plan_str(plan, mount->target)) == 0)
			return true;
	return false;
}

/* A default gives way to what an option puts at the same place. */
static void drop_overridden(struct box *box)
{
	struct plan *plan = box->plan;
	const struct plan_mount *next;

	for (const struct plan_mount *m = plan_at(plan, plan->mounts.first); m; m = next) {
		next = plan_at(plan, m->item.next);
		if (box_is_default(box, m) && m->kind == PLAN_MOUNT_FS && is_overridden(box, m))
			plan_remove(plan, &plan->mounts, &m->item);
	}
}

/* What was said to no effect is said to the user. */
static void note_unused(struct box *box)
{
	bool defaults = plan_is_new(box->plan, COVE_NS_MNT) && !box->only;

	if (!defaults && (box->here_origin || box->private_origin || box->proc_origin))
		plan_note(box->plan, "--here, --private and --proc tune the files of the default box, "
				     "which this one does not have");
	else if (box->here_origin && box->plan->root.kind == PLAN_ROOT_DIR &&
		 box->here != BOX_HERE_NONE)
		plan_note(box->plan, "with --rootfs the current directory is not shared; --rw . "
				     "shares it");
}

/* Where a writable directory of the host would show the layer, too, it is hidden: the box shall not
 * say what its changes are changes of. */
static void hide_layer(struct plan *plan, const struct plan_mount *overlay)
{
	const char *dir = plan_str(plan, overlay->source);

	plan_each (plan, struct plan_mount, m, plan->mounts) {
		const char *source = plan_str(plan, m->source);
		auto_(buf_done) struct buf path = { 0 };
		plan_ref origin = plan->origin;

		if (m->kind != PLAN_MOUNT_BIND || !m->source || m->attr & MOUNT_ATTR_RDONLY ||
		    !path_is_under(dir, source))
			continue;
		path_join(plan_str(plan, m->target), dir + strlen(source), &path);
		plan->origin = overlay->item.origin;
		plan_add_mask(plan, buf_str(&path))->optional = 1;
		plan->origin = origin;
	}
}

static void hide_layers(struct plan *plan)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (plan_is_kept(m) && !m->layer_of)
			hide_layer(plan, m);
}

static void note_overlays(struct box *box)
{
	struct plan *plan = box->plan;
	bool is_private = false;

	plan_each (plan, struct plan_mount, m, plan->mounts) {
		auto_(buf_done) struct buf text = { 0 };

		if (m->kind != PLAN_MOUNT_OVERLAY || m->layer_of)
			continue;
		is_private |= !plan_is_kept(m);
		if (!plan_is_kept(m))
			continue;
		buf_addf(&text, "what is written to %s is kept in %s: cove changes, apply, discard",
			 plan_str(plan, m->target), plan_str(plan, m->source));
		plan_note(plan, buf_str(&text));
	}
	if (is_private && box->facts->kernel < KERNEL(6, 6) &&
	    (plan_is_new(plan, COVE_NS_USER) || !facts_is_admin(box->facts)))
		plan_note(plan, "before Linux 6.6 a private layer cannot hold a directory in the place "
				"of a removed one; a kept one can");
}

static void complete_files(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_list said = plan->mounts;

	note_unused(box);
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
	drop_overridden(box);
	box_share_resolver(box);
	if (plan->root.kind == PLAN_ROOT_HOST)
		box_share_here(box);
	hide_layers(plan);
	sort_by_depth(plan);
	note_overlays(box);
}

/* ---- process ---- */

static void pass_env(struct box *box, const char *name)
{
	const char *value = facts_env(box->facts, name);

	if (value)
		plan_set_env(box->plan, name, value);
}

/* Where the environment does not say it, the user database may. */
static void pass_known(struct box *box, const char *name, const char *known)
{
	if (!facts_env(box->facts, name) && known[0])
		plan_set_env(box->plan, name, known);
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
		pass_known(box, "HOME", box->facts->home);
		pass_known(box, "USER", box->facts->user);
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

/* Who has a terminal to type on and to look at, gets one of its own for the box. What is redirected
 * stays as it is. */
static void complete_terminal(struct box *box)
{
	struct plan_process *process = &box->plan->process;
	uint8_t terminals = box->facts->terminals;

	if (box->terminal_set || box->only || box->detach || (terminals & 3) != 3)
		return;
	process->terminal = terminals;
	if (!process->session_origin)
		process->session_origin = box->plan->origin;
}

static void complete_process(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_process *process = &plan->process;

	if (box_wants_filter(box)) {
		process->no_new_privs = 1;
		process->no_new_privs_origin = box->filter.origin;
	}
	box_complete_landlock(box);
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
	} else if (!box->init_set && plan->time_limit) { /* who ends everything that is there */
		process->init = 1;
		process->init_origin = plan->time_limit_origin;
	}
	if (!process->cwd && plan->root.kind != PLAN_ROOT_KEEP) {
		process->cwd = plan_add_string(plan, box_start_directory(box));
		process->cwd_origin = plan->origin;
	}
}

/* Nested, a user namespace opens much of the kernel that is root's otherwise. */
static void complete_limit(struct box *box)
{
	struct plan *plan = box->plan;

	if (box->only || !plan_is_new(plan, COVE_NS_USER) || box->allow & ALLOW_BIT(ALLOW_USERNS))
		return;
	plan->limit_userns = 1;
	plan->limit_userns_origin = plan->origin;
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
	complete_terminal(box);
	complete_limit(box);
	complete_map(box);
}
