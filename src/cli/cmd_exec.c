/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove exec. What follows the id belongs to the command.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"
#include "cli/oci.h"

#include <stdlib.h>
#include <string.h>

#define STATUS_EXEC_FAILED 255
#define WORDS 256

struct exec_words {
	struct api_exec said;
	const char *env[WORDS + 1], *caps[WORDS + 1], *groups[WORDS + 1];
	unsigned env_count, cap_count, group_count;
};

OCI_SETTER(set_process, struct exec_words, to->said.process = value)
OCI_SETTER(set_console, struct exec_words, to->said.console_socket = value)
OCI_SETTER(set_pid_file, struct exec_words, to->said.pid_file = value)
OCI_SETTER(set_pidfd_socket, struct exec_words, to->said.pidfd_socket = value)
OCI_SETTER(set_cwd, struct exec_words, to->said.cwd = value)
OCI_SETTER(set_user, struct exec_words, to->said.user = value)
OCI_SETTER(set_detach, struct exec_words, to->said.detach = true)
OCI_SETTER(set_no_new_privs, struct exec_words, to->said.no_new_privs = true)
OCI_SETTER(set_apparmor, struct exec_words, to->said.apparmor = value)
OCI_SETTER(set_label, struct exec_words, to->said.label = value)
OCI_SETTER(set_cgroup, struct exec_words, to->said.cgroup = value)
OCI_SETTER(set_ignore_paused, struct exec_words, to->said.ignore_paused = true)
OCI_SETTER(set_fault, struct exec_words, to->said.fault = value)

static int add_word(const char **words, unsigned *count, const char *value, struct cove_error *err)
{
	if (*count == WORDS)
		return err_usage(err, "at most %d of these", WORDS);
	words[(*count)++] = value;
	return 0;
}

static int add_env(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct exec_words *to = context;

	(void)opt;
	return add_word(to->env, &to->env_count, value, err);
}

static int add_cap(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct exec_words *to = context;

	(void)opt;
	return add_word(to->caps, &to->cap_count, value, err);
}

static int add_group(void *context, const struct opt *opt, const char *value,
		     struct cove_error *err)
{
	struct exec_words *to = context;

	(void)opt;
	return add_word(to->groups, &to->group_count, value, err);
}

static int set_fds(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)opt;
	return oci_count(value, &((struct exec_words *)context)->said.preserve_fds, err);
}

static int set_tty(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct exec_words *to = context;

	(void)opt;
	(void)err;
	to->said.terminal = !value || (strcmp(value, "false") != 0 && strcmp(value, "no") != 0);
	return 0;
}

static const struct opt exec_options[] = {
	{ "process", 'p', "FILE", NULL, "Read what to run from FILE, a process document.", NULL,
	  OPT_COMPLETE_FILE, 0, set_process },
	{ "cwd", 0, "DIR", NULL, "Start in this directory of the container.", NULL,
	  OPT_COMPLETE_NONE, 0, set_cwd },
	{ "env", 'e', "NAME=VALUE", NULL, "Set a variable.", NULL, OPT_COMPLETE_NONE, 0, add_env },
	{ "user", 'u', "UID[:GID]", NULL, "Be that user of the container: numbers.", NULL,
	  OPT_COMPLETE_NONE, 0, set_user },
	{ "additional-gids", 'g', "GID", NULL, "Be in that group as well.", NULL,
	  OPT_COMPLETE_NONE, 0, add_group },
	{ "cap", 'c', "CAP", NULL, "Have one capability more.", NULL, OPT_COMPLETE_NONE, 0, add_cap },
	{ "no-new-privs", 0, NULL, NULL, "Gain no privileges by executing programs.", NULL,
	  OPT_COMPLETE_NONE, 0, set_no_new_privs },
	{ "apparmor", 0, "PROFILE", NULL, "Run under this AppArmor profile.", NULL,
	  OPT_COMPLETE_NONE, 0, set_apparmor },
	{ "process-label", 0, "LABEL", NULL, "Run with this SELinux label.", NULL,
	  OPT_COMPLETE_NONE, 0, set_label },
	{ "cgroup", 0, "PATH", NULL, "Run in this cgroup below the container's.", NULL,
	  OPT_COMPLETE_NONE, 0, set_cgroup },
	{ "tty", 't', "yes|no", NULL, "Give it a terminal.", NULL, OPT_COMPLETE_NONE,
	  OPT_OPTIONAL_VALUE, set_tty },
	{ "console-socket", 0, "PATH", NULL, "Send the master of its terminal to the socket there.",
	  NULL, OPT_COMPLETE_FILE, 0, set_console },
	{ "detach", 'd', NULL, NULL, "Leave it to itself once it runs.", NULL, OPT_COMPLETE_NONE, 0,
	  set_detach },
	{ "pid-file", 0, "FILE", NULL, "Write the number of its process to FILE.", NULL,
	  OPT_COMPLETE_FILE, 0, set_pid_file },
	{ "pidfd-socket", 0, "PATH", NULL, "Send a descriptor of its process to the socket there.",
	  NULL, OPT_COMPLETE_FILE, 0, set_pidfd_socket },
	{ "preserve-fds", 0, "N", NULL, "Pass N more descriptors on.", NULL, OPT_COMPLETE_NONE, 0,
	  set_fds },
	{ "ignore-paused", 0, NULL, NULL, "Do it in a paused container, too.", NULL,
	  OPT_COMPLETE_NONE, 0, set_ignore_paused },
	{ "fault", 0, "STEP:fail|kill|hang", NULL, "For tests.", NULL, OPT_COMPLETE_NONE,
	  OPT_HIDDEN, set_fault },
};

const struct opt_command exec_command = {
	.name = "exec",
	.operands = "ID [COMMAND [ARGUMENT...]]",
	.summary = "Run another command in a container.",
	.details = "The exit status is the command's own, 128 + n when signal n ended it, or 255 when "
		   "it could not be run.",
	.opts = exec_options,
	.opt_count = ARRAY_LEN(exec_options),
	.one_dash = true,
};

static int read_words(int argc, char **argv, struct exec_words *words, struct cove_error *err)
{
	int first = opt_parse(&exec_command, argc, argv, words, err);

	if (first < 0)
		return first;
	words->said.env = words->env;
	words->said.caps = words->caps;
	words->said.groups = words->groups;
	if (first == argc)
		return err_usage(err, "exec: the container's ID is missing");
	words->said.id = argv[first++];
	if (first < argc && strcmp(argv[first], "--") == 0)
		first++;
	words->said.args = argv + first;
	if (first == argc && !words->said.process)
		return err_usage(err, "exec: neither a command nor --process is given");
	return 0;
}

int cmd_exec(int argc, char **argv)
{
	struct exec_words words = { 0 };
	struct cove_error err = { 0 };
	int failed, status = 0;
	int r = read_words(argc, argv, &words, &err);

	if (r < 0)
		return oci_end(r, &err);
	r = api_container_exec(&oci_global.oci, &words.said, &status, &err);
	failed = oci_end(r, &err);
	return failed ? STATUS_EXEC_FAILED : status;
}
