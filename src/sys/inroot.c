/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths inside a root: see inroot.h.
 */
#define _GNU_SOURCE
#include "sys/inroot.h"
#include "base/err.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TRIES 128
#define PATH_SIZE 4096
#define LINKS     40 /* as many as the kernel follows */

static int look_up(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	for (int i = 0; i < TRIES; i++) {
		long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

void inroot_init(struct inroot *tree, int root)
{
	*tree = (struct inroot){ .root = root, .parent = -1 };
}

void inroot_done(struct inroot *tree)
{
	if (tree->parent >= 0)
		fd_close(tree->parent);
	tree->parent = -1;
}

void inroot_covered(struct inroot *tree, const char *path)
{
	size_t len = strlen(path);

	if (tree->parent >= 0 && len <= tree->len && strncmp(tree->path, path, len) == 0)
		inroot_done(tree);
}

int inroot_open(struct inroot *tree, const char *path, int flags, struct cove_error *err)
{
	int fd = look_up(tree->root, path, flags);

	return fd >= 0 ? fd
		       : err_set(err, -fd, "openat2", path, "cannot open '%s' in the box", path);
}

int inroot_open_plain(int root, const char *path, int flags, struct cove_error *err)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd >= 0 ? (int)fd : err_set(err, errno, "openat2", path, "cannot open '%s'", path);
}

static int make_error(int num, const char *call, const char *path, struct cove_error *err)
{
	return err_set(err, num, call, path, "cannot make '%s' in the box", path);
}

/* A directory or file that is being made. */
struct making {
	int root;
	unsigned mode;
	char path[PATH_SIZE]; /* cut at each component on the way up, restored on the way down */
	char text[PATH_SIZE]; /* of the symbolic link on which it came to a stop, */
	size_t text_len;      /* 0: on none; */
	size_t link_end;      /* where the link's name ends in the path */
};

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A symbolic link that leads nowhere yet: reads it. Of procfs none is followed: it may be a magic one,
 * and be there only since our own look-up took the descriptor that it stands for. */
static int stop_at_link(struct making *making, int parent, const char *name)
{
	ssize_t len = readlinkat(parent, name, making->text, sizeof(making->text));

	if (len <= 0)
		return 0;
	if (fd_is_kernel_tree(parent))
		return -ELOOP;
	making->text_len = (size_t)len;
	making->link_end = strlen(making->path);
	return -ENOENT;
}

static int make_last(struct making *making, int parent, const char *name, bool file)
{
	int fd, r;

	r = file ? mknodat(parent, name, S_IFREG | 0444, 0) : mkdirat(parent, name, making->mode);
	if (r < 0 && errno != EEXIST)
		return -errno;
	r = r < 0 ? stop_at_link(making, parent, name) : 0;
	if (r < 0)
		return r;
	fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (file ? 0 : O_DIRECTORY));
	return fd >= 0 ? fd : -errno;
}

static int make_path(struct making *making, bool file)
{
	char *path = making->path;
	int fd = look_up(making->root, *path ? path : "/", O_PATH | (file ? 0 : O_DIRECTORY));
	char *name = strrchr(path, '/');
	int parent;

	if (fd != -ENOENT || !name || is_dots(name + 1))
		return fd;
	*name = '\0';
	parent = make_path(making, false);
	*name++ = '/';
	if (parent < 0 || !*name) /* which is nothing between two slashes */
		return parent;
	fd = make_last(making, parent, name, file);
	fd_close(parent);
	return fd;
}

/* Where the link leads takes its place: its text instead of all before it, or of its name. That is
 * looked up from the root again, and so stays below it like every path. */
static int go_on(struct making *making)
{
	char *path = making->path, *text = making->text;
	size_t rest = strlen(path + making->link_end) + 1;
	size_t len = making->text_len, at = 0;

	if (text[0] != '/')
		for (at = making->link_end; path[at - 1] != '/';)
			at--;
	while (len > 0 && text[len - 1] == '/')
		len--;
	if (at + len + rest > sizeof(making->path))
		return -ENAMETOOLONG;
	memmove(path + at + len, path + making->link_end, rest);
	memcpy(path + at, text, len);
	making->text_len = 0;
	return 0;
}

