/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See cgroup_settings.h.
 */
#include "engine/cgroup_settings.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/caps.h"
#include "sys/cgroup.h"
#include "sys/identity.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_SIZE 16384

struct change {
	const struct plan_cgroup_setting *setting;
	const char *file, *value;
	char *old;    /* what was there; owned */
	bool skipped; /* there is nothing to write it to, and that does not matter */
	bool later;   /* refused as long as another one is as it was */
	bool done;
};

struct changes {
	struct change *list;
	unsigned count;
};

static void changes_done(struct changes *changes)
{
	for (unsigned i = 0; changes->list && i < changes->count; i++)
		free(changes->list[i].old);
	free(changes->list);
}

/* Whether it takes a limit away: there is none where the controller is missing. */
static bool is_no_limit(const char *file, const char *value)
{
	size_t len = strlen(file);

	return len > 4 && strcmp(file + len - 4, ".max") == 0 && strncmp(value, "max", 3) == 0;
}

bool cgroup_settings_limit(const struct plan *plan)
{
	plan_each (plan, struct plan_cgroup_setting, setting, plan->cgroup.settings)
		if (!setting->share && !is_no_limit(plan_str(plan, setting->file),
						    plan_str(plan, setting->value)))
			return true;
	return false;
}

bool cgroup_settings_need_no_devices(void)
{
	return !(caps_effective() & UINT64_C(1) << CAP_SYS_ADMIN) || identity_is_mapped();
}

/* ---- controllers ---- */

/* "memory" of "memory.max"; files of all cgroups need none. */
static bool controller_of(const char *file, char *name, size_t size)
{
	size_t len = strcspn(file, ".");

	if (len >= size || (len == 6 && memcmp(file, "cgroup", 6) == 0))
		return false;
	snprintf(name, size, "%.*s", (int)len, file);
	return true;
}

/* Sees to it that the file of a change is there. */
static int prepare(struct change *change, int cgroup, const struct run *run, struct cove_error *err)
{
	char controller[64];
	struct cove_error why = { .num = 0 };
	int r = 0;

	if (controller_of(change->file, controller, sizeof(controller)))
		r = cgroup_enable(cgroup, controller, &why);
	if (cgroup_has(cgroup, change->file))
		return 0;
	if (is_no_limit(change->file, change->value)) {
		change->skipped = true;
		return 0;
	}
	if (r == 0)
		r = err_set(&why, ENOTSUP, NULL, change->file, "this kernel has no '%s'",
			    change->file);
	if (change->setting->share) {
		change->skipped = true;
		if (run) {
			struct cove_error note = why;

			snprintf(note.what, sizeof(note.what), "%.48s is left out: %.120s",
				 change->file, why.what);
			note.hint[0] = '\0';
			run_warn(run, &note);
		}
		return 0;
	}
	if (err) {
		*err = why;
		snprintf(err->what, sizeof(err->what), "cannot set %.48s: %.120s", change->file,
			 why.what);
	}
	return r;
}

/* ---- values ---- */

/* Files with a line for each device or resource. */
static bool is_keyed(const char *file)
{
	return strncmp(file, "io.", 3) == 0 || strncmp(file, "rdma.", 5) == 0 ||
	       strncmp(file, "misc.", 5) == 0;
}

/* A file that cannot be read, such as memory.reclaim, has nothing that could be put back. */
static int save(struct change *change, int cgroup, struct cove_error *err)
{
	auto_free char *text = malloc(VALUE_SIZE);

	if (!text)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	if (cgroup_read(cgroup, change->file, text, VALUE_SIZE, NULL) >= 0)
		change->old = TAKE_PTR(text);
	return 0;
}

/* What takes back a line that was not there: all that the line could say. */
static const char *no_line(const char *file)
{
	if (strcmp(file, "io.max") == 0)
		return "rbps=max wbps=max riops=max wiops=max";
	if (strcmp(file, "rdma.max") == 0)
		return "hca_handle=max hca_object=max";
	if (strcmp(file, "io.latency") == 0)
		return "target=0";
	return strcmp(file, "misc.max") == 0 ? "max" : "default";
}

/* Of a file with lines, the one that begins as the value did. */
static void put_line_back(const struct change *change, int cgroup)
{
	size_t key = strcspn(change->value, " ");
	char text[512];

	for (const char *at = change->old; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (strncmp(at, change->value, key) == 0 && at[key] == ' ') {
			snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "\n"), at);
			cgroup_write(cgroup, change->file, text, NULL);
			return;
		}
	snprintf(text, sizeof(text), "%.*s %s", (int)key, change->value, no_line(change->file));
	cgroup_write(cgroup, change->file, text, NULL);
}

static void put_back(const struct changes *changes, int cgroup)
{
	for (unsigned i = changes->count; i > 0; i--) {
		const struct change *change = &changes->list[i - 1];

		if (!change->done || !change->old)
			continue;
		if (is_keyed(change->file))
			put_line_back(change, cgroup);
		else
			cgroup_write(cgroup, change->file, change->old, NULL);
	}
}

