/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bubblewrap's options on files. --perms, --size and --overlay-src modify the one that follows.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "base/path.h"
#include "box/bwrap.h"

#include <errno.h>
#include <string.h>

static int mode_is_wrong(const char *text, struct cove_error *err)
{
	uint32_t mode;

	return num_octal(text, &mode) < 0 ? err_usage(err, "'%s' is no octal mode", text) : 0;
}

int bwrap_perms(struct foreign *f, const struct foreign_option *option, const char *const *values,
		struct cove_error *err)
{
	(void)option;
	bwrap_of(f)->perms = values[0];
	return mode_is_wrong(values[0], err);
}

int bwrap_size(struct foreign *f, const struct foreign_option *option, const char *const *values,
	       struct cove_error *err)
{
	uint64_t size;

	(void)option;
	if (num_u64(values[0], &size) < 0 || size == 0)
		return err_usage(err, "'%s' is no number of bytes", values[0]);
	bwrap_of(f)->size = values[0];
	return 0;
}

/* Adds a mount with what modifies it. */
static int add(struct foreign *f, enum jail_kind kind, const char *source, const char *target,
	       struct jail_mount **ret, struct cove_error *err)
{
	struct bwrap *bwrap = bwrap_of(f);
	struct jail_mount *m;
	int r = jail_mount(&f->jail, kind, source, target, &m, err);

	if (r < 0)
		return r;
	m->asked = f->asked;
	m->mode = jail_keep(&f->jail, bwrap->perms);
	m->size = jail_keep(&f->jail, bwrap->size);
	if (ret)
		*ret = m;
	return 0;
}

int bwrap_bind(struct foreign *f, const struct foreign_option *option, const char *const *values,
	       struct cove_error *err)
{
	struct jail_mount *m;
	int r = add(f, (enum jail_kind)option->number, values[0], values[1], &m, err);

	if (r == 0)
		m->optional = option->text != NULL;
	return r;
}

int bwrap_at(struct foreign *f, const struct foreign_option *option, const char *const *values,
	     struct cove_error *err)
{
	return add(f, (enum jail_kind)option->number, NULL, values[0], NULL, err);
}

int bwrap_from_fd(struct foreign *f, const struct foreign_option *option, const char *const *values,
		  struct cove_error *err)
{
	int r = foreign_fd(values[0], err);

	return r < 0 ? r : add(f, (enum jail_kind)option->number, values[0], values[1], NULL, err);
}

int bwrap_file(struct foreign *f, const struct foreign_option *option, const char *const *values,
	       struct cove_error *err)
{
	if (bwrap_of(f)->perms)
		jail_none(&f->jail, "--perms", "the file for '%s' has the mode 0644",
			  foreign_asked(f));
	if (option->text)
		jail_note(&f->jail, "'%s' differs: %s", foreign_asked(f), option->text);
	return bwrap_from_fd(f, option, values, err);
}

int bwrap_symlink(struct foreign *f, const struct foreign_option *option, const char *const *values,
		  struct cove_error *err)
{
	(void)option;
	return add(f, JAIL_LINK, values[0], values[1], NULL, err);
}

/* The last one that was put at just this place. */
static struct jail_mount *mount_at(const struct foreign *f, const char *path)
{
	auto_(buf_done) struct buf clean = { 0 };
	struct jail_mount *found = NULL;

	if (path_clean(path, &clean) < 0)
		return NULL;
	jail_each(&f->jail, m) if (m->kind != JAIL_LINK && strcmp(jail_str(&f->jail, m->target),
								  buf_str(&clean)) == 0) found = m;
	return found;
}

