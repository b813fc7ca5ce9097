/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: everything that is wanted of a box, as plain data.
 *
 * A plan is one contiguous block. References inside it are offsets from its start (plan_ref), so
 * the block can be written to a file or a memfd, mapped elsewhere and used as it is. A plan is
 * filled by the functions of build.h, then sealed (seal.h: checked, and what follows from the
 * request derived); after that nobody changes it. What happens while it is carried out belongs to
 * the engine's struct run, never here.
 *
 * Every item carries its origin: the option, preset or default that asked for it.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <cove/ns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_MAGIC 0x45564f43u /* "COVE" */
#define PLAN_VERSION 3u
#define PLAN_CAPACITY ((uint32_t)8 << 20)
#define PLAN_NO_ID UINT32_MAX
#define PLAN_KEEP_FDS 256  /* kept descriptors and contents given as descriptors, together */

/* Offset of an item or a NUL-terminated string in the block; 0: none. */
typedef uint32_t plan_ref;

/* Items of one kind, in the order in which they were added. */
struct plan_list {
	plan_ref first;
	plan_ref last;
	uint32_t count;
};

/* First member of everything that stands in a list. */
struct plan_item {
	plan_ref next;
	plan_ref origin;
};

enum plan_ns_mode {
	PLAN_NS_HOST, /* the caller's, shared */
	PLAN_NS_NEW,
	PLAN_NS_JOIN,
};

enum plan_target {
	PLAN_TARGET_PID,  /* of a process */
	PLAN_TARGET_FD,   /* an open namespace file or pidfd */
	PLAN_TARGET_PATH, /* a namespace file, such as /run/netns/x */
};

struct plan_ns {
	uint8_t mode;   /* enum plan_ns_mode */
	uint8_t target; /* enum plan_target, when joined */
	int32_t number; /* the pid or descriptor */
	plan_ref path;
	plan_ref origin;
};

enum plan_map_kind {
	PLAN_MAP_NONE,   /* no new user namespace */
	PLAN_MAP_OWN,    /* the caller's own ids, as themselves */
	PLAN_MAP_ROOT,   /* the caller's own ids, as 0 */
	PLAN_MAP_RANGES, /* as listed by the caller */
	PLAN_MAP_AUTO,   /* 0 is the caller; from 1 on the caller's subordinate ids */
};

