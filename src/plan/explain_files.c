/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the steps on files will do, in words: what is opened, what becomes the root, what is put
 * into it.
 */
#include "base/auto.h"
#include "base/path.h"
#include "plan/explain_row.h"

#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

static bool is_plain_device(const struct plan *plan, const struct plan_mount *m)
{
	return m && m->kind == PLAN_MOUNT_DEVICE &&
	       strcmp(plan_str(plan, m->source), plan_str(plan, m->target)) == 0;
}

/* Devices with one origin share a line. Returns the last of them. */
static const struct plan_mount *devices(const struct explain_row *row, const struct plan_mount *m,
					const char *before, const char *after)
{
	const struct plan *plan = row->plan;
	auto_(buf_done) struct buf names = { 0 };
	const struct plan_mount *next = m;

	do {
		m = next;
		buf_addf(&names, " %s", plan_str(plan, m->target));
		next = plan_at(plan, m->item.next);
	} while (is_plain_device(plan, next) && next->item.origin == m->item.origin);
	explain_say(row, m->item.origin, "%s%s%s", before, buf_str(&names) + (before[0] ? 0 : 1),
		    after);
	return m;
}

static void open_overlay(const struct explain_row *row, const struct plan_mount *m)
{
	const struct plan *plan = row->plan;

	explain_say(row, m->item.origin, "open %s", plan_str(plan, m->lower));
	if (plan_is_kept(m) && !m->layer_of)
		explain_say(row, m->item.origin, "open %s", plan_str(plan, m->source));
}

const char *explain_propagation(uint64_t flags)
{
	return flags & MS_SHARED       ? "shared"
	       : flags & MS_SLAVE      ? "slaves of the host's"
	       : flags & MS_UNBINDABLE ? "unbindable"
				       : "private";
}

void explain_mount_open(const struct explain_row *row)
{
	const struct plan *plan = row->plan;

	if (plan->root.kind == PLAN_ROOT_DIR && plan->root.path)
		explain_say(row, plan->root.origin, "open %s", plan_str(plan, plan->root.path));
	plan_each (plan, struct plan_mount, m, plan->mounts) {
		if (is_plain_device(plan, m))
			m = devices(row, m, "open", "");
		else if (m->idmap)
			continue; /* see mount.idmap */
		else if (m->kind == PLAN_MOUNT_OVERLAY)
			open_overlay(row, m);
		else if (plan_mount_has_source(m) && m->content_fd >= 0)
			explain_say(row, m->item.origin, "look up what descriptor %d stands for",
				    m->content_fd);
		else if (plan_mount_has_source(m) && m->kind != PLAN_MOUNT_MASK)
			explain_say(row, m->item.origin, "open %s%s",
				    plan_str(plan, m->spare ? m->spare : m->source),
				    m->optional ? ", if it is there" : "");
	}
}

void explain_mount_idmap(const struct explain_row *row)
{
	plan_each (row->plan, struct plan_mount, m, row->plan->mounts)
		if (m->idmap)
			explain_say(row, m->item.origin, "open %s, with ids mapped by %s maps%s",
				    plan_str(row->plan, m->source),
				    m->idmap == PLAN_IDMAP_BOX ? "the box's" : "its own",
				    m->idmap_below ? ", and all mounted below it" : "");
}

void explain_root(const struct explain_row *row)
{
	const struct plan_root *r = &row->plan->root;
	bool covered = plan_root_overlay(row->plan) != NULL;

	if (r->kind == PLAN_ROOT_HOST)
		explain_say(row, r->origin, "make the host's / read-only, nosuid, nodev");
	else if (!r->path)
		explain_say(row, r->origin, "put an empty tmpfs in the place of / (nosuid, nodev)");
	else
		explain_say(row, r->origin, "put %s in the place of %s (%s%s)",
			    plan_str(row->plan, r->path), r->at_path ? "itself" : "/",
			    r->read_only || covered ? "read-only" : "writable",
			    row->plan->container.is ? "" : ", nosuid, nodev");
	if (r->kind == PLAN_ROOT_DIR && r->path && !covered)
		explain_say(row, r->origin, "mount points that are missing are made in it");
}

