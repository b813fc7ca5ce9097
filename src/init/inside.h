/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What cove-init knows while it makes the box. It allocates nothing: all is in one block of
 * memory, mapped before the first step, that the child of the last fork shares with its parent.
 */
#ifndef INIT_INSIDE_H
#define INIT_INSIDE_H

#include "plan/steps.h"
#include "sys/channel.h"
#include "sys/inroot.h"
#include <sys/types.h>

struct inside {
	const struct plan *plan;
	struct channel channel;
	struct channel_boot boot;
	struct channel_message message; /* scratch */
	struct inroot tree; /* the box's files; root -1: not opened yet */
	int *sources;      /* one for each slot; -1: missing, and allowed to be */
	char **args;       /* ended by NULL, as execve wants them */
	char **env;
	int root_place;    /* the directory that the root is mounted on, if it is its own; else -1 */
	int mask_directory, mask_file; /* mounts that all others of their kind copy; -1: none yet */
	int own_fds;       /* /proc/self/fd, for overlays; -1: not opened */
	unsigned overlays; /* made so far */
	unsigned old_umask;
	bool ready;        /* to execute: see inside_get_ready */
	bool hidden;       /* undumpable already */
	bool moved;        /* the last fork was left behind: nobody else speaks to the host */
	bool executing;    /* the child of the last fork got as far as to execute the command */
	bool failed;       /* the child of the last fork failed, with error */
	struct cove_error error;
	char path[4096];   /* scratch of exec; afterwards the file that was tried last */
	struct channel_time times[CHANNEL_ROWS];
};

/* The inside's column of the step table. */
typedef int (*inside_step)(struct inside *in, struct cove_error *err);
extern const inside_step inside_steps[STEP_COUNT];

/* Walks the rows from `from` on. Returns only when one failed: `err` is stamped. */
int inside_walk(struct inside *in, enum step from, struct cove_error *err);

/* Tells the host side that a row failed. */
void inside_report(struct inside *in, const struct cove_error *err);

/* Opens the root of the box once; later steps look up everything below it. */
int inside_root(struct inside *in, struct cove_error *err);

/* Dies with the host side: asks the kernel for it, which forgets that whenever ids change, and
 * looks whether it is too late already. */
int inside_die_with_host(struct inside *in, struct cove_error *err);
/* Fills the message that says that the command runs, or is about to. */
void inside_describe(struct inside *in, enum channel_kind kind);
/* The last calls before the execution itself, once: a system call filter need not allow them
 * (exec.c). */
int inside_get_ready(struct inside *in, struct cove_error *err);
/* Puts "DIR/NAME" into in->path, for the next DIR of the search path; false: there is none
 * (exec.c). */
bool inside_next_candidate(struct inside *in, const char **search, const char *name);
/* Goes on as another process, in new namespaces: a child of the host side, too, which is told, and
 * whose parent has ended when this returns in it (namespaces.c). */
int inside_respawn(struct inside *in, uint32_t flags, struct cove_error *err);
/* The phrase "exec: NAME: ..." that a container's caller looks for, by errno (command.c); and the
 * exit status 126 or 127. Returns -num. */
const char *inside_words(int num); /* of an errno */
int inside_refuse_command(struct inside *in, int num, struct cove_error *err);
/* From here on nobody may look into this process. */
int inside_hide(struct inside *in, struct cove_error *err);

/* Steps, by the file that has them. Each fills `err` on failure. */
int apply_ns_join(struct inside *in, struct cove_error *err);      /* namespaces.c */
int apply_ns_late(struct inside *in, struct cove_error *err);
int apply_ns_unshare(struct inside *in, struct cove_error *err);
int apply_ns_limit(struct inside *in, struct cove_error *err);
int apply_loopback(struct inside *in, struct cove_error *err);
int apply_hostname(struct inside *in, struct cove_error *err);
int apply_mount_private(struct inside *in, struct cove_error *err); /* root.c */
int apply_root(struct inside *in, struct cove_error *err);
int apply_root_pivot(struct inside *in, struct cove_error *err);
int apply_root_seal(struct inside *in, struct cove_error *err);
int apply_umask(struct inside *in, struct cove_error *err);
int apply_cwd(struct inside *in, struct cove_error *err);
int apply_mount_open(struct inside *in, struct cove_error *err);    /* mounts.c */
int apply_mount_attach(struct inside *in, struct cove_error *err);
/* Attaches the opened source of a mount, as the plan wants it mounted (mounts.c). */
int inside_attach_source(struct inside *in, const struct plan_mount *m, struct cove_error *err);
/* How a tree that is not attached yet will be mounted; `directory`: with all below it. */
int inside_change_tree(struct inside *in, const struct plan_mount *m, int tree, bool directory,
		       struct cove_error *err);
