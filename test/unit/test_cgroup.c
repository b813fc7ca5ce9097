/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroups: paths, the program of the device rules against a plain reading of them, and, as root, the
 * v2 tree of this host, in a cgroup of this test's own.
 */
#define _GNU_SOURCE
#include "unit.h"
#include "engine/cgroup.h"
#include "engine/host_steps.h"
#include "plan/build.h"
#include "sys/cgroup.h"
#include "sys/device_program.h"
#include "sys/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char base[64]; /* the test's own cgroup */

static void paths_are_checked(void **state)
{
	static const char *const good[] = { "/", "/a", "//a///b/", "/a/./b", "/a..b", "/...", "/a:b" };
	static const char *const bad[] = { "", "a", "..", "/..", "/a/..", "/a/../b", "../a", "/a/b/..",
					   "/a\n" };
	struct cove_error err;

	(void)state;
	for (unsigned i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(cgroup_check_path(good[i], &err), 0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(cgroup_check_path(bad[i], &err), -EINVAL);
	cgroup_check_path("/a/../b", &err);
	assert_string_equal(err.what, "the cgroup path '/a/../b' has '..'");
	assert_int_equal(cgroup_open("/../../etc", &err), -EINVAL);
}

/* ---- the program of the device rules ---- */

static uint64_t operand(const struct bpf_insn *in, const uint64_t *reg)
{
	return in->code & BPF_X ? reg[in->src_reg] : (uint64_t)(int64_t)in->imm;
}

static void calculate(const struct bpf_insn *in, uint64_t *reg)
{
	uint64_t value = operand(in, reg);

	switch (BPF_OP(in->code)) {
	case BPF_MOV: reg[in->dst_reg] = value; break;
	case BPF_AND: reg[in->dst_reg] &= value; break;
	case BPF_RSH: reg[in->dst_reg] >>= value; break;
	default: fail_msg("operation %#x", in->code);
	}
}

static bool jumps(const struct bpf_insn *in, const uint64_t *reg)
{
	uint32_t left = (uint32_t)reg[in->dst_reg], right = (uint32_t)operand(in, reg);

	switch (BPF_OP(in->code)) {
	case BPF_JA: return true;
	case BPF_JNE: return left != right;
	case BPF_JSET: return left & right;
	default: fail_msg("jump %#x", in->code);
	}
	return false;
}

/* What the program says, by the rules of the machine it is for. */
static int interpret(const struct bpf_insn *program, int len, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t reg[11] = { 0 };

	for (int at = 0; at < len; at++) {
		const struct bpf_insn *in = &program[at];

		switch (BPF_CLASS(in->code)) {
		case BPF_LDX: {
			uint32_t word;

			assert_int_equal(in->src_reg, BPF_REG_1);
			assert_true(in->off >= 0 && in->off + 4u <= sizeof(*ctx));
			memcpy(&word, (const char *)ctx + in->off, 4);
			reg[in->dst_reg] = word;
			break;
		}
		case BPF_ALU64:
			calculate(in, reg);
			break;
		case BPF_JMP:
			if (BPF_OP(in->code) == BPF_EXIT)
				return (int)reg[0];
			/* fall through */
		case BPF_JMP32:
			if (jumps(in, reg))
				at += in->off;
			break;
		default:
			fail_msg("class %#x", in->code);
		}
	}
	fail_msg("the program ran past its end");
	return -1;
}

/* The same, plainly: of each kind of access the last rule that fits. */
static bool allowed(const struct cgroup_device *rules, unsigned count, char type, unsigned access,
		    int64_t major, int64_t minor)
{
	for (unsigned bit = 1; bit <= 4; bit <<= 1) {
		bool allow = false;

		if (!(access & bit))
			continue;
		for (unsigned i = 0; i < count; i++)
			if ((rules[i].access & bit) && (rules[i].type == 'a' || rules[i].type == type) &&
			    (rules[i].major < 0 || rules[i].major == major) &&
			    (rules[i].minor < 0 || rules[i].minor == minor))
				allow = rules[i].allow;
		if (!allow)
			return false;
	}
	return true;
}

static uint32_t to_kernel(unsigned access)
{
	return (access & 1 ? BPF_DEVCG_ACC_READ : 0) | (access & 2 ? BPF_DEVCG_ACC_WRITE : 0) |
	       (access & 4 ? BPF_DEVCG_ACC_MKNOD : 0);
}

static const int64_t numbers[] = { -1, 0, 1, 5, 10, 200, INT32_MAX, UINT32_MAX,
				   (int64_t)UINT32_MAX + 1 };

static int64_t any_number(bool wild)
{
	return numbers[wild ? random() % 9 : 1 + random() % 7];
}

static void programs_do_what_rules_say(void **state)
{
	(void)state;
	srandom(1);
	for (unsigned round = 0; round < 4000; round++) {
		struct cgroup_device rules[12];
		struct bpf_insn program[6 + 12 * 7 + 2];
		unsigned count = (unsigned)random() % 13;
		int len;

		for (unsigned i = 0; i < count; i++)
			rules[i] = (struct cgroup_device){ random() % 2, "abc"[random() % 3],
							   random() % 4 ? random() % 8 : 7,
							   any_number(true), any_number(true) };
		assert_true(sizeof(program) / sizeof(*program) >= device_program_size(count));
		len = device_program_make(rules, count, program);
		assert_in_range(len, 1, device_program_size(count));
		for (unsigned i = 0; i < 60; i++) {
			unsigned access = 1 + (unsigned)random() % 7, block = random() % 2;
			int64_t major = any_number(false), minor = any_number(false);
			struct bpf_cgroup_dev_ctx ctx = {
				.access_type = to_kernel(access) << 16 |
					       (block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
				.major = (uint32_t)major,
				.minor = (uint32_t)minor,
			};

			assert_int_equal(interpret(program, len, &ctx),
					 allowed(rules, count, block ? 'b' : 'c', access, major,
						 minor));
		}
	}
}

static void programs_are_as_short_as_can_be(void **state)
{
	const struct cgroup_device rules[] = { { true, 'c', 7, 1, 3 }, { false, 'a', 7, -1, -1 } };
	const struct cgroup_device odd = { true, 'x', 7, -1, -1 };
	struct bpf_insn program[32];

	(void)state;
	assert_int_equal(device_program_make(NULL, 0, program), 8);
	assert_int_equal(device_program_make(rules, 2, program), 8);
	assert_int_equal(device_program_make(&odd, 1, program), -EINVAL);
}

/* ---- the tree of this host ---- */

static void need_tree(void)
{
	static char template[] = "/cove-test-XXXXXX";
	struct cove_error err;
	unsigned made;
	int fd = -1;

	if (cgroup_layout(NULL) == CGROUP_NONE) {
		print_message("there is no cgroup v2 tree\n");
		skip();
	}
	snprintf(base, sizeof(base), "%.11s%d", template, (int)getpid());
	fd = cgroup_make(base, &made, &err);
	if (fd < 0) {
		print_message("%s\n", err.what);
		skip();
	}
	close(fd);
}

static const char *below(const char *name)
{
	static char path[2][256];
	static unsigned next;

	next = !next;
	snprintf(path[next], sizeof(path[next]), "%s%s", base, name);
	return path[next];
}

/* A process in the cgroup that waits, or ends when it is told to by SIGTERM. */
static pid_t sleeper(int cgroup)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || cgroup_enter(cgroup, getpid(), NULL) < 0)
			_exit(1);
		memset(malloc(1 << 20), 1, 1 << 20); /* in use, for memory.current */
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0);
	close(ready[0]);
	return pid;
}

