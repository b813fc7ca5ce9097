/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events: figures every now and then, and what the kernel tells meanwhile.
 */
#include "api/root.h"
#include "api/stats.h"
#include "base/auto.h"
#include "base/err.h"
#include "sys/cgroup.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>

enum { ENDED, SHORT, WATCHED };

static int tell(const struct api_events *events, const char *type, const char *id, int cgroup,
		struct cove_error *err)
{
	auto_(buf_done) struct buf line = { 0 };
	struct json j;

	json_init(&j, &line, false);
	json_open_object(&j, NULL);
	json_string(&j, "type", type);
	json_string(&j, "id", id);
	if (cgroup >= 0) {
		json_open_object(&j, "data");
		stats_put(cgroup, &j);
		json_close_object(&j);
	}
	json_close_object(&j);
	buf_addc(&line, '\n');
	return events->tell(events->context, &line, err);
}

static int wait_for(struct pollfd fds[WATCHED], uint64_t next)
{
	uint64_t now = process_clock();

	return process_poll_many(fds, WATCHED, now < next ? (int)((next - now + 999999) / 1000000)
							  : 0);
}

/* memory.events is readable with priority whenever it has changed. */
static int watch(const struct life_container *c, int cgroup, const struct api_events *events,
		 struct cove_error *err)
{
	auto_fd int pidfd = life_process(c);
	auto_fd int file = fd_open_at(cgroup, "memory.events", 0, 0, NULL);
	struct pollfd fds[WATCHED] = {
		[ENDED] = { .fd = pidfd, .events = POLLIN },
		[SHORT] = { .fd = file, .events = POLLPRI },
	};
	uint64_t kills = stats_oom_kills(cgroup), next = process_clock() + events->interval;
	int r = 0;

	while (r == 0 && pidfd >= 0 && !fds[ENDED].revents) {
		uint64_t now;

		r = wait_for(fds, next);
		if (r < 0)
			return err_set(err, -r, "poll", NULL, "cannot wait for events");
		now = stats_oom_kills(cgroup);
		r = now > kills ? tell(events, "oom", c->id, -1, err) : 0;
		kills = now;
		if (r == 0 && process_clock() >= next) {
			r = tell(events, "stats", c->id, cgroup, err);
			next = process_clock() + events->interval;
		}
	}
	return r < 0 ? r : tell(events, "exit", c->id, -1, err);
}

int api_container_events(const struct api_oci *oci, const char *id,
			 const struct api_events *events, struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);
	auto_fd int cgroup = -1;
	struct life_container c = { .dir = -1 };
	int r = root;

	if (r >= 0)
		r = life_find(root, id, LIFE_UNLOCKED, &c, err);
	if (r >= 0)
		r = life_allows(LIFE_LOOK, c.status, id, err);
	if (r >= 0)
		r = cgroup = life_cgroup(&c, err);
	if (r >= 0)
		r = events->once ? tell(events, "stats", id, cgroup, err)
				 : watch(&c, cgroup, events, err);
	life_done(&c);
	return r;
}
