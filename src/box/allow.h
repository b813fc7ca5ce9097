/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of --allow: what the default policy holds back and a box may be given. Most stand in
 * the conditions of profiles/default.json; userns concerns the step ns.limit, too.
 */
#ifndef BOX_ALLOW_H
#define BOX_ALLOW_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum allow {
	ALLOW_USERNS,   /* namespaces, and mounting in them */
	ALLOW_DEBUG,    /* tracing the box's processes */
	ALLOW_KEYRING,
	ALLOW_IO_URING,
	ALLOW_PERF,
	ALLOW_BPF,
	ALLOW_32BIT,    /* programs for the processor's 32-bit sibling */
	ALLOW_TTY,      /* typing into the terminal: TIOCSTI, TIOCLINUX */
	ALLOW_COUNT,
};

#define ALLOW_BIT(word) (UINT32_C(1) << (word))
#define ALLOW_CHOICES "userns debug keyring io_uring perf bpf 32bit tty"

/* In the order of ALLOW_CHOICES. */
const char *allow_name(enum allow word);
/* -EINVAL: no such word; *ret_near: the one that may be meant, or NULL. */
int allow_find(const char *name, const char **ret_near);
/* Appends the words of a set, separated by ", ". */
void allow_text(uint32_t set, struct buf *out);

#endif