/* nodes.c: a device node or FIFO, and the terminal: its place in mount.attach, and itself when it
 * has been made. */
int inside_attach_node(struct inside *in, const struct plan_mount *m, struct cove_error *err);
int inside_prepare_console(struct inside *in, const struct plan_mount *m, struct cove_error *err);
int inside_show_console(struct inside *in, int terminal, struct cove_error *err);
/* A new filesystem of the mount's type, with its settings and attributes (filesystem.c). */
int inside_make_filesystem(struct inside *in, const struct plan_mount *m, struct cove_error *err);
/* copy.c: what a tmpfs that is not attached yet takes over: files, and the mode of a directory. */
int inside_copy_up(struct inside *in, const struct plan_mount *m, int tree, struct cove_error *err);
int inside_keep_mode(struct inside *in, const struct plan_mount *m, int fs, struct cove_error *err);
/* masks.c */
int inside_attach_mask(struct inside *in, const struct plan_mount *m, struct cove_error *err);
int inside_attach_protect(struct inside *in, const struct plan_mount *m, struct cove_error *err);
/* The cgroup tree of this host (cgroups.c). */
int inside_attach_cgroup(struct inside *in, const struct plan_mount *m, struct cove_error *err);
/* Attaches a complete tree at the mount's target; `directory`: that is one (mounts.c). */
int inside_attach(struct inside *in, const struct plan_mount *m, int tree, bool directory,
		  struct cove_error *err);
/* overlay.c: an overlay in mount.open and mount.attach, and the end of the latter. */
int overlay_open(struct inside *in, const struct plan_mount *m, struct cove_error *err);
int overlay_attach(struct inside *in, const struct plan_mount *m, struct cove_error *err);
void overlay_forget_layers(struct inside *in);
int apply_ids_setup(struct inside *in, struct cove_error *err);     /* identity.c */
int apply_keyring(struct inside *in, struct cove_error *err);
int apply_seccomp_early(struct inside *in, struct cove_error *err);
int apply_seccomp(struct inside *in, struct cove_error *err);
int apply_ids(struct inside *in, struct cove_error *err);
int apply_caps(struct inside *in, struct cove_error *err);
int apply_no_new_privs(struct inside *in, struct cove_error *err);
int apply_limits(struct inside *in, struct cove_error *err);
int apply_hooks_container(struct inside *in, struct cove_error *err); /* hooks.c */
int apply_hooks_start(struct inside *in, struct cove_error *err);
int apply_sysctl(struct inside *in, struct cove_error *err);        /* label.c */
int apply_label(struct inside *in, struct cove_error *err);
int apply_command(struct inside *in, struct cove_error *err);       /* command.c */
int apply_gate(struct inside *in, struct cove_error *err);          /* gate.c */
int apply_session(struct inside *in, struct cove_error *err);       /* session.c */
int apply_landlock(struct inside *in, struct cove_error *err);      /* landlock.c */
int apply_personality(struct inside *in, struct cove_error *err);   /* sched.c */
int apply_affinity(struct inside *in, struct cove_error *err);
int apply_mempolicy(struct inside *in, struct cove_error *err);
int apply_fork(struct inside *in, struct cove_error *err);          /* fork.c */
int apply_fds(struct inside *in, struct cove_error *err);           /* exec.c */
int apply_exec(struct inside *in, struct cove_error *err);

/* Says why `in->path` could not be executed (diagnose.c); `num` is execve's errno. Fills `err`
 * with the cause, the file that is missing, and the exit status 126 or 127. */
int diagnose_exec(struct inside *in, int num, struct cove_error *err);

/* The first descriptor that is the box's terminal; -1: it has none (session.c). */
int inside_terminal_fd(const struct plan *plan);
/* In the child of the last fork: its place in the session, and before its terminal (session.c). */
int inside_take_terminal(struct inside *in, struct cove_error *err);

/* Life as the box's init (reap.c): reaps, passes signals to `main`, reports its end to the host,
 * and ends with it, or when the host side is gone. */
_Noreturn void reap(struct inside *in, pid_t main);

#endif
