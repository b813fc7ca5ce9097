/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the functions of all options share.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/path.h"
#include "box/options.h"
#include "plan/build.h"

#include <errno.h>

struct box *box_begin(void *context, const struct opt *opt, const char *value)
{
	struct box *box = context;
	char origin[128];

	opt_origin(opt, value, origin, sizeof(origin));
	plan_set_origin(box->plan, origin);
	return box;
}

int box_absolute(const struct box *box, const char *path, struct buf *ret, struct cove_error *err)
{
	auto_(buf_done) struct buf joined = { 0 };

	if (path[0] == '\0')
		return err_usage(err, "a path is empty");
	if (path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
		err_usage(err, "'%s' is not a path: your shell has left the '~' as it is", path);
		err_hint(err, "write $HOME instead");
		return -EINVAL;
	}
	if (path_is_absolute(path))
		return path_clean(path, ret);
	if (!box->facts->cwd[0])
		return err_set(err, ENOENT, "getcwd", path, "the current directory no longer exists");
	path_join(box->facts->cwd, path, &joined);
	return path_clean(buf_str(&joined), ret);
}
