/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a layer changes: its upper tree compared with the lower one, in the order of names. Nothing
 * is followed, and of the upper tree nothing is believed but what it is.
 */
#ifndef LAYER_CHANGES_H
#define LAYER_CHANGES_H

#include "layer/store.h"

enum layer_change { LAYER_ADDED, LAYER_CHANGED, LAYER_DELETED };

enum { /* what is changed */
	LAYER_TYPE = 1,
	LAYER_CONTENT = 2,
	LAYER_MODE = 4,
	LAYER_OWNER = 8,
	LAYER_TIME = 16,
};

struct layer_entry {
	enum layer_change change;
	unsigned what;    /* when changed */
	const char *path; /* on the host */
	const char *name; /* the last component; "." for the lower directory itself */
	int upper, lower; /* the directories that hold it; lower -1: there is none */
	bool was;         /* there is one in the lower tree: */
	struct stat low;
	struct stat up;   /* unless deleted */
	bool keep_owner;  /* a directory that could not be given its owner: that is no change */
};

/* What is done with each change. A directory is entered after `visit` and left by `leave`; both
 * return 0, or a negative errno with `err` set, which ends the walk. `leave` may be NULL. */
struct layer_visitor {
	int (*visit)(void *context, const struct layer_entry *entry, struct cove_error *err);
	int (*leave)(void *context, const struct layer_entry *entry, struct cove_error *err);
	void *context;
};

/* -ELOOP: the trees are too deep. A layer that is empty has no change. */
int layer_changes(const struct layer *layer, const struct layer_visitor *visitor,
		  struct cove_error *err);

#endif
