/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts by descriptor: the API of Linux 5.2 (fsopen, open_tree, move_mount) and 5.12
 * (mount_setattr). A tree or filesystem is complete, with all its attributes, before it is
 * attached. Only mount_clone takes a path.
 */
#ifndef SYS_MOUNT_H
#define SYS_MOUNT_H

#include <cove/error.h>
#include <stdbool.h>
#include <stdint.h>

/* MOUNT_ATTR_* of linux/mount.h, which cannot be included beside sys/mount.h. */
#define MOUNT_RDONLY UINT64_C(0x00000001)
#define MOUNT_NOSUID UINT64_C(0x00000002)
#define MOUNT_NODEV UINT64_C(0x00000004)
#define MOUNT_NOEXEC UINT64_C(0x00000008)
#define MOUNT_NOSYMFOLLOW UINT64_C(0x00200000) /* Linux 5.14 */

/* Propagation: MS_* of mount(2). */
#define MOUNT_RECURSIVE UINT64_C(0x4000) /* MS_REC */
#define MOUNT_PRIVATE (UINT64_C(1) << 18)
#define MOUNT_SLAVE (UINT64_C(1) << 19)

/* How mounts are mounted otherwise than before. */
struct mount_change {
	uint64_t set, clear;  /* MOUNT_ATTR_* */
	uint64_t propagation; /* MS_*; 0: as it is */
};

/* A detached copy of the tree of mounts at a host path, submounts included. */
int mount_clone(const char *path, struct cove_error *err);
/* The same without submounts. */
int mount_clone_alone(const char *path, struct cove_error *err);

/* The same of what an open descriptor stands for. */
int mount_clone_of(int fd, const char *object, struct cove_error *err);
/* One more of a mount that is attached, alone. */
int mount_clone_again(int fd, const char *object, struct cove_error *err);
/* The same for a file below `dir`, alone. */
int mount_clone_at(int dir, const char *name, struct cove_error *err);

/* A new, not yet configured filesystem; mount_set and mount_make complete it. */
int mount_new(const char *fstype, struct cove_error *err);
/* One setting; value NULL: a flag. The kernel's own words on a refusal go into the error. */
int mount_set(int fs, const char *key, const char *value, struct cove_error *err);
/* Turns it into a detached mount with attributes `attr`; both descriptors are the caller's. */
int mount_make(int fs, const char *fstype, uint64_t attr, struct cove_error *err);
/* The same, with what mount(8) and df show as its device. */
int mount_make_as(int fs, const char *fstype, const char *source, uint64_t attr,
		  struct cove_error *err);

/* Adds attributes to the mount `tree` (with `recursive`, to those below too). All or nothing. */
int mount_restrict(int tree, uint64_t attr, bool recursive, const char *object,
		   struct cove_error *err);
/* Any change, likewise; one that changes nothing costs nothing. */
int mount_change(int tree, const struct mount_change *change, bool recursive, const char *object,
		 struct cove_error *err);
/* Makes the mount itself writable again, if the host has it so; if not, it stays as it is. */
void mount_allow_writing(int tree);
/* How the mounts of this namespace propagate (MS_*, all of them with MS_REC); MS_PRIVATE | MS_REC:
 * nothing does, in or out, any more. */
int mount_propagate(uint64_t propagation, struct cove_error *err);
/* Makes the mount in which `fd` lies private, alone: what is attached there is not seen outside. */
int mount_make_private_around(int fd, const char *object, struct cove_error *err);

/* Attaches a detached mount on the directory or file `target`. */
int mount_attach(int tree, int target, const char *object, struct cove_error *err);
/* The same on `name` in the directory `parent`; a symbolic link there is not followed. */
int mount_attach_at(int tree, int parent, const char *name, const char *object,
		    struct cove_error *err);
/* Attaches it over the root of this namespace, where only its descriptor leads to it. */
int mount_attach_root(int tree, struct cove_error *err);
/* Detaches what is attached, by its descriptor. The working directory moves there and is lost. */
void mount_detach(int tree);
/* Detaches what is mounted on `name` in the directory `parent`, and all below it. No link is followed;
 * -EINVAL: nothing is mounted there. The working directory moves to `parent`. */
int mount_remove_at(int parent, const char *name, const char *object, struct cove_error *err);
/* Makes `root` the root and lets go of the old one, which never gets a name. Afterwards the
 * working directory is the new root. `shared`: mounts of the old one may be those of others, too,
 * who keep them. */
int mount_pivot(int root, bool shared, struct cove_error *err);
/* The same where the root is a ramfs, which cannot leave: `root` covers it, and all else that is
 * mounted in it is unmounted. */
int mount_cover_root(int root, struct cove_error *err);

#endif