struct plan_map {
	struct plan_item item;
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

struct plan_maps {
	uint8_t kind;          /* enum plan_map_kind */
	uint8_t by_helper;     /* written by newuidmap and newgidmap */
	uint8_t deny_setgroups;
	plan_ref origin;
	struct plan_list uids; /* struct plan_map */
	struct plan_list gids;
};

enum plan_root_kind {
	PLAN_ROOT_KEEP, /* leave the tree as it is */
	PLAN_ROOT_HOST, /* the host's tree, in place, made read-only */
	PLAN_ROOT_DIR,  /* a directory becomes the root; without a path: an empty new tmpfs */
};

struct plan_root {
	uint8_t kind; /* enum plan_root_kind */
	uint8_t read_only;
	uint32_t propagation; /* MS_* of mount(2) that it has in the end, MS_REC too; 0: private */
	uint8_t at_path;      /* mounted at its own path until the pivot, for hooks; else over "/" */
	uint8_t no_pivot;     /* by chroot(2), where the host's root is a ramfs */
	plan_ref path;
	plan_ref origin;
};

/* Whose ids the files of an idmapped mount show. */
enum plan_idmap {
	PLAN_IDMAP_NONE,
	PLAN_IDMAP_BOX, /* by the maps of the box's user namespace */
	PLAN_IDMAP_OWN, /* by the mount's own maps */
};

enum plan_mount_kind {
	PLAN_MOUNT_BIND,    /* a tree of the host: source, recursive */
	PLAN_MOUNT_FS,      /* a new filesystem: type and data */
	PLAN_MOUNT_DEVICE,  /* a device node of the host: source */
	PLAN_MOUNT_SYMLINK, /* source is the link's text */
	PLAN_MOUNT_FILE,    /* a file with content, or copied from a descriptor */
	PLAN_MOUNT_DIR,
	PLAN_MOUNT_MASK,    /* hides a file or directory behind nothing */
	PLAN_MOUNT_PROTECT, /* makes what the box has there read-only */
	PLAN_MOUNT_OVERLAY, /* writes go to a layer: source, the directory that keeps it, or 0 */
	PLAN_MOUNT_NODE,    /* a new device node or FIFO; where that is forbidden, a bind of the
			       host's: source */
	PLAN_MOUNT_CONSOLE, /* the terminal of the box, bound there when it has been made */
	PLAN_MOUNT_CGROUP,  /* the cgroup tree as this host has it */
	PLAN_MOUNT_REMOUNT, /* changes how what is there is mounted */
	PLAN_MOUNT_REMOVE,  /* takes away what is mounted there */
	PLAN_MOUNT_COUNT,
};

struct plan_mount {
	struct plan_item item;
	uint8_t kind;       /* enum plan_mount_kind */
	uint8_t optional;   /* a source out of reach, or a missing target, is no error: nothing
			       to mount */
	uint8_t no_create;  /* never make the mount point */
	uint8_t no_follow;  /* the target must not be a symbolic link */
	uint8_t yields;     /* part of a preset: gives way to the current directory */
	plan_ref target;    /* absolute path in the box */
	plan_ref source;
	plan_ref fstype;
	struct plan_list data; /* struct plan_data: for fsconfig(2), in order */
	plan_ref content;
	uint32_t content_len;
	int32_t content_fd;  /* -1: none; of a bind: stands for its source */
	uint32_t mode;       /* of a file or directory made here */
	uint64_t attr;       /* MOUNT_ATTR_*, of the whole tree */
	uint64_t clear;      /* MOUNT_ATTR_* taken away, likewise */
	uint8_t top_only;    /* attr and clear are of the mount itself, not of those below it */
	uint64_t below_attr, below_clear; /* the same of the whole tree, when top_only ("rro") */
	uint8_t alone;       /* of a bind: without what is mounted below the source */
	uint8_t copy_up;     /* of a tmpfs: begins with a copy of what it covers */
	struct plan_list propagation; /* struct plan_number, MS_* of mount(2), one after the other */
	uint8_t idmap;       /* enum plan_idmap */
	uint8_t idmap_below; /* of the whole tree */
	struct plan_list uids, gids; /* struct plan_map, for PLAN_IDMAP_OWN */

	/* Of a node */
	uint32_t node_type;  /* S_IFCHR, S_IFBLK, S_IFIFO */
	uint32_t major, minor;
	uint32_t uid, gid;

	uint32_t slot;       /* of the opened source; derived */
	uint8_t seal_late;   /* read-only when all else is in its place; derived */
	plan_ref spare;      /* the host's, where a new one may be forbidden; 0: none; derived */

