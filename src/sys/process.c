/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes: see process.h.
 */
#define _GNU_SOURCE
#include "sys/process.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/caps.h"
#include "sys/clone.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define KEYCTL_JOIN_SESSION_KEYRING 1
#define KEYCTL_SETPERM 5
#define KEY_GRANTED 0x3f130000u
#define KEY_USR_SEARCH 0x00080000u
#define KEY_OTH_SEARCH 0x00000008u
#define SPAWN_STACK_SIZE 8192
#define ALL_SIGNALS (~UINT64_C(0))

static long clone3(struct clone_args *args)
{
	return syscall(SYS_clone3, args, sizeof(*args));
}

static int spawn_error(int num, uint32_t flags, struct cove_error *err)
{
	return err_set(err, num, "clone3", NULL, flags ? "cannot make a process in new namespaces"
							: "cannot make a process");
}

/* What the parent and the child, which share their memory, tell each other. */
struct birth {
	const struct process_spawn *spawn;
	bool began;
	int num; /* errno of a failed execution */
};

static int become_init(void *argument)
{
	char *const no_env[] = { NULL };
	struct birth *birth = argument;
	const struct process_spawn *spawn = birth->spawn;

	birth->began = true;
	for (unsigned i = 0; i < spawn->inherit_count; i++)
		fd_set_inherited(spawn->inherit[i], true);
	if (spawn->caps)
		caps_make_ambient(spawn->caps);
	syscall(SYS_execveat, spawn->image, "", spawn->argv, no_env, AT_EMPTY_PATH);
	birth->num = errno;
	return 1;
}

pid_t process_spawn(const struct process_spawn *spawn, int *ret_pidfd, struct cove_error *err)
{
	auto_free char *stack = malloc(SPAWN_STACK_SIZE); /* aligned to 16, as any */
	struct birth birth = { .spawn = spawn };
	int pidfd = -1;
	struct process_end end;
	struct clone_args args = {
		.flags = spawn->flags | CLONE_PIDFD | CLONE_VM | CLONE_VFORK |
			 (spawn->cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
		.cgroup = spawn->cgroup >= 0 ? (uint64_t)spawn->cgroup : 0,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.stack = (uintptr_t)stack,
		.stack_size = SPAWN_STACK_SIZE,
	};
	uint64_t before;
	long pid;

	if (!stack)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	process_block_signals(&before);
	pid = clone_call(&args, become_init, &birth);
	process_restore_signals(before);
	if (pid < 0)
		return spawn_error((int)-pid, spawn->flags, err);
	if (birth.num || !birth.began) {
		process_wait(pidfd, &end, NULL);
		fd_close(pidfd);
		if (!birth.began)
			return err_set(err, ECANCELED, "clone3", NULL,
				       "a process was killed before it began");
		return err_set(err, birth.num, "execveat", NULL, "cannot execute cove-init");
	}
	*ret_pidfd = pidfd;
	return (pid_t)pid;
}

pid_t process_respawn(uint32_t flags, int *ret_pidfd, struct cove_error *err)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | CLONE_PARENT,
		.pidfd = (uintptr_t)&pidfd,
	};
	long pid = clone3(&args);

	if (pid < 0 && errno == ENOSYS) /* the box's own filter hides it */
		pid = syscall(SYS_clone, args.flags, 0, &pidfd, 0, 0);
	if (pid < 0)
		return spawn_error(errno, flags, err);
	if (pid > 0)
		*ret_pidfd = pidfd;
	return (pid_t)pid;
}

pid_t process_fork(const struct process_fork *fork, int *ret_pidfd, struct cove_error *err)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_VFORK | CLONE_PIDFD | (fork->shared ? CLONE_VM : 0) |
			 (fork->sibling ? CLONE_PARENT : 0) |
			 (fork->descriptors ? CLONE_FILES : 0),
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = fork->sibling ? 0 : SIGCHLD,
		.stack = (uintptr_t)fork->stack,
		.stack_size = fork->stack_size,
	};
	long pid = clone_call(&args, fork->entry, fork->argument);

	if (pid == -ENOSYS) /* the box's own filter hides it */
		pid = clone_call_old(&args, fork->entry, fork->argument);
	if (pid < 0)
		return spawn_error((int)-pid, 0, err);
	*ret_pidfd = pidfd;
	return (pid_t)pid;
}

pid_t process_branch(int *ret_pidfd, struct cove_error *err)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = clone3(&args);

	if (pid < 0)
		return spawn_error(errno, 0, err);
	if (pid == 0)
		setsid();
	else
		*ret_pidfd = pidfd;
	return (pid_t)pid;
}

static uint64_t nanoseconds(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000;
}

