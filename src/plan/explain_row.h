/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row of the step table, while it is put into words: for the files that do so.
 */
#ifndef PLAN_EXPLAIN_ROW_H
#define PLAN_EXPLAIN_ROW_H

#include "plan/explain.h"

struct explain_row {
	const struct plan *plan;
	const char *name; /* the step's */
	explain_line line;
	void *context; /* of `line` */
};

/* One line, asked for by `origin`; cut at 1 KiB. */
__attribute__((format(printf, 3, 4))) void explain_say(const struct explain_row *row,
						       plan_ref origin, const char *format, ...);

/* "private", "shared", ..., of MS_* flags. */
const char *explain_propagation(uint64_t flags);
void explain_mount_open(const struct explain_row *row);
void explain_mount_idmap(const struct explain_row *row);
void explain_root(const struct explain_row *row);
void explain_mount_attach(const struct explain_row *row);

/* explain_container.c */
void explain_record(const struct explain_row *row);
void explain_cgroup(const struct explain_row *row);
void explain_net_devices(const struct explain_row *row);
void explain_hooks_runtime(const struct explain_row *row);
void explain_hooks_container(const struct explain_row *row);
void explain_hooks_start(const struct explain_row *row);
void explain_hooks_poststart(const struct explain_row *row);
void explain_sysctl(const struct explain_row *row);
void explain_label(const struct explain_row *row);
void explain_console(const struct explain_row *row);
void explain_affinity(const struct explain_row *row);
void explain_find_command(const struct explain_row *row);
void explain_created(const struct explain_row *row);
void explain_gate(const struct explain_row *row);

#endif
