/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor: what a box costs when nothing but the kernel is paid.
 *
 * usage: floor [-u] ROOTFS COMMAND [ARG...]
 *
 * Makes the namespaces and the mounts of `cove box --rootfs DIR`, executes the
 * command as pid 1 and returns its status. Of the ways tried (see README.md)
 * this is the fastest: one clone that shares memory until the exec, mount(2).
 * It refuses everything else: no init, no checks, no capabilities, no filter,
 * no file closed, no error beyond perror. It is a measure, not a tool.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call)                          \
	do {                                \
		if ((call) < 0)             \
			give_up(#call);     \
	} while (0)

enum { STATUS_SETUP_FAILED = 125 };

/* Filled by main before the clone, only read after it. */
struct job {
	const char *root;
	char **argv;
	int user_ns;
	unsigned int uid, gid;
};

static const struct {
	const char *name;
	unsigned int minor_of_mem; /* 0: the terminal, 5:0 */
} devices[] = {
	{ "null", 3 }, { "zero", 5 }, { "full", 7 }, { "random", 8 }, { "urandom", 9 }, { "tty", 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void give_up(const char *what)
{
	perror(what);
	_exit(errno == ENOENT ? 127 : STATUS_SETUP_FAILED);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		give_up(path);
	close(fd);
}

static void map_own_id(const struct job *job)
{
	char line[64];

	snprintf(line, sizeof(line), "%u %u 1", job->uid, job->uid);
	write_file("/proc/self/uid_map", line);
	write_file("/proc/self/setgroups", "deny");
	snprintf(line, sizeof(line), "%u %u 1", job->gid, job->gid);
	write_file("/proc/self/gid_map", line);
}

static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	MUST(fd);
	MUST(ioctl(fd, SIOCSIFFLAGS, &request));
	close(fd);
}

/* Device nodes can't be made in a user namespace: there the host's are bound. */
static void make_device(int dev, size_t i, int user_ns)
{
	unsigned int minor_of_mem = devices[i].minor_of_mem;
	dev_t number = minor_of_mem ? makedev(1, minor_of_mem) : makedev(5, 0);
	char host[32], inside[32];
	int fd;

	if (!user_ns) {
		MUST(mknodat(dev, devices[i].name, S_IFCHR | 0666, number));
		return;
	}
	snprintf(host, sizeof(host), "/dev/%s", devices[i].name);
	snprintf(inside, sizeof(inside), "dev/%s", devices[i].name);
	fd = openat(dev, devices[i].name, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
	MUST(fd);
	close(fd);
	MUST(mount(host, inside, NULL, MS_BIND, NULL));
}

static void fill_dev(int user_ns)
{
	int dev = open("dev", O_PATH | O_DIRECTORY | O_CLOEXEC);

	MUST(dev);
	umask(0);
	for (size_t i = 0; i < COUNT(devices); i++)
		make_device(dev, i, user_ns);
	umask(022);
	for (size_t i = 0; i < COUNT(links); i++)
		MUST(symlinkat(links[i].target, dev, links[i].name));
	MUST(mkdirat(dev, "pts", 0755));
	MUST(mkdirat(dev, "shm", 0755));
	MUST(mkdirat(dev, "mqueue", 0755));
	close(dev);
}

static void mount_all(int user_ns)
{
	const unsigned long safe = MS_NOSUID | MS_NODEV, safest = safe | MS_NOEXEC;
	/* The group of terminals, 5, has no number in a map of one id. */
	const char *pts = user_ns ? "newinstance,ptmxmode=0666,mode=0620" :
				    "newinstance,ptmxmode=0666,mode=0620,gid=5";

	MUST(mount("proc", "proc", "proc", safest, NULL));
	MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755"));
	fill_dev(user_ns);
	MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, pts));
	MUST(mount("tmpfs", "dev/shm", "tmpfs", safest, "mode=1777"));
	MUST(mount("mqueue", "dev/mqueue", "mqueue", safest, NULL));
	MUST(mount("sysfs", "sys", "sysfs", safest | MS_RDONLY, NULL));
	MUST(mount("tmpfs", "tmp", "tmpfs", safe, "mode=1777"));
	MUST(mount("tmpfs", "run", "tmpfs", safe, "mode=755"));
}

static int inside(void *arg)
{
	const struct job *job = arg;

	if (job->user_ns)
		map_own_id(job);
	raise_loopback();
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(mount(job->root, job->root, NULL, MS_BIND | MS_REC, NULL));
	MUST(chdir(job->root));
	mount_all(job->user_ns);
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
	MUST(chdir("/"));
	execv(job->argv[0], job->argv);
	give_up(job->argv[0]);
	return STATUS_SETUP_FAILED;
}

int main(int argc, char **argv)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	struct job job = { .uid = geteuid(), .gid = getegid(), .user_ns = geteuid() != 0 };
	int flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET |
		    CLONE_NEWCGROUP;
	int first = 1, status;
	pid_t pid;

	if (argc > 1 && strcmp(argv[1], "-u") == 0) {
		job.user_ns = 1;
		first++;
	}
	if (argc - first < 2) {
		fputs("usage: floor [-u] ROOTFS COMMAND [ARG...]\n", stderr);
		return 2;
	}
	job.root = argv[first];
	job.argv = argv + first + 1;
	if (job.user_ns)
		flags |= CLONE_NEWUSER;
	/* clone, not clone3: the same price, and libc's wrapper brings the stack along. */
	pid = clone(inside, stack + sizeof(stack), flags | CLONE_VM | CLONE_VFORK | SIGCHLD, &job);
	MUST(pid);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			give_up("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
