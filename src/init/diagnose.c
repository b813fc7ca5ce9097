/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a file could not be executed, in words: looks at the file after execve has refused it.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "init/inside.h"
#include "plan/hint.h"
#include "sys/fd.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define HEAD_SIZE 4096

static const struct {
	uint16_t machine;
	const char *name;
} machines[] = {
	{ EM_X86_64, "x86_64" }, { EM_386, "i386" },	   { EM_AARCH64, "aarch64" },
	{ EM_ARM, "arm" },	 { EM_RISCV, "riscv64" },  { EM_PPC64, "ppc64" },
	{ EM_S390, "s390x" },	 { EM_MIPS, "mips" },
};

#if defined(__x86_64__)
#define OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OWN_MACHINE EM_AARCH64
#elif defined(__riscv)
#define OWN_MACHINE EM_RISCV
#else
#error "name the ELF machine of this architecture here"
#endif

static const char *machine_name(uint16_t machine)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return "another machine";
}

static int cannot_execute(struct inside *in, int num, struct cove_error *err)
{
	const char *path = in->path;
	int r = in->plan->process.check_command
			? err_set(err, num, "execve", path, "exec %.120s: %s", path,
				  inside_words(num))
			: err_set(err, num, "execve", path, "cannot execute '%s'", path);

	if (err)
		err->status = COVE_STATUS_NO_EXEC;
	return r;
}

static int not_found(struct inside *in, struct cove_error *err)
{
	const char *name = in->args[0];
	const char *search = plan_str(in->plan, in->plan->process.search);
	int r;

	if (in->plan->process.check_command)
		return inside_refuse_command(in, ENOENT, err);
	if (strchr(name, '/')) {
		r = err_set(err, ENOENT, "execve", name, "cannot find '%s' in the box", name);
		err_hint(err, "the box has its own view of the files; see what it shows with: "
			      "cove explain box ...");
	} else {
		r = err_set(err, ENOENT, "execve", name, "cannot find the command '%s'", name);
		err_hint(err, search[0] ? "the box looks in PATH=%s"
					: "PATH is empty: give the command's whole path%s", search);
	}
	if (err)
		err->status = COVE_STATUS_NOT_FOUND;
	return r;
}

/* The program named in the first line of a script; cuts `head`. */
static const char *script_interpreter(char *head)
{
	char *start = head + 2 + strspn(head + 2, " \t");

	start[strcspn(start, " \t\n")] = '\0';
	return start;
}

/* The loader that a 64-bit ELF program asks for, or NULL. */
static const char *elf_interpreter(const char *head, size_t len)
{
	Elf64_Ehdr elf;

	memcpy(&elf, head, sizeof(elf));
	if (elf.e_ident[EI_CLASS] != ELFCLASS64)
		return NULL;
	for (unsigned i = 0; i < elf.e_phnum; i++) {
		size_t at = elf.e_phoff + (size_t)i * elf.e_phentsize;
		Elf64_Phdr part;

		if (at > len || len - at < sizeof(part))
			return NULL;
		memcpy(&part, head + at, sizeof(part));
		if (part.p_type == PT_INTERP && part.p_offset < len &&
		    memchr(head + part.p_offset, '\0', len - part.p_offset))
			return head + part.p_offset;
	}
	return NULL;
}

static bool is_elf(const char *head, long len)
{
	return len >= (long)sizeof(Elf64_Ehdr) && memcmp(head, ELFMAG, SELFMAG) == 0;
}

static void missing_interpreter(struct inside *in, char *head, long len, struct cove_error *err)
{
	const char *interpreter = NULL;

	if (len > 2 && head[0] == '#' && head[1] == '!') {
		interpreter = script_interpreter(head);
		plan_hint(in->plan, err, "it is a script for '%s', and that is not in the box",
			  "it is a script for '%s', and that is not in the container",
			  interpreter);
	} else if (is_elf(head, len)) {
		interpreter = elf_interpreter(head, (size_t)len);
		plan_hint(in->plan, err,
			  "it needs the loader '%s', and that is not in the box: share the "
			  "directory with --ro, or link it with --symlink",
			  "it needs the loader '%s', and that is not in the container",
			  interpreter ? interpreter : "(unknown)");
	}
	if (interpreter && err && !in->plan->process.check_command)
		snprintf(err->what, sizeof(err->what), "cannot execute '%s': its %s is missing",
			 in->path, head[0] == '#' ? "interpreter" : "loader");
}