static int make(struct inroot *tree, const char *path, unsigned mode, bool file,
		struct cove_error *err)
{
	struct making making = { .root = tree->root, .mode = mode };
	size_t len = strlen(path);
	int fd, r = 0;

	if (len >= sizeof(making.path))
		return make_error(ENAMETOOLONG, "openat2", path, err);
	memcpy(making.path, path, len + 1);
	fd = make_path(&making, file);
	for (int links = 0; making.text_len > 0 && r == 0; links++) {
		r = links < LINKS ? go_on(&making) : -ELOOP;
		fd = r < 0 ? r : make_path(&making, file);
	}
	return fd >= 0 ? fd : make_error(-fd, file ? "mknodat" : "mkdirat", path, err);
}

int inroot_make_dir(struct inroot *tree, const char *path, unsigned mode, struct cove_error *err)
{
	return make(tree, path, mode, false, err);
}

int inroot_make_file(struct inroot *tree, const char *path, struct cove_error *err)
{
	return make(tree, path, 0755, true, err);
}

int inroot_parent(struct inroot *tree, const char *path, const char **ret_name,
		  struct cove_error *err)
{
	char parent[PATH_SIZE] = "/";
	const char *slash = strrchr(path, '/');
	size_t len = (size_t)(slash - path);

	*ret_name = slash + 1;
	if (tree->parent >= 0 && tree->len == len && strncmp(tree->path, path, len) == 0)
		return tree->parent;
	if (len >= sizeof(parent))
		return make_error(ENAMETOOLONG, "openat2", path, err);
	inroot_done(tree);
	if (len > 0) {
		memcpy(parent, path, len);
		parent[len] = '\0';
	}
	tree->parent = inroot_make_dir(tree, parent, 0755, err);
	tree->path = path;
	tree->len = len;
	return tree->parent;
}

int inroot_make_link(struct inroot *tree, const char *path, const char *text,
		     struct cove_error *err)
{
	const char *name;
	int parent = inroot_parent(tree, path, &name, err);

	if (parent < 0)
		return parent;
	return symlinkat(text, parent, name) == 0 ? 0 : make_error(errno, "symlinkat", path, err);
}

static bool is_node(int parent, const char *name, const struct inroot_node *node)
{
	struct stat st;

	return fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_mode & S_IFMT) == (node->mode & S_IFMT) &&
	       (S_ISFIFO(st.st_mode) || st.st_rdev == makedev(node->major, node->minor));
}

int inroot_make_node(struct inroot *tree, const char *path, const struct inroot_node *node,
		     struct cove_error *err)
{
	const char *name;
	int parent = inroot_parent(tree, path, &name, err);

	if (parent < 0)
		return parent;
	if (mknodat(parent, name, node->mode, makedev(node->major, node->minor)) < 0)
		return errno == EEXIST && is_node(parent, name, node)
			       ? 0
			       : make_error(errno, "mknodat", path, err);
	if (fchownat(parent, name, node->uid, node->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(err, errno, "fchownat", path, "cannot give '%s' its owner", path);
	return 0;
}

int inroot_make_empty(struct inroot *tree, const char *path, struct cove_error *err)
{
	const char *name;
	int parent = inroot_parent(tree, path, &name, err);

	if (parent < 0)
		return parent;
	return mknodat(parent, name, S_IFREG | 0444, 0) == 0
		       ? 0
		       : make_error(errno, "mknodat", path, err);
}

int inroot_make_child(struct inroot *tree, const char *path, struct cove_error *err)
{
	const char *name;
	int parent = inroot_parent(tree, path, &name, err);

	if (parent < 0)
		return parent;
	return mkdirat(parent, name, 0755) == 0 ? 0 : make_error(errno, "mkdirat", path, err);
}
