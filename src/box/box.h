/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `cove box` as a plan: its option table, and what it means when nothing is said.
 */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include "base/buf.h"
#include "base/facts.h"
#include "base/opt.h"
#include "box/translate.h"
#include "plan/plan.h"

struct box_setting;
struct box_settings;
struct box_file;

/* Reads a box file, "-" being standard input, into memory that the caller frees, ended by NUL. */
typedef int box_read_file(const char *path, char **ret_text, size_t *ret_len,
			  struct cove_error *err);

/* What --seccomp said. */
enum box_filter_kind { BOX_FILTER_DEFAULT, BOX_FILTER_OFF, BOX_FILTER_FILE };
struct box_filter {
	enum box_filter_kind kind;
	const char *file;       /* of kind FILE; in the plan */
	struct plan_list edits; /* struct plan_string: +NAME or -NAME, for the default filter */
	plan_ref origin;        /* 0: nothing was said */
};

/* What --allow gave back. */
struct box_allow {
	uint32_t words; /* of allow.h, one bit each */
	plan_ref origin;
};

/* What --cap-add and --cap-drop said, one bit a capability. */
struct box_caps {
	uint64_t add, drop;
	plan_ref origin;
};

/* What --here said: how the current directory is shared. */
enum box_here_mode { BOX_HERE_RW, BOX_HERE_RO, BOX_HERE_OVERLAY, BOX_HERE_NONE };
struct box_here {
	enum box_here_mode mode;
	uint64_t attr; /* MOUNT_ATTR_* */
	plan_ref origin;
};

/* What --private said of the directories that are private by default. */
struct box_private {
	plan_ref size, inodes; /* 0: the default */
	uint64_t attr;         /* MOUNT_ATTR_* */
	plan_ref origin;
};

/* What --proc said. */
struct box_proc {
	plan_ref words; /* "subset=pid,..." */
	plan_ref origin;
};

/* Where the options come from, while they are read; see setting.h. */
struct box_sources {
	box_read_file *read_file;    /* NULL: box files are refused */
	struct box_settings *given;  /* the options of the command line; owned */
	struct box_file *files;      /* the box files that were read; owned */
	bool has_command;            /* the command line names one */
	const struct box_setting *now; /* the one that is being applied */
	unsigned layer;                /* of it: a later layer's single value wins */
	unsigned ns_layer[COVE_NS_COUNT], map_layer;
};

/* What cove shall do: not with what a box is made of, but with the box. */
struct box_task {
	bool help, list_presets, explain, print_config, json;
	const char *save;          /* file; borrowed from argv, as the next */
	const char *trace;         /* file */
	translate_tool *translate; /* the list below is of another tool, and all that was said */
	int foreign_count;
	char *const *foreign;      /* ended by NULL */
	bool detach, die_with_parent, stats;
	int status_fd;             /* -1: none */
};

/* A request: the plan as far as the options have filled it, what they said that is not in it yet
 * because the defaults depend on it, and what shall become of it. */
struct box {
	struct plan *plan;         /* owned */
	const struct facts *facts; /* borrowed */

	bool only;         /* --only was given: no defaults */
	bool env_clear;
	bool init_set;     /* --init or --no-init was given */
	bool terminal_set; /* --tty or --no-tty was given */
	plan_ref same_session; /* origin of --same-session; 0: it was not given */
	struct box_caps caps;
	struct box_filter filter;
	struct box_allow allow;
	struct box_here here;
	struct box_private private;
	struct box_proc proc;

	struct box_sources sources;
	struct box_task task;
};

extern const struct opt_command box_command;

/* Starts a request. -ENOMEM. Release with box_done. */
int box_init(struct box *box, const struct facts *facts, struct cove_error *err);
void box_done(struct box *box);

/* Reads the arguments of `cove box`; argv[0] is "box". Presets and box files are applied first, in
 * their order, then the options. Returns 0, -EINVAL, or what reading a file failed with. */
int box_parse(struct box *box, int argc, char *const *argv, struct cove_error *err);

/* Appends what was given as a box file. -EINVAL: it names a box file itself. */
int box_save_text(const struct box *box, struct buf *out, struct cove_error *err);

/* Appends each preset with the options that it stands for. */
void box_presets_text(struct buf *out);

/* Adds the defaults and what the options imply. The plan can be sealed then. */
void box_complete(struct box *box);

/* Why the defaults do not share the current directory, whatever the options say; NULL: they do. */
const char *box_private_cwd(const struct facts *facts);
/* Whether system calls are to be filtered. */
bool box_wants_filter(const struct box *box);
/* Appends how the default filter was changed, for people: ", changed by +x; allowed: debug";
 * nothing when it was not. */
void box_filter_changes(const struct box *box, struct buf *out);

#endif
