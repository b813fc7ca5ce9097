/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on who the command is.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "base/text.h"
#include "box/conflicts.h"
#include "box/options.h"
#include "plan/build.h"
#include "plan/names.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#define BIT(cap) (UINT64_C(1) << (cap))

/* What a container's root has that cannot take the box apart: no mounts, no devices, no network
 * set-up. */
#define ROOT_CAPS                                                                                  \
	(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FSETID) | BIT(CAP_FOWNER) |              \
	 BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETFCAP) | BIT(CAP_SETPCAP) |                 \
	 BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SYS_CHROOT) | BIT(CAP_KILL))

static void set_map_kind(struct box *box, enum plan_map_kind kind)
{
	/* Ranges of an earlier layer go with its kind; more ranges add up. */
	if (box->sources.map_layer != box->sources.layer && kind != PLAN_MAP_RANGES) {
		box->plan->maps.uids = (struct plan_list){ 0 };
		box->plan->maps.gids = (struct plan_list){ 0 };
	}
	box->sources.map_layer = box->sources.layer;
	box->plan->maps.kind = (uint8_t)kind;
	box->plan->maps.origin = box->plan->origin;
}

int box_root(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	(void)err;
	if (box->plan->maps.kind == PLAN_MAP_NONE)
		set_map_kind(box, PLAN_MAP_ROOT);
	box->plan->process.uid = 0;
	box->plan->process.gid = 0;
	box->plan->process.user_origin = box->plan->origin;
	box->caps.add |= ROOT_CAPS;
	box->caps.origin = box->plan->origin;
	return 0;
}

int box_user(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	struct plan_process *process = &box->plan->process;
	const char *colon = strchr(value, ':');
	uint32_t uid, gid;
	char user[16];

	snprintf(user, sizeof(user), "%.*s", (int)strcspn(value, ":"), value);
	if (strcmp(user, "root") == 0)
		snprintf(user, sizeof(user), "0");
	if (num_u32(user, &uid) < 0 || uid == PLAN_NO_ID) {
		err_usage(err, "'%s' is no user number", value);
		if ((user[0] | 32) >= 'a' && (user[0] | 32) <= 'z')
			err_hint(err, "names belong to the box's own files; see: id -u %s", user);
		return -EINVAL;
	}
	gid = uid;
	if (colon && (num_u32(colon + 1, &gid) < 0 || gid == PLAN_NO_ID))
		return err_usage(err, "'%s' is no group number", colon + 1);
	process->uid = uid;
	process->gid = gid;
	process->user_origin = box->plan->origin;
	return 0;
}

/* [u:|g:]INSIDE:OUTSIDE:COUNT */
static int map_range(struct box *box, const char *value, struct cove_error *err)
{
	bool users = strncmp(value, "g:", 2) != 0;
	bool groups = strncmp(value, "u:", 2) != 0;
	const char *cursor = users && groups ? value : value + 2;
	const char *field;
	uint32_t numbers[3];
	unsigned n = 0;
	size_t len;

	while (text_next_field(&cursor, ':', &field, &len)) {
		char text[16];

		snprintf(text, sizeof(text), "%.*s", (int)len, field);
		if (n == 3 || num_u32(text, &numbers[n]) < 0) {
			n = 0;
			break;
		}
		n++;
	}
	if (n != 3) {
		err_usage(err, "unknown map '%s'", value);
		err_hint(err, "it is own, root, auto, or INSIDE:OUTSIDE:COUNT such as "
			      "0:100000:65536");
		return -EINVAL;
	}
	if (users)
		plan_map(box->plan, &box->plan->maps.uids, numbers[0], numbers[1], numbers[2]);
	if (groups)
		plan_map(box->plan, &box->plan->maps.gids, numbers[0], numbers[1], numbers[2]);
	return 0;
}

int box_map(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	static const char *const kinds[] = { [PLAN_MAP_OWN] = "own", [PLAN_MAP_ROOT] = "root",
					     [PLAN_MAP_AUTO] = "auto" };
	struct box *box = box_begin(context, opt, value);
	const struct plan_maps *maps = &box->plan->maps;
	enum plan_map_kind kind = PLAN_MAP_RANGES;

	for (enum plan_map_kind i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i] && strcmp(value, kinds[i]) == 0)
			kind = i;
	/* What --root implies gives way to what is said. */
	if (maps->kind != PLAN_MAP_NONE && maps->kind != kind &&
	    strcmp(plan_str(box->plan, maps->origin), "--root") != 0)
		return box_conflict(box, "the id map", maps->origin, box->plan->origin, err);
	set_map_kind(box, kind);
	return kind == PLAN_MAP_RANGES ? map_range(box, value, err) : 0;
}

static int parse_caps(const struct box *box, const char *value, uint64_t *ret_set,
		      struct cove_error *err)
{
	const char *cursor = value, *field;
	uint64_t set = 0;
	size_t len;

	while (text_next_field(&cursor, ',', &field, &len)) {
		const char *near;
		char name[40];
		int number;

		snprintf(name, sizeof(name), "%.*s", (int)len, field);
		if (strcmp(name, "all") == 0) {
			set |= box->facts->all_caps;
			continue;
		}
		number = names_capability(name);
		if (number >= 0) {
			set |= UINT64_C(1) << number;
			continue;
		}
		near = names_nearest_capability(name);
		err_usage(err, "unknown capability '%s'", name);
		if (near)
			err_hint(err, "did you mean '%s'?", near);
		return -EINVAL;
	}
	*ret_set = set;
	return 0;
}

int box_cap_add(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	uint64_t set;
	int r = parse_caps(box, value, &set, err);

	if (r < 0)
		return r;
	box->caps.add |= set;
	box->caps.origin = box->plan->origin;
	return 0;
}

int box_cap_drop(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	uint64_t set;
	int r = parse_caps(box, value, &set, err);

	if (r < 0)
		return r;
	box->caps.drop |= set;
	box->caps.origin = box->plan->origin;
	return 0;
}
