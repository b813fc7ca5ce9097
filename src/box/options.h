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

/* Appends `path` as an absolute, clean path, relative ones from the caller's directory. -ENOENT:
 * that directory no longer exists. */
int box_absolute(const struct box *box, const char *path, struct buf *ret, struct cove_error *err);

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
box_option box_ro;
box_option box_rw;
box_option box_hide;
box_option box_tmpfs;
box_option box_overlay;
box_option box_bind_fd;
box_option box_symlink;
box_option box_file;
box_option box_dev;
box_option box_env;
box_option box_env_pass;
box_option box_env_clear;
box_option box_cwd;
box_option box_rlimit;
box_option box_nice;
box_option box_oom_score_adj;
box_option box_umask;
box_option box_seccomp;
box_option box_keep_fd;
box_option box_init_on;
box_option box_init_off;
box_option box_explain;
box_option box_json;
box_option box_print_config;
box_option box_trace;
box_option box_help;
box_option box_fault;

#endif
