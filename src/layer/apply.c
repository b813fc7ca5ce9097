/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking changes over: see apply.h.
 */
#define _GNU_SOURCE
#include "layer/apply.h"
#include "base/err.h"
#include "sys/dir.h"
#include "sys/fd.h"
#include "sys/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SPARE_NAMES 100
#define OWNER_HINT                                                                                 \
	"it belongs to somebody of the box: do it there, by cove box --map auto --root --rw ... "  \
	"-- cove apply ..."

/* ---- judging ---- */

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* Whether the lower file, or anything in it, changed since the layer began. */
static int has_changed(const struct layer *layer, const struct layer_entry *e,
		       struct cove_error *err)
{
	bool goes = e->change == LAYER_DELETED || e->what & LAYER_TYPE;

	if (!e->was || (S_ISDIR(e->low.st_mode) && !goes))
		return 0;
	if (is_newer(&e->low.st_ctim, &layer->since))
		return 1;
	return S_ISDIR(e->low.st_mode) ? tree_has_newer(e->lower, e->name, &layer->since, err) : 0;
}

int layer_judge(const struct layer *layer, const struct layer_choice *choice,
		const struct layer_entry *e, struct cove_error *err)
{
	int changed = choice->force ? 0 : has_changed(layer, e, err);

	if (changed < 0)
		return changed;
	if (changed)
		return LAYER_CONFLICT;
	if (e->change == LAYER_DELETED || S_ISDIR(e->up.st_mode))
		return LAYER_FINE;
	if (S_ISCHR(e->up.st_mode) || S_ISBLK(e->up.st_mode))
		return LAYER_DEVICE;
	if (S_ISSOCK(e->up.st_mode))
		return LAYER_SOCKET;
	if (!S_ISREG(e->up.st_mode) || choice->set_id)
		return LAYER_FINE;
	if (e->up.st_mode & (S_ISUID | S_ISGID))
		return LAYER_SET_ID;
	return tree_has_file_caps(e->upper, e->name) ? LAYER_FILE_CAPS : LAYER_FINE;
}

bool layer_forbids(enum layer_verdict verdict)
{
	return verdict != LAYER_FINE && verdict != LAYER_SOCKET;
}

/* ---- doing ---- */

struct applying {
	const struct layer *layer;
	const struct layer_choice *choice;
};

static int make_spare(const struct applying *a, const struct layer_entry *e, const char *spare,
		      struct cove_error *err)
{
	char text[4097];
	auto_fd int from = -1;
	long n;

	if (S_ISREG(e->up.st_mode)) {
		from = tree_open_file(e->upper, e->name, err);
		return from < 0 ? from : tree_make_file(e->lower, spare, from, a->choice->set_id,
							    err);
	}
	if (S_ISFIFO(e->up.st_mode))
		return tree_make_fifo(e->lower, spare, &e->up, err);
	n = tree_read_link(e->upper, e->name, text, sizeof(text), err);
	return n < 0 ? (int)n : tree_make_link(e->lower, spare, text, &e->up, err);
}

/* Under a name that is free; ret_spare has room for 32 bytes. */
static int make_beside(const struct applying *a, const struct layer_entry *e, char *ret_spare,
		       struct cove_error *err)
{
	int r = -EEXIST;

	for (unsigned i = 0; r == -EEXIST && i < SPARE_NAMES; i++) {
		snprintf(ret_spare, 32, ".cove-apply-%u", i);
		r = make_spare(a, e, ret_spare, err);
		if (r < 0 && r != -EEXIST)
			tree_remove(e->lower, ret_spare, NULL);
	}
	return r;
}

static int replace(const struct applying *a, const struct layer_entry *e, struct cove_error *err)
{
	char spare[32];
	int r = make_beside(a, e, spare, err);

	if (r == -EPERM)
		err_hint(err, OWNER_HINT);
	if (r < 0)
		return r;
	if (e->was && S_ISDIR(e->low.st_mode))
		r = tree_remove(e->lower, e->name, err);
	if (r == 0)
		r = tree_rename(e->lower, spare, e->name, err);
	if (r < 0)
		tree_remove(e->lower, spare, NULL);
	return r;
}

static int make_directory(const struct layer_entry *e, struct cove_error *err)
{
	int r = 0;

	if (e->was && !S_ISDIR(e->low.st_mode))
		r = tree_remove(e->lower, e->name, err);
	if (r == 0 && (!e->was || e->what & LAYER_TYPE))
		r = tree_make_dir(e->lower, e->name, err);
	return r;
}

static int visit(void *context, const struct layer_entry *e, struct cove_error *err)
{
	const struct applying *a = context;
	int r = layer_judge(a->layer, a->choice, e, err);

	if (r < 0 || r == LAYER_SOCKET)
		return r < 0 ? r : 0;
	if (layer_forbids((enum layer_verdict)r))
		return err_set(err, EBUSY, NULL, e->path, "'%s' has changed meanwhile", e->path);
	if (e->change == LAYER_DELETED)
		r = tree_remove(e->lower, e->name, err);
	else
		r = S_ISDIR(e->up.st_mode) ? make_directory(e, err) : replace(a, e, err);
	if (r == -EACCES || r == -EROFS)
		err_hint(err, "you may not write in that directory: apply as who may, or discard it");
	if (r < 0)
		err_origin(err, e->path);
	return r;
}

/* A directory gets its mode last, for it may take the right to write in it. */
static int leave(void *context, const struct layer_entry *e, struct cove_error *err)
{
	struct stat meta = e->up;
	auto_fd int upper = dir_open(e->upper, e->name, false, err);
	auto_fd int lower = upper < 0 ? -1 : dir_open(e->lower, e->name, false, err);
	int r;

	(void)context;
	if (upper < 0 || lower < 0)
		return upper < 0 ? upper : lower;
	if (e->keep_owner && e->was) {
		meta.st_uid = e->low.st_uid;
		meta.st_gid = e->low.st_gid;
	}
	r = tree_copy_xattrs(upper, lower, e->name, err);
	r = r < 0 ? r : tree_set_meta(lower, e->name, &meta, true, err);
	if (r == -EPERM)
		err_hint(err, OWNER_HINT);
	if (r < 0)
		err_origin(err, e->path);
	return r;
}

int layer_apply(const struct layer *layer, const struct layer_choice *choice,
		struct cove_error *err)
{
	struct applying a = { .layer = layer, .choice = choice };
	const struct layer_visitor visitor = { .visit = visit, .leave = leave, .context = &a };

	return layer_changes(layer, &visitor, err);
}
