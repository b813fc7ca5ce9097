/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove-init: the process that enters the box. It is executed from a sealed memory file with an
 * empty environment, gets the sealed plan and one end of the channel, walks the inside's steps and
 * becomes the command, or its init.
 *
 * Its one argument names the two descriptors: "CHANNEL,PLAN".
 */
#include "base/err.h"
#include "base/num.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <string.h>

static int parse_fds(char *text, int *ret_channel, int *ret_plan)
{
	char *comma = text ? strchr(text, ',') : NULL;
	uint32_t channel, plan;

	if (!comma)
		return -EINVAL;
	*comma = '\0';
	if (num_u32(text, &channel) < 0 || num_u32(comma + 1, &plan) < 0)
		return -EINVAL;
	*ret_channel = (int)channel;
	*ret_plan = (int)plan;
	return 0;
}

static int map_plan(int fd, const struct plan **ret_plan, size_t *ret_len)
{
	const void *data;
	size_t len;
	int r = fd_map(fd, &data, &len, NULL);

	if (r < 0)
		return r;
	*ret_plan = data;
	*ret_len = len;
	if (len < sizeof(**ret_plan) || (*ret_plan)->magic != PLAN_MAGIC ||
	    (*ret_plan)->version != PLAN_VERSION || (*ret_plan)->size != len)
		return -EINVAL;
	return 0;
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
	struct inside *in = process_map_shared(size, NULL);

	if (!in)
		return NULL;
	in->plan = plan;
	in->root = -1;
	in->args = (char **)(in + 1);
	in->env = in->args + plan->process.args.count + 1;
	in->sources = (int *)(in->args + pointers);
	fill_strings(plan, &plan->process.args, in->args);
	fill_strings(plan, &plan->process.env, in->env);
	return in;
}

static int start(struct inside *in, struct cove_error *err)
{
	int r;

	process_die_with_parent();
	process_set_name("cove-init");
	in->old_umask = process_set_umask(0);
	r = channel_receive(&in->channel, &in->message, NULL, -1, err);
	if (r < 0)
		return r;
	if (in->message.kind != CHANNEL_HANDOVER)
		return err_set(err, EPROTO, NULL, NULL, "unexpected first message");
	in->boot = in->message.boot;
	return inside_walk(in, (enum step)in->message.row, err);
}

int main(int argc, char **argv)
{
	const struct plan *plan = NULL;
	struct inside *in;
	int channel, plan_fd;
	size_t len;

	if (parse_fds(argc == 2 ? argv[1] : NULL, &channel, &plan_fd) < 0)
		return COVE_STATUS_SETUP;
	if (map_plan(plan_fd, &plan, &len) < 0)
		return COVE_STATUS_SETUP;
	fd_close(plan_fd);
	in = make_inside(plan);
	if (!in)
		return COVE_STATUS_SETUP;
	in->plan_len = len;
	in->channel.fd = channel;
	fd_set_inherited(channel, false);
	start(in, &in->error);
	inside_report(in, &in->error);
	return COVE_STATUS_SETUP;
}
