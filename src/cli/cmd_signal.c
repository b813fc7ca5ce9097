/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove kill, delete, pause, resume and wait.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "cli/oci.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_SIGNAL 64

struct words {
	bool all, force, regex;
};

OCI_SETTER(set_all, struct words, to->all = true)
OCI_SETTER(set_force, struct words, to->force = true)
OCI_SETTER(set_regex, struct words, to->regex = true)

#define REGEX                                                                                      \
	{ "regex", 'r', NULL, NULL, "ID is an extended regular expression: all that match.", NULL, \
	  OPT_COMPLETE_NONE, 0, set_regex }

static const struct opt kill_options[] = {
	{ "all", 'a', NULL, NULL, "Send it to all processes of the container.", NULL,
	  OPT_COMPLETE_NONE, 0, set_all },
	REGEX,
};

static const struct opt delete_options[] = {
	{ "force", 'f', NULL, NULL, "Kill it first; what does not exist is no error.", NULL,
	  OPT_COMPLETE_NONE, 0, set_force },
	REGEX,
};

const struct opt_command kill_command = {
	.name = "kill",
	.operands = "ID [SIGNAL]",
	.summary = "Send a signal to a container's process (default: TERM).",
	.opts = kill_options,
	.opt_count = ARRAY_LEN(kill_options),
	.one_dash = true,
};

const struct opt_command delete_command = {
	.name = "delete",
	.operands = "ID",
	.summary = "Delete what is left of a container that has stopped.",
	.opts = delete_options,
	.opt_count = ARRAY_LEN(delete_options),
	.one_dash = true,
};

const struct opt_command pause_command = {
	.name = "pause",
	.operands = "ID",
	.summary = "Stop all processes of a container where they are.",
	.one_dash = true,
};

const struct opt_command resume_command = {
	.name = "resume",
	.operands = "ID",
	.summary = "Let a paused container go on.",
	.one_dash = true,
};

const struct opt_command wait_command = {
	.name = "wait",
	.operands = "ID",
	.summary = "Wait for the end of a container's process, and print its exit status.",
	.one_dash = true,
};

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },     { "INT", SIGINT },       { "QUIT", SIGQUIT },   { "ILL", SIGILL },
	{ "TRAP", SIGTRAP },   { "ABRT", SIGABRT },     { "IOT", SIGIOT },     { "BUS", SIGBUS },
	{ "FPE", SIGFPE },     { "KILL", SIGKILL },     { "USR1", SIGUSR1 },   { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },   { "PIPE", SIGPIPE },     { "ALRM", SIGALRM },   { "TERM", SIGTERM },
	{ "STKFLT", 16 },      { "CHLD", SIGCHLD },     { "CLD", SIGCHLD },    { "CONT", SIGCONT },
	{ "STOP", SIGSTOP },   { "TSTP", SIGTSTP },     { "TTIN", SIGTTIN },   { "TTOU", SIGTTOU },
	{ "URG", SIGURG },     { "XCPU", SIGXCPU },     { "XFSZ", SIGXFSZ },   { "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },   { "WINCH", SIGWINCH },   { "IO", SIGIO },       { "POLL", SIGPOLL },
	{ "PWR", SIGPWR },     { "SYS", SIGSYS },
};

/* "RTMIN+3", "RTMAX-1": of the C library, where the lowest two are its own. */
static int real_time(const char *text)
{
	bool low = strncasecmp(text, "RTMIN", 5) == 0;
	uint32_t offset = 0;

	if (!low && strncasecmp(text, "RTMAX", 5) != 0)
		return -EINVAL;
	if (text[5] && (text[5] != (low ? '+' : '-') || num_u32(text + 6, &offset) < 0 ||
			offset > 30))
		return -EINVAL;
	return low ? 34 + (int)offset : MAX_SIGNAL - (int)offset;
}

static int read_signal(const char *text, struct cove_error *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint32_t number;
	int r;

	if (num_u32(text, &number) == 0 && number <= MAX_SIGNAL)
		return (int)number;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (strcasecmp(signals[i].name, name) == 0)
			return signals[i].number;
	r = real_time(name);
	return r >= 0 ? r : err_usage(err, "unknown signal '%s'", text);
}

/* Calls `act` for the container, or for all that match. */
static int each(const char *id, const struct words *words, int signal,
		int (*act)(const char *id, const struct words *words, int signal,
			   struct cove_error *err),
		struct cove_error *err)
{
	char **ids = NULL;
	int r;

	if (!words->regex)
		return act(id, words, signal, err);
	r = api_container_match(&oci_global.oci, id, &ids, err);
	for (char **at = ids; at && *at; at++) {
		if (r == 0)
			r = act(*at, words, signal, err);
		free(*at);
	}
	free(ids);
	return r;
}

static int act_kill(const char *id, const struct words *words, int signal, struct cove_error *err)
{
	return api_container_kill(&oci_global.oci, id, signal, words->all, err);
}

static int act_delete(const char *id, const struct words *words, int signal, struct cove_error *err)
{
	(void)signal;
	return api_container_delete(&oci_global.oci, id, words->force, err);
}

int cmd_kill(int argc, char **argv)
{
	struct words words = { 0 };
	struct oci_operands operands;
	struct cove_error err = { 0 };
	int signal = SIGTERM;
	int r = oci_parse(&kill_command, argc, argv, &words, 1, 2, &operands, &err);

	if (r == 0 && operands.count == 2)
		r = signal = read_signal(operands.words[1], &err);
	if (r >= 0)
		r = each(operands.words[0], &words, signal, act_kill, &err);
	return oci_end(r, &err);
}

int cmd_delete(int argc, char **argv)
{
	struct words words = { 0 };
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&delete_command, argc, argv, &words, &err);

	return oci_end(id ? each(id, &words, 0, act_delete, &err) : -err.num, &err);
}

int cmd_pause(int argc, char **argv)
{
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&pause_command, argc, argv, NULL, &err);

	return oci_end(id ? api_container_freeze(&oci_global.oci, id, true, &err) : -err.num, &err);
}

int cmd_resume(int argc, char **argv)
{
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&resume_command, argc, argv, NULL, &err);

	return oci_end(id ? api_container_freeze(&oci_global.oci, id, false, &err) : -err.num,
		       &err);
}

int cmd_wait(int argc, char **argv)
{
	auto_(buf_done) struct buf out = { 0 };
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&wait_command, argc, argv, NULL, &err);
	int status = -1;
	int r = id ? api_container_wait(&oci_global.oci, id, &status, &err) : -err.num;

	if (status >= 0)
		buf_addf(&out, "%d\n", status);
	else
		buf_adds(&out, "unknown\n");
	return oci_print(r, &out, &err);
}
