/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what the tables of src/oci know: "config:POINTER", and behind a blank why it has no effect.
 * With "features" or "spec": that document.
 */
#include "base/auto.h"
#include "oci/parts.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	auto_(buf_done) struct buf out = { 0 };
	const struct facts facts = { .uid = 1000, .gid = 100 };
	const char *what = argc > 1 ? argv[1] : "fields";

	if (strcmp(what, "features") == 0)
		oci_write_features(&out);
	else if (strcmp(what, "spec") == 0)
		oci_write_spec(&facts, argc > 2, &out);
	else
		reader_list(oci_config_fields, "config:", &out);
	fputs(buf_str(&out), stdout);
	return out.failed;
}