static const struct {
	uint64_t bit;
	const char *set, *clear;
} attribute_words[] = {
	{ MOUNT_ATTR_RDONLY, "ro", "rw" },
	{ MOUNT_ATTR_NOSUID, "nosuid", "suid" },
	{ MOUNT_ATTR_NODEV, "nodev", "dev" },
	{ MOUNT_ATTR_NOEXEC, "noexec", "exec" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow", "symfollow" },
	{ MOUNT_ATTR_NOATIME, "noatime", NULL },
	{ MOUNT_ATTR_STRICTATIME, "strictatime", NULL },
	{ MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime" },
};

static void add_word(struct buf *out, const char *prefix, const char *word)
{
	buf_addf(out, "%s%s%s", out->len ? "," : "", prefix, word);
}

static void add_attributes(uint64_t set, uint64_t clear, const char *prefix, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(attribute_words); i++) {
		if (set & attribute_words[i].bit)
			add_word(out, prefix, attribute_words[i].set);
		else if (clear & attribute_words[i].bit && attribute_words[i].clear)
			add_word(out, prefix, attribute_words[i].clear);
	}
	if ((clear & MOUNT_ATTR__ATIME) && !(set & MOUNT_ATTR__ATIME))
		add_word(out, prefix, "relatime");
}

static void add_settings(const struct plan *plan, const struct plan_mount *m, struct buf *out)
{
	add_attributes(m->attr, 0, "", out);
	plan_each (plan, struct plan_data, data, m->data)
		buf_addf(out, "%s%s%s%s", out->len ? "," : "", plan_str(plan, data->key),
			 data->value ? "=" : "", plan_str(plan, data->value));
	if (m->copy_up)
		add_word(out, "", "with a copy of what it covers");
}

/* What only containers ask of a mount. */
static void add_container_settings(const struct plan *plan, const struct plan_mount *m,
				   struct buf *out)
{
	auto_(buf_done) struct buf words = { 0 };

	if (m->alone)
		add_word(&words, "", "without submounts");
	add_attributes(m->attr & ~(uint64_t)MOUNT_ATTR_RDONLY,
		       m->clear & ~(uint64_t)MOUNT_ATTR_RDONLY, "", &words);
	add_attributes(m->below_attr, m->below_clear, "all below: ", &words);
	plan_each (plan, struct plan_number, number, m->propagation)
		add_word(&words, number->value & MS_REC ? "all " : "",
			 explain_propagation((uint64_t)number->value));
	if (m->idmap)
		add_word(&words, "",
			 m->idmap == PLAN_IDMAP_BOX ? "ids of the box" : "ids of its own");
	if (words.len)
		buf_addf(out, " (%s)", buf_str(&words));
}

/* What is special about a share: nosuid and nodev are not. */
static void add_special(const struct plan_mount *m, struct buf *out)
{
	if (m->attr & MOUNT_ATTR_NOEXEC)
		buf_adds(out, ", noexec");
	if (m->attr & MOUNT_ATTR_NOSYMFOLLOW)
		buf_adds(out, ", nosymfollow");
	if (m->optional)
		buf_adds(out, ", if it is there");
}

/* Whether the box has something else there, so that it is no matter what the host has. */
static bool is_replaced(const struct plan *plan, const char *path)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if ((m->kind == PLAN_MOUNT_FS || m->kind == PLAN_MOUNT_BIND) &&
		    path_is_under(path, plan_str(plan, m->target)))
			return true;
	return false;
}

static void overlay(const struct explain_row *row, const struct plan_mount *m)
{
	const struct plan *plan = row->plan;
	const char *target = plan_str(plan, m->target);
	bool split = m->below.count || (target[1] == '\0' && plan->root.kind == PLAN_ROOT_HOST);

	if (plan_is_kept(m))
		explain_say(row, m->item.origin, "%s: overlay, what is written is kept in %s",
			    target, plan_str(plan, m->source));
	else
		explain_say(row, m->item.origin, "%s: overlay, what is written vanishes", target);
	if (split)
		explain_say(row, m->item.origin,
			    "one for each directory in it, where mounts are in the way");
	plan_each (plan, struct plan_below, below, m->below)
		if (below->keep && !is_replaced(plan, plan_str(plan, below->path)))
			explain_say(row, m->item.origin, "%s (%s) stays read-only",
				    plan_str(plan, below->path), plan_str(plan, below->fstype));
}

static const char *write_word(const struct plan_mount *m)
{
	return m->attr & MOUNT_ATTR_RDONLY ? "read-only" : "writable";
}

