/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove checkpoint and restore: the options are those of other runtimes, so that they are understood;
 * the verbs themselves are refused.
 */
#include "base/auto.h"
#include "base/err.h"
#include "cli/oci.h"

#include <errno.h>

static int take(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)context;
	(void)opt;
	(void)value;
	(void)err;
	return 0;
}

#define FLAG(name, help) { name, 0, NULL, NULL, help, NULL, OPT_COMPLETE_NONE, 0, take }
#define WITH(name, value, help) { name, 0, value, NULL, help, NULL, OPT_COMPLETE_NONE, 0, take }

#define BOTH                                                                                       \
	WITH("image-path", "DIR", "Where the image is."),                                          \
	WITH("work-path", "DIR", "Where logs go."),                                                \
	WITH("parent-path", "DIR", "An earlier image."),                                           \
	FLAG("tcp-established", "With open TCP connections."),                                     \
	FLAG("ext-unix-sk", "With sockets that lead outside."),                                    \
	FLAG("shell-job", "With a terminal of the caller's."),                                     \
	FLAG("file-locks", "With file locks."),                                                    \
	WITH("manage-cgroups-mode", "MODE", "What becomes of cgroups."),                           \
	WITH("empty-ns", "NAMESPACE", "A namespace without its content."),                         \
	WITH("network-lock", "METHOD", "How the network is held back."),                           \
	FLAG("auto-dedup", "Without pages that are there twice."),                                 \
	FLAG("lazy-pages", "With memory that comes later."),                                       \
	FLAG("link-remap", "With files that have no name any more.")

static const struct opt checkpoint_options[] = {
	BOTH,
	FLAG("leave-running", "The container goes on."),
	FLAG("pre-dump", "Only its memory."),
	FLAG("tcp-skip-in-flight", "Without connections that are being made."),
	WITH("status-fd", "FD", "Who is told when it is ready."),
	WITH("page-server", "ADDRESS:PORT", "Where memory goes."),
};

static const struct opt restore_options[] = {
	BOTH,
	{ "bundle", 'b', "DIR", NULL, "The bundle.", NULL, OPT_COMPLETE_DIR, 0, take },
	{ "detach", 'd', NULL, NULL, "Leave it to itself.", NULL, OPT_COMPLETE_NONE, 0, take },
	WITH("pid-file", "FILE", "Where its number goes."),
	WITH("console-socket", "PATH", "Where its terminal goes."),
	FLAG("no-subreaper", "Adopt no orphans."),
	FLAG("no-pivot", "Do without pivot_root."),
	FLAG("tcp-close", "Without its connections."),
	WITH("lsm-profile", "TYPE:NAME", "Another profile."),
	WITH("lsm-mount-context", "CONTEXT", "Another SELinux context."),
};

#define NOT_THERE "This is not there yet: the verb is refused."

const struct opt_command checkpoint_command = {
	.name = "checkpoint",
	.operands = "ID",
	.summary = "Write a container to an image.",
	.details = NOT_THERE,
	.opts = checkpoint_options,
	.opt_count = ARRAY_LEN(checkpoint_options),
	.one_dash = true,
};

const struct opt_command restore_command = {
	.name = "restore",
	.operands = "ID",
	.summary = "Make a container from an image.",
	.details = NOT_THERE,
	.opts = restore_options,
	.opt_count = ARRAY_LEN(restore_options),
	.one_dash = true,
};

static int refuse(const struct opt_command *command, int argc, char **argv)
{
	struct oci_operands words;
	struct cove_error err = { 0 };
	int r = oci_parse(command, argc, argv, NULL, 1, 1, &words, &err);

	if (r == 0)
		r = err_set(&err, ENOTSUP, NULL, NULL, "%s is not implemented yet", command->name);
	return oci_end(r, &err);
}

int cmd_checkpoint(int argc, char **argv)
{
	return refuse(&checkpoint_command, argc, argv);
}

int cmd_restore(int argc, char **argv)
{
	return refuse(&restore_command, argc, argv);
}
