/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the argument list of another tool asks for, between its reader (translate_*.c) and the
 * words of cove box (jail.c, jail_files.c).
 */
#ifndef BOX_JAIL_H
#define BOX_JAIL_H

#include "base/buf.h"
#include "base/facts.h"
#include "box/translate.h"

#include <cove/ns.h>
#include <stdint.h>

enum jail_kind {
	JAIL_RO, /* a tree of the host: source */
	JAIL_RW,
	JAIL_DEV, /* writable, and its devices can be used */
	JAIL_TMPFS,
	JAIL_DIR,     /* a directory, made when it is missing */
	JAIL_LINK,    /* source is its text */
	JAIL_FILE,    /* source is the number of a descriptor with the content */
	JAIL_OVERLAY, /* source is the directory that keeps what is written; "": nothing is kept */
	JAIL_FD,      /* source is the number of a descriptor of a tree */
	JAIL_FD_RO,
	JAIL_OWN, /* what every box has there */
};

/* One thing that is put into the tree, in the order in which the list does it. */
struct jail_mount {
	enum jail_kind kind;
	bool optional;                  /* may be missing on the host */
	bool read_only;                 /* a tmpfs that nobody writes to */
	bool covered;                   /* by a later one */
	uint32_t source, target, asked; /* strings: jail_str; asked: the option as given */
	uint32_t mode, size;            /* of a tmpfs or directory: as given; 0: not */
};

enum jail_variable { JAIL_SET, JAIL_UNSET, JAIL_PASS };

struct jail_env {
	enum jail_variable kind;
	uint32_t name, value;
};

struct jail {
	const struct facts *facts;
	struct translation *out;
	struct buf text;   /* strings */
	struct buf mounts; /* struct jail_mount */
	struct buf env;    /* struct jail_env */
	struct buf files;  /* words of the command line, each with a blank in front: on files, */
	struct buf words;  /* on all else, */
	struct buf ends;   /* and behind the command */
	unsigned shared;   /* 1 << enum cove_ns */
	bool clear_env;
	bool root_writable;  /* an empty root could be written to */
	bool starts_at_root; /* not where the caller is, when nothing is said */
	uint32_t cwd;        /* string; 0: not said */
	uint32_t uid, gid;   /* in the box */
	bool says_user;      /* even when these are the caller's */
	uint64_t caps, dropped;
	bool all_caps;
	char *const *command; /* ended by NULL */
	const char *first;    /* instead of the command's first word; NULL: that one */
};

/* Starts with the caller's ids and no namespace shared. Release with jail_done. */
void jail_init(struct jail *jail, const struct facts *facts, struct translation *out);
void jail_done(struct jail *jail);

/* Keeps a string; jail_str gives it back, valid until the next is kept. "" is 0. */
uint32_t jail_keep(struct jail *jail, const char *text);
const char *jail_str(const struct jail *jail, uint32_t ref);

/* Adds an option of cove box; value NULL: it takes none. */
void jail_word(struct buf *out, const char *option, const char *value);
/* Says something that the user should know. */
void jail_note(struct jail *jail, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says that `asked` has no equal, and why or what else to do. */
void jail_none(struct jail *jail, const char *asked, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a mount; paths are made absolute and clean. `source` of a tree is a path, too. -EINVAL when
 * the target is no path. The mount is the jail's, valid until the next is added. */
int jail_mount(struct jail *jail, enum jail_kind kind, const char *source, const char *target,
	       struct jail_mount **ret, struct cove_error *err);
/* The mount that the target would be put on, or is: the deepest of those not covered; NULL. */
struct jail_mount *jail_holder(const struct jail *jail, const char *path);

/* Marks those that a later one covers, and says so. */
void jail_mark_covered(struct jail *jail);

/* The last one on a name counts. */
void jail_env(struct jail *jail, enum jail_variable kind, const char *name, const char *value);
/* All that was said before counts no more. */
void jail_clear_env(struct jail *jail);

/* Writes `files` from the mounts, and notes on what is seen. */
void jail_files(struct jail *jail);
/* Writes the whole line. -ENOMEM when anything did not fit. */
int jail_line(struct jail *jail, struct cove_error *err);

/* jail_each (jail, m) { ... }: the mounts in their order */
#define jail_each(jail, m)                                                                         \
	for (struct jail_mount *m = (struct jail_mount *)(void *)(jail)->mounts.data;              \
	     m && (char *)m < (jail)->mounts.data + (jail)->mounts.len; m++)

#endif
