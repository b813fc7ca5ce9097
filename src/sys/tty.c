/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terminals: see tty.h.
 */
#define _GNU_SOURCE
#include "sys/tty.h"
#include "base/err.h"
#include "sys/clone.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* musl has only the names of the older structure. */
#ifndef TCGETS2
#define TCGETS2 _IOR('T', 0x2A, struct termios2)
#define TCSETS2 _IOW('T', 0x2B, struct termios2)
#define TCSETSW2 _IOW('T', 0x2C, struct termios2)
#endif
#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

_Static_assert(sizeof(struct tty_mode) == sizeof(struct termios2), "a mode is what the kernel has");

bool tty_is_terminal(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0;
}

void tty_read(int fd, struct tty_setup *ret_setup)
{
	struct winsize size = { 0 };

	*ret_setup = (struct tty_setup){ 0 };
	if (ioctl(fd, TCGETS2, &ret_setup->mode) < 0 || ioctl(fd, TIOCGWINSZ, &size) < 0)
		return;
	ret_setup->set = true;
	ret_setup->ours = tty_is_ours(fd);
	ret_setup->rows = size.ws_row;
	ret_setup->columns = size.ws_col;
	ret_setup->width = size.ws_xpixel;
	ret_setup->height = size.ws_ypixel;
}

int tty_set_size(int fd, const struct tty_setup *setup)
{
	struct winsize size = {
		.ws_row = setup->rows,
		.ws_col = setup->columns,
		.ws_xpixel = setup->width,
		.ws_ypixel = setup->height,
	};

	return ioctl(fd, TIOCSWINSZ, &size) == 0 ? 0 : -errno;
}

int tty_apply(int fd, const struct tty_setup *setup)
{
	if (!setup->set)
		return 0;
	if (setup->ours && ioctl(fd, TCSETS2, &setup->mode) < 0)
		return -errno;
	return tty_set_size(fd, setup);
}

int tty_set_mode(int fd, const struct tty_mode *mode)
{
	int r;

	do
		r = ioctl(fd, TCSETSW2, mode);
	while (r < 0 && errno == EINTR);
	return r == 0 ? 0 : -errno;
}

static bool has_mode(int fd, const struct tty_mode *mode)
{
	struct tty_mode now;

	return ioctl(fd, TCGETS2, &now) == 0 && memcmp(&now, mode, sizeof(now)) == 0;
}

struct tty_mode tty_raw(const struct tty_mode *mode)
{
	struct tty_mode raw;
	struct termios2 t;

	memcpy(&t, mode, sizeof(t));
	t.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	t.c_oflag &= ~(tcflag_t)OPOST;
	t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	t.c_cflag = (t.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	memcpy(&raw, &t, sizeof(raw));
	return raw;
}

char tty_end_of_file(const struct tty_mode *mode)
{
	struct termios2 t;

	memcpy(&t, mode, sizeof(t));
	return (char)t.c_cc[VEOF];
}

bool tty_is_controlled(void)
{
	int fd = openat(AT_FDCWD, "/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != ENXIO;
}

bool tty_is_ours(int fd)
{
	pid_t group;

	return ioctl(fd, TIOCGPGRP, &group) == 0 && group == getpgrp();
}

int tty_reopen(int fd, struct cove_error *err)
{
	int flags = fcntl(fd, F_GETFL), again, mode;
	char path[32];

	/* A file never blocks; opened once more it would be written from its beginning. */
	if (fd_is_plain_file(fd))
		return fd_dup_above(fd, 3, err);
	/* Another writer of a pipe that is read would keep its end from coming. */
	mode = tty_is_terminal(fd) || flags < 0 ? O_RDWR : flags & O_ACCMODE;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = openat(AT_FDCWD, path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return again >= 0 ? again : fd_dup_above(fd, 3, err);
}

bool tty_is_master(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == makedev(5, 2);
}

int tty_number(int master)
{
	unsigned number;

	return ioctl(master, TIOCGPTN, &number) == 0 ? (int)number : -errno;
}

int tty_open_peer(int master, struct cove_error *err)
{
	int unlocked = 0, peer;

	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return err_set(err, errno, "ioctl TIOCSPTLCK", NULL, "cannot unlock the terminal");
	peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return peer >= 0 ? peer : err_set(err, errno, "ioctl TIOCGPTPEER", NULL,
					  "cannot open the terminal");
}

int tty_new_session(struct cove_error *err)
{
	return setsid() >= 0 ? 0 : err_set(err, errno, "setsid", NULL, "cannot begin a session");
}

int tty_control(int fd, struct cove_error *err)
{
	return ioctl(fd, TIOCSCTTY, 0) == 0 ? 0 : err_set(err, errno, "ioctl TIOCSCTTY", NULL,
							  "cannot take the terminal");
}

int tty_begin_group(int fd, struct cove_error *err)
{
	pid_t self = getpid();

	if (setpgid(0, 0) < 0)
		return err_set(err, errno, "setpgid", NULL, "cannot begin a process group");
	return fd < 0 || ioctl(fd, TIOCSPGRP, &self) == 0 ? 0 : err_set(err, errno, "ioctl TIOCSPGRP", NULL,
							      "cannot take the terminal");
}

/* Its descriptors are copies: it lets go of all that would keep a pipe open behind us. */
static int watch(void *argument)
{
	const struct tty_guard *guard = argument;

	setpgid(0, 0); /* who kills our group does not mean this */
	if (dup3(guard->watched, 1, 0) < 0 || dup3(guard->fd, 0, 0) < 0)
		return 1;
	fd_close_range(2, ~0U);
	process_poll(1, -1);
	if (has_mode(0, &guard->raw))
		tty_set_mode(0, &guard->saved);
	return 0;
}

int tty_guard(struct tty_guard *guard, struct cove_error *err)
{
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_PIDFD,
		.pidfd = (uintptr_t)&guard->pidfd,
		.stack = (uintptr_t)guard->stack,
		.stack_size = sizeof(guard->stack),
		.exit_signal = SIGCHLD,
	};
	long r = syscall(SYS_pidfd_open, getpid(), 0);

	if (r < 0)
		return err_set(err, errno, "pidfd_open", NULL, "cannot watch the terminal");
	guard->watched = (int)r;
	r = clone_call(&args, watch, guard);
	if (r >= 0)
		return 0;
	fd_close(guard->watched);
	return err_set(err, (int)-r, "clone3", NULL, "cannot watch the terminal");
}

void tty_unguard(struct tty_guard *guard)
{
	process_signal(guard->pidfd, SIGKILL);
	process_wait(guard->pidfd, &(struct process_end){ 0 }, NULL);
	fd_close(guard->pidfd);
	fd_close(guard->watched);
}
