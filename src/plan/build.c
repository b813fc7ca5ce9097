/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan's memory and its setters. The block is reserved at its full capacity at once (pages come
 * when they are touched), so items never move and plain pointers are good while building.
 */
#include "plan/build.h"
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 8u
#define SPARE_SIZE 4096u

struct plan *plan_new(void)
{
	struct plan *plan = calloc(1, PLAN_CAPACITY);

	if (!plan)
		return NULL;
	plan->magic = PLAN_MAGIC;
	plan->version = PLAN_VERSION;
	plan->size = (sizeof(*plan) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	plan->capacity = PLAN_CAPACITY;
	plan->process.uid = PLAN_NO_ID;
	plan->process.gid = PLAN_NO_ID;
	plan->setup_uid = PLAN_NO_ID;
	plan->setup_gid = PLAN_NO_ID;
	return plan;
}

void plan_free(struct plan *plan)
{
	free(plan);
}

struct plan *plan_copy(const struct plan *plan)
{
	struct plan *copy = calloc(1, PLAN_CAPACITY);

	if (copy)
		memcpy(copy, plan, plan->size);
	return copy;
}

static plan_ref allocate(struct plan *plan, size_t size)
{
	size_t room = plan->capacity - SPARE_SIZE - plan->size;
	plan_ref ref = plan->size;

	if (size > room || plan->overflow) {
		plan->overflow = 1;
		ref = plan->capacity - SPARE_SIZE;
		memset((char *)plan + ref, 0, SPARE_SIZE);
		return ref;
	}
	plan->size += (uint32_t)((size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
	if (plan->size > plan->capacity - SPARE_SIZE)
		plan->size = plan->capacity - SPARE_SIZE;
	return ref;
}

plan_ref plan_add_bytes(struct plan *plan, const void *bytes, uint32_t len)
{
	plan_ref ref = allocate(plan, (size_t)len + 1);

	if (!plan->overflow)
		memcpy((char *)plan + ref, bytes, len);
	return ref;
}

plan_ref plan_add_string(struct plan *plan, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return 0;
	if (len >= plan->capacity) {
		plan->overflow = 1;
		len = 0;
	}
	return plan_add_bytes(plan, text, (uint32_t)len);
}

void plan_set_origin(struct plan *plan, const char *origin)
{
	if (plan->origin && strcmp(plan_str(plan, plan->origin), origin) == 0)
		return;
	plan->origin = plan_add_string(plan, origin);
}

static struct plan_item *item_at(struct plan *plan, plan_ref ref)
{
	return (struct plan_item *)((char *)plan + ref);
}

static void link_last(struct plan *plan, struct plan_list *list, plan_ref ref)
{
	if (list->last)
		item_at(plan, list->last)->next = ref;
	else
		list->first = ref;
	list->last = ref;
	list->count++;
}

void *plan_append(struct plan *plan, struct plan_list *list, uint32_t size)
{
	plan_ref ref = allocate(plan, size);
	struct plan_item *item = item_at(plan, ref);

	item->origin = plan->origin;
	if (!plan->overflow)
		link_last(plan, list, ref);
	return item;
}

void plan_remove(struct plan *plan, struct plan_list *list, const struct plan_item *item)
{
	plan_ref gone = (plan_ref)((const char *)item - (const char *)plan);
	plan_ref *link = &list->first;
	plan_ref before = 0;

	while (*link && *link != gone) {
		before = *link;
		link = &item_at(plan, *link)->next;
	}
	if (!*link)
		return;
	*link = item->next;
	if (list->last == gone)
		list->last = before;
	list->count--;
}

void plan_move(struct plan *plan, struct plan_list *from, struct plan_list *to,
	       const struct plan_item *item)
{
	plan_ref ref = (plan_ref)((const char *)item - (const char *)plan);

	plan_remove(plan, from, item);
	item_at(plan, ref)->next = 0;
	link_last(plan, to, ref);
}

void plan_concat(struct plan *plan, struct plan_list *to, struct plan_list *from)
{
	if (!from->first)
		return;
	if (to->last)
		item_at(plan, to->last)->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	to->count += from->count;
	*from = (struct plan_list){ 0 };
}

void plan_append_text(struct plan *plan, struct plan_list *list, const char *text)
{
	struct plan_string *item = plan_append(plan, list, sizeof(*item));

	item->text = plan_add_string(plan, text);
}

void plan_append_number(struct plan *plan, struct plan_list *list, int64_t value)
{
	struct plan_number *item = plan_append(plan, list, sizeof(*item));

	item->value = value;
}

void plan_note(struct plan *plan, const char *text)
{
	plan_append_text(plan, &plan->notes, text);
}

void plan_set_ns(struct plan *plan, enum cove_ns ns, enum plan_ns_mode mode)
{
	plan->ns[ns] = (struct plan_ns){ .mode = (uint8_t)mode, .origin = plan->origin };
}

static void join(struct plan *plan, enum cove_ns ns, enum plan_target target, int32_t number,
		 const char *path)
{
	plan->ns[ns] = (struct plan_ns){
		.mode = PLAN_NS_JOIN,
		.target = (uint8_t)target,
		.number = number,
		.path = plan_add_string(plan, path),
		.origin = plan->origin,
	};
}

void plan_join_pid(struct plan *plan, enum cove_ns ns, int32_t pid)
{
	join(plan, ns, PLAN_TARGET_PID, pid, NULL);
}

void plan_join_fd(struct plan *plan, enum cove_ns ns, int32_t fd)
{
	join(plan, ns, PLAN_TARGET_FD, fd, NULL);
}

void plan_join_path(struct plan *plan, enum cove_ns ns, const char *path)
{
	join(plan, ns, PLAN_TARGET_PATH, -1, path);
}

void plan_map(struct plan *plan, struct plan_list *list, uint32_t inside, uint32_t outside,
	      uint32_t count)
{
	struct plan_map *map = plan_append(plan, list, sizeof(*map));

	map->inside = inside;
	map->outside = outside;
	map->count = count;
}

struct plan_mount *plan_add_mount(struct plan *plan, enum plan_mount_kind kind, const char *source,
				  const char *target)
{
	struct plan_mount *mount = plan_append(plan, &plan->mounts, sizeof(*mount));

	mount->kind = (uint8_t)kind;
	mount->source = plan_add_string(plan, source);
	mount->target = plan_add_string(plan, target);
	mount->content_fd = -1;
	mount->mode = kind == PLAN_MOUNT_FILE ? 0644 : 0755;
	return mount;
}

struct plan_mount *plan_add_fs(struct plan *plan, const char *fstype, const char *target)
{
	struct plan_mount *mount = plan_add_mount(plan, PLAN_MOUNT_FS, NULL, target);

	mount->fstype = plan_add_string(plan, fstype);
	return mount;
}

struct plan_mount *plan_add_mask(struct plan *plan, const char *target)
{
	struct plan_mount *mount = plan_add_mount(plan, PLAN_MOUNT_MASK, "/dev/null", target);

	mount->fstype = plan_add_string(plan, "tmpfs");
	mount->attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	plan_mount_data(plan, mount, "nr_inodes", "1");
	plan_mount_data(plan, mount, "mode", "0555");
	return mount;
}

void plan_mount_data(struct plan *plan, struct plan_mount *mount, const char *key,
		     const char *value)
{
	struct plan_data *data = plan_append(plan, &mount->data, sizeof(*data));

	data->key = plan_add_string(plan, key);
	data->value = plan_add_string(plan, value);
}

static const struct plan_string *find_env(const struct plan *plan, const char *name, size_t len)
{
	plan_each (plan, struct plan_string, e, plan->process.env)
		if (strncmp(plan_str(plan, e->text), name, len) == 0 &&
		    plan_str(plan, e->text)[len] == '=')
			return e;
	return NULL;
}

static void unset_env(struct plan *plan, const char *name, size_t len)
{
	const struct plan_string *old = find_env(plan, name, len);

	if (old)
		plan_remove(plan, &plan->process.env, &old->item);
}

void plan_set_env(struct plan *plan, const char *name, const char *value)
{
	struct plan_string *item;
	size_t name_len = strlen(name);
	size_t value_len = strlen(value);
	char *text;

	unset_env(plan, name, name_len);
	item = plan_append(plan, &plan->process.env, sizeof(*item));
	item->text = allocate(plan, name_len + value_len + 2);
	if (plan->overflow)
		return;
	text = (char *)plan + item->text;
	memcpy(text, name, name_len);
	text[name_len] = '=';
	memcpy(text + name_len + 1, value, value_len);
}

void plan_override_env(struct plan *plan, struct plan_list *said)
{
	plan_each (plan, struct plan_string, e, *said) {
		const char *text = plan_str(plan, e->text);

		unset_env(plan, text, strcspn(text, "="));
	}
	plan_concat(plan, &plan->process.env, said);
}

void plan_set_search(struct plan *plan, const char *otherwise)
{
	plan->process.search = plan_add_string(plan, otherwise);
	plan_each (plan, struct plan_string, e, plan->process.env)
		if (strncmp(plan_str(plan, e->text), "PATH=", 5) == 0)
			plan->process.search = e->text + 5;
}

void plan_set_rlimit(struct plan *plan, uint32_t resource, uint64_t soft, uint64_t hard)
{
	struct plan_rlimit *limit;

	plan_each (plan, struct plan_rlimit, old, plan->rlimits) {
		if (old->resource == resource) {
			plan_remove(plan, &plan->rlimits, &old->item);
			break;
		}
	}
	limit = plan_append(plan, &plan->rlimits, sizeof(*limit));
	limit->resource = resource;
	limit->soft = soft;
	limit->hard = hard;
}