/* The system call itself, for it tells what was used, too. */
int process_wait(int pidfd, struct process_end *ret_end, struct cove_error *err)
{
	struct rusage usage = { 0 };
	siginfo_t info = { 0 };

	while (syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED, &usage) < 0)
		if (errno != EINTR)
			return err_set(err, errno, "waitid", NULL, "cannot wait for the box");
	*ret_end = (struct process_end){
		.status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8
						     : info.si_status & 0x7f,
		.user_ns = nanoseconds(usage.ru_utime),
		.system_ns = nanoseconds(usage.ru_stime),
		.peak = (uint64_t)usage.ru_maxrss * 1024,
		.read = (uint64_t)usage.ru_inblock * 512,
		.written = (uint64_t)usage.ru_oublock * 512,
	};
	return 0;
}

int process_poll(int pidfd, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	return process_poll_many(&poll_fd, 1, timeout_ms) > 0;
}

int process_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0 ? 0 : -errno;
}

pid_t process_number(int pidfd)
{
	char path[40], text[512];
	uint32_t pid = 0;
	char *number;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	if (fd_read_file(path, text, sizeof(text), NULL) < 0)
		return 0;
	number = strstr(text, "\nPid:\t");
	if (!number)
		return 0;
	number += strlen("\nPid:\t");
	number[strcspn(number, "\n")] = '\0';
	return num_u32(number, &pid) == 0 ? (pid_t)pid : 0;
}

pid_t process_own_number(void)
{
	return getpid();
}

uint64_t process_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int process_time_left(uint64_t begin, uint64_t limit)
{
	uint64_t used = process_clock() - begin;
	uint64_t left = used < limit ? (limit - used + 999999) / 1000000 : 0;

	return left < INT_MAX ? (int)left : INT_MAX;
}

static pid_t start_helper(const struct process_helper *helper, int error, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND, /* our handlers are not for it */
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = clone3(&args);

	if (pid == 0) {
		process_unblock_signals();
		if (helper->input >= 0)
			dup2(helper->input, STDIN_FILENO);
		dup2(helper->output >= 0 ? helper->output : error, STDOUT_FILENO);
		dup2(error, STDERR_FILENO);
		if (fd_close_range(STDERR_FILENO + 1, ~0U) < 0)
			_exit(126);
		execv(helper->argv[0], helper->argv);
		_exit(127);
	}
	*ret_pidfd = pidfd;
	return pid < 0 ? -errno : (pid_t)pid;
}

int process_run_helper(const struct process_helper *helper, struct cove_error *err)
{
	const char *name = helper->argv[0];
	auto_fd int write_end = -1, pidfd = -1, read_end = -1;
	struct process_end end;
	int r = fd_pipe(&read_end, &write_end, err);
	long n;

	if (r < 0)
		return r;
	r = start_helper(helper, write_end, &pidfd);
	if (r < 0)
		return err_set(err, -r, "clone3", name, "cannot run '%s'", name);
	fd_close(TAKE_FD(write_end));
	if (!process_poll(pidfd, helper->timeout_ms)) {
		process_signal(pidfd, SIGKILL);
		process_wait(pidfd, &end, NULL);
		return err_set(err, ETIMEDOUT, NULL, name, "'%s' did not end within %d s", name,
			       helper->timeout_ms / 1000);
	}
	r = process_wait(pidfd, &end, err);
	if (r < 0)
		return r;
	n = fd_read(read_end, helper->text, helper->size);
	helper->text[n > 0 ? n : 0] = '\0';
	return WIFEXITED(end.status) ? WEXITSTATUS(end.status) : 128 + WTERMSIG(end.status);
}

/* The C library's own calls leave out the signals that it uses itself; here all are meant. */
static void set_mask(uint64_t mask, uint64_t *ret_before)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, ret_before, sizeof(mask));
}

void process_block_signals(uint64_t *ret_before)
{
	set_mask(ALL_SIGNALS, ret_before);
}

void process_restore_signals(uint64_t before)
{
	set_mask(before, NULL);
}

void process_unblock_signals(void)
{
	set_mask(0, NULL);
}

uint64_t process_blocked_signals(void)
{
	uint64_t mask = 0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask));
	return mask;
}

void process_default_sigchld(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };

	sigaction(SIGCHLD, &plain, NULL);
}

/* A signal that is blocked is kept though it is ignored: it is taken away here. */
int process_tell(int fd, const char *data, size_t len, struct cove_error *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	const struct timespec at_once = { 0 };
	uint64_t pipe = UINT64_C(1) << (SIGPIPE - 1);
	int r;

	sigaction(SIGPIPE, &ignore, &before);
	r = fd_write(fd, data, len, "the reader", err);
	if (r == -EPIPE)
		syscall(SYS_rt_sigtimedwait, &pipe, NULL, &at_once, sizeof(pipe));
	sigaction(SIGPIPE, &before, NULL);
	return r == -EPIPE ? 0 : r;
}

static void nothing(int signal)
{
	(void)signal;
}

void process_survive_file_limit(void)
{
	struct sigaction caught = { .sa_handler = nothing }, before;

	if (sigaction(SIGXFSZ, &caught, &before) == 0 && before.sa_handler == SIG_IGN)
		sigaction(SIGXFSZ, &before, NULL);
}