static void wrong_format(const char *head, long len, struct cove_error *err)
{
	uint16_t machine;

	if (is_elf(head, len)) {
		memcpy(&machine, head + offsetof(Elf64_Ehdr, e_machine), sizeof(machine));
		if (machine != OWN_MACHINE)
			err_hint(err, "it is a program for %s, and this machine is %s",
				 machine_name(machine), machine_name(OWN_MACHINE));
		else
			err_hint(err, "it is a damaged program");
		return;
	}
	err_hint(err, len == 0 ? "it is empty" : "it is no program, nor a script that begins with "
						 "'#!'; name the interpreter: sh FILE");
}

static void no_permission(const char *path, struct cove_error *err)
{
	switch (fd_classify(path)) {
	case FD_PATH_DIRECTORY:
		err_hint(err, "it is a directory");
		break;
	case FD_PATH_FILE:
		err_hint(err, "it is not allowed to be executed: chmod +x, or its mount is noexec");
		break;
	case FD_PATH_OTHER:
		err_hint(err, "it is neither a file nor a link to one");
		break;
	case FD_PATH_MISSING:
		err_hint(err, "one of the directories above it may not be entered");
		break;
	}
}

/* The file's mode and mount allow it, so it was Landlock. What it needs to run must be allowed,
 * too. */
static void hint_landlock(const struct plan *plan, char *head, long len, struct cove_error *err)
{
	const char *other = NULL;

	if (len > 2 && head[0] == '#' && head[1] == '!')
		other = script_interpreter(head);
	else if (is_elf(head, len))
		other = elf_interpreter(head, (size_t)len);
	if (other)
		plan_hint(plan, err,
			  "no Landlock rule lets it, or '%s', which it needs, be executed: "
			  "--landlock x=PATH",
			  "no Landlock rule lets it, or '%s', which it needs, be executed: x=PATH",
			  other);
	else
		plan_hint(plan, err,
			  "no Landlock rule lets it be read and executed: --landlock x=PATH",
			  "no Landlock rule lets it be read and executed: x=PATH");
}

int diagnose_exec(struct inside *in, int num, struct cove_error *err)
{
	char head[HEAD_SIZE] = "";
	auto_fd int fd = -1;
	long len = 0;
	int r;

	if (in->path[0] == '\0' ||
	    ((num == ENOENT || num == ENOTDIR) && !fd_path_exists(in->path)))
		return not_found(in, err);
	r = cannot_execute(in, num, err);
	if (num == E2BIG)
		plan_hint(in->plan, err,
			  "the arguments and the environment together take more than a quarter of "
			  "the stack's limit, or one of them 128 KiB: ulimit -s, --rlimit stack=",
			  "the arguments and the environment together take more than a quarter of "
			  "the stack's limit, or one of them 128 KiB: RLIMIT_STACK");
	fd = fd_open(in->path, O_RDONLY | O_NONBLOCK, NULL); /* not to wait for a pipe's writer */
	if (fd >= 0)
		len = fd_read(fd, head, sizeof(head) - 1); /* it may be without any end of line */
	if (num == EACCES && in->plan->landlock.handled[PLAN_LANDLOCK_FS] &&
	    fd_may_execute(in->path))
		hint_landlock(in->plan, head, len, err);
	else if (num == EACCES)
		no_permission(in->path, err);
	if (fd < 0 || len < 0)
		return r;
	if (num == ENOENT)
		missing_interpreter(in, head, len, err);
	if (num == ENOEXEC)
		wrong_format(head, len, err);
	return r;
}
