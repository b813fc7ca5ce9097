/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: a table of commands, one file each. Only this room prints.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "api/host.h"
#include "api/run.h"
#include "base/buf.h"
#include "base/opt.h"
#include <cove/error.h>

/* argv[0] is the command's name. Returns the exit status. */
typedef int cli_run(int argc, char **argv);

struct cli_command {
	const struct opt_command *opts;
	cli_run *run;
	bool hidden;
};

/* What was built: a commit's hash, or the version. */
extern const char cli_commit[];

extern const struct cli_command cli_commands[];
extern const size_t cli_command_count;

cli_run cmd_box;
cli_run cmd_explain;
cli_run cmd_help;
cli_run cmd_changes;
cli_run cmd_apply;
cli_run cmd_discard;
cli_run cmd_version;
cli_run cmd_completion;
cli_run cmd_manual;

/* The verbs of the OCI runtime: oci.h. */
cli_run cmd_create;
cli_run cmd_run;
cli_run cmd_start;
cli_run cmd_exec;
cli_run cmd_state;
cli_run cmd_kill;
cli_run cmd_delete;
cli_run cmd_list;
cli_run cmd_ps;
cli_run cmd_pause;
cli_run cmd_resume;
cli_run cmd_update;
cli_run cmd_events;
cli_run cmd_wait;
cli_run cmd_inspect;
cli_run cmd_spec;
cli_run cmd_features;
cli_run cmd_checkpoint;
cli_run cmd_restore;
cli_run cmd_mounts;

extern const struct opt_command create_command;
extern const struct opt_command run_command;
extern const struct opt_command start_command;
extern const struct opt_command exec_command;
extern const struct opt_command state_command;
extern const struct opt_command kill_command;
extern const struct opt_command delete_command;
extern const struct opt_command list_command;
extern const struct opt_command ps_command;
extern const struct opt_command pause_command;
extern const struct opt_command resume_command;
extern const struct opt_command update_command;
extern const struct opt_command events_command;
extern const struct opt_command wait_command;
extern const struct opt_command inspect_command;
extern const struct opt_command spec_command;
extern const struct opt_command features_command;
extern const struct opt_command checkpoint_command;
extern const struct opt_command restore_command;
extern const struct opt_command mounts_command;

extern const struct opt_command explain_command;
extern const struct opt_command changes_command;
extern const struct opt_command apply_command;
extern const struct opt_command discard_command;
extern const struct opt_command help_command;
extern const struct opt_command version_command;
extern const struct opt_command completion_command;
extern const struct opt_command manual_command;

/* Prints to standard output; returns 0, or COVE_STATUS_SETUP with a message when it could not. */
int cli_print(const struct buf *text);
/* Prints the error to standard error, as text or JSON. Returns the exit status that it asks for. */
int cli_fail(const struct cove_error *err, bool json);
/* The command of that name, or NULL. */
const struct cli_command *cli_find(const char *name);

/* --trace, before the run: a file that cannot be written is an error while nothing has begun.
 * ret_file is -1 for "-", a table on standard error. */
int trace_open(const char *path, int *ret_file, struct cove_error *err);
/* After it: writes the times, and closes the file. */
int trace_write(const struct box *box, const struct api_trace *trace, int file,
		struct cove_error *err);

/* --status-fd: one line of JSON for each event. */
int report_started(int fd, const struct api_start *start, struct cove_error *err);
int report_exited(int fd, const struct api_end *end, struct cove_error *err);
int report_failed(int fd, const struct cove_error *failure);
/* --stats: on standard error. */
void report_stats(const struct api_end *end);

#endif
