/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The completion scripts, run by the shells themselves; a shell that is not installed is skipped.
 */
#include "unit.h"

#include "base/auto.h"
#include "base/opt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct opt box_opts[] = {
	{ .name = "rw",
	  .letter = 'w',
	  .value = "PATH[:DEST]",
	  .complete = OPT_COMPLETE_FILE,
	  .help = "Shows it's [PATH]: a\\b. More." },
	{ .name = "rootfs", .value = "DIR", .complete = OPT_COMPLETE_DIR, .help = "Root." },
	{ .name = "net",
	  .value = "KIND",
	  .complete = OPT_COMPLETE_CHOICES,
	  .choices = "none host" },
	{ .name = "only",
	  .value = "TYPE,...",
	  .complete = OPT_COMPLETE_CHOICES,
	  .choices = "uts ipc net" },
	{ .name = "init", .letter = 'i', .help = "Init." },
	{ .name = "hostname", .value = "NAME", .help = "Name." },
	{ .name = "trace", .value = "HOW", .choices = "fast slow", .flags = OPT_OPTIONAL_VALUE },
	{ .name = "secret", .flags = OPT_HIDDEN },
};

static const struct opt root_opts[] = {
	{ .name = "log", .letter = 'l', .value = "LEVEL", .choices = "low high" },
};

static const struct opt_command root = {
	.name = "",
	.opts = root_opts,
	.opt_count = ARRAY_LEN(root_opts),
};

static const struct opt_command box = {
	.name = "box",
	.operands = "[--] COMMAND [ARG...]",
	.summary = "Runs: a command.",
	.opts = box_opts,
	.opt_count = ARRAY_LEN(box_opts),
};

static const struct opt_command list = { .name = "list", .operands = "[PID]" };

static const struct opt_command *const commands[] = { &root, &box, &list };

/* A folder with two files and a folder in it, which is also where the scripts lie. */
static char folder[] = "/tmp/test_opt_completion.XXXXXX";

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder) < 0)
		return -1;
	write_file("file one", "");
	write_file("file2", "");
	return system("mkdir folder");
}

static int remove_folder(void **state)
{
	(void)state;
	return chdir("/") < 0 || system("rm -r /tmp/test_opt_completion.??????") != 0;
}

static void need_shell(const char *shell)
{
	char command[64];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", shell);
	if (system(command) != 0)
		skip();
}

static const struct opt_program program = { "cove", commands, 3 };

static void write_script(const char *shell, const char *file)
{
	auto_(buf_done) struct buf script = { 0 };

	assert_int_equal(opt_completion(shell, &program, &script, NULL), 0);
	write_file(file, buf_str(&script));
}

/* Runs a command and expects its whole output. */
static void assert_output(const char *command, const char *expected)
{
	char output[4096];
	FILE *pipe = popen(command, "r");

	assert_non_null(pipe);
	output[fread(output, 1, sizeof(output) - 1, pipe)] = '\0';
	assert_int_equal(pclose(pipe), 0);
	assert_string_equal(output, expected);
}

/* Asks the bash script for the answers at the end of `line`, which bash has cut into `words`; they
 * are sorted, as readline will. */
static void assert_bash(const char *line, const char *words, const char *expected)
{
	auto_(buf_done) struct buf driver = { 0 };

	buf_addf(&driver,
		 "source ./script\n"
		 "compopt() { :; }\n"
		 "COMP_LINE='%s' COMP_WORDS=(%s) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
		 "_cove || exit\n"
		 "for reply in \"${COMPREPLY[@]}\"; do echo \"<$reply>\"; done |\n"
		 "	sort -u | tr -d '\\n'\n",
		 line, words);
	write_file("driver", buf_str(&driver));
	assert_output("LC_ALL=C bash --norc --noprofile driver 2>&1", expected);
}

static void bash_commands_and_options(void **state)
{
	(void)state;
	need_shell("bash");
	write_script("bash", "script");
	assert_output("bash -n script 2>&1", "");
	assert_bash("cove ", "cove ''", "<box><list>");
	assert_bash("cove b", "cove b", "<box>");
	assert_bash("cove -", "cove -", "<--log><-l>");
	assert_bash("cove --log high b", "cove --log high b", "<box>");
	assert_bash("cove box --r", "cove box --r", "<--rootfs><--rw>");
	assert_bash("cove box --sec", "cove box --sec", "");
	assert_bash("cove list --", "cove list --", "");
	assert_bash("cove -l box box --init --h", "cove -l box box --init --h", "<--hostname>");
}

