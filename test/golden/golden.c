/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove's command line on a host that is played: this file stands in for api/host.c and
 * api/seccomp.c, all else is the real thing. Nothing is read, made or executed, so no privilege is
 * needed and the output is the same everywhere.
 *
 *	golden HOST ARGUMENT...    as 'cove ARGUMENT...' on that host
 *	golden --options           the options of 'cove box': name, letter or '-', one a line
 */
#include "api/host.h"
#include "api/run.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/facts.h"
#include "box/box.h"
#include "plan/build.h"
#include "plan/overlay.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define BIT(cap) (UINT64_C(1) << (cap))
#define ALL_CAPS (BIT(CAP_CHECKPOINT_RESTORE + 1) - 1)

int cove_main(int argc, char **argv);

extern const char cli_commit[];
const char cli_commit[] = "v" COVE_VERSION;

/* One played machine with its caller. */
struct api_host {
	const char *name;
	const char *user, *home, *cwd;
	const char *const *env;
	uint32_t kernel, uid, gid;
	uint64_t caps;
	uint64_t nofile; /* hard limit; 0: none */
	struct facts_range subuids[3], subgids[3];
	int landlock; /* its ABI */
	struct facts facts;
};

static const char *const alice_env[] = {
	"HOME=/home/alice",
	"USER=alice",
	"LOGNAME=alice",
	"SHELL=/bin/bash",
	"PATH=/home/alice/bin:/usr/bin:/bin",
	"TERM=xterm-256color",
	"LANG=en_US.UTF-8",
	"LC_TIME=de_DE.UTF-8",
	"TZ=Europe/Berlin",
	"EDITOR=vi",
	"DISPLAY=:0",
	"SSH_AUTH_SOCK=/run/user/1000/agent",
	"AWS_KEY=secret",
	"AWS_REGION=eu",
	NULL,
};

static const char *const venv_env[] = {
	"HOME=/home/alice", "USER=alice", "PATH=/usr/bin:/bin",
	"VIRTUAL_ENV=/home/alice/src/venv", "CONDA_PREFIX=/home/alice/conda", NULL,
};

static const char *const root_env[] = {
	"HOME=/root", "USER=root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", NULL,
};

static const char *const no_env[] = { NULL };

#define ALICE                                                                                      \
	.user = "alice", .home = "/home/alice", .env = alice_env, .kernel = KERNEL(6, 12),         \
	.uid = 1000, .gid = 1000, .nofile = 4096, .subuids = { { 100000, 65536 } },                \
	.subgids = { { 100000, 65536 } }

static struct api_host hosts[] = {
	{ .name = "user", ALICE, .cwd = "/home/alice/src" },
	{ .name = "root",
	  .user = "root",
	  .home = "/root",
	  .cwd = "/srv/work",
	  .env = root_env,
	  .kernel = KERNEL(6, 12),
	  .caps = ALL_CAPS },
	/* Standing in the home, above it, at the top, and nowhere. */
	{ .name = "home", ALICE, .cwd = "/home/alice" },
	{ .name = "above", ALICE, .cwd = "/home" },
	{ .name = "top", ALICE, .cwd = "/" },
	{ .name = "tmp", ALICE, .cwd = "/tmp" },
	{ .name = "gone", ALICE, .cwd = "" },
	{ .name = "mnt", ALICE, .cwd = "/mnt" },
	/* In a Python environment, with another one elsewhere. */
	{ .name = "venv",
	  .user = "alice",
	  .home = "/home/alice",
	  .cwd = "/home/alice/src",
	  .env = venv_env,
	  .kernel = KERNEL(6, 12),
	  .uid = 1000,
	  .gid = 1000 },
	/* Without subordinate ids, on the oldest kernel, without any variable. */
	{ .name = "bare",
	  .user = "bob",
	  .home = "/home/bob",
	  .cwd = "/usr/src",
	  .env = no_env,
	  .kernel = KERNEL(5, 14),
	  .uid = 1001,
	  .gid = 100 },
	/* Not even known by name. */
	{ .name = "nameless",
	  .user = "",
	  .home = "",
	  .cwd = "/usr/src",
	  .env = no_env,
	  .kernel = KERNEL(6, 1),
	  .uid = 12345,
	  .gid = 12345 },
	/* A home outside /home, ids for users only. */
	{ .name = "service",
	  .user = "svc",
	  .home = "/var/lib/svc",
	  .cwd = "/var/lib/svc/data",
	  .env = no_env,
	  .kernel = KERNEL(6, 12),
	  .uid = 999,
	  .gid = 999,
	  .subuids = { { 200000, 1000 } } },
	{ .name = "ranges",
	  .user = "carol",
	  .home = "/home/carol",
	  .cwd = "/data",
	  .env = no_env,
	  .kernel = KERNEL(6, 12),
	  .uid = 1002,
	  .gid = 1002,
	  .subuids = { { 300000, 1000 }, { 500000, 10 } },
	  .subgids = { { 400000, 1000 } } },
	/* Privileged, but not with every capability: root of a container, an ordinary user. */
	{ .name = "admin", ALICE, .cwd = "/srv/work", .caps = BIT(CAP_SYS_ADMIN) },
	{ .name = "capable", ALICE, .cwd = "/srv/work", .caps = BIT(CAP_NET_RAW) },
	/* Kernels by what their Landlock can do; the hosts above have none. */
	{ .name = "landlock1", ALICE, .cwd = "/srv/work", .landlock = 1 },
	{ .name = "landlock3", ALICE, .cwd = "/srv/work", .landlock = 3 },
	{ .name = "landlock4", ALICE, .cwd = "/srv/work", .landlock = 4 },
	{ .name = "landlock6", ALICE, .cwd = "/srv/work", .landlock = 6 },
};

