/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove help, version, completion, and manual (for the build).
 */
#include "base/auto.h"
#include "base/err.h"
#include "cli/oci.h"
#include "oci/oci.h"

#include <stdio.h>
#include <string.h>

const struct opt_command help_command = {
	.name = "help",
	.operands = "[COMMAND]",
	.summary = "Show this, or the help of a command.",
};

const struct opt_command version_command = {
	.name = "version",
	.operands = "",
	.summary = "Show the version.",
};

const struct opt_command completion_command = {
	.name = "completion",
	.operands = "bash|zsh|fish",
	.summary = "Print a shell's completion script.",
};

const struct opt_command manual_command = {
	.name = "manual",
	.operands = "COMMAND|oci",
	.summary = "Print the OPTIONS section of a manual page, in scdoc's syntax.",
};

static void overview(struct buf *out)
{
	buf_adds(out, "cove runs programs in boxes made of Linux namespaces.\n\n"
		      "Usage: cove COMMAND [OPTIONS]\n\n");
	for (size_t i = 0; i < cli_command_count; i++)
		if (!cli_commands[i].hidden)
			buf_addf(out, "  %-12s%s\n", cli_commands[i].opts->name,
				 cli_commands[i].opts->summary);
	buf_adds(out, "\nTry: cove box -- sh -c 'hostname; id; ls ~'\n"
		      "More: cove box --help\n");
}

static int unknown(const char *what, const char *hint)
{
	struct cove_error err = { 0 };

	err_usage(&err, "%s", what);
	err_hint(&err, "%s", hint);
	return cli_fail(&err, false);
}

int cmd_help(int argc, char **argv)
{
	auto_(buf_done) struct buf text = { 0 };
	const struct cli_command *command = argc > 1 ? cli_find(argv[1]) : NULL;

	if (argc > 1 && !command && argv[1][0] != '-')
		return unknown("there is no such command", "see 'cove help'");
	if (command)
		opt_help(command->opts, &text);
	else
		overview(&text);
	return cli_print(&text);
}

int cmd_version(int argc, char **argv)
{
	auto_(buf_done) struct buf text = { 0 };

	(void)argc;
	(void)argv;
	buf_addf(&text, "cove version %s\ncommit: %s\nspec: %s\n", COVE_VERSION, cli_commit,
		 OCI_SPEC_VERSION);
	return cli_print(&text);
}

int cmd_completion(int argc, char **argv)
{
	auto_(buf_done) struct buf text = { 0 };
	const struct opt_command *commands[48];
	struct opt_program program = { .name = "cove", .commands = commands };
	struct cove_error err = { 0 };

	if (argc < 2)
		return unknown("completion for which shell?", "bash, zsh or fish");
	for (size_t i = 0; i < cli_command_count && i < ARRAY_LEN(commands); i++)
		if (!cli_commands[i].hidden)
			commands[program.command_count++] = cli_commands[i].opts;
	if (opt_completion(argv[1], &program, &text, &err) < 0)
		return cli_fail(&err, false);
	return cli_print(&text);
}

/* All verbs of the OCI runtime are on one page. */
static void oci_manual(struct buf *text)
{
	buf_adds(text, "# OPTIONS\n");
	opt_manual_part(&oci_global_command, "Before the verb", text);
	for (size_t i = 0; i < cli_command_count; i++) {
		const struct opt_command *opts = cli_commands[i].opts;

		if (opts->one_dash)
			opt_manual_part(opts, opts->name, text);
	}
}

int cmd_manual(int argc, char **argv)
{
	auto_(buf_done) struct buf text = { 0 };
	const struct cli_command *command = argc > 1 ? cli_find(argv[1]) : NULL;

	if (argc > 1 && strcmp(argv[1], "oci") == 0)
		oci_manual(&text);
	else if (command)
		opt_manual(command->opts, &text);
	else
		return unknown("the manual of which command?", "see 'cove help'");
	return cli_print(&text);
}
