/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on the process.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/text.h"
#include "box/conflicts.h"
#include "box/options.h"
#include "plan/build.h"
#include "plan/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

int box_env(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	const char *equal = strchr(value, '=');
	auto_(buf_done) struct buf name = { 0 };

	if (!equal || equal == value)
		return err_usage(err, "'%s' is not NAME=VALUE", value);
	buf_add(&name, value, (size_t)(equal - value));
	plan_set_env(box->plan, buf_str(&name), equal + 1);
	return 0;
}

static bool env_matches(const char *entry, const char *pattern, size_t len)
{
	bool open_end = len > 0 && pattern[len - 1] == '*';

	if (open_end)
		return strncmp(entry, pattern, len - 1) == 0;
	return strncmp(entry, pattern, len) == 0 && entry[len] == '=';
}

static void pass_matching(struct box *box, const char *pattern, size_t len)
{
	for (const char *const *e = box->facts->env; e && *e; e++) {
		auto_(buf_done) struct buf name = { 0 };
		const char *equal = strchr(*e, '=');

		if (!equal || !env_matches(*e, pattern, len))
			continue;
		buf_add(&name, *e, (size_t)(equal - *e));
		plan_set_env(box->plan, buf_str(&name), equal + 1);
	}
}

int box_env_pass(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	const char *cursor = value, *field;
	size_t len;

	(void)err;
	while (text_next_field(&cursor, ',', &field, &len))
		pass_matching(box, field, len);
	return 0;
}

int box_env_clear(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)err;
	box_begin(context, opt, value)->env_clear = true;
	return 0;
}

int box_cwd(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	auto_(buf_done) struct buf path = { 0 };
	int r = box_absolute(box, value, &path, err);

	if (r < 0)
		return r;
	box->plan->process.cwd = plan_add_string(box->plan, buf_str(&path));
	box->plan->process.cwd_origin = box->plan->origin;
	return 0;
}

static bool is_size(int resource)
{
	switch (resource) {
	case RLIMIT_FSIZE:
	case RLIMIT_DATA:
	case RLIMIT_STACK:
	case RLIMIT_CORE:
	case RLIMIT_RSS:
	case RLIMIT_MEMLOCK:
	case RLIMIT_AS:
	case RLIMIT_MSGQUEUE:
		return true;
	default:
		return false;
	}
}

static int parse_limit(int resource, const char *text, size_t len, uint64_t *ret)
{
	char number[32];

	if (len >= sizeof(number))
		return -EINVAL;
	snprintf(number, sizeof(number), "%.*s", (int)len, text);
	if (strcmp(number, "unlimited") == 0) {
		*ret = UINT64_MAX;
		return 0;
	}
	return is_size(resource) ? num_size(number, ret) : num_u64(number, ret);
}

static int no_limit(int resource, const char *text, struct cove_error *err)
{
	err_usage(err, "'%s' is no limit", text);
	err_hint(err, "a number%s, or 'unlimited'", is_size(resource) ? " with K, M, G or T" : "");
	return -EINVAL;
}

static int unknown_limit(const char *name, struct cove_error *err)
{
	const char *near = names_nearest_rlimit(name);

	err_usage(err, "unknown resource limit '%s'", name);
	if (near)
		err_hint(err, "did you mean '%s'?", near);
	else
		err_hint(err, "the limits are: as core cpu data fsize locks memlock msgqueue nice "
			      "nofile nproc rss rtprio rttime sigpending stack");
	return -EINVAL;
}

int box_rlimit(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	const char *equal = strchr(value, '=');
	auto_(buf_done) struct buf name = { 0 };
	uint64_t soft, hard;
	size_t len;
	int resource;

	if (!equal)
		return err_usage(err, "'%s' is not NAME=SOFT[:HARD]", value);
	buf_add(&name, value, (size_t)(equal - value));
	resource = names_rlimit(buf_str(&name));
	if (resource < 0)
		return unknown_limit(buf_str(&name), err);
	len = strcspn(++equal, ":");
	if (parse_limit(resource, equal, len, &soft) < 0)
		return no_limit(resource, equal, err);
	hard = soft;
	if (equal[len] &&
	    parse_limit(resource, equal + len + 1, strlen(equal + len + 1), &hard) < 0)
		return no_limit(resource, equal + len + 1, err);
	if (soft > hard)
		return err_usage(err, "the soft limit is above the hard one in '%s'", value);
	plan_set_rlimit(box->plan, (uint32_t)resource, soft, hard);
	return 0;
}

static int set_number(struct box *box, struct plan_setting *setting, const char *value,
		      const int64_t range[2], struct cove_error *err)
{
	int64_t number;

	if (num_i64(value, &number) < 0 || number < range[0] || number > range[1])
		return err_usage(err, "'%s' is no number from %lld to %lld", value,
				 (long long)range[0], (long long)range[1]);
	*setting = (struct plan_setting){
		.set = true,
		.value = (int32_t)number,
		.origin = box->plan->origin,
	};
	return 0;
}

int box_nice(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	return set_number(box, &box->plan->nice, value, (const int64_t[]){ -20, 19 }, err);
}

int box_oom_score_adj(void *context, const struct opt *opt, const char *value,
		      struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	return set_number(box, &box->plan->oom_score_adj, value, (const int64_t[]){ -1000, 1000 },
			  err);
}

int box_umask(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	uint32_t mode;

	if (num_octal(value, &mode) < 0 || mode > 0777)
		return err_usage(err, "'%s' is no octal mode up to 0777", value);
	box->plan->umask = (struct plan_setting){
		.set = true,
		.value = (int32_t)mode,
		.origin = box->plan->origin,
	};
	return 0;
}

int box_keep_fd(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	uint32_t fd;

	if (num_u32(value, &fd) < 0 || fd < 3 || fd > 65535)
		return err_usage(err, "'%s' is no descriptor number from 3 to 65535", value);
	plan_append_number(box->plan, &box->plan->process.keep_fds, fd);
	return 0;
}

static int set_init(struct box *box, bool on, struct cove_error *err)
{
	if (box->init_set && box->plan->process.init != on)
		return box_conflict(box, "process 1", box->plan->process.init_origin,
				    box->plan->origin, err);
	box->plan->process.init = on;
	box->plan->process.init_origin = box->plan->origin;
	box->init_set = true;
	return 0;
}

int box_init_on(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	return set_init(box_begin(context, opt, value), true, err);
}

int box_init_off(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	return set_init(box_begin(context, opt, value), false, err);
}
