/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See helper.h.
 */
#include "sys/helper.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int helper_find(const char *name, const char *purpose, char *path, size_t size,
		struct cove_error *err)
{
	size_t room = strlen(name) + 1;
	long len = fd_read_own_path(path, size - room);
	char *slash = len > 0 ? strrchr(path, '/') : NULL;

	if (slash) {
		memcpy(slash + 1, name, room);
		if (fd_path_exists(path))
			return 0;
	}
	snprintf(path, size, "%s/%s", COVE_LIBEXECDIR, name);
	if (fd_path_exists(path))
		return 0;
	err_set(err, ENOENT, NULL, path, "cannot find the helper '%s'", path);
	err_hint(err, "%s, and lies beside cove or there: install cove whole, or copy it along",
		 purpose);
	return -ENOENT;
}
