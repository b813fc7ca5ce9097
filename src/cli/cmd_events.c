/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove events.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "cli/oci.h"

#include <errno.h>

#define INTERVAL_NS UINT64_C(5000000000)

OCI_SETTER(set_stats, struct api_events, to->once = true)

static int set_interval(void *context, const struct opt *opt, const char *value,
			struct cove_error *err)
{
	int64_t ns;

	(void)opt;
	if (num_duration_ns(value, &ns) < 0 || ns <= 0)
		return err_usage(err, "an interval is a time such as 5s");
	((struct api_events *)context)->interval = (uint64_t)ns;
	return 0;
}

static const struct opt events_options[] = {
	{ "interval", 0, "TIME", NULL, "Tell the figures that often (default: 5s).", NULL,
	  OPT_COMPLETE_NONE, 0, set_interval },
	{ "stats", 0, NULL, NULL, "Tell them once.", NULL, OPT_COMPLETE_NONE, 0, set_stats },
};

const struct opt_command events_command = {
	.name = "events",
	.operands = "ID",
	.summary = "Print what happens to a container, a line of JSON each.",
	.details = "Types are stats: what its cgroup has used; oom: the kernel killed in it because "
		   "memory was short; exit: its process has ended.",
	.opts = events_options,
	.opt_count = ARRAY_LEN(events_options),
	.one_dash = true,
};

static int print_line(void *context, const struct buf *line, struct cove_error *err)
{
	(void)context;
	return cli_print(line) == 0 ? 0 : err_set(err, EIO, NULL, NULL, "cannot write the output");
}

int cmd_events(int argc, char **argv)
{
	struct api_events events = { .interval = INTERVAL_NS, .tell = print_line };
	struct cove_error err = { 0 };
	const char *id = oci_parse_id(&events_command, argc, argv, &events, &err);

	return oci_end(id ? api_container_events(&oci_global.oci, id, &events, &err) : -err.num,
		       &err);
}