	/* Of an overlay */
	plan_ref layer_of;      /* the overlay above it whose layer it shares; 0: one of its own */
	plan_ref lower;         /* what it lies over, as the host names it; derived */
	struct plan_list below; /* struct plan_below, what is mounted there; derived */
	uint32_t layer_slot;    /* derived */
};

/* A mount of the host below an overlay, which is laid around it: the kernel lays none over it. */
struct plan_below {
	struct plan_item item;
	plan_ref path;   /* in the box */
	plan_ref fstype;
	uint8_t keep;    /* stays as it is: a filesystem that no overlay can lie over */
};

/* key=value, or a flag when value is 0. */
struct plan_data {
	struct plan_item item;
	plan_ref key;
	plan_ref value;
};

struct plan_string {
	struct plan_item item;
	plan_ref text;
};

struct plan_number {
	struct plan_item item;
	int64_t value;
};

struct plan_rlimit {
	struct plan_item item;
	uint32_t resource; /* RLIMIT_* */
	uint8_t raise;     /* above the caller's hard limit; derived */
	uint64_t soft;
	uint64_t hard;
};

struct plan_offset {
	bool set;
	int64_t ns; /* nanoseconds */
	plan_ref origin;
};

/* One bit a capability, bit n is capability number n. */
struct plan_caps {
	uint64_t bounding;
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t ambient;
	uint32_t securebits;
	bool set; /* false: capabilities are left alone */
	plan_ref origin;
};

struct plan_seccomp {
	plan_ref program; /* array of struct sock_filter, native byte order */
	uint32_t count;   /* of instructions; 0: no filter */
	uint32_t flags;   /* SECCOMP_FILTER_FLAG_* */
	uint8_t is_default;  /* made from the default profile */
	uint8_t is_harmless; /* surely allows all that cove-init does until the command runs */
	uint8_t as_admin;    /* loaded with CAP_SYS_ADMIN, which is given up then: without
			      * no_new_privs; derived */
	uint8_t early;       /* before the last fork; derived: see early.h */
	uint8_t forbids_capset; /* then the execution takes the right away; derived */
	plan_ref listener;   /* socket that gets the notification descriptor; 0: none */
	plan_ref listener_metadata;
	plan_ref name;    /* for people: the profile's file, or "default filter" */
	plan_ref changes; /* for people: how the default was changed */
	plan_ref origin;
};

/* What a Landlock rule is about. */
enum plan_landlock_sort {
	PLAN_LANDLOCK_FS,    /* files */
	PLAN_LANDLOCK_NET,   /* TCP ports */
	PLAN_LANDLOCK_SCOPE, /* processes outside */
	PLAN_LANDLOCK_SORTS,
};

/* Allows something of what `handled` forbids. */
struct plan_landlock_rule {
	struct plan_item item;
	uint8_t sort;    /* enum plan_landlock_sort; of scopes there are no rules */
	uint16_t port;
	plan_ref path;   /* absolute, in the box */
	uint64_t access; /* LANDLOCK_* of base/landlock.h */
};

struct plan_landlock {
	uint64_t handled[PLAN_LANDLOCK_SORTS]; /* LANDLOCK_*: forbidden unless a rule allows it;
						* plan_seal takes out what the kernel lacks */
	plan_ref origins[PLAN_LANDLOCK_SORTS]; /* who asked first for each */
	struct plan_list rules; /* struct plan_landlock_rule */
	uint8_t alone;          /* nothing else of the box holds the command back */
	plan_ref origin;        /* who asked first for any */
};

/* What is an error where the machine cannot do all of it, instead of a note. */
enum { PLAN_REQUIRE_LANDLOCK = 1 };

struct plan_require {
	uint32_t parts;  /* PLAN_REQUIRE_* */
	uint8_t nothing; /* not even what the box would be useless without */
	plan_ref origin;
};

/* As sched_setattr(2) wants it; the nice value is plan->nice. */
struct plan_scheduler {
	bool set;
	uint32_t policy;   /* SCHED_* */
	int32_t priority;
	uint64_t flags;    /* SCHED_FLAG_* */
	uint64_t runtime, deadline, period; /* nanoseconds */
	plan_ref origin;
};

struct plan_ioprio {
	bool set;
	uint8_t io_class; /* IOPRIO_CLASS_* */
	uint8_t level;    /* 0 is served first, 7 last */
	plan_ref origin;
};

#define PLAN_MEMORY_NODES 1024u

struct plan_mempolicy {
	bool set;
	uint32_t mode;  /* MPOL_* */
	uint32_t flags; /* MPOL_F_* */
	uint64_t nodes[PLAN_MEMORY_NODES / 64];
	plan_ref text;  /* the nodes as they were written; 0: none */
	plan_ref origin;
};

enum plan_keyring { PLAN_KEYRING_KEEP, PLAN_KEYRING_NEW };

/* ---- what only containers have: boxes that outlive the cove that made them ---- */

enum plan_hook_kind {
	PLAN_HOOK_PRESTART,         /* on the host, namespaces made, before the pivot */
	PLAN_HOOK_CREATE_RUNTIME,   /* after those */
	PLAN_HOOK_CREATE_CONTAINER, /* in the box's namespaces, before the pivot */
	PLAN_HOOK_START_CONTAINER,  /* in the box, by who becomes the command */
	PLAN_HOOK_POSTSTART,        /* on the host, the command runs */
	PLAN_HOOK_POSTSTOP,         /* on the host, it has ended and is deleted */
	PLAN_HOOK_COUNT,
};

struct plan_hook {
	struct plan_item item;
	plan_ref path;
	struct plan_list args; /* struct plan_string; empty: the path alone */
	struct plan_list env;  /* struct plan_string */
	uint64_t timeout;      /* nanoseconds; 0: none */
};

struct plan_sysctl {
	struct plan_item item;
	plan_ref name;  /* as a path below /proc/sys: "net/ipv4/ip_forward" */
	plan_ref value;
};

/* A network device of the host that goes into the box. */
struct plan_net_device {
	struct plan_item item;
	plan_ref name;
	plan_ref new_name; /* 0: keeps its own */
};

enum plan_cgroup_manager {
	PLAN_CGROUP_NONE,    /* stays in the caller's cgroup */
	PLAN_CGROUP_FS,      /* directories of the cgroup v2 tree */
	PLAN_CGROUP_SYSTEMD, /* a scope of systemd */
};

enum { PLAN_DEVICE_READ = 1, PLAN_DEVICE_WRITE = 2, PLAN_DEVICE_MKNOD = 4 };

struct plan_device_rule {
	struct plan_item item;
	uint8_t allow;
	char type;            /* 'a', 'b' or 'c' */
	uint8_t access;       /* PLAN_DEVICE_* */
	int64_t major, minor; /* -1: any */
};

/* A value for a file of cgroup v2, such as "memory.max". */
struct plan_cgroup_setting {
	struct plan_item item;
	plan_ref file;
	plan_ref value;
	uint8_t share; /* only divides what is short ("cpu.weight"): not a limit */
	uint8_t check_usage; /* memory.max: refused when more is in use */
};

struct plan_cgroup {
	uint8_t manager;  /* enum plan_cgroup_manager */
	plan_ref path;    /* below the v2 tree's root, or "SLICE:PREFIX:NAME"; 0: chosen by id;
			   * relative: beside the caller's own. See engine_cgroup_settle */
	uint8_t join;     /* it is there, and is only joined: for a command that `exec` adds */
	plan_ref origin;
	uint8_t has_devices;       /* device rules are kept, even when there is none */
	struct plan_list devices;  /* struct plan_device_rule, in order, the last that fits counts */
	struct plan_list settings; /* struct plan_cgroup_setting */
	struct plan_list properties; /* struct plan_data: of the systemd unit, values as GVariant text */
};

struct plan_rdt {
	bool set;
	plan_ref clos_id;
	struct plan_list schemata; /* struct plan_string, a line each */
	uint8_t monitoring;
	plan_ref origin;
};

/* Labels of Linux security modules. 0: none. */
struct plan_label {
	plan_ref apparmor;
	plan_ref selinux;
	plan_ref mount; /* SELinux context of what is mounted for the box: in its data already */
	plan_ref mount_word; /* which setting of a filesystem takes it; 0: "context" */
	plan_ref origin;
};

struct plan_container {
	uint8_t is;       /* it has a record, and lives on without the cove that made it */
	uint8_t gate;     /* it waits there for `start` */
	uint8_t amend;    /* it is there, joined, and only gets mounts: nothing is executed */
	plan_ref id, mark; /* the latter is on its cgroup, and no other container's; 0: the id */
	plan_ref bundle;  /* absolute path */
	plan_ref version; /* ociVersion of its config.json */
	struct plan_list annotations; /* struct plan_data */
	plan_ref state_head, state_tail; /* see state.h; derived */
};

/* Processors of a command that `exec` adds, as lists such as "0-3,7". 0: as they are. */
struct plan_affinity {
	plan_ref initial; /* while the command is prepared, in the cgroup */
	plan_ref last;    /* of the command */
	plan_ref origin;
};

/* A number that may be left alone. */
struct plan_setting {
	bool set;
	int32_t value;
	plan_ref origin;
};

enum plan_session {
	PLAN_SESSION_SAME,    /* the caller's, and its process group */
	PLAN_SESSION_APART,   /* a process group of its own; a session, too, if the caller's has a
			       * terminal: else there is nothing to leave, and it costs 30 us */
	PLAN_SESSION_NEW,
};

/* Who executes the command, derived by plan_seal. */
enum plan_last {
	PLAN_LAST_DIRECT,   /* cove-init becomes it */
	PLAN_LAST_INIT,     /* cove-init stays as init and starts it as a child */
	PLAN_LAST_DETACHED, /* cove-init starts it as its sibling, born in the other pid or time
			       namespace, and leaves (rule: born unprivileged) */
};

struct plan_process {
	struct plan_list args; /* struct plan_string */
	struct plan_list env;  /* struct plan_string, NAME=VALUE */
	plan_ref search;       /* PATH of the box, for finding the command */
	plan_ref cwd;          /* 0: leave; absolute path in the box */
	plan_ref cwd_origin;
	uint8_t make_cwd;       /* a missing one is made, mode 0755 */
	uint8_t outlives;       /* it goes on when the cove that started it has ended */
	uint8_t check_command;  /* one that cannot be executed is an error of the row "command" */
	uint8_t console;        /* the terminal's master goes to a socket of the caller's */
	uint16_t rows, columns; /* of its terminal; 0: as the caller's */
	struct plan_list keep_fds; /* struct plan_number */
	uint8_t keep_all_fds;
	uint8_t keep_signal_mask; /* the caller's, instead of none blocked */
	uint8_t init;
	plan_ref init_origin;
	uint8_t death_signal;   /* cove-init keeps the signal that the kernel sends when the
				   thread that made it ends: for callers with one thread */
	uint8_t no_new_privs;
	plan_ref no_new_privs_origin;
	uint8_t terminal;       /* bits 0 to 2: these are a pseudo-terminal of its own */
	uint8_t new_session;    /* enum plan_session, where it has no terminal of its own */
	plan_ref session_origin;
	uint32_t uid, gid;      /* PLAN_NO_ID: leave */
	plan_ref user_origin;
	uint8_t set_groups;     /* 0: leave the supplementary groups */
	plan_ref keyring;       /* name of the new session keyring; 0: it has none */
	struct plan_list groups; /* struct plan_number */
};

/* Fails or kills at one row: for tests, which use it on the program that is shipped. */
enum plan_fault { PLAN_FAULT_NONE, PLAN_FAULT_FAIL, PLAN_FAULT_KILL, PLAN_FAULT_HANG };

struct plan {
	uint32_t magic;
	uint32_t version;
	uint32_t size;     /* bytes used */
	uint32_t capacity;
	uint8_t sealed;
	uint8_t overflow;  /* something did not fit: plan_seal refuses */
	uint8_t trace;     /* note when each step begins and ends */
	uint8_t fault;     /* enum plan_fault */
	uint8_t fault_side; /* enum cove_side: who is hit; with kill it may be the other one */
	uint32_t fault_row;
	plan_ref origin;   /* given to items added from here on */