static void bind(const struct explain_row *row, const struct plan_mount *m)
{
	const char *target = plan_str(row->plan, m->target);
	const char *source = plan_str(row->plan, m->source);
	auto_(buf_done) struct buf special = { 0 };

	if (m->content_fd >= 0) {
		explain_say(row, m->item.origin, "%s: what descriptor %d stands for, %s", target,
			    m->content_fd, write_word(m));
		return;
	}
	if (row->plan->container.is)
		add_container_settings(row->plan, m, &special);
	else
		add_special(m, &special);
	explain_say(row, m->item.origin, "%s: the host's %s, %s%s", target,
		    strcmp(source, target) == 0 ? "own" : source, write_word(m), buf_str(&special));
}

static void filesystem(const struct explain_row *row, const struct plan_mount *m)
{
	auto_(buf_done) struct buf settings = { 0 };

	add_settings(row->plan, m, &settings);
	explain_say(row, m->item.origin, "%s: new %s%s%s%s", plan_str(row->plan, m->target),
		    plan_str(row->plan, m->fstype), settings.len ? " (" : "", buf_str(&settings),
		    settings.len ? ")" : "");
}

static void file(const struct explain_row *row, const struct plan_mount *m)
{
	const char *target = plan_str(row->plan, m->target);
	const char *read_only = m->attr & MOUNT_ATTR_RDONLY ? " read-only" : "";

	if (m->content_fd >= 0)
		explain_say(row, m->item.origin, "%s:%s file read from descriptor %d", target,
			    read_only, m->content_fd);
	else
		explain_say(row, m->item.origin, "%s:%s file of %u byte%s", target, read_only,
			    m->content_len, m->content_len == 1 ? "" : "s");
}

static void node(const struct explain_row *row, const struct plan_mount *m)
{
	const char *target = plan_str(row->plan, m->target);

	if (m->spare)
		explain_say(row, m->item.origin, "%s: the host's device %s", target,
			    plan_str(row->plan, m->spare));
	else if (m->node_type == S_IFIFO)
		explain_say(row, m->item.origin, "%s: new FIFO", target);
	else
		explain_say(row, m->item.origin, "%s: new device %u:%u", target, m->major,
			    m->minor);
}

static void attach(const struct explain_row *row, const struct plan_mount *m)
{
	const char *target = plan_str(row->plan, m->target);
	const char *source = plan_str(row->plan, m->source);

	switch ((enum plan_mount_kind)m->kind) {
	case PLAN_MOUNT_BIND:
		bind(row, m);
		break;
	case PLAN_MOUNT_FS:
		filesystem(row, m);
		break;
	case PLAN_MOUNT_DEVICE: /* those at their own place: see devices() */
		explain_say(row, m->item.origin, "%s: the host's device %s", target, source);
		break;
	case PLAN_MOUNT_SYMLINK:
		explain_say(row, m->item.origin, "%s: link to %s", target, source);
		break;
	case PLAN_MOUNT_FILE:
		file(row, m);
		break;
	case PLAN_MOUNT_DIR:
		explain_say(row, m->item.origin, "%s: directory", target);
		break;
	case PLAN_MOUNT_MASK:
		explain_say(row, m->item.origin, "%s: hidden", target);
		break;
	case PLAN_MOUNT_PROTECT:
		explain_say(row, m->item.origin, "%s: read-only", target);
		break;
	case PLAN_MOUNT_OVERLAY:
		overlay(row, m);
		break;
	case PLAN_MOUNT_NODE:
		node(row, m);
		break;
	case PLAN_MOUNT_CONSOLE:
		explain_say(row, m->item.origin, "%s: the terminal of the box", target);
		break;
	case PLAN_MOUNT_CGROUP:
		explain_say(row, m->item.origin, "%s: the cgroup tree, %s", target, write_word(m));
		break;
	case PLAN_MOUNT_REMOUNT:
		explain_say(row, m->item.origin, "%s: mounted otherwise, %s", target,
			    write_word(m));
		break;
	case PLAN_MOUNT_REMOVE:
		explain_say(row, m->item.origin, "%s: unmounted", target);
		break;
	case PLAN_MOUNT_COUNT:
		break;
	}
}

void explain_mount_attach(const struct explain_row *row)
{
	plan_each (row->plan, struct plan_mount, m, row->plan->mounts) {
		if (is_plain_device(row->plan, m))
			m = devices(row, m, "", ": the host's");
		else
			attach(row, m);
	}
}
