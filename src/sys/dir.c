/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories: see dir.h.
 */
#define _GNU_SOURCE
#include "sys/dir.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* As getdents64 gives it; d_type is DT_*. */
struct entry {
	uint64_t ino;
	int64_t next;
	uint16_t size;
	uint8_t type;
	char name[];
};

#define DIR_WAY "user.cove.way"
#define DIR_OWNER "user.cove.owner"
#define TYPE_UNKNOWN 0
#define TYPE_DIRECTORY 4

void dir_init(struct dir *dir, int fd)
{
	dir->fd = fd;
	dir->at = dir->len = 0;
}

const char *dir_next(struct dir *dir, bool *ret_maybe_dir, int *ret_num)
{
	*ret_num = 0;
	for (;;) {
		const struct entry *entry;

		if (dir->at >= dir->len) {
			long n = syscall(SYS_getdents64, dir->fd, dir->block, sizeof(dir->block));

			if (n <= 0) {
				*ret_num = n < 0 ? -errno : 0;
				return NULL;
			}
			dir->len = (unsigned)n;
			dir->at = 0;
		}
		entry = (const struct entry *)(const void *)(dir->block + dir->at);
		dir->at += entry->size;
		if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
			continue;
		*ret_maybe_dir = entry->type == TYPE_DIRECTORY || entry->type == TYPE_UNKNOWN;
		return entry->name;
	}
}

int dir_open(int parent, const char *name, bool path_only, struct cove_error *err)
{
	int fd = openat(parent, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC |
					      (path_only ? O_PATH : O_RDONLY));

	return fd >= 0 ? fd : err_set(err, errno, "openat", name, "cannot open '%s'", name);
}

int dir_make(int parent, const char *name, unsigned mode, struct cove_error *err)
{
	if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
		return err_set(err, errno, "mkdirat", name, "cannot make '%s'", name);
	return dir_open(parent, name, false, err);
}

/* Who may not, keeps it, and says so: it is no change. */
static bool give_away(int fd, const struct stat *st)
{
	if (fchown(fd, st->st_uid, st->st_gid) == 0)
		return true;
	if (errno != EPERM && errno != EINVAL)
		return false;
	fsetxattr(fd, DIR_OWNER, "", 0, 0);
	return true;
}

int dir_make_like(int parent, const char *name, int like, struct cove_error *err)
{
	bool made = mkdirat(parent, name, 0700) == 0;
	struct stat st;
	int fd;

	if (!made && errno != EEXIST)
		return err_set(err, errno, "mkdirat", name, "cannot make '%s'", name);
	fd = dir_open(parent, name, false, err);
	if (fd < 0 || !made)
		return fd;
	if (fstat(like, &st) == 0 && give_away(fd, &st) && fchmod(fd, st.st_mode & 07777) == 0)
		return fd;
	err_set(err, errno, "fchmod", name, "cannot set the mode of '%s'", name);
	fd_close(fd);
	return err ? -err->num : -EIO;
}

void dir_mark_way(int fd)
{
	fsetxattr(fd, DIR_WAY, "", 0, 0);
}

bool dir_is_way(int fd)
{
	return fgetxattr(fd, DIR_WAY, NULL, 0) >= 0;
}

bool dir_keeps_owner(int fd)
{
	return fgetxattr(fd, DIR_OWNER, NULL, 0) >= 0;
}
