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

void explain_mount_open(const struct explain_row *row)
{
	const struct plan *plan = row->plan;

	if (plan->root.kind == PLAN_ROOT_DIR && plan->root.path)
		explain_say(row, plan->root.origin, "open %s", plan_str(plan, plan->root.path));
	plan_each (plan, struct plan_mount, m, plan->mounts) {
		if (is_plain_device(plan, m))
			m = devices(row, m, "open", "");
		else if (m->kind == PLAN_MOUNT_OVERLAY)
			open_overlay(row, m);
		else if (plan_mount_has_source(m) && m->content_fd >= 0)
			explain_say(row, m->item.origin, "look up what descriptor %d stands for",
				    m->content_fd);
		else if (plan_mount_has_source(m) && m->kind != PLAN_MOUNT_MASK)
			explain_say(row, m->item.origin, "open %s%s", plan_str(plan, m->source),
				    m->optional ? ", if it is there" : "");
	}
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
		explain_say(row, r->origin, "put %s in the place of / (%s, nosuid, nodev)",
			    plan_str(row->plan, r->path),
			    r->read_only || covered ? "read-only" : "writable");
	if (r->kind == PLAN_ROOT_DIR && r->path && !covered)
		explain_say(row, r->origin, "mount points that are missing are made in it");
}

static void add_settings(const struct plan *plan, const struct plan_mount *m, struct buf *out)
{
	static const struct {
		uint64_t bit;
		const char *word;
	} words[] = {
		{ MOUNT_ATTR_RDONLY, "ro" },
		{ MOUNT_ATTR_NOSUID, "nosuid" },
		{ MOUNT_ATTR_NODEV, "nodev" },
		{ MOUNT_ATTR_NOEXEC, "noexec" },
		{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (m->attr & words[i].bit)
			buf_addf(out, "%s%s", out->len ? "," : "", words[i].word);
	plan_each (plan, struct plan_data, data, m->data)
		buf_addf(out, "%s%s%s%s", out->len ? "," : "", plan_str(plan, data->key),
			 data->value ? "=" : "", plan_str(plan, data->value));
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
	add_special(m, &special);
	explain_say(row, m->item.origin, "%s: the host's %s, %s%s", target,
		    strcmp(source, target) == 0 ? "own" : source, write_word(m), buf_str(&special));
}

static void filesystem(const struct explain_row *row, const struct plan_mount *m)
{
	auto_(buf_done) struct buf settings = { 0 };

	add_settings(row->plan, m, &settings);
	explain_say(row, m->item.origin, "%s: new %s (%s)", plan_str(row->plan, m->target),
		    plan_str(row->plan, m->fstype), buf_str(&settings));
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
		explain_say(row, m->item.origin, "%s: new device %u:%u", target, m->major,
			    m->minor);
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
