/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove create, run and start.
 */
#include "base/auto.h"
#include "base/err.h"
#include "cli/oci.h"

OCI_SETTER(set_bundle, struct api_bundle, to->bundle = value)
OCI_SETTER(set_config, struct api_bundle, to->config = value)
OCI_SETTER(set_console, struct api_bundle, to->console_socket = value)
OCI_SETTER(set_pid_file, struct api_bundle, to->pid_file = value)
OCI_SETTER(set_pidfd_socket, struct api_bundle, to->pidfd_socket = value)
OCI_SETTER(set_no_pivot, struct api_bundle, to->no_pivot = true)
OCI_SETTER(set_no_keyring, struct api_bundle, to->no_new_keyring = true)
OCI_SETTER(set_no_subreaper, struct api_bundle, to->no_subreaper = true)
OCI_SETTER(set_strict, struct api_bundle, to->strict = true)
OCI_SETTER(set_detach, struct api_bundle, to->detach = true)
OCI_SETTER(set_keep, struct api_bundle, to->keep = true)
OCI_SETTER(set_fault, struct api_bundle, to->fault = value)
OCI_SETTER(ignore, struct api_bundle, (void)to)

static int set_fds(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)opt;
	return oci_count(value, &((struct api_bundle *)context)->preserve_fds, err);
}

#define COMMON                                                                                     \
	{ "bundle", 'b', "DIR", NULL, "Take the bundle in DIR (default: where you are).", NULL,    \
	  OPT_COMPLETE_DIR, 0, set_bundle },                                                       \
	{ "config", 'f', "FILE", NULL, "Read another file than the bundle's config.json.", NULL,   \
	  OPT_COMPLETE_FILE, 0, set_config },                                                      \
	{ "console-socket", 0, "PATH", NULL,                                                       \
	  "Send the master of its terminal to the socket there.", NULL, OPT_COMPLETE_FILE, 0,      \
	  set_console },                                                                           \
	{ "pid-file", 0, "FILE", NULL, "Write the number of its process to FILE.", NULL,           \
	  OPT_COMPLETE_FILE, 0, set_pid_file },                                                    \
	{ "pidfd-socket", 0, "PATH", NULL,                                                         \
	  "Send a descriptor of its process to the socket there.", NULL, OPT_COMPLETE_FILE, 0,     \
	  set_pidfd_socket },                                                                      \
	{ "preserve-fds", 0, "N", NULL,                                                            \
	  "Pass N more descriptors on, from 3 or behind those of LISTEN_FDS.", NULL,               \
	  OPT_COMPLETE_NONE, 0, set_fds },                                                         \
	{ "no-pivot", 0, NULL, NULL,                                                               \
	  "Do without pivot_root, for a host that runs from its initial ramdisk.", NULL,           \
	  OPT_COMPLETE_NONE, 0, set_no_pivot },                                                    \
	{ "no-new-keyring", 0, NULL, NULL, "Stay in the caller's session keyring.", NULL,          \
	  OPT_COMPLETE_NONE, 0, set_no_keyring },                                                  \
	{ "strict", 0, NULL, NULL,                                                                 \
	  "Refuse a config.json with members that are unknown or without effect.", NULL,           \
	  OPT_COMPLETE_NONE, 0, set_strict },                                                      \
	{ "fault", 0, "STEP:fail|kill|hang", NULL, "For tests.", NULL, OPT_COMPLETE_NONE,          \
	  OPT_HIDDEN, set_fault }

static const struct opt create_options[] = {
	COMMON,
	{ "no-subreaper", 0, NULL, NULL, "Accepted, without effect.", NULL, OPT_COMPLETE_NONE,
	  OPT_HIDDEN, ignore },
};

static const struct opt run_options[] = {
	COMMON,
	{ "detach", 'd', NULL, NULL, "Leave the container to itself once it runs.", NULL,
	  OPT_COMPLETE_NONE, 0, set_detach },
	{ "keep", 0, NULL, NULL, "Do not delete the container when it has ended.", NULL,
	  OPT_COMPLETE_NONE, 0, set_keep },
	{ "no-subreaper", 0, NULL, NULL, "Do not adopt the container's orphans.", NULL,
	  OPT_COMPLETE_NONE, 0, set_no_subreaper },
};

const struct opt_command create_command = {
	.name = "create",
	.operands = "ID",
	.summary = "Make a container from an OCI bundle, up to where its command would run.",
	.opts = create_options,
	.opt_count = ARRAY_LEN(create_options),
	.one_dash = true,
};

const struct opt_command run_command = {
	.name = "run",
	.operands = "ID",
	.summary = "Make a container from an OCI bundle, and run its command.",
	.details = "The exit status is the command's own, or 128 + n when signal n ended it. The "
		   "container is deleted then, unless it was left to itself, or is to be kept.",
	.opts = run_options,
	.opt_count = ARRAY_LEN(run_options),
	.one_dash = true,
};

const struct opt_command start_command = {
	.name = "start",
	.operands = "ID",
	.summary = "Run the command of a container that was created.",
	.one_dash = true,
};

int cmd_create(int argc, char **argv)
{
	struct api_bundle said = { 0 };
	struct cove_error err = { 0 };
	int r;

	said.id = oci_parse_id(&create_command, argc, argv, &said, &err);
	r = said.id ? api_container_create(&oci_global.oci, &said, &err) : -err.num;
	return oci_end(r, &err);
}

int cmd_run(int argc, char **argv)
{
	struct api_bundle said = { 0 };
	struct cove_error err = { 0 };
	int r, failed, status = 0;

	said.id = oci_parse_id(&run_command, argc, argv, &said, &err);
	r = said.id ? api_container_run(&oci_global.oci, &said, &status, &err) : -err.num;
	failed = oci_end(r, &err);
	return status ? status : failed;
}

int cmd_start(int argc, char **argv)
{
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&start_command, argc, argv, NULL, &err);

	return oci_end(id ? api_container_start(&oci_global.oci, id, &err) : -err.num, &err);
}
