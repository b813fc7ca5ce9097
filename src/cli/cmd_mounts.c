/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove mounts.
 */
#include "base/auto.h"
#include "base/err.h"
#include "cli/oci.h"

#include <string.h>

const struct opt_command mounts_command = {
	.name = "mounts",
	.operands = "add|remove ID FILE",
	.summary = "Add mounts to a container that is there, or remove them.",
	.details = "FILE, or - for standard input, is an array of mounts as config.json has it. "
		   "Files of the host are opened by whoever calls; to remove, each destination is "
		   "unmounted, with all below it. All up to the first that fails is done.",
	.one_dash = true,
};

static int which(const char *word, bool *ret_remove, struct cove_error *err)
{
	*ret_remove = strcmp(word, "remove") == 0;
	return *ret_remove || strcmp(word, "add") == 0
		       ? 0
		       : err_usage(err, "mounts: what is to be done is add or remove, not '%s'", word);
}

int cmd_mounts(int argc, char **argv)
{
	auto_(buf_done) struct buf text = { 0 };
	struct oci_operands words;
	struct cove_error err = { 0 };
	bool remove = false;
	int r = oci_parse(&mounts_command, argc, argv, NULL, 3, 3, &words, &err);

	if (r == 0)
		r = which(words.words[0], &remove, &err);
	if (r == 0)
		r = oci_read_file(words.words[2], &text, &err);
	if (r == 0)
		r = api_container_mounts(&oci_global.oci, words.words[1], remove,
					 &(struct api_document){ words.words[2], &text }, &err);
	return oci_end(r, &err);
}