	plan_ref name;
	struct plan_ns ns[COVE_NS_COUNT];
	struct plan_maps maps;
	struct plan_offset monotonic, boottime;
	plan_ref hostname, hostname_origin;
	plan_ref domainname, domainname_origin;
	uint8_t limit_userns; /* no further user namespaces below the new one */
	plan_ref limit_userns_origin;
	uint8_t loopback;
	plan_ref loopback_origin;
	struct plan_root root;
	struct plan_list mounts; /* struct plan_mount */
	struct plan_list rlimits; /* struct plan_rlimit */
	struct plan_setting umask, nice, oom_score_adj;
	struct plan_scheduler scheduler;
	struct plan_ioprio ioprio;
	struct plan_setting personality; /* PER_* and its flags */
	struct plan_mempolicy mempolicy;
	uint8_t keyring; /* enum plan_keyring */
	plan_ref keyring_origin;
	uint64_t time_limit; /* nanoseconds until the box is ended; 0: none */
	plan_ref time_limit_origin;
	uint8_t report;      /* the host wants to know the command's process */
	struct plan_caps caps;
	struct plan_seccomp seccomp;
	struct plan_landlock landlock;
	struct plan_require require;
	struct plan_process process;

	struct plan_container container;
	struct plan_cgroup cgroup;
	uint32_t propagation; /* of all mounts the new mount namespace is born with: MS_* of mount(2);
			       * 0: MS_PRIVATE with MS_REC */
	struct plan_list hooks[PLAN_HOOK_COUNT]; /* struct plan_hook */
	plan_ref hooks_stdout, hooks_stderr; /* files that what they print is added to; 0: ours */
	struct plan_list sysctls;     /* struct plan_sysctl */
	struct plan_list net_devices; /* struct plan_net_device */
	struct plan_rdt rdt;
	struct plan_label label;
	struct plan_affinity affinity;
	struct plan_list notes; /* struct plan_string: what the user should know */

