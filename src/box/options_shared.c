/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the functions of all options share.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/path.h"
#include "box/options.h"
#include "box/setting.h"
#include "plan/build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void box_origin(const struct box *box, const struct opt *opt, const char *value, char *buf,
		size_t size)
{
	const struct box_setting *now = box->sources.now;
	char prefix[200] = "";
	size_t len = 0;

	if (now && now->file)
		len = (size_t)snprintf(prefix, sizeof(prefix), "%.100s:%u: ", now->file, now->line);
	if (now && now->preset)
		snprintf(prefix + len, sizeof(prefix) - len, "--preset %s: ", now->preset);
	len = (size_t)snprintf(buf, size, "%s", prefix);
	if (len < size)
		opt_origin(opt, value, buf + len, size - len);
}

struct box *box_begin(void *context, const struct opt *opt, const char *value)
{
	struct box *box = context;
	char origin[256];

	box_origin(box, opt, value, origin, sizeof(origin));
	plan_set_origin(box->plan, origin);
	return box;
}

static bool begins_at_home(const char *path)
{
	return path[0] == '~' && (path[1] == '/' || path[1] == '\0' || path[1] == ':');
}

/* Up to the ':' that may follow in a value. */
static const char *variable(const struct box *box, const char *path)
{
	auto_(buf_done) struct buf name = { 0 };

	buf_add(&name, path + 1, strcspn(path + 1, ":"));
	return facts_env(box->facts, buf_str(&name));
}

static bool is_of_file(const struct box *box)
{
	return box->sources.now && (box->sources.now->file || box->sources.now->preset);
}

bool box_is_preset(const struct box *box)
{
	return box->sources.now && box->sources.now->preset;
}

bool box_lacks_prefix(const struct box *box, const char *path)
{
	const char *value;

	if (is_of_file(box) && begins_at_home(path))
		return box->facts->home[0] == '\0';
	if (!box_is_preset(box) || path[0] != '$')
		return false;
	value = variable(box, path);
	return !value || !value[0];
}

static int refuse_home(const struct box *box, const char *path, struct cove_error *err)
{
	if (is_of_file(box))
		return err_usage(err, "'%s' is not a path: your home directory is not known", path);
	err_usage(err, "'%s' is not a path: your shell has left the '~' as it is", path);
	err_hint(err, "write $HOME instead");
	return -EINVAL;
}

int box_expand(const struct box *box, const char *path, struct buf *ret, struct cove_error *err)
{
	if (begins_at_home(path) && (!is_of_file(box) || box_lacks_prefix(box, path)))
		return refuse_home(box, path, err);
	if (begins_at_home(path)) {
		buf_adds(ret, box->facts->home);
		path++;
	} else if (box_is_preset(box) && path[0] == '$') {
		const char *value = variable(box, path);

		path = value ? value : "";
	}
	buf_adds(ret, path);
	return ret->failed ? err_set(err, ENOMEM, "malloc", NULL, "out of memory") : 0;
}

int box_absolute(const struct box *box, const char *path, struct buf *ret, struct cove_error *err)
{
	auto_(buf_done) struct buf expanded = { 0 }, joined = { 0 };
	int r = box_expand(box, path, &expanded, err);

	if (r < 0)
		return r;
	path = buf_str(&expanded);
	if (path[0] == '\0')
		return err_usage(err, "a path is empty");
	if (path_is_absolute(path))
		return path_clean(path, ret);
	if (!box->facts->cwd[0])
		return err_set(err, ENOENT, "getcwd", path,
			       "the current directory no longer exists");
	path_join(box->facts->cwd, path, &joined);
	return path_clean(buf_str(&joined), ret);
}
