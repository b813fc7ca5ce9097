/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line needs of this machine besides libcove's public functions: facts for
 * planning and compiled filters. Running: run.h.
 */
#ifndef API_HOST_H
#define API_HOST_H

#include "base/buf.h"
#include "base/facts.h"
#include "box/box.h"
#include "plan/plan.h"
#include <cove/error.h>

/* The facts about caller and host, with their memory. */
struct api_host;

int api_host_open(struct api_host **ret_host, struct cove_error *err);
const struct facts *api_host_facts(const struct api_host *host);
/* Refuses (-EPERM) to work as a set-user-id program or with file capabilities: cove has no such
 * mode, and would give its rights to everybody. */
int api_refuse_setuid(struct cove_error *err);

/* Reads a box file: see box_read_file. What fails is a wrong request. */
int api_read_box_file(const char *path, char **ret_text, size_t *ret_len, struct cove_error *err);
/* First thing in a program: standard descriptors that are closed stay so for the command, but are
 * not used for anything else. */
void api_hold_standard_fds(void);
/* How many descriptors behind these the caller has passed on: from 3 on, up to the first one that was
 * closed when api_hold_standard_fds was called. */
unsigned api_passed_fds(void);

/* Adds the facts that cost a look: subordinate ids and hard limits, where the plan needs them. */
int api_host_add_facts(struct api_host *host, const struct plan *plan, struct cove_error *err);
/* Adds which of the standard descriptors are terminals: for a caller that can stand between them
 * and the box. */
void api_host_add_terminals(struct api_host *host);
/* Takes NULL. */
void api_host_close(struct api_host *host);

/* Completes what the options asked for with defaults, facts and filter. The plan can be sealed
 * then. */
int api_complete(struct api_host *host, struct box *box, struct cove_error *err);
/* Completes and seals it. */
int api_prepare(struct api_host *host, struct box *box, struct cove_error *err);

/* Puts the system call filter that the box wants into its plan: none, the default one, or what a
 * file has, a profile (JSON) or a compiled program (anything else). Profiles are compiled by the
 * helper cove-seccomp; the unchanged default has been when cove was built. */
int api_load_seccomp(struct box *box, struct cove_error *err);

/* Appends what can be read from a descriptor of the caller's. -EFBIG above 1 MiB. */
int api_read_fd(int fd, struct buf *ret, struct cove_error *err);
/* The same of a file. */
int api_read_path(const char *path, struct buf *ret, struct cove_error *err);
/* Makes a file of the caller's, such as for a trace, and leaves what is in it. Returns a descriptor
 * for api_write_file. */
int api_create_file(const char *path, struct cove_error *err);
/* Replaces what is in it, and closes `fd` in any case. */
int api_write_file(int fd, const char *path, const struct buf *data, struct cove_error *err);
/* Makes a file with this in it. -EEXIST: there is one. */
int api_write_new_file(const char *path, const struct buf *data, struct cove_error *err);
/* Writes to a descriptor of the caller's; that nobody reads it any more is no error here. */
int api_write_fd(int fd, const char *data, size_t len, struct cove_error *err);
/* -EBADF: the caller has no such descriptor. */
int api_check_fd(int fd, struct cove_error *err);
/* SIGKILL for this process when the one that started it ends. */
int api_die_with_parent(struct cove_error *err);

#endif