/* What hangs in the tree of each. */
static const struct facts_mount mounts[] = {
	{ "/", "ext4" },
	{ "/proc", "proc" },
	{ "/proc/sys/fs/binfmt_misc", "autofs" },
	{ "/sys", "sysfs" },
	{ "/dev", "devtmpfs" },
	{ "/run", "tmpfs" },
	{ "/boot/efi", "vfat" },
	{ "/home", "ext4" },
	{ "/var/lib/data", "xfs" },
};

static struct api_host *played;

/* The box files of these machines. */
static const struct {
	const char *path, *text;
} box_files[] = {
	{ "box.conf", "# a box\npreset = build\n\nrw = ~/data\nhostname = \"a \\\"b\\\"\"\n" },
	{ "dos.conf", "\xef\xbb\xbfnet = host\r\ninit\r\n" },
	{ "command.conf", "command = make\narg = -j2\narg = \" all \"\nnet = host" },
	{ "unknown.conf", "net = host\n\n  hostnam = x\n" },
	{ "value.conf", "net = host\nonly = utz\n" },
	{ "nested.conf", "file-config = box.conf\n" },
	{ "explain.conf", "explain\n" },
	{ "list.conf", "preset = list\n" },
	{ "twice.conf", "net = host\nnet = none\n" },
	{ "none.conf", "" },
	{ "-", "net = host\n" },
};

static unsigned count_ranges(const struct facts_range *ranges)
{
	unsigned n = 0;

	while (n < 3 && ranges[n].count)
		n++;
	return n;
}

int api_refuse_setuid(struct cove_error *err)
{
	(void)err;
	return 0;
}

int api_host_open(struct api_host **ret_host, struct cove_error *err)
{
	struct facts *facts = &played->facts;

	(void)err;
	*facts = (struct facts){
		.kernel = played->kernel,
		.uid = played->uid,
		.gid = played->gid,
		.caps = played->caps,
		.all_caps = ALL_CAPS,
		.user = played->user,
		.home = played->home,
		.shell = "/bin/bash",
		.cwd = played->cwd,
		.env = played->env,
	};
	*ret_host = played;
	return 0;
}

const struct facts *api_host_facts(const struct api_host *host)
{
	return &host->facts;
}

int api_host_add_facts(struct api_host *host, const struct plan *plan, struct cove_error *err)
{
	struct facts *facts = &host->facts;

	(void)err;
	if (plan->maps.kind == PLAN_MAP_AUTO) {
		memcpy(facts->subuids, host->subuids, sizeof(host->subuids));
		memcpy(facts->subgids, host->subgids, sizeof(host->subgids));
		facts->subuid_count = count_ranges(host->subuids);
		facts->subgid_count = count_ranges(host->subgids);
	}
	if (plan_has_landlock(plan))
		facts->landlock_abi = host->landlock;
	for (size_t i = 0; plan->rlimits.count && i < FACTS_RLIMITS; i++)
		facts->hard_limits[i] = UINT64_MAX;
	if (plan_has_overlay(plan)) {
		facts->mounts = mounts;
		facts->mount_count = ARRAY_LEN(mounts);
	}
	if (plan->rlimits.count && host->nofile)
		facts->hard_limits[RLIMIT_NOFILE] = host->nofile;
	return 0;
}

void api_host_close(struct api_host *host)
{
	(void)host;
}

