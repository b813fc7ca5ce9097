/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts of config.json. A mount is put into the plan as a bind, a new filesystem, the cgroup
 * tree, or a change of what is there, which its options and its type decide together.
 */
#include "base/auto.h"
#include "base/path.h"
#include "base/text.h"
#include "oci/parts.h"
#include "plan/build.h"
#include "plan/mount_words.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>

/* ---- option words ---- */

static void change(uint64_t *to, uint64_t *from, uint64_t bits)
{
	*to |= bits;
	*from &= ~bits;
}

/* How access times are kept is one setting of several bits: the old one goes as a whole. */
static void set_bits(uint64_t *attr, uint64_t *clear, uint64_t bits)
{
	uint64_t times = MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME;

	if (bits & times) {
		*attr &= ~(uint64_t)MOUNT_ATTR__ATIME;
		*clear |= MOUNT_ATTR__ATIME;
		*attr |= bits;
	} else {
		change(attr, clear, bits);
	}
}

static void add_propagation(struct reader *r, struct plan_mount *m, uint64_t bits)
{
	plan_append_number(r->plan, &m->propagation, (int64_t)bits);
}

/* Data of the filesystem: "key=value", or a flag. */
static void add_data(struct reader *r, struct plan_mount *m, const char *word)
{
	const char *equals = strchr(word, '=');
	auto_(buf_done) struct buf key = { 0 };

	buf_add(&key, word, equals ? (size_t)(equals - word) : strlen(word));
	plan_mount_data(r->plan, m, buf_str(&key), equals ? equals + 1 : NULL);
}

static int take_data(struct reader *r, struct plan_mount *m, json_node option)
{
	const char *word = reader_text(r, option);
	char shown[48];

	if (m->kind == PLAN_MOUNT_FS) {
		add_data(r, m, word);
		return 0;
	}
	return reader_ignore(r, option, "'%s' has no effect on this kind of mount",
			     text_show(word, shown, sizeof(shown)));
}

static int take_word(struct reader *r, struct plan_mount *m, json_node option)
{
	const struct mount_word *word = mount_word_find(reader_text(r, option));

	if (!word)
		return take_data(r, m, option);
	switch (word->kind) {
	case WORD_SET:
		set_bits(&m->attr, &m->clear, word->bits);
		return 0;
	case WORD_CLEAR:
		change(&m->clear, &m->attr, word->bits);
		return 0;
	case WORD_SET_BELOW:
		set_bits(&m->below_attr, &m->below_clear, word->bits);
		return 0;
	case WORD_CLEAR_BELOW:
		change(&m->below_clear, &m->below_attr, word->bits);
		return 0;
	case WORD_PROPAGATION:
		add_propagation(r, m, word->bits);
		return 0;
	case WORD_COPY_UP:
		if (m->kind != PLAN_MOUNT_FS || strcmp(plan_str(r->plan, m->fstype), "tmpfs") != 0)
			return take_data(r, m, option);
		m->copy_up = 1;
		return 0;
	case WORD_IDMAP:
		m->idmap = PLAN_IDMAP_BOX;
		m->idmap_below = (uint8_t)word->bits;
		return 0;
	case WORD_NO_FOLLOW:
		m->no_follow = 1;
		return 0;
	case WORD_SUPER:
		return take_data(r, m, option);
	case WORD_REFUSED:
		return reader_refuse(r, option, "'%s' is not supported", word->name);
	case WORD_BIND:
	case WORD_REMOUNT:
	case WORD_NOTHING:
		return 0;
	}
	return 0;
}

static int take_words(struct reader *r)
{
	int result = 0;

	if (r->m.options == JSON_NONE)
		return 0;
	json_each (&r->doc, option, r->m.options) {
		result = take_word(r, r->mount, option);
		if (result < 0)
			break;
	}
	return result;
}

/* ---- one mount ---- */

int oci_begin_mount(struct reader *r, json_node node)
{
	memset(&r->m, 0, sizeof(r->m));
	memset(&r->maps, 0, sizeof(r->maps));
	r->m.options = JSON_NONE;
	reader_origin(r, node);
	return 0;
}

static int keep_options(struct reader *r, json_node options)
{
	r->m.options = options;
	return 0;
}

/* What kind of mount it is must be known before its words are taken. */
static int look_ahead(struct reader *r, json_node option)
{
	const struct mount_word *word = mount_word_find(reader_text(r, option));

	if (!word)
		return 0;
	r->m.is_bind |= word->kind == WORD_BIND;
	r->m.is_tree |= word->kind == WORD_BIND && word->bits;
	r->m.is_remount |= word->kind == WORD_REMOUNT;
	r->m.is_change |= word->kind == WORD_PROPAGATION;
	return 0;
}

int oci_clean_path(struct reader *r, const struct value *path, struct buf *ret)
{
	auto_(buf_done) struct buf full = { 0 };

	if (!path->text[0])
		return reader_refuse(r, path->node, "the path is empty");
	if (!path_is_absolute(path->text))
		buf_addc(&full, '/');
	buf_adds(&full, path->text);
	return path_clean(buf_str(&full), ret);
}

static int clean_target(struct reader *r, struct buf *ret)
{
	const struct value *to = &r->m.destination;
	int result = oci_clean_path(r, to, ret);

	if (result < 0)
		return result;
	if (!path_is_absolute(to->text))
		reader_note(r, to->node, "not an absolute path: taken from / on");
	if (strcmp(buf_str(ret), "/") == 0)
		return reader_refuse(r, to->node, "the root itself cannot be a mount point");
	return 0;
}

