/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See container.h.
 */
#include "life/container.h"
#include "base/auto.h"
#include "base/err.h"
#include "sys/cgroup.h"
#include "sys/identity.h"
#include "sys/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_TIMEOUT_MS 10000
#define ID_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-"

int life_check_id(const char *id, struct cove_error *err)
{
	size_t len = strlen(id);

	if (len && len <= LIFE_ID_MAX && strspn(id, ID_CHARACTERS) == len &&
	    strcmp(id, ".") != 0 && strcmp(id, "..") != 0)
		return 0;
	err_set(err, EINVAL, NULL, id, "invalid container ID: %s'%.60s%s'",
		len > LIFE_ID_MAX ? "it is too long: " : "", id, len > 60 ? "..." : "");
	err_hint(err, "letters, digits and _+.- are allowed, at most %d", LIFE_ID_MAX);
	return -EINVAL;
}

static int no_container(const char *id, struct cove_error *err)
{
	return err_set(err, ENOENT, NULL, NULL, "container does not exist: '%s'", id);
}

static int lock(struct life_container *c, enum life_lock kind, struct cove_error *err)
{
	char command[128];
	pid_t holder = 0;
	int r;

	if (kind == LIFE_UNLOCKED)
		return 0;
	r = store_lock(c->dir, kind == LIFE_SHARED, LOCK_TIMEOUT_MS, &holder);
	if (r == -ETIMEDOUT) {
		identity_command(holder, command, holder ? sizeof(command) : 1);
		err_set(err, ETIMEDOUT, NULL, NULL, "container '%s' is kept busy by process %d%s%s%s",
			c->id, holder, command[0] ? " (" : "", command, command[0] ? ")" : "");
		return r;
	}
	if (r < 0)
		return err_set(err, -r, "flock", c->id, "cannot lock container '%s'", c->id);
	return store_is_current(c->root, c->id, c->dir) ? 0 : no_container(c->id, err);
}

static bool lives(pid_t pid, uint64_t start)
{
	struct identity identity;

	return pid > 0 && identity_look(pid, &identity) == 0 && identity.start == start &&
	       identity.state != 'Z' && identity.state != 'X';
}

static bool is_frozen(const char *path)
{
	auto_fd int cgroup = path[0] ? cgroup_open(path, NULL) : -1;

	return cgroup >= 0 && cgroup_is_frozen(cgroup) > 0;
}

/* Who holds the lock knows that nobody is creating it any more. */
static enum life_status judge(const struct life_container *c, enum life_lock lock)
{
	const struct record *record = &c->record;
	char boot[IDENTITY_BOOT_SIZE];

	if (!c->whole)
		return lock == LIFE_UNLOCKED && store_is_locked(c->dir) ? LIFE_CREATING
									: LIFE_STOPPED;
	if (record->stage == RECORD_STOPPED)
		return LIFE_STOPPED;
	identity_boot(boot);
	if (strcmp(boot, record->boot) != 0)
		return LIFE_STOPPED;
	if (record->stage == RECORD_CREATING)
		return lock == LIFE_UNLOCKED && lives(record->maker, record->maker_start)
			       ? LIFE_CREATING
			       : LIFE_STOPPED;
	if (!lives(record->pid, record->start))
		return LIFE_STOPPED;
	if (is_frozen(record->cgroup))
		return LIFE_PAUSED;
	return record->stage == RECORD_CREATED ? LIFE_CREATED : LIFE_RUNNING;
}

static int read_record(struct life_container *c, enum life_lock lock, struct cove_error *err)
{
	long len = store_read(c->dir, "record", RECORD_LIMIT, &c->text);

	c->whole = len >= 0 && record_parse(c->text, &c->record) == 0;
	c->status = judge(c, lock);
	if (c->whole || lock == LIFE_EXCLUSIVE)
		return 0;
	if (!store_is_current(c->root, c->id, c->dir))
		return no_container(c->id, err);
	if (c->status == LIFE_CREATING)
		return err_set(err, EAGAIN, NULL, NULL, "container '%s' is being created", c->id);
	err_set(err, EBADMSG, NULL, NULL, "the record of container '%s' is damaged", c->id);
	err_hint(err, "delete --force removes what is left of it");
	return -EBADMSG;
}

int life_find(int root, const char *id, enum life_lock kind, struct life_container *ret,
	      struct cove_error *err)
{
	int r = life_check_id(id, err);

	*ret = (struct life_container){ .root = root, .id = id, .dir = -1 };
	if (r < 0)
		return r;
	ret->dir = store_open(root, id);
	if (ret->dir == -ENOENT)
		return no_container(id, err);
	if (ret->dir < 0)
		return err_set(err, -ret->dir, "open", id, "cannot open container '%s'", id);
	r = lock(ret, kind, err);
	return r < 0 ? r : read_record(ret, kind, err);
}

int life_make(int root, const char *id, struct life_container *ret, struct cove_error *err)
{
	int r = life_check_id(id, err);

	*ret = (struct life_container){ .root = root, .id = id, .dir = -1 };
	if (r < 0)
		return r;
	ret->dir = store_make(root, id);
	if (ret->dir == -EEXIST) {
		err_set(err, EEXIST, NULL, NULL, "container with given ID already exists: '%s'", id);
		return -EEXIST;
	}
	if (ret->dir < 0)
		return err_set(err, -ret->dir, "mkdir", id, "cannot make the container's directory");
	return lock(ret, LIFE_EXCLUSIVE, err);
}

void life_done(struct life_container *container)
{
	if (container->dir >= 0)
		fd_close(TAKE_FD(container->dir));
	free(container->text);
	container->text = NULL;
}

int life_process(const struct life_container *container)
{
	const struct record *record = &container->record;

	if (!container->whole || record->pid <= 0 || container->status == LIFE_STOPPED)
		return -ESRCH;
	return identity_open(record->pid, record->start);
}

int life_plan(const struct life_container *container, const struct plan **ret_plan,
	      struct cove_error *err)
{
	const struct plan *plan;
	const void *data;
	size_t len;
	int r = store_map(container->dir, "plan", &data, &len);

	if (r < 0)
		return err_set(err, -r, "open", "plan", "cannot read the plan of container '%s'",
			       container->id);
	plan = data;
	if (len < sizeof(plan->magic) + sizeof(plan->version) + sizeof(plan->size) ||
	    plan->magic != PLAN_MAGIC || plan->version != PLAN_VERSION)
		return err_set(err, ESTALE, NULL, "plan", "the plan of container '%s' is another "
							  "version's", container->id);
	if (len < sizeof(*plan) || plan->size != len || !plan->sealed)
		return err_set(err, EBADMSG, NULL, "plan", "the plan of container '%s' is damaged",
			       container->id);
	*ret_plan = plan;
	return 0;
}

int life_write(struct life_container *container, struct cove_error *err)
{
	auto_(buf_done) struct buf text = { 0 };
	int r;

	record_format(&container->record, &text);
	if (text.failed)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	r = store_write(container->dir, "record", &(struct fd_part){ text.data, text.len }, 1);
	return r == 0 ? 0 : err_set(err, -r, "write", "record", "cannot write the record of "
								 "container '%s'", container->id);
}
