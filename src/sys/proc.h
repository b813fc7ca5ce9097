/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own files in /proc, written only through a procfs that is certain to be one.
 */
#ifndef SYS_PROC_H
#define SYS_PROC_H

#include <cove/error.h>
#include <stddef.h>

/* Writes `text` to /proc/self/NAME. The procfs is a private, detached mount where this pid
 * namespace is ours, else the one at /proc: checked to be procfs, looked up without crossing
 * another mount or following a magic link. */
int proc_write_self(const char *name, const char *text, struct cove_error *err);

/* Writes `text` to /proc/sys/NAME, which must be procfs; no link is followed, no ".." taken. */
int proc_write_sys(const char *name, const char *text, struct cove_error *err);

#endif