int oci_host_path(struct reader *r, const char *path, struct buf *ret)
{
	auto_(buf_done) struct buf full = { 0 };

	if (!path_is_absolute(path))
		path_join(r->request->bundle, path, &full);
	else
		buf_adds(&full, path);
	return path_clean(buf_str(&full), ret);
}

static struct plan_mount *add_bind(struct reader *r, const char *target)
{
	auto_(buf_done) struct buf source = { 0 };
	struct plan_mount *m;

	oci_host_path(r, r->m.source.text, &source);
	m = plan_add_mount(r->plan, PLAN_MOUNT_BIND, buf_str(&source), target);
	m->alone = !r->m.is_tree;
	if (strcmp(target, "/dev") == 0)
		r->has_bound_dev = true;
	return m;
}

static struct plan_mount *add_filesystem(struct reader *r, const char *type, const char *target)
{
	struct plan_mount *m;

	if (strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0)
		return plan_add_mount(r->plan, PLAN_MOUNT_CGROUP, NULL, target);
	m = plan_add_fs(r->plan, type, target);
	if (r->m.source.set)
		m->source = plan_add_string(r->plan, r->m.source.text);
	/* What is later written there must not be led elsewhere by the files of the root. */
	m->no_follow = strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0;
	return m;
}

static int add_mount(struct reader *r, json_node node, const char *target)
{
	const char *type = r->m.type.set ? r->m.type.text : "";
	bool has_type = type[0] && strcmp(type, "none") != 0;
	bool is_bind = r->m.is_bind || strcmp(type, "bind") == 0 || strcmp(type, "rbind") == 0;

	if (r->m.is_remount || (!is_bind && !has_type && r->m.is_change)) {
		r->mount = plan_add_mount(r->plan, PLAN_MOUNT_REMOUNT, NULL, target);
		return 0;
	}
	if (is_bind && !r->m.source.set)
		return reader_refuse(r, node, "'source' of a bind mount is missing");
	if (!is_bind && !has_type)
		return reader_refuse(r, node, "'type' is missing, and no option is 'bind'");
	r->m.is_tree |= strcmp(type, "rbind") == 0;
	r->mount = is_bind ? add_bind(r, target) : add_filesystem(r, type, target);
	return 0;
}

/* A new filesystem has nothing mounted below it. */
static void join_below(struct plan_mount *m)
{
	m->top_only = 1;
	if (m->kind != PLAN_MOUNT_FS)
		return;
	m->attr |= m->below_attr;
	m->below_attr = 0;
	m->below_clear = 0;
}

static int take_maps(struct reader *r, json_node node)
{
	struct plan_mount *m = r->mount;

	if (!r->maps.uids.count && !r->maps.gids.count)
		return 0;
	if (!r->maps.uids.count || !r->maps.gids.count)
		return reader_refuse(r, node, "'uidMappings' and 'gidMappings' go together");
	m->idmap = PLAN_IDMAP_OWN;
	m->uids = r->maps.uids;
	m->gids = r->maps.gids;
	return 0;
}

static int check_idmap(struct reader *r, json_node node)
{
	struct plan_mount *m = r->mount;
	int result = take_maps(r, node);

	if (result < 0 || m->idmap == PLAN_IDMAP_NONE)
		return result;
	if (m->idmap == PLAN_IDMAP_BOX && r->plan->ns[COVE_NS_USER].mode == PLAN_NS_HOST)
		return reader_refuse(r, node, "an idmapped mount needs mappings of its own, or a "
					      "user namespace");
	if (m->kind != PLAN_MOUNT_BIND)
		return reader_refuse(r, node, "only a bind mount can be idmapped");
	return 0;
}

int oci_take_mount(struct reader *r, json_node node)
{
	auto_(buf_done) struct buf target = { 0 };
	int result = clean_target(r, &target);

	if (result == 0)
		result = add_mount(r, node, buf_str(&target));
	if (result == 0)
		result = take_words(r);
	if (result < 0)
		return result;
	join_below(r->mount);
	return check_idmap(r, node);
}

int oci_take_removal(struct reader *r, json_node node)
{
	auto_(buf_done) struct buf target = { 0 };
	int result = clean_target(r, &target);

	(void)node;
	if (result == 0)
		plan_add_mount(r->plan, PLAN_MOUNT_REMOVE, NULL, buf_str(&target));
	return result;
}

/* ---- the table ---- */

static int keep_uid_map(struct reader *r, json_node node)
{
	return oci_add_map(r, node, &r->maps.uids);
}

static int keep_gid_map(struct reader *r, json_node node)
{
	return oci_add_map(r, node, &r->maps.gids);
}

const struct field oci_mount_fields[] = {
	{ "destination", FIELD_STRING, .required = true, .store = STORE(m.destination) },
	{ "source", FIELD_STRING, .store = STORE(m.source) },
	{ "type", FIELD_STRING, .store = STORE(m.type) },
	{ "options", FIELD_STRINGS, .begin = keep_options, .take = look_ahead },
	{ "uidMappings", FIELD_OBJECTS, .begin = oci_begin_map, .take = keep_uid_map,
	  .members = oci_map_fields },
	{ "gidMappings", FIELD_OBJECTS, .begin = oci_begin_map, .take = keep_gid_map,
	  .members = oci_map_fields },
	{ 0 },
};
