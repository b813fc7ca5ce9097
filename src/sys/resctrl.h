/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resctrl: classes of service over caches and memory bandwidth (Intel RDT and its like). Names are
 * single components; "/" is the class that all begin in.
 */
#ifndef SYS_RESCTRL_H
#define SYS_RESCTRL_H

#include <cove/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Opens a class; with ret_made (else NULL) it is made when it is missing. -ENOENT: there is none.
 * -ENOTSUP: resctrl is not mounted. -ENOSPC: the processor has no more of them. */
int resctrl_open(const char *class, bool *ret_made, struct cove_error *err);
void resctrl_remove(const char *class);

/* Writes a line of its schemata, such as "L3:0=7f0;1=1f". */
int resctrl_write(int class, const char *line, struct cove_error *err);
/* Reads them all. */
long resctrl_read(int class, char *text, size_t size, struct cove_error *err);
/* Opens a group in the class whose use is counted apart; `make`: one that must not be there yet. */
int resctrl_monitor(int class, const char *name, bool make, struct cove_error *err);
void resctrl_remove_monitor(int class, const char *name);
/* Puts a process into a class or group, and all that it makes from then on. */
int resctrl_enter(int group, pid_t pid, struct cove_error *err);

/* Whether `line` says nothing else than `schemata`, as the kernel writes them: numbers are compared as
 * numbers, and what the line leaves out may be anything. */
bool resctrl_agrees(const char *schemata, const char *line);

#endif
