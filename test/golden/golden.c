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
#include "base/auto.h"
#include "base/err.h"
#include "base/facts.h"
#include "box/box.h"
#include "plan/build.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define BIT(cap) (UINT64_C(1) << (cap))
#define ALL_CAPS (BIT(CAP_CHECKPOINT_RESTORE + 1) - 1)
#define FILTER_COUNT 3

int cove_main(int argc, char **argv);

/* One played machine with its caller. */
struct api_host {
	const char *name;
	const char *user, *home, *cwd;
	const char *const *env;
	uint32_t kernel, uid, gid;
	uint64_t caps;
	uint64_t nofile; /* hard limit; 0: none */
	struct facts_range subuids[3], subgids[3];
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
};

static struct api_host *played;

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
	for (size_t i = 0; plan->rlimits.count && i < FACTS_RLIMITS; i++)
		facts->hard_limits[i] = UINT64_MAX;
	if (plan->rlimits.count && host->nofile)
		facts->hard_limits[RLIMIT_NOFILE] = host->nofile;
	return 0;
}

void api_host_close(struct api_host *host)
{
	(void)host;
}

int api_load_seccomp(struct plan *plan, const char *path, struct cove_error *err)
{
	static const uint64_t program[FILTER_COUNT];

	if (strstr(path, "missing"))
		return err_set(err, ENOENT, "open", path, "cannot open '%s'", path);
	plan->seccomp = (struct plan_seccomp){
		.program = plan_add_bytes(plan, program, sizeof(program)),
		.count = FILTER_COUNT,
		.name = plan_add_string(plan, path),
		.origin = plan->origin,
	};
	return 0;
}

/* The command ends with status 0. */
int api_run(const struct plan *plan, struct api_trace *trace, int *ret_status,
	    struct cove_error *err)
{
	(void)trace;
	(void)err;
	fprintf(stderr, "runs:");
	plan_each (plan, struct plan_string, arg, plan->process.args)
		fprintf(stderr, " %s", plan_str(plan, arg->text));
	fputc('\n', stderr);
	*ret_status = 0;
	return 0;
}

void api_hold_standard_fds(void)
{
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
