/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a default box, as one list to read from bottom to top, and how they give way to what
 * was said. Homes, the current directory and the resolver have files of their own.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/path.h"
#include "base/text.h"
#include "box/box.h"
#include "box/complete.h"
#include "plan/build.h"

#include <linux/mount.h>
#include <string.h>

#define NOSUID_NODEV (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* Whether a default, or an option that only tunes it, put this there. */
static bool is_default(const struct box *box, const struct plan_mount *mount)
{
	plan_ref origin = mount->item.origin;

	return origin == box->plan->origin || (origin && (origin == box->private.origin ||
							  origin == box->proc.origin));
}

bool box_was_said(const struct box *box, const char *target)
{
	const struct plan *plan = box->plan;

	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (!is_default(box, m) && strcmp(plan_str(plan, m->target), target) == 0)
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
	struct plan_mount *mount = add_fs(plan, "tmpfs", target, NOSUID_NODEV | box->private.attr);

	mount->no_follow = 0;
	if (box->private.origin)
		mount->item.origin = box->private.origin;
	plan_mount_data(plan, mount, "mode", mode);
	plan_mount_data(plan, mount, "size",
			box->private.size ? plan_str(plan, box->private.size) : room->size);
	plan_mount_data(plan, mount, "nr_inodes",
			box->private.inodes ? plan_str(plan, box->private.inodes) : room->inodes);
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

/* Whether the host's root is in the box, under whatever number. */
static bool has_host_root(const struct box *box)
{
	const struct plan *plan = box->plan;

	plan_each (plan, struct plan_map, map, plan->maps.uids)
		if (map->outside == 0)
			return true;
	return box->facts->uid == 0;
}

/* Settings of the host's kernel belong to its root, and who is that outside may write them without
 * any capability; and may read what the kernel tells of its memory, keys and timers. */
static void protect_kernel(struct box *box)
{
	static const char *const settings[] = { "/proc/sys", "/proc/sysrq-trigger", "/proc/irq",
						"/proc/bus", "/proc/fs" };
	static const char *const secrets[] = {
		"/proc/kcore",	      "/proc/keys",	    "/proc/kmsg",     "/proc/kpagecgroup",
		"/proc/kpagecount",   "/proc/kpageflags",   "/proc/latency_stats",
		"/proc/pagetypeinfo", "/proc/sched_debug",  "/proc/slabinfo", "/proc/timer_list",
		"/proc/vmallocinfo",  "/sys/firmware",
	};

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		struct plan_mount *mount =
			plan_add_mount(box->plan, PLAN_MOUNT_PROTECT, NULL, settings[i]);

		mount->attr = MOUNT_ATTR_RDONLY | NOSUID_NODEV | MOUNT_ATTR_NOEXEC;
		mount->optional = 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		plan_add_mask(box->plan, secrets[i])->optional = 1;
}

static void add_proc(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_mount *mount = add_fs(plan, "proc", "/proc", NOSUID_NODEV | MOUNT_ATTR_NOEXEC);
	const char *cursor = box->proc.words ? plan_str(plan, box->proc.words) : NULL;
	const char *word;
	size_t len;

	if (box->proc.origin)
		mount->item.origin = box->proc.origin;
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
		if (has_host_root(box))
			protect_kernel(box);
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
		if (!is_default(box, m) && !m->optional &&
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
		if (is_default(box, m) && m->kind == PLAN_MOUNT_FS && is_overridden(box, m))
			plan_remove(plan, &plan->mounts, &m->item);
	}
}

/* What was said to no effect is said to the user. */
static void note_unused(struct box *box)
{
	bool defaults = plan_is_new(box->plan, COVE_NS_MNT) && !box->only;

	if (!defaults && (box->here.origin || box->private.origin || box->proc.origin))
		plan_note(box->plan,
			  "--here, --private and --proc tune the files of the default box, "
			  "which this one does not have");
	else if (box->here.origin && box->plan->root.kind == PLAN_ROOT_DIR &&
		 box->here.mode != BOX_HERE_NONE)
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
		plan_note(plan,
			  "before Linux 6.6 a private layer cannot hold a directory in the place "
			  "of a removed one; a kept one can");
}

void box_complete_files(struct box *box)
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
