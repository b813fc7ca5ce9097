/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove features and spec.
 */
#include "base/auto.h"
#include "base/err.h"
#include "cli/oci.h"
#include "oci/oci.h"

struct words {
	const char *bundle, *file;
	bool rootless;
};

OCI_SETTER(set_bundle, struct words, to->bundle = value)
OCI_SETTER(set_file, struct words, to->file = value)
OCI_SETTER(set_rootless, struct words, to->rootless = true)

static const struct opt spec_options[] = {
	{ "bundle", 'b', "DIR", NULL, "Write it there (default: where you are).", NULL,
	  OPT_COMPLETE_DIR, 0, set_bundle },
	{ "file", 'f', "FILE", NULL, "Write another file than config.json.", NULL,
	  OPT_COMPLETE_FILE, 0, set_file },
	{ "rootless", 0, NULL, NULL, "For a user without privileges.", NULL, OPT_COMPLETE_NONE, 0,
	  set_rootless },
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
