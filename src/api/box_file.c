/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading box files for the room box/, which does no I/O.
 */
#include "api/host.h"
#include "base/err.h"
#include "box/setting.h"
#include "sys/fd.h"

#include <errno.h>
#include <string.h>

static int refuse(int num, struct cove_error *err)
{
	if (err)
		err->status = COVE_STATUS_USAGE;
	return num;
}

int api_read_box_file(const char *path, char **ret_text, size_t *ret_len, struct cove_error *err)
{
	bool is_input = strcmp(path, "-") == 0;
	auto_fd int file = is_input ? -1 : fd_open(path, 0, err);
	long len;

	if (!is_input && file < 0)
		return refuse(file, err);
	len = fd_read_all(is_input ? 0 : file, BOX_FILE_MAX, ret_text, err);
	if (len < 0) {
		err_set(err, (int)-len, "read", path, "cannot read '%s'", path);
		if (len == -EFBIG)
			err_hint(err, "a box file has at most %zu bytes", BOX_FILE_MAX);
		return refuse((int)len, err);
	}
	*ret_len = (size_t)len;
	return 0;
}