int bwrap_remount_ro(struct foreign *f, const struct foreign_option *option,
		     const char *const *values, struct cove_error *err)
{
	struct jail_mount *m = mount_at(f, values[0]);

	(void)option;
	(void)err;
	if (strcmp(values[0], "/") == 0)
		f->jail.root_writable = false;
	if (m && (m->kind == JAIL_RW || m->kind == JAIL_DEV) && strcmp(values[0], "/dev") != 0)
		m->kind = JAIL_RO;
	else if (m && m->kind == JAIL_TMPFS)
		m->read_only = true;
	else if (m && m->kind == JAIL_FD)
		m->kind = JAIL_FD_RO;
	else if (m ? m->kind != JAIL_RO : strcmp(values[0], "/") != 0)
		jail_none(&f->jail, foreign_asked(f),
			  "only what the list mounts there itself can be made read-only");
	return 0;
}

int bwrap_chmod(struct foreign *f, const struct foreign_option *option, const char *const *values,
		struct cove_error *err)
{
	struct jail_mount *m = mount_at(f, values[1]);
	int r = mode_is_wrong(values[0], err);

	(void)option;
	if (r < 0)
		return r;
	if (m && (m->kind == JAIL_TMPFS || m->kind == JAIL_DIR))
		m->mode = jail_keep(&f->jail, values[0]);
	else
		jail_none(&f->jail, foreign_asked(f), "only a tmpfs can be given a mode");
	return 0;
}

/* ---- overlays ---- */

int bwrap_overlay_src(struct foreign *f, const struct foreign_option *option,
		      const char *const *values, struct cove_error *err)
{
	(void)option;
	(void)err;
	bwrap_of(f)->layer = values[0];
	bwrap_of(f)->layers++;
	return 0;
}

/* Whether the one layer below is what is there already. */
static int check_layers(struct foreign *f, const char *target, bool *ret_fits,
			struct cove_error *err)
{
	struct bwrap *bwrap = bwrap_of(f);
	auto_(buf_done) struct buf source = { 0 }, clean = { 0 };

	if (!bwrap->layers)
		return err_usage(err, "there is no --overlay-src before it");
	*ret_fits = bwrap->layers == 1 && path_clean(bwrap->layer, &source) == 0 &&
		    path_clean(target, &clean) == 0 &&
		    strcmp(buf_str(&source), buf_str(&clean)) == 0;
	bwrap->layers = 0;
	return 0;
}

int bwrap_tmp_overlay(struct foreign *f, const struct foreign_option *option,
		      const char *const *values, struct cove_error *err)
{
	bool fits;
	int r = check_layers(f, values[0], &fits, err);

	(void)option;
	if (r < 0)
		return r;
	if (fits)
		return add(f, JAIL_OVERLAY, NULL, values[0], NULL, err);
	jail_none(&f->jail, foreign_asked(f),
		  "an overlay lies over what is there already, not over other directories");
	return 0;
}

/* Our own layout in one directory: DIR/upper and DIR/work. */
static bool is_pair(const char *upper, const char *work, struct buf *ret_dir)
{
	size_t len = strlen(upper);

	if (len <= 6 || strcmp(upper + len - 6, "/upper") != 0 || strlen(work) != len - 1 ||
	    strncmp(upper, work, len - 5) != 0 || strcmp(work + len - 5, "work") != 0)
		return false;
	buf_add(ret_dir, upper, len - 6);
	return true;
}

int bwrap_overlay(struct foreign *f, const struct foreign_option *option, const char *const *values,
		  struct cove_error *err)
{
	auto_(buf_done) struct buf dir = { 0 };
	bool fits;
	int r = check_layers(f, values[2], &fits, err);

	(void)option;
	if (r < 0)
		return r;
	if (fits && is_pair(values[0], values[1], &dir))
		return add(f, JAIL_OVERLAY, buf_str(&dir), values[2], NULL, err);
	jail_none(&f->jail, foreign_asked(f), "--overlay %s=DIR keeps what is written in DIR/upper",
		  values[2]);
	return 0;
}

int bwrap_ro_overlay(struct foreign *f, const struct foreign_option *option,
		     const char *const *values, struct cove_error *err)
{
	bool fits;
	int r = check_layers(f, values[0], &fits, err);

	return r < 0 ? r : foreign_none(f, option, values, err);
}
