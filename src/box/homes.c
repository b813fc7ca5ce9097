/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Home directories in a default box.
 */
#include "base/auto.h"
#include "base/path.h"
#include "box/complete.h"
#include "plan/build.h"

#include <string.h>

static bool is_one_of(const char *path, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(path, list[i]) == 0)
			return true;
	return false;
}

static bool is_system(const char *home)
{
	static const char *const parts[] = { "/",    "/bin", "/sbin", "/lib",     "/lib64",
					     "/etc", "/usr", "/var",  "/usr/bin", "/usr/sbin" };

	return is_one_of(home, parts, ARRAY_LEN(parts)) || path_is_under(home, "/proc") ||
	       path_is_under(home, "/sys") ||
	       (path_is_under(home, "/dev") && !path_is_under(home, "/dev/shm"));
}

/* Below these the box has nothing of the host, so there is nothing to cover. */
static bool is_private(const char *home)
{
	return path_is_under(home, "/tmp") || path_is_under(home, "/run") ||
	       path_is_under(home, "/dev/shm");
}

void box_hide_homes(struct box *box)
{
	static const char *const homes[] = { "/home", "/root" };
	struct plan *plan = box->plan;
	const char *own = box->facts->home;
	bool inside = false;

	for (size_t i = 0; i < ARRAY_LEN(homes); i++) {
		bool is_own = path_is_under(own, homes[i]);

		box_add_private_home(box, homes[i], is_own);
		inside |= is_own;
	}
	if (!own[0] || is_system(own) || is_one_of(own, homes, ARRAY_LEN(homes)))
		return;
	if (inside || is_private(own))
		plan_add_mount(plan, PLAN_MOUNT_DIR, NULL, own)->optional = 1;
	else
		box_add_private_home(box, own, true);
}
