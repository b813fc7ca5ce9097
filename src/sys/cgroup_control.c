/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cgroup does with those in it: its files, controllers, freezing, killing. See cgroup.h.
 */
#define _GNU_SOURCE
#include "sys/cgroup.h"
#include "base/auto.h"
#include "base/err.h"
#include "sys/dir.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 10000
#define PROCS_LIMIT ((size_t)16 << 20)
#define MAX_DEPTH 128

static int open_file(int cgroup, const char *file, int flags)
{
	int fd = openat(cgroup, file, flags | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 ? fd : -errno;
}

static int bad_name(const char *file, struct cove_error *err)
{
	return err_set(err, EINVAL, NULL, file, "'%s' is no name of a cgroup's file", file);
}

long cgroup_read(int cgroup, const char *file, char *text, size_t size, struct cove_error *err)
{
	auto_fd int fd = -1;
	long n;

	if (strchr(file, '/'))
		return bad_name(file, err);
	fd = open_file(cgroup, file, O_RDONLY);
	n = fd < 0 ? fd : fd_read(fd, text, size);
	if (n == (long)size - 1)
		n = -EFBIG;
	return n >= 0 ? n : err_set(err, (int)-n, "read", file, "cannot read '%s'", file);
}

int cgroup_write(int cgroup, const char *file, const char *text, struct cove_error *err)
{
	size_t len = strlen(text);
	auto_fd int fd = -1;
	ssize_t n = 0;

	if (strchr(file, '/'))
		return bad_name(file, err);
	fd = open_file(cgroup, file, O_WRONLY);
	if (fd < 0)
		return err_set(err, -fd, "open", file, "cannot open '%s'", file);
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	return err_set(err, n < 0 ? errno : EIO, "write", file, "cannot write '%s' to '%s'", text,
		       file);
}

bool cgroup_has(int cgroup, const char *file)
{
	return !strchr(file, '/') && faccessat(cgroup, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int cgroup_enter(int cgroup, pid_t pid, struct cove_error *err)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return cgroup_write(cgroup, "cgroup.procs", text, err);
}

/* ---- controllers ---- */

/* Whether the words in `text`, between any of `between`, have `word`. */
static bool has_word(const char *text, const char *between, const char *word)
{
	size_t len = strlen(word);

	for (text += strspn(text, between); *text; text += strspn(text, between)) {
		size_t n = strcspn(text, between);

		if (n == len && memcmp(text, word, n) == 0)
			return true;
		text += n;
	}
	return false;
}

static bool lists(int cgroup, const char *file, const char *controller)
{
	char text[512];

	return cgroup_read(cgroup, file, text, sizeof(text), NULL) > 0 &&
	       has_word(text, " \n", controller);
}

/* Lines are "8:memory:/path"; what is bound to no tree of v1 is in no line but that of number 0. */
static bool is_bound_to_v1(const char *controller)
{
	const char *v1 = strcmp(controller, "io") == 0 ? "blkio" : controller;
	char text[8192];

	return fd_read_file("/proc/self/cgroup", text, sizeof(text), NULL) > 0 &&
	       has_word(text, ":,\n", v1);
}

static int no_controller(const char *controller, bool handed_down, struct cove_error *err)
{
	if (is_bound_to_v1(controller))
		err_set(err, ENOTSUP, NULL, controller,
			"the %s controller is bound to cgroup v1 on this host", controller);
	else if (handed_down)
		err_set(err, ENOTSUP, NULL, controller,
			"the %s controller is not delegated to us", controller);
	else
		err_set(err, ENOTSUP, NULL, controller,
			"there is no %s controller on this host", controller);
	err_hint(err, "without limits: --cgroup-manager disabled, or take the setting out%s",
		 handed_down ? "; or have the controller delegated (Delegate= in systemd's unit of "
			       "the user)" : "");
	return -ENOTSUP;
}

/* The cgroup above. -EXDEV: there is none that we can see. */
static int open_above(int cgroup)
{
	int fd = openat(cgroup, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC && !fd_is_same(fd, cgroup))
		return fd;
	close(fd);
	return -EXDEV;
}

static int share_out(int cgroup, const char *controller, struct cove_error *err)
{
	char text[64];
	int r;

	snprintf(text, sizeof(text), "+%s", controller);
	r = cgroup_write(cgroup, "cgroup.subtree_control", text, err);
	if (r == -EBUSY)
		err_hint(err, "the cgroup above has processes of its own, and then it cannot share "
			      "out what the %s controller gives: move them into one below it",
			 controller);
	if (r == -EACCES || r == -EPERM)
		err_hint(err, "the cgroup above is not yours: have one delegated to you with the %s "
			      "controller", controller);
	return r;
}

static int enable(int cgroup, const char *controller, unsigned depth, struct cove_error *err)
{
	auto_fd int above = -1;
	int r = 0;

	if (lists(cgroup, "cgroup.controllers", controller))
		return 0;
	above = depth < MAX_DEPTH ? open_above(cgroup) : -EXDEV;
	if (above < 0)
		return no_controller(controller, cgroup_has(cgroup, "cgroup.type"), err);
	r = enable(above, controller, depth + 1, err);
	return r < 0 ? r : share_out(above, controller, err);
}

int cgroup_enable(int cgroup, const char *controller, struct cove_error *err)
{
	return enable(cgroup, controller, 0, err);
}

/* ---- events ---- */

/* A flag of cgroup.events, read through its open descriptor. */
static int event(int events, const char *name)
{
	char text[256];
	const char *at;
	long n = fd_read_start(events, text, sizeof(text));

	if (n < 0)
		return (int)n;
	at = strstr(text, name);
	return at ? at[strlen(name)] == '1' : -ENODATA;
}

static int event_now(int cgroup, const char *name)
{
	auto_fd int events = open_file(cgroup, "cgroup.events", O_RDONLY);

	return events < 0 ? events : event(events, name);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The kernel wakes who polls the file whenever one of the flags changes. */
static int wait_event(int cgroup, const char *name, int wanted, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;
	auto_fd int events = open_file(cgroup, "cgroup.events", O_RDONLY);

	if (events < 0)
		return events;
	for (;;) {
		struct pollfd poller = { .fd = events, .events = POLLPRI };
		int is = event(events, name);
		int64_t left = end - now_ms();

		if (is < 0 || is == wanted)
			return is < 0 ? is : 0;
		if (left <= 0)
			return -ETIMEDOUT;
		poll(&poller, 1, (int)left);
	}
}

int cgroup_is_populated(int cgroup)
{
	return event_now(cgroup, "populated ");
}

int cgroup_wait_empty(int cgroup, int timeout_ms)
{
	return wait_event(cgroup, "populated ", 0, timeout_ms);
}

int cgroup_is_frozen(int cgroup)
{
	return event_now(cgroup, "frozen ");
}

int cgroup_freeze(int cgroup, bool frozen, struct cove_error *err)
{
	int r = cgroup_write(cgroup, "cgroup.freeze", frozen ? "1" : "0", err);

	if (r < 0)
		return r;
	r = wait_event(cgroup, "frozen ", frozen, WAIT_MS);
	if (r == 0)
		return 0;
	err_set(err, -r, "poll", "cgroup.events", "the processes did not %s in %d s",
		frozen ? "freeze" : "thaw", WAIT_MS / 1000);
	if (frozen) {
		err_hint(err, "one that waits in the kernel (state D in /proc/PID/status) cannot be "
			      "frozen: try again when that is over");
		cgroup_write(cgroup, "cgroup.freeze", "0", NULL);
	} else {
		err_hint(err, "is a cgroup above it frozen?");
	}
	return r;
}

/* ---- processes ---- */

int cgroup_kill(int cgroup, struct cove_error *err)
{
	return cgroup_write(cgroup, "cgroup.kill", "1", err);
}

/* Processes of a threaded cgroup are listed where its threads belong together: above. */
static int each_of(int cgroup, int (*each)(void *context, pid_t pid), void *context)
{
	auto_fd int fd = open_file(cgroup, "cgroup.procs", O_RDONLY);
	auto_free char *text = NULL;
	long n = fd < 0 ? fd : fd_read_all(fd, PROCS_LIMIT, &text, NULL);
	int r = 0;

	if (n < 0)
		return n == -EOPNOTSUPP ? 0 : (int)n;
	for (char *at = text, *end; r == 0 && *at; at = end) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		if (pid > 0) /* 0: it cannot be seen from here */
			r = each(context, (pid_t)pid);
		end += strspn(end, "\n");
	}
	return r;
}

static int each_below(int cgroup, unsigned depth, int (*each)(void *context, pid_t pid),
		      void *context)
{
	auto_free struct dir *list = malloc(sizeof(*list));
	auto_fd int fd = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name;
	bool maybe_dir;
	int num = 0, r = each_of(cgroup, each, context);

	if (r != 0)
		return r;
	if (!list || fd < 0)
		return !list ? -ENOMEM : -errno;
	if (depth >= MAX_DEPTH)
		return -ELOOP;
	dir_init(list, fd);
	while (r == 0 && (name = dir_next(list, &maybe_dir, &num))) {
		auto_fd int below = maybe_dir ? dir_open(fd, name, false, NULL) : -1;

		if (below >= 0)
			r = each_below(below, depth + 1, each, context);
	}
	return r != 0 ? r : num;
}

int cgroup_each_process(int cgroup, int (*each)(void *context, pid_t pid), void *context,
			struct cove_error *err)
{
	int r = each_below(cgroup, 0, each, context);

	if (r < 0)
		err_set(err, -r, "read", "cgroup.procs", "cannot list the processes of a cgroup");
	return r;
}

static int signal_one(void *context, pid_t pid)
{
	const int *signal = context;

	return kill(pid, *signal) == 0 || errno == ESRCH ? 0 : -errno;
}

int cgroup_signal(int cgroup, int signal, struct cove_error *err)
{
	bool was_frozen = cgroup_is_frozen(cgroup) > 0;
	int r;

	if (signal == SIGKILL)
		return cgroup_kill(cgroup, err);
	/* What does not freeze gets the signal all the same. */
	if (!was_frozen)
		cgroup_freeze(cgroup, true, NULL);
	r = each_below(cgroup, 0, signal_one, &signal);
	if (!was_frozen)
		cgroup_write(cgroup, "cgroup.freeze", "0", NULL);
	if (r < 0)
		err_set(err, -r, "kill", NULL, "cannot send signal %d to all processes", signal);
	return r;
}
