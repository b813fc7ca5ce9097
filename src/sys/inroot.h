/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths inside a root. Each is resolved by openat2 with RESOLVE_IN_ROOT: symbolic links, ".." and
 * absolute links stay below the root's descriptor, and magic links are refused. There is no other
 * way in cove to look up a path that a box could have changed.
 *
 * Paths are absolute, without "." and "..", and live as long as the struct.
 */
#ifndef SYS_INROOT_H
#define SYS_INROOT_H

#include <cove/error.h>
#include <stddef.h>
#include <stdint.h>

struct inroot {
	int root;         /* the root's directory, O_PATH; borrowed */
	int parent;       /* where something was made last, to look it up once; -1: nowhere */
	const char *path; /* a path whose first `len` bytes name that directory */
	size_t len;
};

void inroot_init(struct inroot *tree, int root);
/* Forgets the remembered directory. */
void inroot_done(struct inroot *tree);
/* Something was mounted at `path`: what is remembered at or below it counts no more. */
void inroot_covered(struct inroot *tree, const char *path);

/* Opens `path`. EAGAIN of the kernel (a rename or mount raced with the look-up) is retried 128
 * times. Since Linux 5.6. Errors name `path`. */
int inroot_open(struct inroot *tree, const char *path, int flags, struct cove_error *err);

/* Opens `path` below the directory `root`, where no component may be a symbolic link (-ELOOP). */
int inroot_open_plain(int root, const char *path, int flags, struct cove_error *err);

/* Opens (O_PATH) the directory at `path`, making missing components with mode `mode`. Components
 * are made below the descriptor of their parent, one by one; what exists is followed as above. A
 * symbolic link that leads nowhere is followed, too, and what is missing is made where it leads
 * within the root; but no ".." or "." of it. */
int inroot_make_dir(struct inroot *tree, const char *path, unsigned mode, struct cove_error *err);

/* The same for a file, an empty one, and what is there is opened whatever it is. */
int inroot_make_file(struct inroot *tree, const char *path, struct cove_error *err);

/* The directory that holds the last component of `path`, made if missing; it stays the struct's.
 * ret_name points to that component. */
int inroot_parent(struct inroot *tree, const char *path, const char **ret_name,
		  struct cove_error *err);

/* Makes an empty file at `path`, that nothing is written to, and the directories on the way. The
 * file must not exist (-EEXIST). */
int inroot_make_empty(struct inroot *tree, const char *path, struct cove_error *err);
/* Makes a directory in one that exists (-EEXIST: it is there already). */
int inroot_make_child(struct inroot *tree, const char *path, struct cove_error *err);

/* A device node or FIFO. */
struct inroot_node {
	uint32_t mode; /* with S_IFCHR, S_IFBLK or S_IFIFO */
	uint32_t major, minor;
	uint32_t uid, gid;
};

/* Makes it, with exactly this mode where the umask is 0. The very same being there is success,
 * whatever its mode; something else is -EEXIST. */
int inroot_make_node(struct inroot *tree, const char *path, const struct inroot_node *node,
		     struct cove_error *err);

/* Makes a symbolic link; something being there is an error (-EEXIST). */
int inroot_make_link(struct inroot *tree, const char *path, const char *text,
		     struct cove_error *err);

#endif
