/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making processes, waiting for them, and what they are born with. The only forks of cove.
 */
#ifndef SYS_PROCESS_H
#define SYS_PROCESS_H

#include <cove/error.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How to make the process that becomes cove-init. */
struct process_spawn {
	uint32_t flags;       /* CLONE_NEW* */
	int image;            /* sealed memfd with the program */
	char *const *argv;
	uint64_t caps;        /* capabilities that it keeps whatever its user id is */
	const int *inherit;   /* descriptors that it gets, under their numbers */
	unsigned inherit_count;
};

/* Makes the process and returns its number, with a pidfd that the caller closes, once it has
 * executed the image. Until then it shares the caller's memory and only makes system calls; the
 * calling thread stands still. It starts with an empty environment and the capabilities
 * `caps` ambient (an id that is not mapped yet would cost it them otherwise). All signals are
 * blocked in it. Since Linux 5.3. */
pid_t process_spawn(const struct process_spawn *spawn, int *ret_pidfd, struct cove_error *err);

/* As fork, in new namespaces and as a child of the caller's parent. Returns 0 in the child, in the
 * parent the child's number with a pidfd. */
pid_t process_respawn(uint32_t flags, int *ret_pidfd, struct cove_error *err);

/* A child that runs `entry`. */
struct process_fork {
	int (*entry)(void *argument);
	void *argument;
	void *stack;   /* its own, the caller's memory; 16-byte aligned */
	size_t stack_size;
	bool shared;   /* it uses the caller's memory, not a copy */
	bool sibling;  /* it becomes a child of the caller's parent */
};

/* Makes it and returns its number, with a pidfd that the caller closes, once it has executed a
 * program or ended: until then the caller stands still. */
pid_t process_fork(const struct process_fork *fork, int *ret_pidfd, struct cove_error *err);

/* Waits for the process to end and reaps it. ret_status is as of waitpid(2). */
int process_wait(int pidfd, int *ret_status, struct cove_error *err);
/* 1 when it has ended, within `timeout_ms` (-1: none); 0 when not. */
int process_poll(int pidfd, int timeout_ms);
int process_signal(int pidfd, int signal);

/* A helper program of the host, such as newuidmap. */
struct process_helper {
	char *const *argv; /* argv[0] is its path */
	int input;         /* its standard input; -1: ours */
	int output;        /* its standard output; -1: the same as its standard error */
	int timeout_ms;
	char *text;        /* gets what it writes to standard error, cut to `size` */
	size_t size;
};

/* Runs it (since Linux 5.5) with our environment and waits for it. Returns its exit status (128 + n for a signal).
 * -ETIMEDOUT: it was killed. */
int process_run_helper(const struct process_helper *helper, struct cove_error *err);

/* Blocks all signals and tells which were blocked before. */
void process_block_signals(uint64_t *ret_before);
void process_restore_signals(uint64_t before);
void process_unblock_signals(void);
/* Those that are blocked. */
uint64_t process_blocked_signals(void);

/* Lets ended children be waited for, even if whoever started this program ignores SIGCHLD. */
void process_default_sigchld(void);
/* A file that would grow beyond RLIMIT_FSIZE is an error (EFBIG), not the end of this program. What
 * is executed later is not concerned. */
void process_survive_file_limit(void);
/* Signals as a stream: a descriptor from which process_read_signal takes them. All must be blocked
 * before. ret_sender_known: somebody sent it (kill(2)), it did not come from the terminal. */
int process_open_signals(struct cove_error *err);
int process_read_signal(int fd, bool *ret_sent);
/* Reaps one ended child without waiting; 0: none has ended, -ECHILD: there is none. */
pid_t process_reap(int *ret_status);
int process_kill(pid_t pid, int signal);
void process_kill_self(void);
void process_stop_self(void);
void process_pause(void);
_Noreturn void process_exit(int status);
/* Waits for either descriptor (-1: none) to be readable; the result has bits 1 and 2. */
int process_poll_two(int first, int second);
/* Zeroed memory that is never released; NULL when it is short. `shared`: with children that copy
 * the rest. */
void *process_map(size_t size, bool shared);

/* SIGKILL for us when the process that made us ends. -ESRCH: it has ended already. */
int process_die_with_parent(void);
/* Takes that back. */
void process_let_live(void);
/* execve(2); returns only on failure, a plain negative errno. */
int process_execute(const char *path, char *const *argv, char *const *env);
int process_set_dumpable(bool on);
int process_become_subreaper(void);
unsigned process_set_umask(unsigned mask);
void process_set_name(const char *name);
/* Whether this program got rights by being executed (set-user-id, file capabilities). */
bool process_is_privileged_program(void);

int process_set_rlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard,
		       struct cove_error *err);
int process_get_limit(pid_t pid, int resource, uint64_t *ret_soft, uint64_t *ret_hard);
int process_set_nice(pid_t pid, int value, struct cove_error *err);
int process_set_oom_score(pid_t pid, int value, struct cove_error *err);
int process_new_session_keyring(struct cove_error *err);

#endif