/* The kernel would kill until it fits. */
static int check_usage(const struct change *change, int cgroup, struct cove_error *err)
{
	uint64_t limit = 0, used = 0;
	char text[32];

	if (num_u64(change->value, &limit) < 0 ||
	    cgroup_read(cgroup, "memory.current", text, sizeof(text), NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	if (num_u64(text, &used) < 0 || used <= limit)
		return 0;
	return err_set(err, EBUSY, NULL, change->file,
		       "%s of %llu is below what is in use, %llu bytes", change->file,
		       (unsigned long long)limit, (unsigned long long)used);
}

static int write_one(struct change *change, int cgroup, bool last_try, struct cove_error *err)
{
	int r = change->setting->check_usage ? check_usage(change, cgroup, err) : 0;

	if (r == 0)
		r = cgroup_write(cgroup, change->file, change->value, err);
	change->later = r == -EINVAL && !last_try;
	change->done = r == 0;
	if (r == -EINVAL || r == -ERANGE)
		err_hint(err, "the kernel does not take this value here");
	if (r == -ENODEV)
		err_hint(err, "there is no such block device: see lsblk");
	return change->later ? 0 : r;
}

/* Some values are held against each other, such as cpu.max and cpu.max.burst: what is refused is
 * tried again when the rest is written. */
static int write_all(const struct plan *plan, struct changes *changes, int cgroup, bool save_old,
		     struct cove_error *err)
{
	int r = 0;

	for (int round = 0; r == 0 && round < 2; round++)
		for (unsigned i = 0; r == 0 && i < changes->count; i++) {
			struct change *change = &changes->list[i];

			if (change->skipped || (round > 0 && !change->later))
				continue;
			if (save_old && round == 0)
				r = save(change, cgroup, err);
			if (r == 0)
				r = write_one(change, cgroup, round > 0, err);
			if (r < 0)
				err_origin(err, plan_str(plan, change->setting->item.origin));
		}
	return r;
}

/* ---- devices ---- */

static int set_devices(const struct plan *plan, int cgroup, struct cove_error *err)
{
	unsigned count = plan->cgroup.devices.count, i = 0;
	auto_free struct cgroup_device *rules = calloc(count + 1, sizeof(*rules));
	int r;

	if (!rules)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	plan_each (plan, struct plan_device_rule, rule, plan->cgroup.devices)
		rules[i++] = (struct cgroup_device){ rule->allow, rule->type, rule->access,
						     rule->major, rule->minor };
	r = cgroup_set_devices(cgroup, rules, count, err);
	if ((r == -EPERM || r == -EACCES) && cgroup_settings_need_no_devices())
		return 0;
	if (r < 0)
		err_origin(err, plan_str(plan, plan->cgroup.origin));
	if (r == -EPERM)
		err_hint(err, "that takes CAP_SYS_ADMIN and CAP_BPF; --cgroup-manager disabled runs "
			      "without device rules");
	return r;
}

/* ---- all ---- */

static int collect(const struct plan *plan, struct changes *changes)
{
	unsigned i = 0;

	changes->count = plan->cgroup.settings.count;
	changes->list = calloc(changes->count + 1, sizeof(*changes->list));
	if (!changes->list)
		return -ENOMEM;
	plan_each (plan, struct plan_cgroup_setting, setting, plan->cgroup.settings)
		changes->list[i++] = (struct change){
			.setting = setting,
			.file = plan_str(plan, setting->file),
			.value = plan_str(plan, setting->value),
		};
	return 0;
}

int cgroup_settings_apply(const struct plan *plan, int cgroup, bool all_or_none,
			  const struct run *run, struct cove_error *err)
{
	auto_(changes_done) struct changes changes = { NULL, 0 };
	int r = 0;

	if (collect(plan, &changes) < 0)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	for (unsigned i = 0; r == 0 && i < changes.count; i++) {
		r = prepare(&changes.list[i], cgroup, run, err);
		if (r < 0)
			err_origin(err, plan_str(plan, changes.list[i].setting->item.origin));
	}
	if (r < 0)
		return r;
	r = write_all(plan, &changes, cgroup, all_or_none, err);
	if (r == 0 && plan->cgroup.has_devices)
		r = set_devices(plan, cgroup, err);
	if (r < 0)
		put_back(&changes, cgroup);
	return r;
}

int cgroup_settings_write(const struct plan *plan, int cgroup, struct cove_error *err)
{
	auto_(changes_done) struct changes changes = { NULL, 0 };

	if (collect(plan, &changes) < 0)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	for (unsigned i = 0; i < changes.count; i++)
		if (prepare(&changes.list[i], cgroup, NULL, NULL) == 0 && !changes.list[i].skipped)
			cgroup_write(cgroup, changes.list[i].file, changes.list[i].value, NULL);
	return 0;
}
