/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove: finds the command in the table and runs it.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"
#include "box/box.h"
#include "cli/cli.h"
#include "cli/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct cli_command cli_commands[] = {
	{ &box_command, cmd_box, false },
	{ &explain_command, cmd_explain, false },
	{ &changes_command, cmd_changes, false },
	{ &apply_command, cmd_apply, false },
	{ &discard_command, cmd_discard, false },
	{ &create_command, cmd_create, false },
	{ &start_command, cmd_start, false },
	{ &run_command, cmd_run, false },
	{ &exec_command, cmd_exec, false },
	{ &state_command, cmd_state, false },
	{ &kill_command, cmd_kill, false },
	{ &delete_command, cmd_delete, false },
	{ &list_command, cmd_list, false },
	{ &ps_command, cmd_ps, false },
	{ &pause_command, cmd_pause, false },
	{ &resume_command, cmd_resume, false },
	{ &update_command, cmd_update, false },
	{ &events_command, cmd_events, false },
	{ &wait_command, cmd_wait, false },
	{ &inspect_command, cmd_inspect, false },
	{ &spec_command, cmd_spec, false },
	{ &features_command, cmd_features, false },
	{ &checkpoint_command, cmd_checkpoint, false },
	{ &restore_command, cmd_restore, false },
	{ &mounts_command, cmd_mounts, false },
	{ &version_command, cmd_version, false },
	{ &help_command, cmd_help, false },
	{ &completion_command, cmd_completion, false },
	{ &manual_command, cmd_manual, true },
};
const size_t cli_command_count = ARRAY_LEN(cli_commands);

const struct cli_command *cli_find(const char *name)
{
	for (size_t i = 0; i < cli_command_count; i++)
		if (strcmp(cli_commands[i].opts->name, name) == 0)
			return &cli_commands[i];
	return NULL;
}

int cli_print(const struct buf *text)
{
	if (text->failed || fputs(buf_str(text), stdout) == EOF || fflush(stdout) == EOF) {
		fprintf(stderr, "cove: cannot write the output: %s\n",
			strerror(text->failed ? ENOMEM : errno));
		return COVE_STATUS_SETUP;
	}
	return 0;
}

int cli_fail(const struct cove_error *err, bool json)
{
	char text[COVE_ERROR_TEXT_MAX];

	if (json) {
		cove_error_json(err, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
	} else {
		cove_error_text(err, text, sizeof(text));
		fputs(text, stderr);
	}
	return err->status ? err->status : COVE_STATUS_SETUP;
}

static int unknown_command(const char *name)
{
	const char *names[ARRAY_LEN(cli_commands)];
	struct cove_error err = { 0 };
	const char *near;

	for (size_t i = 0; i < cli_command_count; i++)
		names[i] = cli_commands[i].opts->name;
	near = text_nearest(name, names, cli_command_count);
	err_usage(&err, "unknown command '%s'", name);
	if (near)
		err_hint(&err, "did you mean 'cove %s'?", near);
	else if (name[0] == '-')
		err_hint(&err, "see 'cove help'; a command in a box: cove box -- COMMAND");
	else
		err_hint(&err, "see 'cove help'; to run it in a box: cove box %s", name);
	return cli_fail(&err, false);
}

static bool is_one_of(const char *word, const char *first, const char *second)
{
	return strcmp(word, first) == 0 || strcmp(word, second) == 0;
}

/* Options before the verb are the OCI runtime's; "--help" and "--version" are verbs in disguise. */
static int skip_global(int argc, char **argv, struct cove_error *err)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (is_one_of(word, "--help", "-h") || is_one_of(word, "--version", "-v") ||
	    is_one_of(word, "-V", "-version"))
		return 1;
	return word[0] == '-' ? oci_parse_global(argc, argv, err) : 1;
}

static const char *plain_name(const char *name)
{
	if (is_one_of(name, "--help", "-h"))
		return "help";
	if (is_one_of(name, "--version", "-v") || is_one_of(name, "-V", "-version"))
		return "version";
	return name;
}

int main(int argc, char **argv)
{
	const struct cli_command *command;
	struct cove_error err = { 0 };
	const char *name;
	int at;

	api_hold_standard_fds();
	if (api_refuse_setuid(&err) < 0)
		return cli_fail(&err, false);
	at = skip_global(argc, argv, &err);
	if (at < 0)
		return cli_fail(&err, false);
	name = plain_name(argc > at ? argv[at] : "help");
	command = cli_find(name);
	if (!command)
		return unknown_command(name);
	if (argc == at + 2 && is_one_of(argv[at + 1], "--help", "-h"))
		return cmd_help(2, (char *[]){ "help", (char *)name, NULL });
	if (argc > at)
		return command->run(argc - at, argv + at);
	command->run(1, (char *[]){ "help", NULL });
	return COVE_STATUS_USAGE;
}