static void add_filter(struct box *box, const void *program, uint32_t count, const char *name)
{
	const struct box_filter *filter = &box->filter;
	plan_ref origin = filter->origin ? filter->origin : box->allow.origin;

	plan_set_origin(box->plan, origin ? plan_str(box->plan, origin) : "default");
	box->plan->seccomp = (struct plan_seccomp){
		.program = plan_add_bytes(box->plan, program,
					  count * (uint32_t)sizeof(struct sock_filter)),
		.count = count,
		.name = plan_add_string(box->plan, name),
		.origin = box->plan->origin,
	};
}

/* A profile is a filter of three instructions; the default one denies a single call. */
int api_load_seccomp(struct box *box, struct cove_error *err)
{
	static const struct sock_filter profile[3];
	static const struct sock_filter deny_one[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const char *path = box->filter.file;
	auto_(buf_done) struct buf changes = { 0 };

	if (!box_wants_filter(box))
		return 0;
	if (box->filter.kind == BOX_FILTER_FILE) {
		add_filter(box, profile, ARRAY_LEN(profile), path);
		if (!strstr(path, "missing"))
			return 0;
		err_set(err, ENOENT, "open", path, "cannot open '%s'", path);
		err_origin(err, plan_str(box->plan, box->filter.origin));
		return -ENOENT;
	}
	add_filter(box, deny_one, ARRAY_LEN(deny_one), "default filter");
	box_filter_changes(box, &changes);
	box->plan->seccomp.is_default = 1;
	box->plan->seccomp.changes = plan_add_string(box->plan, buf_str(&changes));
	return 0;
}

/* The command ends with status 0. */
int api_run(const struct plan *plan, const struct api_watch *watch, struct api_end *ret_end,
	    struct cove_error *err)
{
	(void)watch;
	(void)err;
	fprintf(stderr, "runs:");
	plan_each (plan, struct plan_string, arg, plan->process.args)
		fprintf(stderr, " %s", plan_str(plan, arg->text));
	fputc('\n', stderr);
	*ret_end = (struct api_end){ 0 };
	return 0;
}

int api_read_box_file(const char *path, char **ret_text, size_t *ret_len, struct cove_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(box_files); i++) {
		if (strcmp(box_files[i].path, path) != 0)
			continue;
		*ret_text = strdup(box_files[i].text);
		*ret_len = strlen(box_files[i].text);
		return *ret_text ? 0 : err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	}
	err_set(err, ENOENT, "open", path, "cannot open '%s'", path);
	err->status = COVE_STATUS_USAGE;
	return -ENOENT;
}

int api_read_fd(int fd, struct buf *ret, struct cove_error *err)
{
	(void)fd;
	(void)err;
	buf_add(ret, "--unshare-all\0--clearenv", 25);
	return 0;
}

void api_hold_standard_fds(void)
{
}

unsigned api_passed_fds(void)
{
	return 0;
}

int api_create_file(const char *path, struct cove_error *err)
{
	(void)path;
	(void)err;
	return 0;
}

int api_write_file(int fd, const char *path, const struct buf *data, struct cove_error *err)
{
	(void)fd;
	(void)data;
	(void)err;
	fprintf(stderr, "writes: %s\n", path);
	return 0;
}

int api_write_fd(int fd, const char *data, size_t len, struct cove_error *err)
{
	(void)err;
	fprintf(stderr, "writes to %d: %.*s", fd, (int)len, data);
	return 0;
}

int api_check_fd(int fd, struct cove_error *err)
{
	(void)fd;
	(void)err;
	return 0;
}

int api_die_with_parent(struct cove_error *err)
{
	(void)err;
	fputs("dies with its parent\n", stderr);
	return 0;
}

/* Nobody has a terminal. */
void api_host_add_terminals(struct api_host *host)
{
	(void)host;
}

/* No box of a test is interrupted. */
void api_die_interrupted(void)
{
}

int api_detach(struct api_detached *detached, int *ret_status, struct cove_error *err)
{
	(void)err;
	snprintf(detached->text, sizeof(detached->text), "4711\n");
	*ret_status = 0;
	return 0;
}

int api_detached_ready(struct api_detached *detached, const char *text, struct cove_error *err)
{
	(void)detached;
	(void)text;
	(void)err;
	return 0;
}

void api_detached_failed(struct api_detached *detached)
{
	(void)detached;
}

static int list_options(void)
{
	for (size_t i = 0; i < box_command.opt_count; i++)
		printf("%s %c\n", box_command.opts[i].name,
		       box_command.opts[i].letter ? box_command.opts[i].letter : '-');
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--options") == 0)
		return list_options();
	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(hosts); i++)
		if (strcmp(hosts[i].name, argv[1]) == 0)
			played = &hosts[i];
	if (!played) {
		fprintf(stderr, "usage: golden HOST ARGUMENT... | golden --options\n");
		return 99;
	}
	argv[1] = "cove";
	return cove_main(argc - 1, argv + 1);
}
