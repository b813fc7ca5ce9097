/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors and whole-file reads and writes. Every descriptor made here is close-on-exec.
 * Functions return a descriptor or 0, or a negative errno with `err` filled.
 */
#ifndef SYS_FD_H
#define SYS_FD_H

#include <cove/error.h>
#include <stdbool.h>
#include <stdint.h>

void fd_close(int fd);

static inline void auto_fd_cleanup(const int *fd)
{
	if (*fd >= 0)
		fd_close(*fd);
}

/* A descriptor that is closed at the end of its scope; -1: none. */
#define auto_fd __attribute__((cleanup(auto_fd_cleanup)))

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken_ = (fd);                                                                 \
		(fd) = -1;                                                                         \
		taken_;                                                                            \
	})

/* Opens a path of the host, as the caller sees it. */
int fd_open(const char *path, int flags, struct cove_error *err);
/* Opens `name` below `dir`; a symbolic link as last component is refused (ELOOP). */
int fd_open_at(int dir, const char *name, int flags, unsigned mode, struct cove_error *err);
/* Opens a file for the caller's output, or creates it with mode 0666 less the umask. What is in it
 * stays until fd_empty, which does nothing to a pipe or device. */
int fd_create(const char *path, struct cove_error *err);
/* The same for one that must not be there yet: -EEXIST. */
int fd_create_new(const char *path, struct cove_error *err);
/* Opens a file of the host for writing at its end, or creates it with mode 0666 less the umask. */
int fd_append(const char *path, struct cove_error *err);
int fd_empty(int fd, const char *path, struct cove_error *err);

/* Reads up to `size` - 1 bytes and ends them with NUL. Returns the number of bytes. */
long fd_read(int fd, char *buf, size_t size);
/* Reads once, from the beginning, wherever the descriptor stands. */
long fd_read_start(int fd, char *buf, size_t size);
/* Reads a whole small file of the host; too large: -EFBIG. */
long fd_read_file(const char *path, char *buf, size_t size, struct cove_error *err);
/* Reads all there is into memory that the caller frees, at most `limit` bytes (-EFBIG). */
long fd_read_all(int fd, size_t limit, char **ret_data, struct cove_error *err);
/* Reads or writes once, what there is or fits; a plain negative errno. */
long fd_read_some(int fd, char *buf, size_t size);
long fd_write_some(int fd, const char *data, size_t len);
void fd_set_blocking(int fd, bool blocking);
/* Writes all of it; `object` is what the error names. */
int fd_write(int fd, const void *data, size_t len, const char *object, struct cove_error *err);
/* Writes once, as files of /proc and of cgroups want it. */
int fd_write_once(int fd, const void *data, size_t len, const char *object, struct cove_error *err);
/* Copies the rest of `from` to `to`. */
int fd_copy(int from, int to, struct cove_error *err);

struct fd_part {
	const void *data;
	size_t len;
};
/* An anonymous file with these parts that nobody can change any more. Since Linux 3.17; made
 * executable where vm.memfd_noexec (6.3) asks for that. */
int fd_sealed_memfd(const char *name, const struct fd_part *parts, unsigned count,
		    struct cove_error *err);
/* An empty anonymous file, for a helper to write. */
int fd_memfd(const char *name, struct cove_error *err);
int fd_rewind(int fd, struct cove_error *err);
/* The path of the running program; its length, or a negative errno. */
long fd_read_own_path(char *path, size_t size);
/* Maps all of `fd` read-only, for good. */
int fd_map(int fd, const void **ret_data, size_t *ret_len, struct cove_error *err);

enum fd_path { FD_PATH_MISSING, FD_PATH_FILE, FD_PATH_DIRECTORY, FD_PATH_OTHER };
/* What a path leads to; missing also when it cannot be looked up. */
enum fd_path fd_classify(const char *path);
/* The same, which says why when it cannot be looked up: a plain negative errno. */
int fd_look(const char *path, enum fd_path *ret_kind);
bool fd_is_plain_file(int fd);
bool fd_path_exists(const char *path);
/* Whether it is a file whose mode and mount let this process execute it. */
bool fd_may_execute(const char *path);
/* What an open descriptor is; `ret_device` (may be NULL) gets a device's number, else 0. */
enum fd_path fd_kind(int fd, uint64_t *ret_device);
/* Makes it the working directory; -ENOENT when that is not below the root. */
int fd_enter(int fd, const char *path, struct cove_error *err);
/* 1: `fd` is on procfs or sysfs; 0: not. */
int fd_is_kernel_tree(int fd);
/* 2 or 1: `fd` is in a cgroup tree of that version; 0: in none. */
int fd_cgroup_version(int fd);
/* Where what `fd` is open on was found, as of its own mount namespace. */
int fd_path_of(int fd, char *path, size_t size, struct cove_error *err);
/* Whether both are open on the same file. */
bool fd_is_same(int fd, int other);
int fd_pipe(int *ret_read, int *ret_write, struct cove_error *err);

/* Where 0, 1 or 2 is closed, puts a descriptor there that cannot be read or written either, and
 * that closes when a program is executed: nothing of ours then lands there by accident. */
void fd_occupy_standard(void);

/* Duplicates at the lowest free number from `lowest` on. */
int fd_dup_above(int fd, int lowest, struct cove_error *err);
/* Makes `fd` be open as `number` too, in the place of what was, for the next program. */
int fd_dup_to(int fd, int number, struct cove_error *err);
/* Lets `fd` pass (or not pass) to the next program. */
int fd_set_inherited(int fd, bool inherited);
/* Whether `fd` is open. */
bool fd_is_open(int fd);
/* Closes all of first..last for good; 0 or a negative errno. Since Linux 5.9. */
int fd_close_range(unsigned first, unsigned last);
#endif
