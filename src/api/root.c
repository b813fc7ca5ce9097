/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See root.h. The place by default must be the same in all environments that an engine calls with:
 * for a user, and for root in a user namespace, the directory that $XDG_RUNTIME_DIR names; for root,
 * whoever it was before, /run/cove.
 */
#include "api/root.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/fd.h"
#include "sys/identity.h"
#include "sys/ids.h"
#include "sys/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT_OF_ROOT "/run/cove"

static int default_root(char *path, size_t size, struct cove_error *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	uint32_t user = identity_user();

	if (!runtime || !path_is_absolute(runtime))
		runtime = NULL;
	if (user == 0 && (!runtime || !identity_is_mapped())) {
		snprintf(path, size, "%s", ROOT_OF_ROOT);
		return 0;
	}
	if (runtime && (size_t)snprintf(path, size, "%s/cove", runtime) < size)
		return 0;
	if (user != 0) {
		snprintf(path, size, "/run/user/%u/cove", user);
		return 0;
	}
	return err_set(err, ENAMETOOLONG, NULL, NULL, "XDG_RUNTIME_DIR is too long");
}

/* Records and plans in a user's directory are that user's words: whom to kill, what to remove, which
 * hooks to run. Root does there what the user could do, as the user. */
static int act_as_owner(int root, const char *path, bool make, struct cove_error *err)
{
	uint32_t uid, gid;
	int r = store_owner(root, &uid, &gid, err);

	if (r < 0 || uid == identity_user())
		return r;
	if (identity_user() != 0 || make) {
		err_set(err, EPERM, NULL, path, "the directory '%s' belongs to user %u", path, uid);
		err_hint(err, "that user decides what is in it: use a --root of your own");
		return -EPERM;
	}
	r = ids_set_groups(NULL, 0, err);
	if (r == 0)
		r = ids_set_gid(gid, err);
	return r < 0 ? r : ids_set_uid(uid, err);
}

static int open_root(const char *path, bool make, struct cove_error *err)
{
	auto_fd int root = store_open_root(path, make, err);
	int r = root < 0 ? root : act_as_owner(root, path, make, err);

	return r < 0 ? r : TAKE_FD(root);
}

int root_open(const struct api_oci *oci, bool make, struct cove_error *err)
{
	char path[4096];
	int r;

	if (oci->root) {
		r = open_root(oci->root, make, err);
		if (r < 0)
			err_origin(err, "--root");
		return r;
	}
	r = default_root(path, sizeof(path), err);
	if (r == 0)
		r = open_root(path, make, err);
	if (r < 0)
		err_hint(err, "--root says where containers are kept, else XDG_RUNTIME_DIR");
	return r;
}

int root_open_for(const struct api_oci *oci, const char *id, struct cove_error *err)
{
	int r = life_check_id(id, err);

	if (r == 0)
		r = root_open(oci, false, err);
	if (r == -ENOENT || r == -ENOTDIR)
		return err_set(err, ENOENT, NULL, NULL, "container does not exist: '%s'", id);
	return r;
}

static void pass_on(void *context, const struct cove_error *warning)
{
	const struct api_oci *oci = context;
	char text[sizeof(warning->what) + sizeof(warning->hint) + 4];

	snprintf(text, sizeof(text), "%s%s%s", warning->what, warning->hint[0] ? "; " : "",
		 warning->hint);
	oci->warn(oci->context, text);
}

const struct life_notes *root_notes(const struct api_oci *oci, struct life_notes *notes)
{
	*notes = (struct life_notes){ oci->warn ? pass_on : NULL, (void *)oci };
	return notes;
}