static int ended_by(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void makes_and_removes(void **state)
{
	struct cove_error err;
	unsigned made = 9;
	int fd;

	(void)state;
	need_tree();
	fd = cgroup_make(below("/a/b/c"), &made, &err);
	assert_true(fd >= 0);
	assert_int_equal(made, 3);
	close(fd);
	fd = cgroup_make(below("/a/b/c"), &made, &err);
	assert_int_equal(made, 0);
	assert_int_equal(cgroup_is_populated(fd), 0);
	close(fd);
	fd = cgroup_open(below("/a/b/c"), &err);
	assert_true(fd >= 0);
	assert_int_equal(cgroup_is_marked(fd, "x"), -ENODATA);
	assert_int_equal(cgroup_mark(fd, "x", &err), 0);
	assert_int_equal(cgroup_is_marked(fd, "x"), 1);
	assert_int_equal(cgroup_is_marked(fd, "xy"), 0);
	close(fd);
	cgroup_remove_above(below("/a/b/c"), 2);
	assert_true((fd = cgroup_open(below("/a/b/c"), &err)) >= 0);
	close(fd);
	assert_int_equal(cgroup_remove(below("/a"), &err), 0);
	assert_int_equal(cgroup_open(below("/a"), &err), -ENOENT);
	assert_int_equal(cgroup_remove(below("/a"), &err), 0);
	assert_int_equal(cgroup_remove("/", &err), -EINVAL);
	assert_int_equal(cgroup_remove(base, &err), 0);
}

/* Deeper than a stack of its own, or descriptors, would reach. */
static void removes_what_is_deep(void **state)
{
	char path[3000];
	struct cove_error err;
	unsigned made;
	size_t len;
	int fd;

	(void)state;
	need_tree();
	len = (size_t)snprintf(path, sizeof(path), "%s", base);
	for (unsigned i = 0; i < 1000; i++)
		len += (size_t)snprintf(path + len, sizeof(path) - len, "/a");
	fd = cgroup_make(path, &made, &err);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(cgroup_remove(base, &err), 0);
	assert_int_equal(cgroup_open(base, &err), -ENOENT);
}

static void freezes_and_kills(void **state)
{
	struct cove_error err;
	unsigned made;
	pid_t outer, inner;
	int fd, deep;

	(void)state;
	need_tree();
	fd = cgroup_make(below("/k"), &made, &err);
	deep = cgroup_make(below("/k/l/m"), &made, &err);
	assert_true(fd >= 0 && deep >= 0);
	outer = sleeper(fd);
	inner = sleeper(deep);
	assert_int_equal(cgroup_is_populated(fd), 1);
	assert_int_equal(cgroup_freeze(fd, true, &err), 0);
	assert_int_equal(cgroup_is_frozen(fd), 1);
	assert_int_equal(cgroup_is_frozen(deep), 1);
	assert_int_equal(cgroup_freeze(fd, false, &err), 0);
	assert_int_equal(cgroup_is_frozen(deep), 0);
	assert_int_equal(cgroup_signal(fd, SIGTERM, &err), 0);
	assert_int_equal(ended_by(outer), SIGTERM);
	assert_int_equal(ended_by(inner), SIGTERM);
	assert_int_equal(cgroup_wait_empty(fd, 5000), 0);

	/* Killed though it is frozen, and another one below it as well. */
	outer = sleeper(fd);
	inner = sleeper(deep);
	assert_int_equal(cgroup_freeze(deep, true, &err), 0);
	assert_int_equal(cgroup_freeze(fd, true, &err), 0);
	assert_int_equal(cgroup_kill(fd, &err), 0);
	assert_int_equal(ended_by(outer), SIGKILL);
	assert_int_equal(ended_by(inner), SIGKILL);
	close(fd);
	close(deep);
	assert_int_equal(cgroup_remove(base, &err), 0);
}

/* In the cgroup: opens and makes nodes; each bit of the status is one that was allowed. */
static int try_devices(int cgroup)
{
	int status, bits = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (cgroup_enter(cgroup, getpid(), NULL) < 0)
			_exit(128);
		bits |= open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 ? 1 : 0;
		bits |= open("/dev/null", O_WRONLY | O_CLOEXEC) >= 0 ? 2 : 0;
		bits |= open("/dev/null", O_RDWR | O_CLOEXEC) >= 0 ? 4 : 0;
		bits |= open("/dev/zero", O_RDONLY | O_CLOEXEC) >= 0 ? 8 : 0;
		bits |= mknod("/tmp/cove-test-node", S_IFCHR | 0600, makedev(1, 3)) == 0 ? 16 : 0;
		unlink("/tmp/cove-test-node");
		bits |= mknod("/tmp/cove-test-node", S_IFBLK | 0600, makedev(7, 0)) == 0 ? 32 : 0;
		unlink("/tmp/cove-test-node");
		_exit(bits);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void devices_are_denied(void **state)
{
	const struct cgroup_device all = { true, 'a', 7, -1, -1 };
	const struct cgroup_device null_only[] = { { false, 'a', 7, -1, -1 }, { true, 'c', 3, 1, 3 } };
	const struct cgroup_device read_only[] = { { true, 'a', 7, -1, -1 },
						   { false, 'c', 2, 1, 3 },
						   { false, 'b', 4, -1, -1 } };
	struct cove_error err;
	unsigned made;
	int fd, r;

	(void)state;
	need_tree();
	fd = cgroup_make(below("/d"), &made, &err);
	r = cgroup_set_devices(fd, NULL, 0, &err);
	if (r == -EPERM) {
		print_message("%s\n", err.what);
		close(fd);
		cgroup_remove(base, NULL);
		skip();
	}
	assert_int_equal(r, 0);
	assert_int_equal(try_devices(fd), 0);
	assert_int_equal(cgroup_set_devices(fd, &all, 1, &err), 0);
	assert_int_equal(try_devices(fd), 63);
	assert_int_equal(cgroup_set_devices(fd, null_only, 2, &err), 0);
	assert_int_equal(try_devices(fd), 7);
	assert_int_equal(cgroup_set_devices(fd, read_only, 3, &err), 0);
	assert_int_equal(try_devices(fd), 1 + 8 + 16);
	close(fd);
	assert_int_equal(cgroup_remove(base, &err), 0);
}

/* ---- the row ---- */

static struct cove_error warned;
static unsigned warnings;

static void on_warning(void *context, const struct cove_error *warning)
{
	(void)context;
	warned = *warning;
	warnings++;
}

static struct plan *new_plan(const char *path)
{
	struct plan *plan = plan_new();

	plan->cgroup.manager = PLAN_CGROUP_FS;
	plan->cgroup.path = plan_add_string(plan, path);
	plan->container.id = plan_add_string(plan, "test");
	return plan;
}

static struct plan_cgroup_setting *set(struct plan *plan, const char *file, const char *value)
{
	struct plan_cgroup_setting *setting =
		plan_append(plan, &plan->cgroup.settings, sizeof(*setting));

	setting->file = plan_add_string(plan, file);
	setting->value = plan_add_string(plan, value);
	return setting;
}

static struct run new_run(const struct plan *plan)
{
	return (struct run){ .plan = plan, .cgroup = -1, .rdt = -1, .rdt_monitor = -1,
			     .warn = on_warning };
}

static void the_row_makes_and_unmakes(void **state)
{
	struct cove_error err;
	struct plan *plan;
	struct run run;
	pid_t pid;
	int fd;

	(void)state;
	need_tree();
	plan = new_plan(below("/x/y"));
	run = new_run(plan);
	assert_int_equal(apply_cgroup(&run, &err), 0);
	pid = sleeper(run.cgroup);
	undo_cgroup(&run);
	assert_int_equal(ended_by(pid), SIGKILL);
	assert_int_equal(cgroup_open(below("/x"), &err), -ENOENT);

	/* What lives on is removed by what the plan says. */
	assert_int_equal(apply_cgroup(&run, &err), 0);
	pid = sleeper(run.cgroup);
	close(run.cgroup);
	fd = engine_cgroup_open(plan, &err);
	assert_true(fd >= 0);
	assert_int_equal(cgroup_freeze(fd, true, &err), 0);
	close(fd);

	/* Another container that would use it is refused, and takes nothing away. */
	run = new_run(plan);
	assert_int_equal(apply_cgroup(&run, &err), -EBUSY);
	assert_non_null(strstr(err.what, "has processes in it already"));
	plan->container.id = plan_add_string(plan, "other");
	assert_int_equal(engine_cgroup_remove(plan, &err), -EEXIST);
	assert_int_equal(engine_cgroup_open(plan, &err), -ENOENT);
	assert_int_equal(kill(pid, 0), 0);
	plan->container.id = plan_add_string(plan, "test");
	assert_int_equal(engine_cgroup_remove(plan, &err), 0);
	assert_int_equal(ended_by(pid), SIGKILL);
	assert_int_equal(engine_cgroup_open(plan, &err), -ENOENT);
	assert_int_equal(engine_cgroup_remove(plan, &err), 0);
	plan_free(plan);
	assert_int_equal(cgroup_remove(base, &err), 0);
}

static void need_hybrid(void)
{
	if (cgroup_layout(NULL) != CGROUP_HYBRID) {
		print_message("this host has no trees of cgroup v1\n");
		skip();
	}
	need_tree();
}

static void limits_of_v1_are_refused(void **state)
{
	struct cove_error err;
	struct plan *plan;
	struct run run;

	(void)state;
	need_hybrid();
	plan = new_plan(below("/x"));
	set(plan, "cpu.weight", "50")->share = 1;
	run = new_run(plan);
	warnings = 0;
	assert_int_equal(apply_cgroup(&run, &err), 0);
	assert_int_equal(warnings, 1);
	assert_string_equal(warned.what, "cpu.weight is left out: the cpu controller is bound to "
					 "cgroup v1 on this host");
	undo_cgroup(&run);
	set(plan, "memory.max", "1000000");
	assert_int_equal(apply_cgroup(&run, &err), -ENOTSUP);
	assert_string_equal(err.what, "cannot set memory.max: the memory controller is bound to "
				      "cgroup v1 on this host");
	assert_non_null(strstr(err.hint, "--cgroup-manager disabled"));
	assert_int_equal(cgroup_open(below("/x"), &err), -ENOENT);
	plan_free(plan);
	assert_int_equal(cgroup_remove(base, &err), 0);
}

/* ---- limits, where the controllers are of version 2 ---- */

static void need_controllers(void)
{
	char text[256] = "";
	int fd;

	need_tree();
	fd = cgroup_open("/", NULL);
	cgroup_read(fd, "cgroup.controllers", text, sizeof(text), NULL);
	close(fd);
	if (!strstr(text, "memory") || !strstr(text, "pids") || !strstr(text, "cpu ")) {
		print_message("the controllers of this host are bound to cgroup v1\n");
		cgroup_remove(base, NULL);
		skip();
	}
}

static const char *value(int cgroup, const char *file)
{
	static char text[1024];

	if (cgroup_read(cgroup, file, text, sizeof(text), NULL) < 0)
		return "cannot be read";
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Runs it in the cgroup; its wait status. */
static int run_in(int cgroup, int (*work)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(cgroup_enter(cgroup, getpid(), NULL) < 0 ? 99 : work());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int take_memory(void)
{
	for (unsigned i = 0; i < 64; i++) {
		volatile char *block = malloc(1 << 20);

		for (unsigned at = 0; block && at < 1 << 20; at += 4096)
			block[at] = 1;
	}
	return 0;
}

/* How many children it may have. */
static int take_processes(void)
{
	int count = 0;

	while (count < 50) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			pause();
			_exit(0);
		}
		count++;
	}
	return count;
}

static int take_time(void)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < 1000);
	return 0;
}

