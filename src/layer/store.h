/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory that keeps what boxes wrote to an overlay:
 *
 *	layer    the record: "cove-layer 1 INODE\n" and the path of the directory below the overlay.
 *	         Its time of change is when the layer began
 *	upper/   what was written, as overlayfs keeps it
 *	work/    overlayfs's own
 *
 * The directory is locked as long as a box uses it. Whoever can write to it decides what
 * layer_apply does; so it must belong to the caller.
 */
#ifndef LAYER_STORE_H
#define LAYER_STORE_H

#include <cove/error.h>
#include <stdbool.h>
#include <sys/stat.h>

struct layer {
	int dir;              /* DIR, locked by layer_open when asked for */
	int upper;            /* -1: nothing was ever written */
	int lower;            /* -1: there is no layer in the directory, it is empty */
	char *lower_path;     /* owned */
	struct timespec since;
};

/* Makes `path` if it is missing (not its parents) and writes the record; or checks that what is
 * there was made over the same `lower`. Returns a descriptor that holds the lock. -EBUSY: a box
 * uses it; -EEXIST: another layer, or something else, is there; -EOPNOTSUPP: the filesystem. */
int layer_prepare(const char *path, const char *lower, struct cove_error *err);

/* Ends the lock, and takes away what overlayfs has left beside the layer: a directory without any
 * right, which 'rm -rf' stumbles over. */
void layer_release(int lock);

/* Opens a layer for reading or, with `lock`, to change it (-EBUSY). -ESTALE: the directory below
 * it is another one than it was. Release with layer_done, in any case. */
int layer_open(const char *path, bool lock, struct layer *ret_layer, struct cove_error *err);
void layer_done(struct layer *layer);

/* Removes all that is in it, but not the directory. */
int layer_empty(struct layer *layer, struct cove_error *err);

#endif
