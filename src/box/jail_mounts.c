/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another tool's list puts into the tree, and which of it is covered by what comes later.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/path.h"
#include "box/jail.h"

#include <errno.h>
#include <string.h>

static bool is_tree(const struct jail_mount *m)
{
	return m->kind == JAIL_RO || m->kind == JAIL_RW || m->kind == JAIL_DEV;
}

static int absolute(const char *path, const char *from, struct buf *ret, struct cove_error *err)
{
	auto_(buf_done) struct buf joined = { 0 };

	if (path[0] == '\0')
		return err_usage(err, "a path is empty");
	if (path_is_absolute(path))
		return path_clean(path, ret);
	if (!from[0])
		return err_set(err, ENOENT, "getcwd", path,
			       "the current directory no longer exists");
	path_join(from, path, &joined);
	return path_clean(buf_str(&joined), ret);
}

int jail_mount(struct jail *jail, enum jail_kind kind, const char *source, const char *target,
	       struct jail_mount **ret, struct cove_error *err)
{
	auto_(buf_done) struct buf from = { 0 }, to = { 0 };
	struct jail_mount m = { .kind = kind };
	bool is_path = is_tree(&m) || (kind == JAIL_OVERLAY && source && *source);
	int r = absolute(target, "/", &to, err);

	if (r == 0 && is_path)
		r = absolute(source, jail->facts->cwd, &from, err);
	if (r < 0)
		return r;
	m.target = jail_keep(jail, buf_str(&to));
	if (is_path && strcmp(buf_str(&from), buf_str(&to)) == 0)
		m.source = m.target;
	else
		m.source = jail_keep(jail, is_path ? buf_str(&from) : source);
	buf_add(&jail->mounts, &m, sizeof(m));
	if (jail->mounts.failed)
		return err_set(err, ENOMEM, "realloc", NULL, "out of memory");
	*ret = (struct jail_mount *)(void *)(jail->mounts.data + jail->mounts.len) - 1;
	return 0;
}

struct jail_mount *jail_holder(const struct jail *jail, const char *path)
{
	struct jail_mount *deepest = NULL;
	size_t most = 0;

	jail_each(jail, m)
	{
		const char *target = jail_str(jail, m->target);

		if (m->covered || m->kind == JAIL_LINK || m->kind == JAIL_DIR ||
		    !path_is_under(path, target) || strlen(target) < most)
			continue;
		deepest = m;
		most = strlen(target);
	}
	return deepest;
}

/* What may be missing covers nothing for certain; but there is only one root. */
static bool covers(const struct jail *jail, const struct jail_mount *m)
{
	bool certain = !m->optional || strcmp(jail_str(jail, m->target), "/") == 0;

	return certain && m->kind != JAIL_LINK && m->kind != JAIL_DIR;
}

void jail_mark_covered(struct jail *jail)
{
	jail_each(jail, early)
	{
		jail_each(jail, late)
		{
			const char *path = jail_str(jail, early->target);

			if (late <= early || !covers(jail, late) ||
			    !path_is_under(path, jail_str(jail, late->target)))
				continue;
			early->covered = true;
			if (early->kind != JAIL_DIR && early->kind != JAIL_OWN)
				jail_note(jail, "'%s' is left out: '%s' comes later and covers it",
					  jail_str(jail, early->asked),
					  jail_str(jail, late->asked));
			break;
		}
	}
}
