/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup v2 tree: directories by descriptor, their files, freezing and killing. On a hybrid host
 * it is the v2 tree beside those of v1 (/sys/fs/cgroup/unified); the trees of v1 are never written.
 *
 * Paths are absolute, as of the v2 tree's root. They are looked up below its descriptor: no link is
 * followed, no other mount entered, and ".." is refused.
 */
#ifndef SYS_CGROUP_H
#define SYS_CGROUP_H

#include <cove/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum cgroup_layout {
	CGROUP_NONE,   /* no v2 tree */
	CGROUP_HYBRID, /* most controllers belong to trees of v1 */
	CGROUP_UNIFIED,
};

/* How this host has it; ret_root (may be NULL) gets a static string, where the v2 tree is mounted. */
enum cgroup_layout cgroup_layout(const char **ret_root);

/* The caller's own cgroup, as a path below the root of the v2 tree. */
int cgroup_own_path(char *path, size_t size, struct cove_error *err);

/* How often the kernel has killed in the caller's own cgroup, or in one below it, because memory
 * was short. A negative errno where its memory is not accounted by cgroup v2. Since Linux 4.13. */
int cgroup_oom_kills(uint64_t *ret_count);

/* 0, or -EINVAL: it is not absolute, has "..", or what no cgroup can be called. */
int cgroup_check_path(const char *path, struct cove_error *err);
/* Opens (O_PATH is not enough for CLONE_INTO_CGROUP: O_RDONLY) the cgroup at `path`. -ENOENT: there
 * is none. */
int cgroup_open(const char *path, struct cove_error *err);
/* The same, made with all that is missing on the way; ret_made: how many of the last components
 * were missing. When it fails nothing that it made is left. -EROFS, -EACCES: the caller may not.
 * -EAGAIN: a limit of cgroups is reached (cgroup.max.descendants). */
int cgroup_make(const char *path, unsigned *ret_made, struct cove_error *err);
/* Turns a controller ("memory", "cpu") on in the cgroups above it, so that it has its files.
 * -ENOTSUP: bound to v1, not in this kernel or not handed down; the error names the controller and
 * the remedy. */
int cgroup_enable(int cgroup, const char *controller, struct cove_error *err);
/* Removes it, with all below it; waits until the kernel has let go of ended processes (10 s at most,
 * then -EBUSY names what is left). Nothing there is success. */
int cgroup_remove(const char *path, struct cove_error *err);
/* Removes what is empty of the `count` cgroups above `path`, from below. */
void cgroup_remove_above(const char *path, unsigned count);

/* Marks it with a text, and compares the mark. Where the caller may, nobody in a box can change it.
 * 1: it is that text; 0: another; -ENODATA: it has none. */
int cgroup_mark(int cgroup, const char *text, struct cove_error *err);
int cgroup_is_marked(int cgroup, const char *text);

/* Moves a process into it. */
int cgroup_enter(int cgroup, pid_t pid, struct cove_error *err);
/* Reads or writes one of its files. */
long cgroup_read(int cgroup, const char *file, char *text, size_t size, struct cove_error *err);
int cgroup_write(int cgroup, const char *file, const char *text, struct cove_error *err);
/* Whether it has that file. */
bool cgroup_has(int cgroup, const char *file);

/* Freezes or thaws it with all below, and waits until it is so (10 s at most: -ETIMEDOUT; what did
 * not freeze is thawed again). */
int cgroup_freeze(int cgroup, bool frozen, struct cove_error *err);
/* 1: it is frozen; 0: it is not. */
int cgroup_is_frozen(int cgroup);
/* SIGKILL for all in it and below, frozen or not (cgroup.kill, Linux 5.14). */
int cgroup_kill(int cgroup, struct cove_error *err);
/* Another signal, one process after the other, frozen meanwhile so that none slips through. */
int cgroup_signal(int cgroup, int signal, struct cove_error *err);
/* 1: processes are in it or below; 0: none. */
int cgroup_is_populated(int cgroup);
/* Waits until none is. -ETIMEDOUT. */
int cgroup_wait_empty(int cgroup, int timeout_ms);
/* Calls `each` with every process in it and below. Stops when that returns non-zero, with it. */
int cgroup_each_process(int cgroup, int (*each)(void *context, pid_t pid), void *context,
			struct cove_error *err);

/* One rule on devices: see struct plan_device_rule. */
struct cgroup_device {
	bool allow;
	char type;            /* 'a', 'b' or 'c' */
	uint8_t access;       /* 1 read, 2 write, 4 mknod */
	int64_t major, minor; /* -1: any */
};
/* Attaches a BPF program that denies all devices but what the rules allow; of each kind of access the
 * last rule that fits counts. Takes the place of the one that is there at once; programs of others
 * stay, and a device must pass them all. -EPERM: it takes CAP_SYS_ADMIN and CAP_BPF outside of user
 * namespaces. */
int cgroup_set_devices(int cgroup, const struct cgroup_device *rules, unsigned count,
		       struct cove_error *err);

#endif
