/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove state, list, ps and inspect: what prints, and changes nothing.
 */
#include "base/auto.h"
#include "base/err.h"
#include "cli/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct words {
	bool json, quiet;
};

OCI_SETTER(set_quiet, struct words, to->quiet = true)

static int set_format(void *context, const struct opt *opt, const char *value,
		      struct cove_error *err)
{
	struct words *to = context;

	(void)opt;
	to->json = strcmp(value, "json") == 0;
	if (!to->json && strcmp(value, "table") != 0)
		return err_usage(err, "the format is table or json");
	return 0;
}

#define FORMAT                                                                                     \
	{ "format", 'f', "table|json", NULL, "Choose the form (default: table).", "table json",    \
	  OPT_COMPLETE_CHOICES, 0, set_format }

static const struct opt list_options[] = {
	FORMAT,
	{ "quiet", 'q', NULL, NULL, "Only the IDs.", NULL, OPT_COMPLETE_NONE, 0, set_quiet },
};

static const struct opt ps_options[] = { FORMAT };

const struct opt_command state_command = {
	.name = "state",
	.operands = "ID",
	.summary = "Print the state of a container, as JSON.",
	.one_dash = true,
};

const struct opt_command list_command = {
	.name = "list",
	.operands = "",
	.summary = "List the containers.",
	.opts = list_options,
	.opt_count = ARRAY_LEN(list_options),
	.one_dash = true,
};

const struct opt_command ps_command = {
	.name = "ps",
	.operands = "ID [PS-ARGUMENT...]",
	.summary = "List the processes of a container.",
	.details = "As ps of the host shows them, by default with -ef; as JSON only their numbers.",
	.opts = ps_options,
	.opt_count = ARRAY_LEN(ps_options),
	.one_dash = true,
};

const struct opt_command inspect_command = {
	.name = "inspect",
	.operands = "ID",
	.summary = "Print all that is known of a container, as JSON.",
	.one_dash = true,
};

int cmd_state(int argc, char **argv)
{
	auto_(buf_done) struct buf out = { 0 };
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&state_command, argc, argv, NULL, &err);

	return oci_print(id ? api_container_state(&oci_global.oci, id, &out, &err) : -err.num, &out,
			 &err);
}

int cmd_list(int argc, char **argv)
{
	auto_(buf_done) struct buf out = { 0 };
	struct words words = { 0 };
	struct oci_operands operands;
	struct cove_error err = { 0 };
	enum api_list form;
	int r = oci_parse(&list_command, argc, argv, &words, 0, 0, &operands, &err);

	form = words.quiet ? API_LIST_IDS : words.json ? API_LIST_JSON : API_LIST_TABLE;
	if (r == 0)
		r = api_container_list(&oci_global.oci, form, &out, &err);
	return oci_print(r, &out, &err);
}

int cmd_ps(int argc, char **argv)
{
	auto_(buf_done) struct buf out = { 0 };
	struct words words = { 0 };
	struct cove_error err = { 0 };
	int first = opt_parse(&ps_command, argc, argv, &words, &err);
	int r = first < argc ? first : err_usage(&err, "ps: the container's ID is missing");

	if (r >= 0)
		r = api_container_ps(&oci_global.oci, argv[first], words.json, argv + first + 1,
				     &out, &err);
	return oci_print(r, &out, &err);
}

int cmd_inspect(int argc, char **argv)
{
	auto_(buf_done) struct buf out = { 0 };
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&inspect_command, argc, argv, NULL, &err);

	return oci_print(id ? api_container_inspect(&oci_global.oci, id, &out, &err) : -err.num,
			 &out, &err);
}
