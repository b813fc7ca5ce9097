/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling a plan. Strings and bytes passed in are copied. Items get the origin that was set last.
 *
 * Nothing here fails: when a plan outgrows PLAN_CAPACITY, the surplus shares one spare place and
 * plan_seal refuses the plan with E2BIG.
 */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "plan/plan.h"

/* An empty plan: everything is left as the caller has it. NULL when memory is short.
 * Release it with plan_free, which takes NULL. */
struct plan *plan_new(void);
void plan_free(struct plan *plan);
/* A copy that may be changed further; NULL when memory is short. */
struct plan *plan_copy(const struct plan *plan);

/* Who asks for what is added from here on: "--rw /x", "default". */
void plan_set_origin(struct plan *plan, const char *origin);

/* Copies a string; 0 for NULL. */
plan_ref plan_add_string(struct plan *plan, const char *text);
plan_ref plan_add_bytes(struct plan *plan, const void *bytes, uint32_t len);

/* Appends a zeroed item of `size` bytes, whose first member is a struct plan_item. Never NULL. */
void *plan_append(struct plan *plan, struct plan_list *list, uint32_t size);
/* Takes the item out of the list. */
void plan_remove(struct plan *plan, struct plan_list *list, const struct plan_item *item);

/* Moves the item to the end of another list. */
void plan_move(struct plan *plan, struct plan_list *from, struct plan_list *to,
	       const struct plan_item *item);
/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */
void plan_concat(struct plan *plan, struct plan_list *to, struct plan_list *from);

void plan_append_text(struct plan *plan, struct plan_list *list, const char *text);
void plan_append_number(struct plan *plan, struct plan_list *list, int64_t value);

/* A note for the user, shown by explain and once by `cove box`. */
void plan_note(struct plan *plan, const char *text);

void plan_set_ns(struct plan *plan, enum cove_ns ns, enum plan_ns_mode mode);
void plan_join_pid(struct plan *plan, enum cove_ns ns, int32_t pid);
void plan_join_fd(struct plan *plan, enum cove_ns ns, int32_t fd);
void plan_join_path(struct plan *plan, enum cove_ns ns, const char *path);

void plan_map(struct plan *plan, struct plan_list *list, uint32_t inside, uint32_t outside,
	      uint32_t count);

/* Mounts are carried out in the order of their addition. Each returns the new item, whose flags
 * the caller may still set; never NULL. */
struct plan_mount *plan_add_mount(struct plan *plan, enum plan_mount_kind kind, const char *source,
				  const char *target);
/* The same for a new filesystem of type `fstype`. */
struct plan_mount *plan_add_fs(struct plan *plan, const char *fstype, const char *target);
/* The same for something that hides what is at `target`. */
struct plan_mount *plan_add_mask(struct plan *plan, const char *target);
/* One fsconfig(2) setting of a filesystem; value NULL: a flag. */
void plan_mount_data(struct plan *plan, struct plan_mount *mount, const char *key,
		     const char *value);

/* Sets NAME=VALUE, replacing an earlier value. */
void plan_set_env(struct plan *plan, const char *name, const char *value);
/* Moves the settings in `said`, NAME=VALUE each, to the end of the environment; each takes the
 * place of an earlier one. `said` is empty afterwards. */
void plan_override_env(struct plan *plan, struct plan_list *said);
/* Has the command searched for in the PATH of its environment, or in `otherwise` without one. */
void plan_set_search(struct plan *plan, const char *otherwise);

/* Replaces an earlier limit of the same resource. Units are the kernel's; UINT64_MAX: none. */
void plan_set_rlimit(struct plan *plan, uint32_t resource, uint64_t soft, uint64_t hard);

#endif
