/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan says what is wanted of a box. It is only data: nothing happens until cove_box_start.
 *
 *	struct cove_plan *plan = cove_plan_new();
 *
 *	cove_plan_new_ns(plan, COVE_NS_UTS);
 *	cove_plan_hostname(plan, "container");
 *	cove_plan_command(plan, argv);
 *
 * An empty plan changes nothing: its command runs in the caller's namespaces, as the caller, with
 * the caller's environment. Setters copy what they are given and do not fail; what is wrong with a
 * plan, cove_box_start says before anything is made. A plan may be used for any number of boxes,
 * but not by two threads at once.
 */
#ifndef COVE_PLAN_H
#define COVE_PLAN_H

#include <cove/error.h>
#include <cove/ns.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cove_plan;

/* An empty plan, or NULL when memory is short. Release it with cove_plan_free, which takes NULL. */
struct cove_plan *cove_plan_new(void);
void cove_plan_free(struct cove_plan *plan);

/* The command and its arguments, ended by NULL; found in PATH when it has no '/'. */
void cove_plan_command(struct cove_plan *plan, const char *const *argv);

/* Makes the namespace new. Without CAP_SYS_ADMIN a user namespace is added by itself, in which the
 * caller's own ids are mapped as they are. */
void cove_plan_new_ns(struct cove_plan *plan, enum cove_ns ns);
/* Enters the namespace of a process, the one behind an open descriptor (which stays the caller's
 * and must be open when the box is started), or the one at a path such as "/run/netns/x". */
void cove_plan_join_pid(struct cove_plan *plan, enum cove_ns ns, pid_t pid);
void cove_plan_join_fd(struct cove_plan *plan, enum cove_ns ns, int fd);
void cove_plan_join_path(struct cove_plan *plan, enum cove_ns ns, const char *path);

/* Makes the caller's ids 0 in a new user namespace. */
void cove_plan_map_root(struct cove_plan *plan);
/* Maps `count` user (group) ids from `inside` on to those from `outside` on. */
void cove_plan_map_uids(struct cove_plan *plan, uint32_t inside, uint32_t outside, uint32_t count);
void cove_plan_map_gids(struct cove_plan *plan, uint32_t inside, uint32_t outside, uint32_t count);

/* At most 64 bytes; needs a new uts namespace. */
void cove_plan_hostname(struct cove_plan *plan, const char *name);
/* Brings up the loopback device of a new net namespace. */
void cove_plan_loopback(struct cove_plan *plan);
/* Shifts the clocks of a new time namespace, in nanoseconds. Since Linux 5.6. */
void cove_plan_monotonic_offset(struct cove_plan *plan, int64_t ns);
void cove_plan_boottime_offset(struct cove_plan *plan, int64_t ns);

/* Makes a directory the root; needs a new mnt namespace. */
void cove_plan_rootfs(struct cove_plan *plan, const char *dir, int read_only);
/* Mounts, in this order; they need a new mnt namespace. A procfs shows the pid namespace that is
 * new or joined. */
void cove_plan_mount_proc(struct cove_plan *plan, const char *target);
void cove_plan_mount_tmpfs(struct cove_plan *plan, const char *target);
void cove_plan_bind(struct cove_plan *plan, const char *source, const char *target);
void cove_plan_bind_read_only(struct cove_plan *plan, const char *source, const char *target);

/* A pseudo-terminal of its own for descriptors 0, 1 and 2 of the command, from the /dev of the box;
 * its master is that of cove_box_terminal. */
void cove_plan_terminal(struct cove_plan *plan);
/* Ends the box `ns` nanoseconds after the command was started, while cove_box_wait waits for it. */
void cove_plan_time_limit(struct cove_plan *plan, uint64_t ns);
/* Keeps a small init as process 1 of a new pid namespace, which reaps and passes signals on. */
void cove_plan_init(struct cove_plan *plan);
/* Leaves the command without any capability. */
void cove_plan_drop_caps(struct cove_plan *plan);
/* Set-user-id programs and file capabilities give the command nothing. */
void cove_plan_no_new_privs(struct cove_plan *plan);
/* Working directory of the command, an absolute path in the box. */
void cove_plan_cwd(struct cove_plan *plan, const char *path);
/* Sets NAME=VALUE on top of the caller's environment; clears what was there so far. */
void cove_plan_setenv(struct cove_plan *plan, const char *name, const char *value);
void cove_plan_clearenv(struct cove_plan *plan);

/* What `cove box` with these arguments would do, with all its defaults: {"--ro", "/x", "make",
 * NULL}. Returns NULL with `err` filled (-EINVAL, -ENOMEM, ...). */
struct cove_plan *cove_plan_from_args(const char *const *args, struct cove_error *err);

/* The steps that would be taken, as text for people. The caller frees it. NULL: `err` is filled. */
char *cove_plan_explain(const struct cove_plan *plan, struct cove_error *err);

#ifdef __cplusplus
}
#endif
#endif
