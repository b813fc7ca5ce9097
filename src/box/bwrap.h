/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of bubblewrap on files, and what their functions keep between two of them.
 */
#ifndef BOX_BWRAP_H
#define BOX_BWRAP_H

#include "box/foreign.h"

enum { BWRAP_DEPTH = 8 };

/* What modifies the option that comes next, and lists that were read from descriptors. */
struct bwrap {
	const char *perms, *size;
	const char *layer; /* --overlay-src */
	unsigned layers;
	bool named;     /* --hostname */
	bool filtered;  /* by a seccomp program */
	bool no_caps;   /* --cap-drop ALL */
	unsigned depth; /* of --args */
	struct buf texts[BWRAP_DEPTH * 2];
	size_t text_count;
};

static inline struct bwrap *bwrap_of(const struct foreign *f)
{
	return f->state;
}

/* Rows whose number is an enum jail_kind. */
foreign_apply bwrap_bind; /* with any text: may be missing */
foreign_apply bwrap_at;
foreign_apply bwrap_from_fd;
foreign_apply bwrap_file; /* the text: how it differs, or NULL */

foreign_apply bwrap_perms;
foreign_apply bwrap_size;
foreign_apply bwrap_symlink;
foreign_apply bwrap_remount_ro;
foreign_apply bwrap_chmod;
foreign_apply bwrap_overlay_src;
foreign_apply bwrap_tmp_overlay;
foreign_apply bwrap_overlay;
foreign_apply bwrap_ro_overlay; /* the text: why it has no equal */

#endif