static void limits_hold(void **state)
{
	struct cove_error err;
	struct plan *plan;
	char stat[1024];
	struct run run;
	int status;

	(void)state;
	need_controllers();
	plan = new_plan(below("/x/y"));
	set(plan, "memory.swap.max", "0");
	set(plan, "memory.max", "20971520")->check_usage = 1;
	set(plan, "pids.max", "5");
	set(plan, "cpu.max.burst", "10000"); /* refused until there is a quota */
	set(plan, "cpu.max", "20000 100000");
	set(plan, "cpu.weight", "50")->share = 1;
	run = new_run(plan);
	if (apply_cgroup(&run, &err) < 0)
		fail_msg("%s", err.what);
	assert_string_equal(value(run.cgroup, "memory.max"), "20971520");
	assert_string_equal(value(run.cgroup, "cpu.max"), "20000 100000");
	assert_string_equal(value(run.cgroup, "cpu.max.burst"), "10000");
	assert_string_equal(value(run.cgroup, "cpu.weight"), "50");

	status = run_in(run.cgroup, take_memory);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(cgroup_read(run.cgroup, "memory.events", stat, sizeof(stat), &err) > 0);
	assert_non_null(strstr(stat, "oom_kill 1\n"));

	status = run_in(run.cgroup, take_processes);
	assert_int_equal(WEXITSTATUS(status), 4);
	assert_int_equal(cgroup_kill(run.cgroup, &err), 0);
	assert_int_equal(cgroup_wait_empty(run.cgroup, 5000), 0);

	run_in(run.cgroup, take_time);
	assert_true(cgroup_read(run.cgroup, "cpu.stat", stat, sizeof(stat), &err) > 0);
	assert_true(atol(strstr(stat, "nr_throttled ") + 13) >= 5);
	undo_cgroup(&run);
	plan_free(plan);
	assert_int_equal(cgroup_remove(base, &err), 0);
}

