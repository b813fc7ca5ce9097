/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove state, list, ps, inspect, features and spec: what prints, and changes nothing but a file that
 * spec makes.
 */
#include "base/auto.h"
#include "base/err.h"
#include "cli/oci.h"
#include "oci/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct words {
	const char *bundle, *file;
	bool json, quiet, rootless;
};

OCI_SETTER(set_quiet, struct words, to->quiet = true)
OCI_SETTER(set_bundle, struct words, to->bundle = value)
OCI_SETTER(set_file, struct words, to->file = value)
OCI_SETTER(set_rootless, struct words, to->rootless = true)

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

static const struct opt spec_options[] = {
	{ "bundle", 'b', "DIR", NULL, "Write it there (default: where you are).", NULL,
	  OPT_COMPLETE_DIR, 0, set_bundle },
	{ "file", 'f', "FILE", NULL, "Write another file than config.json.", NULL,
	  OPT_COMPLETE_FILE, 0, set_file },
	{ "rootless", 0, NULL, NULL, "For a user without privileges.", NULL, OPT_COMPLETE_NONE, 0,
	  set_rootless },
};

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
	.operands = "ID",
	.summary = "List the processes of a container.",
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

const struct opt_command features_command = {
	.name = "features",
	.operands = "",
	.summary = "Print what this runtime can do, as JSON.",
	.one_dash = true,
};

const struct opt_command spec_command = {
	.name = "spec",
	.operands = "",
	.summary = "Write a config.json to begin with.",
	.opts = spec_options,
	.opt_count = ARRAY_LEN(spec_options),
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
	const char *id = oci_parse_id(&ps_command, argc, argv, &words, &err);

	return oci_print(id ? api_container_ps(&oci_global.oci, id, words.json, &out, &err)
			    : -err.num,
			 &out, &err);
}

int cmd_inspect(int argc, char **argv)
{
	auto_(buf_done) struct buf out = { 0 };
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&inspect_command, argc, argv, NULL, &err);

	return oci_print(id ? api_container_inspect(&oci_global.oci, id, &out, &err) : -err.num,
			 &out, &err);
}

int cmd_features(int argc, char **argv)
{
	auto_(buf_done) struct buf out = { 0 };
	struct oci_operands operands;
	struct cove_error err = { 0 };
	int r = oci_parse(&features_command, argc, argv, NULL, 0, 0, &operands, &err);

	if (r == 0)
		oci_write_features(&out);
	return oci_print(r, &out, &err);
}

/* What is there already is left alone. */
static int write_spec(const struct words *words, struct cove_error *err)
{
	auto_(buf_done) struct buf text = { 0 };
	auto_(buf_done) struct buf path = { 0 };
	const char *file = words->file ? words->file : "config.json";
	struct api_host *host;
	int r = api_host_open(&host, err);

	if (r < 0)
		return r;
	oci_write_spec(api_host_facts(host), words->rootless, &text);
	api_host_close(host);
	if (words->bundle && file[0] != '/')
		buf_addf(&path, "%s/", words->bundle);
	buf_adds(&path, file);
	return api_write_new_file(buf_str(&path), &text, err);
}

int cmd_spec(int argc, char **argv)
{
	struct words words = { 0 };
	struct oci_operands operands;
	struct cove_error err = { 0 };
	int r = oci_parse(&spec_command, argc, argv, &words, 0, 0, &operands, &err);

	return oci_end(r == 0 ? write_spec(&words, &err) : r, &err);
}
