/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each option does: the functions that the table in options.c names. Each takes the struct
 * box as context and the value as typed; the plan's origin is set before.
 */
#ifndef BOX_OPTIONS_H
#define BOX_OPTIONS_H

#include "base/buf.h"
#include "box/box.h"

typedef int box_option(void *context, const struct opt *opt, const char *value,
		       struct cove_error *err);

/* First thing in each: the struct box, whose plan gives what is added from here on the option as
 * its origin. */
struct box *box_begin(void *context, const struct opt *opt, const char *value);

/* Who asks for the option that is being applied: "--rw x", "FILE:3: --rw x", "--preset build:
 * --net none". Cut to `size`. */
void box_origin(const struct box *box, const struct opt *opt, const char *value, char *buf,
		size_t size);

/* Appends `path` as an absolute, clean path, relative ones from the caller's directory; in box
 * files and presets with a "~/" in front expanded. -ENOENT: that directory no longer exists. */
int box_absolute(const struct box *box, const char *path, struct buf *ret, struct cove_error *err);

/* Appends `path` with what box files and presets may have in front of it expanded; on the command
 * line a "~/" is refused, for the shell has left it. */
int box_expand(const struct box *box, const char *path, struct buf *ret, struct cove_error *err);

/* Whether the option that is being applied belongs to a preset. */
bool box_is_preset(const struct box *box);

/* Whether a path begins with what cannot be expanded in a box file or preset: "~/" without a home,
 * or, in a preset, "$NAME" of a variable that is not set. */
bool box_lacks_prefix(const struct box *box, const char *path);

/* Whether `name` is an attribute of a mount, such as "noexec"; then it changes *attr. */
bool box_mount_word(const char *name, size_t len, uint64_t *attr);

/* In the order of the table. */
box_option box_only;
box_option box_share;
box_option box_join;
box_option box_net;
box_option box_name;
box_option box_hostname;
box_option box_domainname;
box_option box_monotonic;
box_option box_boottime;
box_option box_root;
box_option box_user;
box_option box_map;
box_option box_cap_add;
box_option box_cap_drop;
box_option box_rootfs;
box_option box_empty_root;
box_option box_here;
box_option box_ro;
box_option box_rw;
box_option box_ro_try;
box_option box_rw_try;
box_option box_bind_fd;
box_option box_overlay;
box_option box_tmpfs;
box_option box_tmpfs_try;
box_option box_file;
box_option box_symlink;
box_option box_dev;
box_option box_hide;
box_option box_private;
box_option box_proc;
box_option box_env;
box_option box_env_pass;
box_option box_env_clear;
box_option box_cwd;
box_option box_umask;
box_option box_personality;
box_option box_keep_fd;
box_option box_init_on;
box_option box_init_off;
box_option box_seccomp;
box_option box_allow;
box_option box_landlock;
box_option box_require;
box_option box_rlimit;
box_option box_oom_score_adj;
box_option box_nice;
box_option box_ioprio;
box_option box_scheduler;
box_option box_mempolicy;
box_option box_tty;
box_option box_no_tty;
box_option box_new_session;
box_option box_same_session;
box_option box_time;
box_option box_detach;
box_option box_die_with_parent;
box_option box_status_fd;
box_option box_stats;
box_option box_preset;
box_option box_file_config;
box_option box_explain;
box_option box_json;
box_option box_print_config;
box_option box_save;
box_option box_trace;
box_option box_from_bwrap;
box_option box_from_nsjail;
box_option box_help;
box_option box_fault;

#endif
