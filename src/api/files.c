/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the caller's: see host.h.
 */
#include "api/host.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>

int api_read_path(const char *path, struct buf *ret, struct cove_error *err)
{
	auto_fd int file = fd_open(path, 0, err);

	return file < 0 ? file : api_read_fd(file, ret, err);
}

int api_write_new_file(const char *path, const struct buf *data, struct cove_error *err)
{
	auto_fd int file = fd_create_new(path, err);

	if (file < 0)
		return file;
	if (data->failed)
		return err_set(err, ENOMEM, "malloc", path, "no memory to write '%s'", path);
	return fd_write(file, buf_str(data), data->len, path, err);
}
