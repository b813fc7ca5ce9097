/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces: opening, comparing, joining, unsharing, and what is set in them.
 */
#ifndef SYS_NS_H
#define SYS_NS_H

#include <cove/error.h>
#include <cove/ns.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens a pidfd; since Linux 5.3. -ESRCH: no such process. */
int ns_open_process(pid_t pid, struct cove_error *err);
/* Opens the namespace `name` ("net", ...) of the process behind `pidfd`, whose number is `pid`; the
 * pidfd is looked at afterwards, so that a reused number is noticed (-ESRCH). */
int ns_open_of(int pidfd, pid_t pid, const char *name, struct cove_error *err);
/* Opens a namespace file. */
int ns_open_path(const char *path, struct cove_error *err);
/* -EINVAL unless `fd` is a namespace of the kind with CLONE_NEW* `flag`. `path` is told; may be NULL. */
int ns_check_kind(int fd, uint32_t flag, const char *name, const char *path, struct cove_error *err);
/* Whether `fd` is a pidfd; -ESRCH: it is, and the process has ended. */
int ns_is_pidfd(int fd);
/* 1: the process behind `pidfd` is in the caller's own namespace `name`; 0: in another. */
int ns_is_shared(int pidfd, const char *name, struct cove_error *err);
/* 1: `fd` is the caller's own namespace `name`; 0: it is another. */
int ns_is_own(int fd, const char *name, struct cove_error *err);

/* The number of our own namespace `name`; 0: there is no /proc to see it in. */
uint64_t ns_own_id(const char *name);

/* setns(2) and unshare(2); plain negative errno, for the caller knows what it was for. A pidfd leads to
 * all of `flags` at once (since Linux 5.8). */
int ns_enter(int fd, uint32_t flags);
int ns_unshare(uint32_t flags);

int ns_set_hostname(const char *name, struct cove_error *err);
int ns_set_domainname(const char *name, struct cove_error *err);
/* Brings the loopback device of this network namespace up. */
int ns_loopback_up(struct cove_error *err);

#endif
