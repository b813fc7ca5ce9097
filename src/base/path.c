/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as text.
 */
#include "base/path.h"

#include "base/auto.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

bool path_is_absolute(const char *path)
{
	return path[0] == '/';
}

static void remove_last(struct buf *path)
{
	while (path->len > 0 && path->data[--path->len] != '/')
		;
	if (path->data)
		path->data[path->len] = '\0';
}

static void add_part(struct buf *path, const char *part, size_t len)
{
	bool is_dot = len == 1 && part[0] == '.';

	if (len == 0 || is_dot)
		return;
	if (len == 2 && part[0] == '.' && part[1] == '.') {
		remove_last(path);
		return;
	}
	buf_addc(path, '/');
	buf_add(path, part, len);
}

int path_clean(const char *path, struct buf *ret)
{
	auto_(buf_done) struct buf clean = { 0 };
	const char *part;
	size_t len;

	if (!path_is_absolute(path))
		return -EINVAL;
	while (text_next_field(&path, '/', &part, &len))
		add_part(&clean, part, len);
	if (clean.len == 0)
		buf_addc(&clean, '/');
	if (clean.failed)
		return -ENOMEM;
	buf_add(ret, clean.data, clean.len);
	return ret->failed ? -ENOMEM : 0;
}

bool path_is_under(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (strncmp(path, dir, len) != 0)
		return false;
	if (len > 0 && dir[len - 1] == '/')
		return true;
	return path[len] == '\0' || path[len] == '/';
}

int path_join(const char *dir, const char *path, struct buf *ret)
{
	size_t len = strlen(dir);

	if (*dir && *path) {
		path += strspn(path, "/");
		while (len > 0 && dir[len - 1] == '/')
			len--;
	}
	buf_add(ret, dir, len);
	if (*dir && *path)
		buf_addc(ret, '/');
	buf_adds(ret, path);
	return ret->failed ? -ENOMEM : 0;
}
