/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on namespaces.
 */
#include "base/err.h"
#include "base/num.h"
#include "base/text.h"
#include "box/options.h"
#include "plan/build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int unknown_type(const char *name, size_t len, struct cove_error *err)
{
	const char *names[COVE_NS_COUNT];
	const char *near;
	char word[32];
	int r;

	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		names[ns] = plan_ns_name(ns);
	snprintf(word, sizeof(word), "%.*s", (int)len, name);
	near = text_nearest(word, names, COVE_NS_COUNT);
	r = err_usage(err, "unknown namespace type '%s'", word);
	if (near)
		err_hint(err, "did you mean '%s'?", near);
	else
		err_hint(err, "the types are: user mnt pid net ipc uts cgroup time");
	return r;
}

static int find_type(const char *name, size_t len, enum cove_ns *ret_ns, struct cove_error *err)
{
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++) {
		if (strlen(plan_ns_name(ns)) == len && strncmp(plan_ns_name(ns), name, len) == 0) {
			*ret_ns = ns;
			return 0;
		}
	}
	return unknown_type(name, len, err);
}

/* Two options may ask for the same, but not for different things, unless one is of a later
 * layer. */
static int set_mode(struct box *box, enum cove_ns ns, enum plan_ns_mode mode,
		    struct cove_error *err)
{
	const struct plan_ns *now = &box->plan->ns[ns];

	if (now->origin && now->mode != mode && box->sources.ns_layer[ns] == box->sources.layer)
		return err_usage(err, "the %s namespace is asked for in two ways: %s, and %s",
				 plan_ns_name(ns), plan_str(box->plan, now->origin),
				 plan_str(box->plan, box->plan->origin));
	box->sources.ns_layer[ns] = box->sources.layer;
	plan_set_ns(box->plan, ns, mode);
	return 0;
}

int box_only(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	const char *cursor = value, *field;
	size_t len;

	box->only = true;
	if (strcmp(value, "none") == 0)
		return 0;
	while (text_next_field(&cursor, ',', &field, &len)) {
		enum cove_ns ns;
		int r = find_type(field, len, &ns, err);

		if (r < 0)
			return r;
		r = set_mode(box, ns, PLAN_NS_NEW, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int box_share(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	const char *cursor = value, *field;
	size_t len;

	while (text_next_field(&cursor, ',', &field, &len)) {
		enum cove_ns ns;
		int r = find_type(field, len, &ns, err);

		if (r < 0)
			return r;
		r = set_mode(box, ns, PLAN_NS_HOST, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int join_one(struct box *box, enum cove_ns ns, const char *target, struct cove_error *err)
{
	struct plan *plan = box->plan;
	uint32_t number;
	int r = set_mode(box, ns, PLAN_NS_JOIN, err);

	if (r < 0)
		return r;

	if (target[0] == '/') {
		plan_join_path(plan, ns, target);
		return 0;
	}
	if (strncmp(target, "fd:", 3) == 0 && num_u32(target + 3, &number) == 0 &&
	    number <= INT32_MAX) {
		plan_join_fd(plan, ns, (int32_t)number);
		return 0;
	}
	if (num_u32(target, &number) == 0 && number > 0 && number <= INT32_MAX) {
		plan_join_pid(plan, ns, (int32_t)number);
		return 0;
	}
	err_usage(err, "'%s' is no process number, absolute path or fd:N", target);
	return -EINVAL;
}

int box_join(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	const char *target = strchr(value, '=');
	const char *cursor = value;

	if (!target) {
		err_usage(err, "'%s' names no target", value);
		err_hint(err, "such as --join net=1234, or --join net=/run/netns/x");
		return -EINVAL;
	}
	do {
		size_t len = strcspn(cursor, ",=");
		bool all = len == 3 && strncmp(cursor, "all", 3) == 0;
		enum cove_ns ns = 0;
		int r = all ? 0 : find_type(cursor, len, &ns, err);

		if (r < 0)
			return r;
		do
			r = join_one(box, ns, target + 1, err);
		while (r == 0 && all && ++ns < COVE_NS_COUNT);
		if (r < 0)
			return r;
		cursor += len + 1;
	} while (cursor <= target);
	return 0;
}

int box_net(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	if (strcmp(value, "none") == 0)
		return set_mode(box, COVE_NS_NET, PLAN_NS_NEW, err);
	if (strcmp(value, "host") == 0)
		return set_mode(box, COVE_NS_NET, PLAN_NS_HOST, err);
	err_usage(err, "unknown network '%s'", value);
	err_hint(err, "it is 'none' or 'host'; --join net=TARGET enters another");
	return -EINVAL;
}

static int set_hostname(struct box *box, const char *value, struct cove_error *err)
{
	if (value[0] == '\0')
		return err_usage(err, "a host name cannot be empty");
	box->plan->hostname = plan_add_string(box->plan, value);
	box->plan->hostname_origin = box->plan->origin;
	return 0;
}

int box_name(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	if (value[0] == '\0' || value[0] == '-' || strchr(value, '/') || strlen(value) > 64)
		return err_usage(err, "'%s' cannot be a name: 1 to 64 bytes, without '/', not "
				      "beginning with '-'", value);
	box->plan->name = plan_add_string(box->plan, value);
	return box->plan->hostname ? 0 : set_hostname(box, value, err);
}

int box_hostname(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	return set_hostname(box_begin(context, opt, value), value, err);
}

int box_domainname(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	if (value[0] == '\0')
		return err_usage(err, "a domain name cannot be empty");
	box->plan->domainname = plan_add_string(box->plan, value);
	box->plan->domainname_origin = box->plan->origin;
	return 0;
}

static int set_offset(struct box *box, struct plan_offset *offset, const char *value,
		      struct cove_error *err)
{
	int r = num_duration_ns(value, &offset->ns);

	if (r == -ERANGE)
		return err_usage(err, "'%s' is too long", value);
	if (r < 0) {
		err_usage(err, "'%s' is no duration", value);
		err_hint(err, "write 10, 1.5s, 200ms, 2m, 1h, or with '-' in front");
		return -EINVAL;
	}
	offset->set = true;
	offset->origin = box->plan->origin;
	return set_mode(box, COVE_NS_TIME, PLAN_NS_NEW, err);
}

int box_monotonic(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	return set_offset(box, &box->plan->monotonic, value, err);
}

int box_boottime(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	return set_offset(box, &box->plan->boottime, value, err);
}
