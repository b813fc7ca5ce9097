/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking the changes of a layer over into the directory below it.
 *
 * The upper tree was written by whatever ran in a box, so: no link is followed, in either tree; a
 * file is replaced at once, by one that was written beside it; devices are never made, set-id bits
 * only when asked for, and security attributes not at all.
 */
#ifndef LAYER_APPLY_H
#define LAYER_APPLY_H

#include "layer/changes.h"

/* What stands against a change. */
enum layer_verdict {
	LAYER_FINE,
	LAYER_CONFLICT, /* what it changes has changed since the layer began */
	LAYER_DEVICE,
	LAYER_SET_ID,   /* set-user-id or set-group-id */
	LAYER_FILE_CAPS,
	LAYER_SOCKET,   /* left out, which harms nothing */
};

struct layer_choice {
	bool force;  /* conflicts are overwritten */
	bool set_id; /* bits are kept; file capabilities are lost */
};

/* What stands against it, with that choice. A negative errno: it cannot be told. */
int layer_judge(const struct layer *layer, const struct layer_choice *choice,
		const struct layer_entry *entry, struct cove_error *err);
/* Whether the verdict forbids to take anything over. */
bool layer_forbids(enum layer_verdict verdict);

/* Takes all over that is fine; to be called when nothing forbids it. The layer stays. What was
 * taken over before an error is no change any more. */
int layer_apply(const struct layer *layer, const struct layer_choice *choice,
		struct cove_error *err);

#endif
