/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn: starts command lines in turn and writes down what each start cost.
 *
 * usage: spawn [-n ROUNDS] [-w WARMUP] [-p PAUSE_US]
 *              {:: NAME UID PROGRAM ARG... [:+ PROGRAM ARG...]...}...
 *
 * Programs with ":+" between them run one after the other, and count as one.
 * Every round runs every command once, in an order shuffled anew (with a fixed
 * seed), so that noise and the kernel's deferred clean-up of the one before hit
 * all alike. It refuses to interpret: the samples go out raw, one line each:
 * NAME, ROUND, NANOSECONDS, WAIT STATUS, MAXRSS_KB, USER_US, SYSTEM_US.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 64 };

struct command {
	const char *name;
	uid_t uid; /* 0: stay who we are */
	char **argv;
	int programs;
};

struct sample {
	long long ns;
	int status;
	struct rusage usage;
};

extern char **environ;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Raw calls: libc's wrappers would change every thread of the shared memory. */
static void become(uid_t uid)
{
	if (uid == 0)
		return;
	if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, uid, uid, uid) < 0 ||
	    syscall(SYS_setresuid, uid, uid, uid) < 0)
		_exit(125);
}

static int run_program(uid_t uid, char **argv, struct sample *ret_sample)
{
	long long begin = now();
	pid_t pid = vfork();

	if (pid == 0) {
		become(uid);
		execve(argv[0], argv, environ);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0)
		return -errno;
	while (wait4(pid, &ret_sample->status, 0, &ret_sample->usage) < 0)
		if (errno != EINTR)
			return -errno;
	ret_sample->ns = now() - begin;
	return 0;
}

static void add(struct sample *sum, const struct sample *one)
{
	sum->ns += one->ns;
	sum->status = sum->status ? sum->status : one->status;
	if (one->usage.ru_maxrss > sum->usage.ru_maxrss)
		sum->usage.ru_maxrss = one->usage.ru_maxrss;
	timeradd(&sum->usage.ru_utime, &one->usage.ru_utime, &sum->usage.ru_utime);
	timeradd(&sum->usage.ru_stime, &one->usage.ru_stime, &sum->usage.ru_stime);
}

/* The programs of one command: split() has put a NULL where there was ":+". */
static int run_once(const struct command *cmd, struct sample *ret_sample)
{
	char **argv = cmd->argv;

	for (int i = 0; i < cmd->programs; i++) {
		struct sample one = { 0 };
		int r = run_program(cmd->uid, argv, &one);

		if (r < 0)
			return r;
		add(ret_sample, &one);
		while (*argv)
			argv++;
		argv++;
	}
	return 0;
}

static void shuffle(int count, unsigned int *seed, int *order)
{
	for (int i = count - 1; i > 0; i--) {
		*seed ^= *seed << 13;
		*seed ^= *seed >> 17;
		*seed ^= *seed << 5;

		int j = (int)(*seed % (unsigned int)(i + 1));
		int other = order[j];

		order[j] = order[i];
		order[i] = other;
	}
}

static void print_sample(FILE *out, const struct command *cmd, int round, const struct sample *s)
{
	fprintf(out, "%s\t%d\t%lld\t%d\t%ld\t%lld\t%lld\n", cmd->name, round, s->ns, s->status,
		s->usage.ru_maxrss,
		s->usage.ru_utime.tv_sec * 1000000LL + s->usage.ru_utime.tv_usec,
		s->usage.ru_stime.tv_sec * 1000000LL + s->usage.ru_stime.tv_usec);
	fflush(out);
}

/* Splits argv at each "::"; the words of the command stay where they are. */
static int split(char **argv, struct command *ret_commands)
{
	int count = 0;

	while (*argv) {
		if (strcmp(*argv, "::") != 0 || count == MAX_COMMANDS)
			return -EINVAL;
		if (!argv[1] || !argv[2] || !argv[3])
			return -EINVAL;
		ret_commands[count].name = argv[1];
		ret_commands[count].uid = (uid_t)strtoul(argv[2], NULL, 10);
		ret_commands[count].argv = argv + 3;
		ret_commands[count].programs = 1;
		*argv = NULL;
		for (argv += 3; *argv && strcmp(*argv, "::") != 0; argv++) {
			if (strcmp(*argv, ":+") != 0)
				continue;
			*argv = NULL;
			ret_commands[count].programs++;
		}
		count++;
	}
	return count;
}

/* The commands get /dev/null for all three; the samples keep the real output. */
static FILE *take_output(void)
{
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (out < 0 || null < 0)
		return NULL;
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	return fdopen(out, "w");
}

int main(int argc, char **argv)
{
	static struct command commands[MAX_COMMANDS];
	int order[MAX_COMMANDS];
	int rounds = 200, warmup = 5, pause_us = 0, count = 0, opt;
	unsigned int seed = 2463534242U;

	while ((opt = getopt(argc, argv, "+n:w:p:")) != -1) {
		if (opt == 'n')
			rounds = atoi(optarg);
		else if (opt == 'w')
			warmup = atoi(optarg);
		else if (opt == 'p')
			pause_us = atoi(optarg);
		else
			return 2;
	}
	count = split(argv + optind, commands);
	if (count <= 0) {
		fputs("usage: spawn [-n ROUNDS] [-w WARMUP] [-p PAUSE_US] "
		      "{:: NAME UID PROGRAM ARG... [:+ PROGRAM ARG...]...}...\n", stderr);
		return 2;
	}
	FILE *out = take_output();

	if (!out)
		return 1;
	for (int i = 0; i < count; i++)
		order[i] = i;
	for (int round = -warmup; round < rounds; round++) {
		shuffle(count, &seed, order);
		for (int i = 0; i < count; i++) {
			struct sample s = { 0 };
			int r = run_once(&commands[order[i]], &s);

			if (r < 0)
				return 1;
			if (round >= 0)
				print_sample(out, &commands[order[i]], round, &s);
			if (pause_us > 0)
				usleep((useconds_t)pause_us);
		}
	}
	return 0;
}
