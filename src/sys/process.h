/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making processes, waiting for them, and what they are born with. The only forks of cove.
 */
#ifndef SYS_PROCESS_H
#define SYS_PROCESS_H

#include <cove/error.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How to make the process that becomes cove-init. */
struct process_spawn {
	uint32_t flags;       /* CLONE_NEW* */
	int image;            /* sealed memfd with the program */
	char *const *argv;
	int cgroup;           /* directory of the cgroup in which it is born; -1: ours */
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
	bool descriptors; /* it uses the caller's descriptors, too: what it opens stays open */
};

/* Makes it and returns its number, with a pidfd that the caller closes, once it has executed a
 * program or ended: until then the caller stands still. */
pid_t process_fork(const struct process_fork *fork, int *ret_pidfd, struct cove_error *err);

/* How a process ended, and what it and those of its children that it waited for have used. */
struct process_end {
	int status; /* as of waitpid(2) */
	uint64_t user_ns, system_ns;
	uint64_t peak;          /* bytes that the largest of them had in memory */
	uint64_t read, written; /* bytes from and to block devices */
};

/* Waits for the process to end and reaps it. */
int process_wait(int pidfd, struct process_end *ret_end, struct cove_error *err);
/* 1 when it has ended, within `timeout_ms` (-1: none); 0 when not. */
int process_poll(int pidfd, int timeout_ms);
int process_signal(int pidfd, int signal);
/* The number here of the process behind a pidfd; 0: it has ended, or it has none here. */
pid_t process_number(int pidfd);
/* Ours, in our pid namespace. */
pid_t process_own_number(void);
/* Nanoseconds of a clock that only goes forward, and stands still while the machine sleeps. */
uint64_t process_clock(void);
/* Milliseconds until `limit` nanoseconds have passed since `begin`, rounded up; 0: they have. */
int process_time_left(uint64_t begin, uint64_t limit);

/* A helper program of the host, such as newuidmap. */
struct process_helper {
	char *const *argv; /* argv[0] is its path */
	int input;         /* its standard input; -1: ours */
	int output;        /* its standard output; -1: the same as its standard error */
	int timeout_ms;
	char *text;        /* gets what it writes to standard error, cut to `size` */
	size_t size;
};

/* Runs it (since Linux 5.5) with our environment and waits for it. Returns its exit status (128 + n
 * for a signal). -ETIMEDOUT: it was killed. */
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
/* The same for the signals that ask a program to end, but for those in `except`: -1: there are none. */
int process_open_endings(uint64_t except);
/* Reaps one ended child, or tells of one that stopped; waits for it with `wait`. 0: none, -ECHILD:
 * there is no child. */
pid_t process_reap(bool wait, int *ret_status);
int process_kill(pid_t pid, int signal);
/* Writes all of it to a pipe or file; that nobody reads it any more is neither an error nor a signal. */
int process_tell(int fd, const char *data, size_t len, struct cove_error *err);
/* Ends as that signal ends a program; returns when it does not. */
void process_die_of(int signal);
void process_kill_self(void);
void process_stop_self(void);
/* Stops our process group as ^Z does, and returns when we go on; at once where nobody could let it
 * go on. All signals are blocked again then. */
void process_suspend(void);
void process_pause(void);
_Noreturn void process_exit(int status);
/* poll(2), again when a signal interrupts it. */
int process_poll_many(struct pollfd *fds, unsigned count, int timeout_ms);
/* Zeroed memory that is never released; NULL when it is short. `shared`: with children that copy
 * the rest. */
void *process_map(size_t size, bool shared);

/* As fork; the child leads a session of its own. Returns 0 in it. */
pid_t process_branch(int *ret_pidfd, struct cove_error *err);

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

int process_set_nice(pid_t pid, int value, struct cove_error *err);
int process_set_oom_score(pid_t pid, int value, struct cove_error *err);
/* Succeeds without one where there are no keyrings, or an outer filter keeps them from
 * everybody. */
int process_new_session_keyring(struct cove_error *err);
/* The same for the keyring of that name, which is joined where the user has it already; its user may
 * search it, or, with `others`, everybody (a user namespace's ids are others'). */
int process_join_session_keyring(const char *name, bool others, struct cove_error *err);

#endif