static void bash_values(void **state)
{
	(void)state;
	need_shell("bash");
	write_script("bash", "script");
	assert_bash("cove box --net ", "cove box --net ''", "<host><none>");
	assert_bash("cove box --net=", "cove box --net =", "<host><none>");
	assert_bash("cove box --net=h", "cove box --net = h", "<host>");
	assert_bash("cove box --trace=s", "cove box --trace = s", "<slow>");
	assert_bash("cove box --only uts,i", "cove box --only uts,i", "<uts,ipc>");
	assert_bash("cove box --rw file2", "cove box --rw file2", "<file2>");
	assert_bash("cove box --rw=file", "cove box --rw = file", "<file one><file2>");
	assert_bash("cove box -iw fo", "cove box -iw fo", "<folder>");
	assert_bash("cove box --rootfs f", "cove box --rootfs f", "<folder>");
	assert_bash("cove box --hostname f", "cove box --hostname f", "");
	assert_bash("cove box --rw a:b --net n", "cove box --rw a : b --net n", "<none>");
}

static void bash_operands(void **state)
{
	(void)state;
	need_shell("bash");
	write_script("bash", "script");
	assert_bash("cove list file2", "cove list file2", "<file2>");
	assert_bash("cove box mkfif", "cove box mkfif", "<mkfifo>");
	assert_bash("cove box -- mkfif", "cove box -- mkfif", "<mkfifo>");
	assert_bash("cove box --trace mkfif", "cove box --trace mkfif", "<mkfifo>");
	assert_bash("cove box cat --init", "cove box cat --init", "");
	assert_bash("cove box cat fo", "cove box cat fo", "<folder>");
}

static void assert_fish(const char *line, const char *expected)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "HOME=$PWD fish --no-config -c 'source ./script; complete -C \"%s\"' 2>&1", line);
	assert_output(command, expected);
}

static void fish(void **state)
{
	(void)state;
	need_shell("fish");
	write_script("fish", "script");
	assert_output("fish -n script 2>&1", "");
	assert_fish("cove ", "box\tRuns: a command\nlist\n");
	assert_fish("cove box --rw", "--rw\tShows it's [PATH]: a\\b\n");
	assert_fish("cove box --net ", "host\nnone\n");
	assert_fish("cove box --only uts,i", "uts,ipc\n");
	assert_fish("cove box -iw fil", "file one\nfile2\n");
	assert_fish("cove -l box box --init --ho", "--hostname\tName\n");
	assert_fish("cove box --sec", "");
	assert_fish("cove box cat --init", "");
	assert_fish("cove list fo", "folder/\n");
}

/* Types `line` and a tab at a zsh on a pseudo-terminal, and waits for what it should become. */
static void assert_zsh(const char *line, const char *expected)
{
	auto_(buf_done) struct buf driver = { 0 };

	buf_addf(&driver,
		 "zmodload zsh/zpty\n"
		 "zpty shell zsh -f -i\n"
		 "zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source ./_cove'\n"
		 "zpty -w shell 'echo REA''DY'\n"
		 "zpty -r shell seen '*READY*'\n"
		 "zpty -w -n shell $'%s\\t'\n"
		 "zpty -r shell seen '*%s*' && echo found\n",
		 line, expected);
	write_file("driver", buf_str(&driver));
	assert_output("HOME=$PWD TERM=dumb timeout -k 1 20 zsh -f driver 2>&1", "found\n");
}

static void zsh(void **state)
{
	(void)state;
	need_shell("zsh");
	write_script("zsh", "_cove");
	assert_output("zsh -n _cove 2>&1", "");
	assert_output("zsh -f -c 'autoload -Uz compinit; compinit -u -D; source ./_cove;"
		      " print $_comps[cove] $+functions[_cove_box]' 2>&1",
		      "_cove 1\n");
	assert_zsh("cove bo", "cove box ");
	assert_zsh("cove box --roo", "--rootfs=");
	assert_zsh("cove box --net=h", "--net=host");
	assert_zsh("cove box -iw folde", "folder/");
	assert_zsh("cove -l low box --init mkfif", "mkfifo");
}

static void unknown_shells(void **state)
{
	auto_(buf_done) struct buf out = { 0 };
	struct cove_error err;

	(void)state;
	assert_int_equal(opt_completion("tcsh", &program, &out, &err), -EINVAL);
	assert_string_equal(err.what, "unknown shell 'tcsh'");
	assert_int_equal(err.status, COVE_STATUS_USAGE);
	assert_int_equal(opt_completion("bsah", &program, &out, &err), -EINVAL);
	assert_string_equal(err.hint, "did you mean 'bash'?");
	assert_null(out.data);
	out.failed = true;
	assert_int_equal(opt_completion("bash", &program, &out, &err), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bash_commands_and_options),
		cmocka_unit_test(bash_values),
		cmocka_unit_test(bash_operands),
		cmocka_unit_test(fish),
		cmocka_unit_test(zsh),
		cmocka_unit_test(unknown_shells),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
