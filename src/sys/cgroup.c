/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See cgroup.h.
 */
#include "sys/cgroup.h"
#include "base/num.h"
#include "sys/fd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TREE "/sys/fs/cgroup"
#define PATH_SIZE 4096

/* The line of the v2 tree in /proc/self/cgroup is "0::/path". */
static int own_path(char *path, size_t size)
{
	char text[PATH_SIZE];
	char *line;

	if (fd_read_file("/proc/self/cgroup", text, sizeof(text), NULL) < 0)
		return -ENOENT;
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return -ENOENT;
	line += line == text ? 3 : 4;
	line[strcspn(line, "\n")] = '\0';
	if ((size_t)snprintf(path, size, TREE "%s/memory.events", line) >= size)
		return -ENAMETOOLONG;
	return 0;
}

int cgroup_oom_kills(uint64_t *ret_count)
{
	char path[PATH_SIZE + 64], text[512];
	const char *line;
	char number[24];
	int r = own_path(path, sizeof(path));

	if (r < 0)
		return r;
	r = (int)fd_read_file(path, text, sizeof(text), NULL);
	if (r < 0)
		return r;
	line = strstr(text, "\noom_kill ");
	if (!line)
		return -ENODATA;
	snprintf(number, sizeof(number), "%.*s", (int)strcspn(line + 10, "\n"), line + 10);
	return num_u64(number, ret_count);
}