/* "8:0" of a disk, or "". */
static const char *disk(void)
{
	static char text[32];
	FILE *list = popen("cat /sys/block/[sv]d*/dev /sys/block/nvme*/dev 2>/dev/null", "re");

	if (!fgets(text, sizeof(text), list))
		text[0] = '\0';
	pclose(list);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void refused_limits_are_put_back(void **state)
{
	struct cove_error err;
	struct plan *plan, *update;
	char line[64];
	struct run run;
	pid_t pid;

	(void)state;
	need_controllers();
	plan = new_plan(below("/x"));
	set(plan, "memory.max", "50331648");
	set(plan, "pids.max", "5");
	if (disk()[0]) {
		snprintf(line, sizeof(line), "%s rbps=1000000", disk());
		set(plan, "io.max", line);
	}
	run = new_run(plan);
	if (apply_cgroup(&run, &err) < 0)
		fail_msg("%s", err.what);
	pid = sleeper(run.cgroup);

	update = new_plan(below("/x"));
	set(update, "memory.max", "60000000");
	set(update, "pids.max", "9");
	if (disk()[0]) {
		snprintf(line, sizeof(line), "%s rbps=2000000 wbps=3000000", disk());
		set(update, "io.max", line);
	}
	set(update, "cpu.max", "nonsense");
	assert_int_equal(engine_cgroup_update(update, run.cgroup, &err), -EINVAL);
	assert_string_equal(err.object, "cpu.max");
	assert_string_equal(value(run.cgroup, "memory.max"), "50331648");
	assert_string_equal(value(run.cgroup, "pids.max"), "5");
	if (disk()[0]) {
		snprintf(line, sizeof(line), "%s rbps=1000000 wbps=max riops=max wiops=max", disk());
		assert_string_equal(value(run.cgroup, "io.max"), line);
	}
	plan_free(update);

	update = new_plan(below("/x"));
	set(update, "memory.max", "4096")->check_usage = 1;
	assert_int_equal(engine_cgroup_update(update, run.cgroup, &err), -EBUSY);
	assert_non_null(strstr(err.what, "memory.max of 4096 is below what is in use"));
	assert_int_equal(kill(pid, 0), 0);
	plan_free(update);

	undo_cgroup(&run);
	assert_int_equal(ended_by(pid), SIGKILL);
	plan_free(plan);
	assert_int_equal(cgroup_remove(base, &err), 0);
}

/* One that has processes shares out nothing. */
static void who_is_in_the_way_is_told(void **state)
{
	struct cove_error err;
	struct plan *plan;
	struct run run;
	pid_t pid;
	int fd;

	(void)state;
	need_controllers();
	fd = cgroup_open(base, &err);
	pid = sleeper(fd);
	plan = new_plan(below("/x"));
	set(plan, "memory.max", "50000000");
	run = new_run(plan);
	assert_int_equal(apply_cgroup(&run, &err), -EBUSY);
	assert_non_null(strstr(err.hint, "has processes of its own"));
	assert_int_equal(cgroup_open(below("/x"), NULL), -ENOENT);
	cgroup_kill(fd, &err);
	assert_int_equal(ended_by(pid), SIGKILL);
	close(fd);
	plan_free(plan);
	assert_int_equal(cgroup_remove(base, &err), 0);
}

static void an_update_is_all_or_nothing(void **state)
{
	struct cove_error err;
	struct plan *plan, *update;
	char text[64];
	struct run run;

	(void)state;
	need_tree();
	plan = new_plan(below("/x"));
	run = new_run(plan);
	assert_int_equal(apply_cgroup(&run, &err), 0);
	update = new_plan(below("/x"));
	set(update, "cgroup.max.depth", "7");
	set(update, "cgroup.max.descendants", "8");
	assert_int_equal(engine_cgroup_update(update, run.cgroup, &err), 0);
	plan_free(update);
	update = new_plan(below("/x"));
	set(update, "cgroup.max.depth", "9");
	plan_set_origin(update, "/unified/cgroup.max.descendants");
	set(update, "cgroup.max.descendants", "many");
	assert_int_equal(engine_cgroup_update(update, run.cgroup, &err), -EINVAL);
	assert_string_equal(err.origin, "/unified/cgroup.max.descendants");
	assert_true(cgroup_read(run.cgroup, "cgroup.max.depth", text, sizeof(text), &err) > 0);
	assert_string_equal(text, "7\n");
	plan_free(update);
	undo_cgroup(&run);
	plan_free(plan);
	assert_int_equal(cgroup_remove(base, &err), 0);
}

static void schemata_are_compared_by_value(void **state)
{
	const char *is = "    L3:0=7f0;1=01f\n    MB:0= 20;1=100\n";

	(void)state;
	assert_true(resctrl_agrees(is, "L3:0=7f0;1=1f"));
	assert_true(resctrl_agrees(is, "L3:1=1F"));
	assert_true(resctrl_agrees(is, "L3:1=1f;0=07f0"));
	assert_true(resctrl_agrees(is, "MB:0=20;1=100"));
	assert_false(resctrl_agrees(is, "L3:0=7f0;1=1e"));
	assert_false(resctrl_agrees(is, "L3:2=1"));
	assert_false(resctrl_agrees(is, "L2:0=1"));
	assert_false(resctrl_agrees(is, "MB:1=10"));
	assert_false(resctrl_agrees(is, "L3"));
	assert_false(resctrl_agrees(is, "L3:0"));
	assert_false(resctrl_agrees("", "L3:0=1"));
}

static void no_class_without_resctrl(void **state)
{
	struct cove_error err;
	struct plan *plan = plan_new();
	struct run run = new_run(plan);

	(void)state;
	if (access("/sys/fs/resctrl/schemata", F_OK) == 0)
		skip();
	plan->rdt.set = true;
	plan->container.id = plan_add_string(plan, "test");
	assert_int_equal(apply_cgroup(&run, &err), -ENOTSUP);
	assert_string_equal(err.what, "resctrl is not mounted on this host");
	plan_free(plan);
}

static void settling_names_a_place(void **state)
{
	struct cove_error err;
	struct plan *plan = new_plan("a/../b");

	(void)state;
	assert_int_equal(engine_cgroup_settle(plan, &err), -EINVAL);
	plan->cgroup.path = plan_add_string(plan, "/../b");
	assert_int_equal(engine_cgroup_settle(plan, &err), -EINVAL);
	plan->cgroup.path = plan_add_string(plan, "/");
	assert_int_equal(engine_cgroup_settle(plan, &err), -EINVAL);
	plan->cgroup.path = plan_add_string(plan, "/a/b");
	assert_int_equal(engine_cgroup_settle(plan, &err), 0);
	assert_string_equal(plan_str(plan, plan->cgroup.path), "/a/b");
	plan->cgroup.manager = PLAN_CGROUP_SYSTEMD;
	assert_int_equal(engine_cgroup_settle(plan, &err), 0);
	plan->cgroup.path = plan_add_string(plan, "a.slice:b:c");
	if (access("/run/systemd/system", F_OK) < 0)
		assert_int_equal(engine_cgroup_settle(plan, &err), -ENOTSUP);
	plan->cgroup.manager = PLAN_CGROUP_NONE;
	assert_int_equal(engine_cgroup_settle(plan, &err), 0);
	assert_int_equal(engine_cgroup_open(plan, &err), -ENOENT);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_checked),
		cmocka_unit_test(programs_do_what_rules_say),
		cmocka_unit_test(programs_are_as_short_as_can_be),
		cmocka_unit_test(schemata_are_compared_by_value),
		cmocka_unit_test(no_class_without_resctrl),
		cmocka_unit_test(settling_names_a_place),
		cmocka_unit_test(makes_and_removes),
		cmocka_unit_test(removes_what_is_deep),
		cmocka_unit_test(freezes_and_kills),
		cmocka_unit_test(devices_are_denied),
		cmocka_unit_test(the_row_makes_and_unmakes),
		cmocka_unit_test(limits_of_v1_are_refused),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(refused_limits_are_put_back),
		cmocka_unit_test(who_is_in_the_way_is_told),
		cmocka_unit_test(an_update_is_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
