/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See root.h. The place by default must be the same in all environments that an engine calls with:
 * for a user, and for root in a user namespace, the directory that $XDG_RUNTIME_DIR names; for root,
 * whoever it was before, /run/cove.
 */
#include "api/root.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/identity.h"
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

int root_open(const struct api_oci *oci, bool make, struct cove_error *err)
{
	char path[4096];
	int r;

	if (oci->root) {
		r = store_open_root(oci->root, make, err);
		if (r < 0)
			err_origin(err, "--root");
		return r;
	}
	r = default_root(path, sizeof(path), err);
	if (r == 0)
		r = store_open_root(path, make, err);
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
