/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See host.h.
 */
#include "api/host.h"
#include "base/auto.h"
#include "base/err.h"
#include "engine/engine.h"
#include "plan/overlay.h"
#include "sys/facts.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <stdlib.h>

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
	err_set(err, EPERM, NULL, NULL,
		"cove refuses to run set-user-id or with file capabilities");
	err_hint(err, "it needs neither: chmod u-s,g-s and setcap -r take them away");
	return -EPERM;
}

static unsigned passed_fds;

void api_hold_standard_fds(void)
{
	fd_occupy_standard();
	while (passed_fds < PLAN_KEEP_FDS && fd_is_open(3 + (int)passed_fds))
		passed_fds++;
}

unsigned api_passed_fds(void)
{
	return passed_fds;
}

const struct facts *api_host_facts(const struct api_host *host)
{
	return &host->store.facts;
}

int api_host_add_facts(struct api_host *host, const struct plan *plan, struct cove_error *err)
{
	int r = 0;

	if (plan->rlimits.count)
		facts_gather_limits(&host->store);
	if (plan->container.is)
		facts_gather_mapped(&host->store);
	if (plan_has_landlock(plan))
		facts_gather_landlock(&host->store);
	if (plan->maps.kind == PLAN_MAP_AUTO)
		r = facts_gather_ranges(&host->store, err);
	if (r == 0 && plan_has_overlay(plan))
		r = facts_gather_mounts(&host->store, err);
	return r;
}

void api_host_add_terminals(struct api_host *host)
{
	facts_gather_terminals(&host->store);
}

void api_host_close(struct api_host *host)
{
	if (host)
		facts_done(&host->store);
	free(host);
}

int api_read_fd(int fd, struct buf *ret, struct cove_error *err)
{
	auto_free char *data = NULL;
	long len = fd_read_all(fd, 1 << 20, &data, err);

	if (len < 0)
		return (int)len;
	buf_add(ret, data, (size_t)len);
	return ret->failed ? err_set(err, ENOMEM, "realloc", NULL, "out of memory") : 0;
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

int api_write_fd(int fd, const char *data, size_t len, struct cove_error *err)
{
	return process_tell(fd, data, len, err);
}

int api_check_fd(int fd, struct cove_error *err)
{
	if (fd_is_open(fd))
		return 0;
	err_usage(err, "descriptor %d is not open", fd);
	return -EBADF;
}

int api_die_with_parent(struct cove_error *err)
{
	int r = process_die_with_parent();

	return r == 0 ? 0
		      : err_set(err, -r, "prctl", "PR_SET_PDEATHSIG",
				"cannot ask to die with the parent");
}
