/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last two steps: the descriptors that the command gets, and the command.
 */
#include "base/err.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <string.h>

static bool is_kept(const struct plan *plan, int fd)
{
	plan_each (plan, struct plan_number, keep, plan->process.keep_fds)
		if (keep->value == fd)
			return true;
	return false;
}

static int highest_kept(const struct plan *plan)
{
	int highest = 2;

	plan_each (plan, struct plan_number, keep, plan->process.keep_fds)
		if (keep->value > highest)
			highest = (int)keep->value;
	return highest;
}

static int close_fds(unsigned first, unsigned last, struct cove_error *err)
{
	int r = fd_close_range(first, last);

	return r == 0 ? 0 : err_set(err, -r, "close_range", NULL, "cannot close descriptors");
}

/* Those up to the highest kept one. */
static int close_between(const struct plan *plan, unsigned highest, struct cove_error *err)
{
	for (unsigned fd = 3; fd <= highest; fd++) {
		int r = is_kept(plan, (int)fd) ? 0 : close_fds(fd, fd, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Moves *fd to the first free number from `lowest` on. */
static int move_above(int *fd, unsigned lowest, struct cove_error *err)
{
	int r = fd_dup_above(*fd, (int)lowest, err);

	if (r < 0)
		return r;
	fd_close(*fd);
	*fd = r;
	return 0;
}

/* Those from *lowest to below `fd`, where the next ones begin then. */
static int close_up_to(unsigned *lowest, int fd, struct cove_error *err)
{
	int r = (unsigned)fd > *lowest ? close_fds(*lowest, (unsigned)fd - 1, err) : 0;

	*lowest = (unsigned)fd + 1;
	return r;
}

/* Closes everything but 0 to 2, the kept ones, the gate's socket and the channel, which end by
 * themselves when the command is executed. They move out of the way first. */
int apply_fds(struct inside *in, struct cove_error *err)
{
	const struct plan *plan = in->plan;
	unsigned highest = (unsigned)highest_kept(plan), lowest = highest + 1;
	int *gate = in->boot.gate_fd >= 0 ? &in->boot.gate_fd : NULL;
	int r = gate ? move_above(gate, lowest, err) : 0;

	if (r == 0)
		r = move_above(&in->channel.fd, gate ? (unsigned)*gate + 1 : lowest, err);
	if (r < 0 || plan->process.keep_all_fds)
		return r;
	r = close_between(plan, highest, err);
	if (r == 0 && gate)
		r = close_up_to(&lowest, *gate, err);
	if (r == 0)
		r = close_up_to(&lowest, in->channel.fd, err);
	return r < 0 ? r : close_fds(lowest, ~0U, err);
}

bool inside_next_candidate(struct inside *in, const char **search, const char *name)
{
	size_t dir_len, name_len = strlen(name);

	while (*search) {
		const char *dir = *search;

		dir_len = strcspn(dir, ":");
		*search = dir[dir_len] ? dir + dir_len + 1 : NULL;
		if (dir_len == 0 || dir_len + name_len + 2 > sizeof(in->path))
			continue;
		memcpy(in->path, dir, dir_len);
		in->path[dir_len] = '/';
		memcpy(in->path + dir_len + 1, name, name_len + 1);
		return true;
	}
	return false;
}

/* As execvp: goes on where there is no such file or it may not be run, and remembers the latter;
 * but not where the directory may not be searched, which says nothing of the file. */
static int search_and_execute(struct inside *in, const char *name)
{
	const char *search = plan_str(in->plan, in->plan->process.search);
	char denied[sizeof(in->path)] = "";
	int num = ENOENT;

	while (inside_next_candidate(in, &search, name)) {
		int r = process_execute(in->path, in->args, in->env);

		if (r == -EACCES && !denied[0] && fd_path_exists(in->path))
			memcpy(denied, in->path, strlen(in->path) + 1);
		if (r != -EACCES && r != -ENOENT && r != -ENOTDIR)
			return -r;
		/* A script whose interpreter is missing says ENOENT, too. */
		if (r == -ENOENT && fd_path_exists(in->path))
			return ENOENT;
	}
	if (denied[0]) {
		memcpy(in->path, denied, sizeof(denied));
		num = EACCES;
	} else {
		in->path[0] = '\0';
	}
	return num;
}

static int execute(struct inside *in)
{
	const char *name = in->args[0];
	size_t len = strlen(name);

	if (name[0] == '\0')
		return ENOENT; /* in->path is empty: not found */
	if (!strchr(name, '/'))
		return search_and_execute(in, name);
	if (len >= sizeof(in->path))
		return ENAMETOOLONG;
	memcpy(in->path, name, len + 1);
	return -process_execute(name, in->args, in->env);
}

static int announce(struct inside *in, struct cove_error *err)
{
	inside_describe(in, CHANNEL_EXEC);
	return channel_send(&in->channel, &in->message, -1, err);
}

int inside_get_ready(struct inside *in, struct cove_error *err)
{
	int r = 0;

	if (in->ready)
		return 0;
	if (in->plan->process.outlives)
		process_let_live();
	if (in->plan->last == PLAN_LAST_DIRECT || in->moved)
		r = announce(in, err);
	process_set_umask(in->old_umask);
	process_restore_signals(in->boot.signal_mask);
	in->ready = true;
	return r;
}

int apply_exec(struct inside *in, struct cove_error *err)
{
	int r = inside_get_ready(in, err);

	if (r < 0)
		return r;
	if (in->plan->container.amend) /* all is done, and the channel ends as by an execution */
		process_exit(0);
	in->executing = true;
	return diagnose_exec(in, execute(in), err);
}