int process_open_signals(struct cove_error *err)
{
	uint64_t all = ALL_SIGNALS;
	long fd = syscall(SYS_signalfd4, -1, &all, sizeof(all), SFD_CLOEXEC);

	return fd >= 0 ? (int)fd : err_set(err, errno, "signalfd", NULL, "cannot receive signals");
}

int process_open_endings(uint64_t except)
{
	static const int endings[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	uint64_t wanted = 0;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		wanted |= UINT64_C(1) << (endings[i] - 1);
	wanted &= ~except;
	if (!wanted)
		return -1;
	return (int)syscall(SYS_signalfd4, -1, &wanted, sizeof(wanted), SFD_CLOEXEC);
}

int process_read_signal(int fd, bool *ret_sent)
{
	struct signalfd_siginfo info;
	ssize_t n;

	do
		n = read(fd, &info, sizeof(info));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(info))
		return -EIO;
	*ret_sent = info.ssi_code <= 0;
	return (int)info.ssi_signo;
}

pid_t process_reap(bool wait, int *ret_status)
{
	pid_t pid = waitpid(-1, ret_status, WUNTRACED | (wait ? 0 : WNOHANG));

	return pid >= 0 ? pid : -errno;
}

int process_kill(pid_t pid, int signal)
{
	return kill(pid, signal) == 0 ? 0 : -errno;
}

/* A system call filter may deny either, and no library gets over that. */
void process_exit(int status)
{
	syscall(SYS_exit_group, status);
	syscall(SYS_exit, status);
	__builtin_trap();
}

int process_poll_many(struct pollfd *fds, unsigned count, int timeout_ms)
{
	int n;

	do
		n = poll(fds, count, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? n : -errno;
}

void *process_map(size_t size, bool shared)
{
	int flags = MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);

	return memory != MAP_FAILED ? memory : NULL;
}

int process_die_with_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 ? 0 : -errno;
}

void process_let_live(void)
{
	prctl(PR_SET_PDEATHSIG, 0);
}

int process_execute(const char *path, char *const *argv, char *const *env)
{
	execve(path, argv, env);
	return -errno;
}

int process_set_dumpable(bool on)
{
	return prctl(PR_SET_DUMPABLE, on, 0, 0, 0) == 0 ? 0 : -errno;
}

unsigned process_set_umask(unsigned mask)
{
	return umask(mask);
}

int process_become_subreaper(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

bool process_is_privileged_program(void)
{
	return getauxval(AT_SECURE) != 0;
}

void process_set_name(const char *name)
{
	prctl(PR_SET_NAME, name);
}

int process_set_nice(pid_t pid, int value, struct cove_error *err)
{
	if (setpriority(PRIO_PROCESS, (id_t)pid, value) == 0)
		return 0;
	return err_set(err, errno, "setpriority", NULL, "cannot set the nice value %d", value);
}

int process_set_oom_score(pid_t pid, int value, struct cove_error *err)
{
	char path[64], text[16];
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	snprintf(text, sizeof(text), "%d", value);
	fd = fd_open(path, O_WRONLY, err);
	return fd < 0 ? fd : fd_write_once(fd, text, strlen(text), path, err);
}

/* Only a system call filter says EPERM, that of a container most often; the command is under it as
 * well, and then cannot read a key either. */
static bool is_without_keys(int num)
{
	return num == ENOSYS || (num == EPERM && prctl(PR_GET_SECCOMP) == 2);
}

int process_new_session_keyring(struct cove_error *err)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 || is_without_keys(errno))
		return 0;
	return err_set(err, errno, "keyctl", NULL, "cannot make a session keyring");
}

/* What a new one grants (all to who holds it; to see, read and link to its user), and to find keys in
 * it. */
static void allow_search(long key, uint32_t permission)
{
	syscall(SYS_keyctl, KEYCTL_SETPERM, key, KEY_GRANTED | permission);
}

int process_join_session_keyring(const char *name, bool others, struct cove_error *err)
{
	long key = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);

	if (key >= 0)
		allow_search(key, others ? KEY_OTH_SEARCH : KEY_USR_SEARCH);
	if (key >= 0 || is_without_keys(errno))
		return 0;
	return err_set(err, errno, "keyctl", name, "cannot join the session keyring '%s'", name);
}

void process_die_of(int signal)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };

	sigaction(signal, &plain, NULL);
	set_mask(0, NULL);
	kill(getpid(), signal);
}

void process_kill_self(void)
{
	kill(getpid(), SIGKILL);
}

void process_stop_self(void)
{
	kill(getpid(), SIGSTOP);
}

void process_suspend(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL }, before;

	sigaction(SIGTSTP, &plain, &before);
	kill(0, SIGTSTP);
	set_mask(ALL_SIGNALS & ~(UINT64_C(1) << (SIGTSTP - 1)), NULL); /* here it happens */
	set_mask(ALL_SIGNALS, NULL);
	sigaction(SIGTSTP, &before, NULL);
}

void process_pause(void)
{
	for (;;)
		pause();
}
