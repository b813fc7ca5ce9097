/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option words of a mount in config.json. What is no such word is the filesystem's own.
 */
#ifndef PLAN_MOUNT_WORDS_H
#define PLAN_MOUNT_WORDS_H

#include "base/buf.h"
#include <stddef.h>
#include <stdint.h>

enum mount_word_kind {
	WORD_SET,         /* MOUNT_ATTR_*, of the mount itself */
	WORD_CLEAR,
	WORD_SET_BELOW,   /* of the whole tree */
	WORD_CLEAR_BELOW,
	WORD_PROPAGATION, /* MS_* of mount(2) */
	WORD_BIND,        /* 1: with what is mounted below */
	WORD_REMOUNT,
	WORD_COPY_UP,
	WORD_IDMAP,       /* 1: the whole tree */
	WORD_NO_FOLLOW,   /* the target is no symbolic link */
	WORD_SUPER,       /* a flag of the filesystem that every one takes */
	WORD_NOTHING,     /* without effect in the kernel of today */
	WORD_REFUSED,
};

struct mount_word {
	const char *name;
	enum mount_word_kind kind;
	uint64_t bits;
	uint8_t extension; /* no word of the specification: not among the features */
};

/* NULL when the word is none of them. */
const struct mount_word *mount_word_find(const char *name);
/* The n-th word, in the order of their names; NULL behind the last. */
const struct mount_word *mount_word_at(size_t n);

#endif
