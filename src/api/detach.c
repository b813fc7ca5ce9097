/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going on in the background: see run.h.
 */
#include "api/run.h"
#include "base/auto.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>

#define DEVICE "/dev/null"
#define ABOVE_STANDARD 3

/* The lowest descriptor from `from` on that is still needed; INT_MAX: none. */
static int next_needed(const struct plan *plan, const int *own, unsigned own_count, int from)
{
	int next = INT_MAX;

	for (unsigned i = 0; i < own_count; i++)
		if (own[i] >= from && own[i] < next)
			next = own[i];
	plan_each (plan, struct plan_number, keep, plan->process.keep_fds)
		if (keep->value >= from && keep->value < next)
			next = (int)keep->value;
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->content_fd >= from && m->content_fd < next)
			next = m->content_fd;
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		if (plan->ns[ns].target == PLAN_TARGET_FD && plan->ns[ns].number >= from &&
		    plan->ns[ns].number < next)
			next = plan->ns[ns].number;
	return next;
}

/* A pipe of the caller's that were held on to would keep its reader waiting. */
static void close_others(const struct plan *plan, const int *own, unsigned own_count)
{
	int from = ABOVE_STANDARD;

	while (from < INT_MAX) {
		int next = next_needed(plan, own, own_count, from);

		if (next > from)
			fd_close_range((unsigned)from, next == INT_MAX ? ~0U : (unsigned)next - 1);
		from = next == INT_MAX ? next : next + 1;
	}
}

/* In the new process: nothing of the caller's terminal or pipes stays. */
static int let_go(struct api_detached *detached, struct cove_error *err)
{
	auto_fd int null = fd_open(DEVICE, O_RDWR, err);
	int r = null < 0 ? null : fd_dup_above(2, ABOVE_STANDARD, err);

	if (r < 0)
		return r;
	detached->standard_error = r;
	close_others(detached->plan, (const int[]){ null, r, detached->status_fd, detached->ready },
		     4);
	r = fd_dup_to(null, 0, err);
	for (int fd = 1; fd <= 2 && r >= 0; fd++)
		if (!fd_is_plain_file(fd))
			r = fd_dup_to(null, fd, err);
	return r;
}

int api_detach(struct api_detached *detached, int *ret_status, struct cove_error *err)
{
	auto_fd int ready = -1, wait = -1, pidfd = -1;
	struct process_end end;
	int r = fd_pipe(&wait, &ready, err);
	long n;

	if (r == 0)
		r = process_branch(&pidfd, err);
	if (r == 0) {
		fd_close(TAKE_FD(wait));
		detached->ready = TAKE_FD(ready);
		r = let_go(detached, err);
		return r < 0 ? r : 1;
	}
	if (r < 0)
		return r;
	fd_close(TAKE_FD(ready));
	n = fd_read(wait, detached->text, sizeof(detached->text));
	detached->text[n > 0 ? n : 0] = '\0';
	if (n > 0) {
		*ret_status = 0;
		return 0;
	}
	r = process_wait(pidfd, &end, err);
	if (r == 0)
		*ret_status = WIFEXITED(end.status) ? WEXITSTATUS(end.status)
						    : 128 + WTERMSIG(end.status);
	return r;
}

int api_detached_ready(struct api_detached *detached, const char *text, struct cove_error *err)
{
	int r = fd_write(detached->ready, text, strlen(text), "the caller", err);

	fd_close(TAKE_FD(detached->ready));
	fd_close(TAKE_FD(detached->standard_error));
	return r;
}

void api_detached_failed(struct api_detached *detached)
{
	if (detached->standard_error >= 0)
		fd_dup_to(detached->standard_error, 2, NULL);
}
