/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See resctrl.h.
 */
#define _GNU_SOURCE
#include "sys/resctrl.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TREE "/sys/fs/resctrl"
#define RDTGROUP_MAGIC 0x7655821

static int open_tree_root(struct cove_error *err)
{
	auto_fd int fd = openat(AT_FDCWD, TREE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == RDTGROUP_MAGIC)
		return TAKE_FD(fd);
	err_set(err, ENOTSUP, "statfs", TREE, "resctrl is not mounted on this host");
	err_hint(err, "mount -t resctrl resctrl %s, where the processor and kernel have it; or take "
		      "/linux/intelRdt out", TREE);
	return -ENOTSUP;
}

/* What lies beside the classes in the root. */
static bool is_class_name(const char *name)
{
	static const char *const others[] = { ".", "..", "info", "mon_data", "mon_groups" };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return name[0] && !strchr(name, '/');
}

static int open_dir(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int no_more(int num, const char *name, const char *kind, const char *file,
		   struct cove_error *err)
{
	err_set(err, num, "mkdirat", name, "cannot make the %s '%s'", kind, name);
	if (num == ENOSPC)
		err_hint(err, "the processor has no more of them: see %s/%s", TREE, file);
	return -num;
}

int resctrl_open(const char *class, bool *ret_made, struct cove_error *err)
{
	auto_fd int root = open_tree_root(err);
	int fd;

	if (root < 0 || strcmp(class, "/") == 0)
		return TAKE_FD(root);
	if (!is_class_name(class))
		return err_set(err, EINVAL, NULL, class, "'%s' is no name of a class", class);
	if (ret_made) {
		*ret_made = mkdirat(root, class, 0755) == 0;
		if (!*ret_made && errno != EEXIST)
			return no_more(errno, class, "class", "info/*/num_closids", err);
	}
	fd = open_dir(root, class);
	return fd >= 0 ? fd : err_set(err, errno, "openat", class, "there is no class '%s'", class);
}

void resctrl_remove(const char *class)
{
	auto_fd int root = open_tree_root(NULL);

	if (root >= 0 && is_class_name(class))
		unlinkat(root, class, AT_REMOVEDIR);
}

static int write_file(int dir, const char *file, const char *text, struct cove_error *err)
{
	auto_fd int fd = fd_open_at(dir, file, O_WRONLY, 0, err);

	return fd < 0 ? fd : fd_write_once(fd, text, strlen(text), file, err);
}

int resctrl_write(int class, const char *line, struct cove_error *err)
{
	char text[1024];

	if ((size_t)snprintf(text, sizeof(text), "%s\n", line) >= sizeof(text))
		return err_set(err, E2BIG, NULL, line, "a line of schemata is too long");
	return write_file(class, "schemata", text, err);
}

long resctrl_read(int class, char *text, size_t size, struct cove_error *err)
{
	auto_fd int fd = fd_open_at(class, "schemata", O_RDONLY, 0, err);
	long n = fd < 0 ? fd : fd_read(fd, text, size);

	return n >= 0 || fd < 0 ? n : err_set(err, (int)-n, "read", "schemata", "cannot read it");
}

int resctrl_monitor(int class, const char *name, bool make, struct cove_error *err)
{
	auto_fd int groups = fd_open_at(class, "mon_groups", O_RDONLY | O_DIRECTORY, 0, err);
	int fd;

	if (groups < 0)
		return groups;
	if (make && mkdirat(groups, name, 0755) < 0)
		return no_more(errno, name, "monitoring group", "info/L3_MON/num_rmids", err);
	fd = open_dir(groups, name);
	return fd >= 0 ? fd : err_set(err, errno, "openat", name, "cannot open '%s'", name);
}

void resctrl_remove_monitor(int class, const char *name)
{
	auto_fd int groups = open_dir(class, "mon_groups");

	if (groups >= 0 && is_class_name(name))
		unlinkat(groups, name, AT_REMOVEDIR);
}

int resctrl_enter(int group, pid_t pid, struct cove_error *err)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return write_file(group, "tasks", text, err);
}

/* ---- comparing ---- */

static const char *skip(const char *text, const char *what)
{
	return text + strspn(text, what);
}

/* The same text up to what ends either, zeros and blanks in front apart. */
static bool same_value(const char *a, const char *b)
{
	size_t n;

	a = skip(a, " ");
	b = skip(b, " ");
	a = skip(a, "0");
	b = skip(b, "0");
	n = strcspn(a, ";\n ");
	return n == strcspn(b, ";\n ") && strncasecmp(a, b, n) == 0;
}

/* The value of the domain that `pair` ("1=1f") begins with, in `values` ("0=7f0;1=1f"). */
static const char *value_of(const char *values, const char *pair)
{
	size_t len = strcspn(pair, "=;\n");

	for (; *values && *values != '\n'; values += *values == ';') {
		values = skip(values, " ");
		if (strncmp(values, pair, len) == 0 && values[len] == '=')
			return values + len + 1;
		values += strcspn(values, ";\n");
	}
	return NULL;
}

/* What stands behind "L3:" in the schemata, for a line that begins so. */
static const char *values_of(const char *schemata, const char *line, size_t len)
{
	while (*schemata) {
		const char *at = skip(schemata, " ");

		if (strncmp(at, line, len) == 0 && at[len] == ':')
			return at + len + 1;
		schemata += strcspn(schemata, "\n");
		schemata += *schemata == '\n';
	}
	return NULL;
}

bool resctrl_agrees(const char *schemata, const char *line)
{
	size_t len = strcspn(line, ":");
	const char *values = values_of(schemata, line, len);

	if (!values || line[len] != ':')
		return false;
	for (line = skip(line + len + 1, " "); *line && *line != '\n';) {
		const char *is = value_of(values, line);
		const char *wanted = strchr(line, '=');

		if (!is || !wanted || !same_value(is, wanted + 1))
			return false;
		line += strcspn(line, ";\n");
		line = skip(line, "; ");
	}
	return true;
}