	/* Derived by plan_seal */
	uint32_t spawn_flags; /* CLONE_NEW* made by the first clone3 */
	uint32_t late_flags;  /* CLONE_NEW* made after namespaces were joined */
	uint8_t late_forks;   /* by another process: a process 1, or one that can mount the procfs
				 of a joined pid namespace */
	uint8_t last;         /* enum plan_last */
	uint8_t last_copies;  /* the last fork must copy the memory, not share it: before Linux 6.1
				 only that enters another time namespace */
	uint8_t own_time;     /* unshare the time namespace in its own step */
	uint8_t own_cgroup;   /* likewise the cgroup namespace: its root is where the process is */
	uint32_t uid_inside, gid_inside;   /* who the command is in the box, and */
	uint32_t uid_outside, gid_outside; /* who that is here; PLAN_NO_ID: unknown */
	uint32_t setup_uid, setup_gid; /* ids while the box is made; PLAN_NO_ID: as they are */
	uint32_t source_count; /* of mounts with an opened source */
};

/* The item or string at `ref`; NULL for 0. Valid as long as the plan. */
static inline const void *plan_at(const struct plan *plan, plan_ref ref)
{
	return ref ? (const char *)plan + ref : NULL;
}

/* The string at `ref`; "" for 0. */
static inline const char *plan_str(const struct plan *plan, plan_ref ref)
{
	return ref ? (const char *)plan + ref : "";
}

/* plan_each (plan, struct plan_mount, m, plan->mounts) { ... } */
#define plan_each(plan, type, var, list)                                                           \
	for (const type *var = plan_at(plan, (list).first); var;                                   \
	     var = plan_at(plan, var->item.next))

/* "user", "mnt", ...: the file's name in /proc/PID/ns. */
const char *plan_ns_name(enum cove_ns ns);
/* CLONE_NEW* of the kind. */
uint32_t plan_ns_flag(enum cove_ns ns);
/* Whether the kind is new in this plan. */
static inline bool plan_is_new(const struct plan *plan, enum cove_ns ns)
{
	return plan->ns[ns].mode == PLAN_NS_NEW;
}
/* Whether a host path is opened for it in the step mount.open. */
static inline bool plan_mount_has_source(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_BIND || mount->kind == PLAN_MOUNT_DEVICE ||
	       mount->kind == PLAN_MOUNT_MASK || mount->kind == PLAN_MOUNT_OVERLAY ||
	       mount->spare;
}
/* Whether writes of this overlay outlive the box. */
static inline bool plan_is_kept(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_OVERLAY && mount->source;
}
/* The overlay whose layer this one uses: itself, or the one above it. */
static inline const struct plan_mount *plan_layer(const struct plan *plan,
						  const struct plan_mount *mount)
{
	return mount->layer_of ? plan_at(plan, mount->layer_of) : mount;
}
/* Whether Landlock forbids anything. */
static inline bool plan_has_landlock(const struct plan *plan)
{
	const uint64_t *handled = plan->landlock.handled;

	return handled[PLAN_LANDLOCK_FS] || handled[PLAN_LANDLOCK_NET] ||
	       handled[PLAN_LANDLOCK_SCOPE];
}
/* Whether any namespace is joined. */
bool plan_has_join(const struct plan *plan);

/* The overlay that is laid over "/", or NULL. */
static inline const struct plan_mount *plan_root_overlay(const struct plan *plan)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->kind == PLAN_MOUNT_OVERLAY && plan_str(plan, m->target)[1] == '\0')
			return m;
	return NULL;
}

#endif
