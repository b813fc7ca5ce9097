/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup v2 tree: directories by descriptor, their files, freezing and killing. On a hybrid host
 * it is the v2 tree beside those of v1 (/sys/fs/cgroup/unified); the trees of v1 are never written.
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

/* Opens (O_PATH is not enough for CLONE_INTO_CGROUP: O_RDONLY) the cgroup at `path` below the v2
 * tree's root, no link followed, no ".." taken. -ENOENT: there is none. */
int cgroup_open(const char *path, struct cove_error *err);
/* The same, made with all that is missing on the way; ret_made: the last one was missing. -EROFS,
 * -EACCES: the caller may not. -EAGAIN: a limit of cgroups is reached (cgroup.max.descendants). */
int cgroup_make(const char *path, bool *ret_made, struct cove_error *err);
/* Turns controllers ("memory", "cpu") on down the path to the cgroup, so that it has their files.
 * -ENOTSUP: bound to v1 or not in this kernel; the error names the controller and the remedy. */
int cgroup_enable(const char *path, const char *controller, struct cove_error *err);
/* Removes it, with all below it; waits until the kernel has let go of ended processes (10 s at most,
 * then -EBUSY names what is left). Nothing there is success. */
int cgroup_remove(const char *path, struct cove_error *err);

/* Moves a process into it. */
int cgroup_enter(int cgroup, pid_t pid, struct cove_error *err);
/* Reads or writes one of its files. */
long cgroup_read(int cgroup, const char *file, char *text, size_t size, struct cove_error *err);
int cgroup_write(int cgroup, const char *file, const char *text, struct cove_error *err);

/* Freezes or thaws it with all below, and waits until it is so (10 s at most: -ETIMEDOUT). */
int cgroup_freeze(int cgroup, bool frozen, struct cove_error *err);
/* 1: it is frozen; 0: it is not. */
int cgroup_is_frozen(int cgroup);
/* SIGKILL for all in it and below, frozen or not (cgroup.kill, Linux 5.14). */
int cgroup_kill(int cgroup, struct cove_error *err);
/* Another signal, one process after the other, frozen meanwhile so that none slips through. */
int cgroup_signal(int cgroup, int signal, struct cove_error *err);
/* 1: processes are in it or below; 0: none. */
int cgroup_is_populated(int cgroup);
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
/* Attaches a BPF program that denies all devices but what the rules allow, the last that fits counts;
 * takes the place of the one that is there at once. -EPERM: it takes CAP_SYS_ADMIN and CAP_BPF
 * outside of user namespaces. */
int cgroup_set_devices(int cgroup, const struct cgroup_device *rules, unsigned count,
		       struct cove_error *err);

#endif
