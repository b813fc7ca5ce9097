/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove-init: the process that enters the box. It is executed from a sealed memory file with an
 * empty environment, gets the sealed plan and one end of the channel, walks the inside's steps and
 * becomes the command, or its init.
 *
 * Its one argument says where they are: "CHANNEL,FILE,OFFSET" are the channel's descriptor, that
 * of the memory file, which stays mapped, and the offset of the plan in it.
 */
#include "base/err.h"
#include "base/num.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <string.h>

enum { CHANNEL, FILE_FD, OFFSET, ARGUMENTS };

static int parse_argument(char *text, uint32_t *ret_numbers)
{
	char *number = text;

	for (int i = 0; i < ARGUMENTS; i++) {
		char *end = number + strcspn(number, ",");
		bool last = *end == '\0';

		*end = '\0';
		if (num_u32(number, &ret_numbers[i]) < 0 || last != (i == ARGUMENTS - 1))
			return -EINVAL;
		number = end + 1;
	}
	return 0;
}

/* The plan need not lie at a page's beginning, for nothing in it is larger than 8 bytes. */
static const struct plan *find_plan(const char *data, size_t len, size_t offset)
{
	const struct plan *plan = (const struct plan *)(data + offset);

	if (offset % 8 || offset > len || len - offset < sizeof(*plan))
		return NULL;
	if (plan->magic != PLAN_MAGIC || plan->version != PLAN_VERSION ||
	    plan->size != len - offset)
		return NULL;
	return plan;
}

static void fill_strings(const struct plan *plan, const struct plan_list *list, char **strings)
{
	plan_each (plan, struct plan_string, item, *list)
		*strings++ = (char *)plan_str(plan, item->text);
	*strings = NULL;
}

/* One block for everything: the struct, the sources, the argument and environment pointers. */
static struct inside *make_inside(const struct plan *plan)
{
	size_t pointers = plan->process.args.count + plan->process.env.count + 2;
	size_t size = sizeof(struct inside) + pointers * sizeof(char *) +
		      plan->source_count * sizeof(int);
	struct inside *in = process_map(size, plan->last_copies);

	if (!in)
		return NULL;
	in->plan = plan;
	in->own_fds = -1;
	in->root_place = -1;
	in->mask_directory = -1;
	in->mask_file = -1;
	inroot_init(&in->tree, -1);
	in->args = (char **)(in + 1);
	in->env = in->args + plan->process.args.count + 1;
	in->sources = (int *)(in->args + pointers);
	fill_strings(plan, &plan->process.args, in->args);
	fill_strings(plan, &plan->process.env, in->env);
	return in;
}

static int start(struct inside *in, struct cove_error *err)
{
	int r = inside_die_with_host(in, err);

	if (r < 0)
		return r;
	process_default_sigchld();
	process_set_name("cove-init");
	in->old_umask = process_set_umask(0);
	r = channel_receive(&in->channel, &in->message, NULL, -1, err);
	if (r < 0)
		return r;
	if (in->message.kind != CHANNEL_HANDOVER)
		return err_set(err, EPROTO, NULL, NULL, "unexpected first message");
	in->boot = in->message.boot;
	if (in->boot.gate_fd >= 0)
		fd_set_inherited(in->boot.gate_fd, false);
	return inside_walk(in, (enum step)in->message.row, err);
}

int main(int argc, char **argv)
{
	size_t argument_len = argc == 2 ? strlen(argv[1]) : 0;
	uint32_t numbers[ARGUMENTS];
	const struct plan *plan;
	struct inside *in;
	const void *file;
	size_t len;

	fd_occupy_standard();
	if (argc != 2 || parse_argument(argv[1], numbers) < 0)
		return COVE_STATUS_SETUP;
	memset(argv[1], 0, argument_len); /* ps shows it otherwise */
	if (fd_map((int)numbers[FILE_FD], &file, &len, NULL) < 0)
		return COVE_STATUS_SETUP;
	fd_close((int)numbers[FILE_FD]);
	plan = find_plan(file, len, numbers[OFFSET]);
	in = plan ? make_inside(plan) : NULL;
	if (!in)
		return COVE_STATUS_SETUP;
	in->channel.fd = (int)numbers[CHANNEL];
	fd_set_inherited(in->channel.fd, false);
	start(in, &in->error);
	inside_report(in, &in->error);
	process_exit(COVE_STATUS_SETUP); /* as the C library's end would not, where a filter denies it */
}
