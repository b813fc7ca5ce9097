/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See hook.h.
 */
#define _GNU_SOURCE
#include "sys/hook.h"
#include "base/err.h"
#include "sys/clone.h"
#include "sys/process.h"

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE 8192
#define EXCERPT 1024

/* The child shares our memory until it has executed the program. */
struct birth {
	const struct hook *hook;
	int fds[3];
	int num;          /* errno of what failed, and */
	const char *call; /* what that was */
};

struct running {
	const struct hook *hook;
	pid_t pid;
	int pidfd, errors, signals;
	uint64_t begin;
	char text[EXCERPT]; /* the beginning of what it wrote */
	size_t len;
};

static int failed(struct birth *birth, const char *call)
{
	birth->num = errno;
	birth->call = call;
	return 1;
}

static int child(void *argument)
{
	struct birth *birth = argument;
	const struct hook *hook = birth->hook;

	setsid();
	process_die_with_parent();
	for (int fd = 0; fd < 3; fd++)
		if (birth->fds[fd] != fd && dup2(birth->fds[fd], fd) < 0)
			return failed(birth, "dup2");
	if (fd_close_range(3, ~0U) < 0)
		return failed(birth, "close_range");
	if (chdir(hook->cwd) < 0)
		return failed(birth, "chdir");
	process_unblock_signals();
	execve(hook->path, hook->argv, hook->env);
	return failed(birth, "execve");
}

static int start(struct running *running, int input, int errors, struct cove_error *err)
{
	const struct hook *hook = running->hook;
	_Alignas(16) char stack[STACK_SIZE];
	struct birth birth = {
		.hook = hook,
		.fds = { input, hook->output >= 0 ? hook->output : 1, errors },
	};
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)&running->pidfd,
		.exit_signal = SIGCHLD,
		.stack = (uintptr_t)stack,
		.stack_size = sizeof(stack),
	};
	struct process_end end;
	uint64_t before;
	bool in_cwd;
	long pid;

	process_block_signals(&before);
	pid = clone_call(&args, child, &birth);
	process_restore_signals(before);
	if (pid < 0)
		return err_set(err, (int)-pid, "clone3", hook->path, "cannot make a process");
	running->pid = (pid_t)pid;
	if (birth.num == 0)
		return 0;
	process_wait(running->pidfd, &end, NULL);
	in_cwd = birth.call[0] == 'c';
	return err_set(err, birth.num, birth.call, in_cwd ? hook->cwd : hook->path,
		       "error running %s hook #%u: cannot %s '%.100s'", hook->kind, hook->number,
		       in_cwd ? "enter" : "execute", in_cwd ? hook->cwd : hook->path);
}

/* Shown at once, as if it had our standard error itself, and kept for the error. */
static void take_errors(struct running *running)
{
	char text[EXCERPT];
	long n = fd_read_some(running->errors, text, sizeof(text));
	size_t room = sizeof(running->text) - 1 - running->len;

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		fd_close(TAKE_FD(running->errors));
		return;
	}
	process_tell(2, text, (size_t)n, NULL);
	room = (size_t)n < room ? (size_t)n : room;
	memcpy(running->text + running->len, text, room);
	running->len += room;
}

static void kill_tree(struct running *running)
{
	struct process_end end;

	process_kill(-running->pid, SIGKILL);
	process_signal(running->pidfd, SIGKILL);
	process_wait(running->pidfd, &end, NULL);
}

/* 0: it has ended. */
static int await_end(struct running *running, struct cove_error *err)
{
	const struct hook *hook = running->hook;

	for (;;) {
		int left = hook->timeout ? process_time_left(running->begin, hook->timeout) : -1;
		struct pollfd fds[] = {
			{ .fd = running->pidfd, .events = POLLIN },
			{ .fd = running->signals, .events = POLLIN },
			{ .fd = running->errors, .events = POLLIN },
		};
		int n = process_poll_many(fds, 3, left);
		bool sent;

		if (n > 0 && fds[2].revents)
			take_errors(running);
		if (n > 0 && fds[0].revents)
			return 0;
		if (n > 0 && fds[1].revents)
			return err_set(err, EINTR, NULL, hook->path,
				       "signal %d came while the %s hook #%u ran",
				       process_read_signal(running->signals, &sent), hook->kind,
				       hook->number);
		if (n <= 0)
			return err_set(err, ETIMEDOUT, NULL, hook->path,
				       "error running %s hook #%u: it did not end within %llu s",
				       hook->kind, hook->number,
				       (unsigned long long)(hook->timeout / 1000000000u));
	}
}

static int judge(struct running *running, struct cove_error *err)
{
	const struct hook *hook = running->hook;
	struct process_end end;
	int r = process_wait(running->pidfd, &end, err);

	if (r < 0 || end.status == 0)
		return r;
	if (WIFSIGNALED(end.status))
		return err_set(err, EIO, NULL, hook->path, "error running %s hook #%u: signal %d",
			       hook->kind, hook->number, WTERMSIG(end.status));
	return err_set(err, EIO, NULL, hook->path, "error running %s hook #%u: exit status %d",
		       hook->kind, hook->number, WEXITSTATUS(end.status));
}

static int finish(struct running *running, struct cove_error *err)
{
	int r = await_end(running, err);

	if (r < 0)
		kill_tree(running);
	for (size_t before = 0; running->errors >= 0 && running->len != before;) {
		before = running->len;
		take_errors(running);
	}
	if (r == 0)
		r = judge(running, err);
	while (running->len > 0 && running->text[running->len - 1] == '\n')
		running->len--;
	running->text[running->len] = '\0';
	if (r < 0 && running->len > 0)
		err_hint(err, "'%.100s' wrote: %s", running->hook->path, running->text);
	return r;
}

/* A file, not a pipe: a hook need not read it, and may end before it has. */
static int make_input(const struct hook *hook, struct cove_error *err)
{
	auto_fd int fd = fd_sealed_memfd("state", hook->input, hook->input_count, err);
	int r = fd < 0 ? fd : fd_rewind(fd, err);

	return r < 0 ? r : TAKE_FD(fd);
}

int hook_run(const struct hook *hook, struct cove_error *err)
{
	struct running running = { .hook = hook, .pidfd = -1, .errors = -1, .signals = -1 };
	auto_fd int input = make_input(hook, err);
	auto_fd int pipe = -1;
	int r = input < 0 ? input : 0;

	if (r == 0 && hook->error < 0)
		r = fd_pipe(&running.errors, &pipe, err);
	if (r == 0) {
		running.begin = process_clock();
		running.signals = hook->waiting ? process_open_endings(*hook->waiting) : -1;
		r = start(&running, input, pipe >= 0 ? pipe : hook->error, err);
	}
	if (pipe >= 0)
		fd_close(TAKE_FD(pipe));
	if (running.errors >= 0)
		fd_set_blocking(running.errors, false);
	if (r == 0)
		r = finish(&running, err);
	for (int i = 0; i < 3; i++) {
		int fd = (const int[]){ running.pidfd, running.errors, running.signals }[i];

		if (fd >= 0)
			fd_close(fd);
	}
	return r;
}
