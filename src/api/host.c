/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See host.h.
 */
#include "api/host.h"
#include "base/err.h"
#include "engine/engine.h"
#include "sys/facts.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

struct api_host {
	struct facts_store store;
};

int api_host_open(struct api_host **ret_host, struct cove_error *err)
{
	struct api_host *host = calloc(1, sizeof(*host));
	int r;

	if (!host)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	r = facts_gather(&host->store, err);
	if (r < 0) {
		free(host);
		return r;
	}
	*ret_host = host;
	return 0;
}

int api_refuse_setuid(struct cove_error *err)
{
	if (!process_is_privileged_program())
		return 0;
	err_set(err, EPERM, NULL, NULL, "cove refuses to run set-user-id or with file capabilities");
	err_hint(err, "it needs neither: chmod u-s,g-s and setcap -r take them away");
	return -EPERM;
}

void api_hold_standard_fds(void)
{
	fd_occupy_standard();
}

const struct facts *api_host_facts(const struct api_host *host)
{
	return &host->store.facts;
}

int api_host_add_facts(struct api_host *host, const struct plan *plan, struct cove_error *err)
{
	if (plan->rlimits.count)
		facts_gather_limits(&host->store);
	if (plan->maps.kind == PLAN_MAP_AUTO)
		return facts_gather_ranges(&host->store, err);
	return 0;
}

void api_host_close(struct api_host *host)
{
	if (host)
		facts_done(&host->store);
	free(host);
}

static void take_trace(const struct run *run, struct api_trace *trace)
{
	for (enum step step = 0; step < STEP_COUNT; step++) {
		trace->steps[step].begin = run->times[step].begin;
		trace->steps[step].end = run->times[step].end;
	}
	trace->ended = channel_now();
}

int api_run(const struct plan *plan, struct api_trace *trace, int *ret_status,
	    struct cove_error *err)
{
	struct run run;
	int status, r;

	process_default_sigchld();
	process_survive_file_limit();
	r = engine_start(plan, &run, err);
	if (r == 0)
		r = engine_supervise(&run, &status, err);
	if (r == 0) {
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (trace)
			take_trace(&run, trace);
	}
	engine_done(&run);
	return r;
}

int api_create_file(const char *path, struct cove_error *err)
{
	return fd_create(path, err);
}

int api_write_file(int fd, const char *path, const struct buf *data, struct cove_error *err)
{
	auto_fd int file = fd;
	int r = data->failed ? err_set(err, ENOMEM, "malloc", path, "no memory to write '%s'", path)
			     : fd_empty(file, path, err);

	return r < 0 ? r : fd_write(file, buf_str(data), data->len, path, err);
}
