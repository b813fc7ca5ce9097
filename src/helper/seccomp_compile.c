/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds the rules to libseccomp and takes the program out of it, behind the stub of seccomp_stub.c.
 *
 * Architectures: the native one always, others only when the profile names them. A call in any
 * other way (int 0x80 or x32 on x86_64 with a native-only profile) kills the process, whatever the
 * default action is: no rule was written with its call numbers in mind. libseccomp would kill only
 * the thread, which leaves half a program running.
 */
#include "helper/seccomp_compile.h"

#include "base/auto.h"
#include "base/text.h"
#include "helper/seccomp_stub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every kernel that cove supports (5.14) has all of level 6, so the running one is not probed: a
 * probe could be answered by a filter that cove itself runs under. */
#define API_LEVEL 6

static void context_done(scmp_filter_ctx *context)
{
	if (*context)
		seccomp_release(*context);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void name_pointer(const struct profile_rule *rule, size_t i, char *buf, size_t size)
{
	if (rule->is_single_name)
		snprintf(buf, size, "/syscalls/%zu/name", rule->number);
	else
		snprintf(buf, size, "/syscalls/%zu/names/%zu", rule->number, i);
}

static int add_conditions(scmp_filter_ctx context, const struct profile_rule *rule, int number)
{
	size_t i;
	int r = 0;

	if (!rule->is_any_arg)
		return seccomp_rule_add_array(context, rule->action, number,
					      (unsigned int)rule->arg_count, rule->args);
	for (i = 0; i < rule->arg_count && r >= 0; i++)
		r = seccomp_rule_add_array(context, rule->action, number, 1, &rule->args[i]);
	return r;
}

static int refuse_rule(const struct profile_rule *rule, size_t i, int num, struct report *report)
{
	char pointer[REPORT_POINTER_SIZE], shown[64];

	name_pointer(rule, i, pointer, sizeof(pointer));
	text_show(rule->names[i], shown, sizeof(shown));
	if (num == EEXIST) {
		report_at(report, pointer, "'%s' is answered differently by an earlier rule",
			  shown);
		report_hint(report, "two rules with the same conditions need the same action");
		return -EINVAL;
	}
	return report_at(report, pointer, "libseccomp refuses the rule for '%s': %s", shown,
			 strerror(num));
}

static int refuse_unknown(const struct profile_rule *rule, size_t i, struct report *report)
{
	char pointer[REPORT_POINTER_SIZE], shown[64];

	name_pointer(rule, i, pointer, sizeof(pointer));
	report_at(report, pointer, "unknown system call '%s'",
		  text_show(rule->names[i], shown, sizeof(shown)));
	report_hint(report,
		    "misspelt, or newer than the installed libseccomp; left out, it would be "
		    "allowed");
	return -EINVAL;
}

static bool is_lax(uint32_t action)
{
	return action == SCMP_ACT_ALLOW || action == SCMP_ACT_LOG;
}

static void note_skipped(const char *name, struct program *program)
{
	size_t used = strlen(program->skipped);
	char shown[64];

	snprintf(program->skipped + used, sizeof(program->skipped) - used, "%s%s",
		 used ? ", " : "", text_show(name, shown, sizeof(shown)));
}

/* Adds to `*call_count` how many calls it was. */
static int add_rule(scmp_filter_ctx context, const struct profile *profile,
		    const struct profile_rule *rule, size_t *call_count, struct program *program,
		    struct report *report)
{
	bool loosens = !is_lax(rule->action) && is_lax(profile->default_action);
	size_t i;
	int r;

	for (i = 0; i < rule->name_count; i++) {
		int number = seccomp_syscall_resolve_name(rule->names[i]);

		/* Newer than libseccomp, or misspelt. Other architectures' calls are known.
		 * Left out, it gets the default's answer: a laxer one only where that is wanted. */
		if (number == __NR_SCMP_ERROR && loosens && !profile->skips_unknown)
			return refuse_unknown(rule, i, report);
		if (number == __NR_SCMP_ERROR && loosens)
			note_skipped(rule->names[i], program);
		if (number == __NR_SCMP_ERROR)
			continue;
		r = add_conditions(context, rule, number);
		if (r < 0)
			return refuse_rule(rule, i, -r, report);
		(*call_count)++;
	}
	return 0;
}

static int set_up(scmp_filter_ctx context, const struct profile *profile)
{
	size_t i;
	int r;

	r = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r < 0)
		return r;
	for (i = 1; i < profile->arch_count; i++) {
		r = seccomp_arch_add(context, profile->archs[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Binary search over the call numbers; libseccomp before 2.5 has only the list. Not for a few
 * calls: there it gains nothing, and for none at all libseccomp up to 2.5.3 forgets the default
 * action (its issue 370). */
static int optimize(scmp_filter_ctx context, size_t call_count)
{
	int r = 0;

	if (call_count > 8)
		r = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return r == -EOPNOTSUPP || r == -EEXIST ? 0 : r;
}

static int build(const struct profile *profile, scmp_filter_ctx context, struct program *program,
		 struct report *report)
{
	size_t call_count = 0;
	size_t i;
	int r = set_up(context, profile);

	if (r < 0)
		return report_fail(report, -r, "cannot prepare the filter");
	for (i = 0; i < profile->rule_count; i++) {
		/* libseccomp refuses a rule that says what the default says. */
		if (profile->rules[i].action == profile->default_action)
			continue;
		r = add_rule(context, profile, &profile->rules[i], &call_count, program, report);
		if (r < 0)
			return r;
	}
	r = optimize(context, call_count);
	return r < 0 ? report_fail(report, -r, "cannot optimize the filter") : 0;
}

/* libseccomp before 2.6 gives the program only to a descriptor. */
static int take_out(scmp_filter_ctx context, struct program *program, size_t room)
{
	auto_(close_fd) int fd = memfd_create("seccomp", MFD_CLOEXEC);
	size_t size, space = (room - program->count) * sizeof(*program->insns);
	struct stat status;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(context, fd);
	if (r < 0)
		return r;
	if (fstat(fd, &status) < 0)
		return -errno;
	size = (size_t)status.st_size;
	if (size > space)
		return -E2BIG;
	if (pread(fd, program->insns + program->count, size, 0) != (ssize_t)size)
		return -EIO;
	program->count += size / sizeof(*program->insns);
	return 0;
}

int program_compile(const struct profile *profile, struct program *ret_program,
		    struct report *report)
{
	auto_(context_done) scmp_filter_ctx context = NULL;
	auto_(program_done) struct program program = { 0 };
	int r;

	seccomp_api_set(API_LEVEL);
	context = seccomp_init(profile->default_action);
	program.insns = calloc(BPF_MAXINSNS, sizeof(*program.insns));
	if (!context || !program.insns)
		return report_fail(report, ENOMEM, "cannot prepare the filter");
	r = build(profile, context, &program, report);
	if (r < 0)
		return r;
	program.count = stub_write(profile, program.insns);
	r = take_out(context, &program, BPF_MAXINSNS);
	if (r == -E2BIG) {
		report_at(report, "", "profile becomes more than %d instructions", BPF_MAXINSNS);
		report_hint(report, "the kernel takes no longer program; use fewer rules with args "
				    "or fewer architectures");
		return r;
	}
	if (r < 0)
		return report_fail(report, -r, "cannot compile the filter");
	*ret_program = program;
	program = (struct program){ 0 };
	return 0;
}

void program_done(struct program *program)
{
	free(program->insns);
	*program = (struct program){ 0 };
}
