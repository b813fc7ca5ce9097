/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state, list, ps, inspect: what is on disk and in /proc about containers. Nothing is locked.
 */
#include "api/ps.h"
#include "api/root.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "plan/explain.h"
#include "sys/cgroup.h"
#include "sys/dir.h"
#include "sys/fd.h"
#include "sys/identity.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* ---- state ---- */

static bool has_process(const struct life_container *c)
{
	return c->status != LIFE_STOPPED && c->status != LIFE_CREATING;
}

static void put_state(struct json *j, const char *key, const struct life_container *c,
		      const char *owner)
{
	const struct record *record = &c->record;

	json_open_object(j, key);
	json_string(j, "ociVersion", record->version[0] ? record->version : "1.0.0");
	json_string(j, "id", c->id);
	json_int(j, "pid", has_process(c) ? record->pid : 0);
	json_string(j, "status", life_status_name(c->status));
	json_string(j, "bundle", record->bundle);
	json_string(j, "rootfs", record->rootfs);
	json_string(j, "created", record->created);
	if (strcmp(record->annotations, "{}") != 0)
		json_raw(j, "annotations", record->annotations);
	json_string(j, "owner", owner);
	json_close_object(j);
}

int api_container_state(const struct api_oci *oci, const char *id, struct buf *out,
			struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);
	struct life_container c = { .dir = -1 };
	struct json j;
	int r = root;

	if (r >= 0)
		r = life_find(root, id, LIFE_UNLOCKED, &c, err);
	if (r >= 0) {
		json_init(&j, out, true);
		put_state(&j, NULL, &c, "");
		buf_addc(out, '\n');
	}
	life_done(&c);
	return r;
}

/* ---- list ---- */

struct names {
	char **ids;
	size_t count;
};

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->ids[i]);
	free(names->ids);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct names *names, const char *name)
{
	char **ids = realloc(names->ids, (names->count + 2) * sizeof(*ids));
	char *copy = strdup(name);

	if (ids)
		names->ids = ids;
	if (!ids || !copy) {
		free(copy);
		return -ENOMEM;
	}
	ids[names->count++] = copy;
	ids[names->count] = NULL;
	return 0;
}

/* Sorted. Other files may be there, too. */
static int read_names(int root, struct names *ret, struct cove_error *err)
{
	struct dir dir;
	const char *name;
	bool maybe_dir;
	int num, r = 0;

	dir_init(&dir, root);
	while (r == 0 && (name = dir_next(&dir, &maybe_dir, &num)))
		if (maybe_dir && life_check_id(name, NULL) == 0)
			r = add_name(ret, name);
	if (r < 0)
		return err_set(err, -r, "malloc", NULL, "out of memory");
	if (ret->count)
		qsort(ret->ids, ret->count, sizeof(*ret->ids), compare);
	return 0;
}

#define ID_WIDTH 12 /* of the column, at least */

static int id_width(const struct names *names)
{
	size_t width = ID_WIDTH;

	for (size_t i = 0; i < names->count; i++)
		if (strlen(names->ids[i]) + 2 > width)
			width = strlen(names->ids[i]) + 2;
	return (int)width;
}

static void put_row(struct buf *out, const struct life_container *c, int width, const char *owner)
{
	const struct record *record = &c->record;

	buf_addf(out, "%-*s%-12d%-12s%-30s %-31s%s\n", width, c->id,
		 has_process(c) ? record->pid : 0, life_status_name(c->status), record->bundle,
		 record->created, owner);
}

/* Where and how a list is written. */
struct listing {
	enum api_list form;
	int width; /* of the first column */
	struct json *json;
	struct buf *out;
};

static void put_one(int root, const char *id, const struct listing *to)
{
	char owner[64];
	struct life_container c = { .dir = -1 };

	/* One that is deleted meanwhile, or damaged, is none. */
	if (life_find(root, id, LIFE_UNLOCKED, &c, NULL) == 0) {
		identity_user_name(c.record.owner, owner, sizeof(owner));
		if (to->form == API_LIST_JSON)
			put_state(to->json, NULL, &c, owner);
		else if (to->form == API_LIST_IDS)
			buf_addf(to->out, "%s\n", id);
		else
			put_row(to->out, &c, to->width, owner);
	}
	life_done(&c);
}

int api_container_list(const struct api_oci *oci, enum api_list form, struct buf *out,
		       struct cove_error *err)
{
	auto_fd int root = root_open(oci, false, err);
	auto_(names_done) struct names names = { 0 };
	struct json j;
	struct listing to = { .form = form, .json = &j, .out = out };
	int r = root == -ENOENT ? 0 : root;

	if (root >= 0)
		r = read_names(root, &names, err);
	if (r < 0)
		return r;
	to.width = id_width(&names);
	json_init(&j, out, false);
	if (form == API_LIST_TABLE)
		buf_addf(out, "%-*s%-12s%-12s%-30s %-31s%s\n", to.width, "ID", "PID", "STATUS",
			 "BUNDLE", "CREATED", "OWNER");
	if (form == API_LIST_JSON)
		json_open_array(&j, NULL);
	for (size_t i = 0; i < names.count; i++)
		put_one(root, names.ids[i], &to);
	if (form == API_LIST_JSON) {
		json_close_array(&j);
		buf_addc(out, '\n');
	}
	return 0;
}

int api_container_match(const struct api_oci *oci, const char *pattern, char ***ret_ids,
			struct cove_error *err)
{
	auto_fd int root = root_open(oci, false, err);
	auto_(names_done) struct names names = { 0 };
	struct names found = { 0 };
	regex_t regex;
	int r = root == -ENOENT ? 0 : root;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return err_usage(err, "'%s' is no regular expression", pattern);
	if (root >= 0)
		r = read_names(root, &names, err);
	for (size_t i = 0; r == 0 && i < names.count; i++)
		if (regexec(&regex, names.ids[i], 0, NULL, 0) == 0)
			r = add_name(&found, names.ids[i]);
	regfree(&regex);
	if (r < 0)
		names_done(&found);
	else
		*ret_ids = found.ids;
	return r;
}

/* ---- ps ---- */

struct numbers {
	struct json j;
	struct buf *out;
	bool json;
};

static int put_number(void *context, pid_t pid)
{
	struct numbers *numbers = context;

	if (numbers->json)
		json_int(&numbers->j, NULL, pid);
	else
		buf_addf(numbers->out, "%d\n", pid);
	return 0;
}

/* Without a cgroup of its own only its first process is known. */
static int put_processes(const struct life_container *c, struct numbers *numbers,
			 struct cove_error *err)
{
	auto_fd int cgroup = life_cgroup(c, NULL);

	if (cgroup < 0)
		return put_number(numbers, c->record.pid);
	return cgroup_each_process(cgroup, put_number, numbers, err);
}

static int print_processes(const struct life_container *c, bool json, char *const *args,
			   struct buf *out, struct cove_error *err)
{
	auto_(buf_done) struct buf lines = { 0 };
	struct numbers numbers = { .out = &lines, .json = json };
	int r;

	json_init(&numbers.j, out, false);
	if (json)
		json_open_array(&numbers.j, NULL);
	r = put_processes(c, &numbers, err);
	if (!json)
		return r < 0 ? r : ps_print(&lines, args, out, err);
	json_close_array(&numbers.j);
	buf_addc(out, '\n');
	return r;
}

int api_container_ps(const struct api_oci *oci, const char *id, bool json, char *const *args,
		     struct buf *out, struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);
	struct life_container c = { .dir = -1 };
	int r = root;

	if (r >= 0)
		r = life_find(root, id, LIFE_UNLOCKED, &c, err);
	if (r >= 0)
		r = life_allows(LIFE_LOOK, c.status, id, err);
	if (r >= 0)
		r = print_processes(&c, json, args, out, err);
	life_done(&c);
	return r;
}

/* ---- inspect ---- */

static void put_record(struct json *j, const struct life_container *c)
{
	const struct record *record = &c->record;

	json_open_object(j, "record");
	json_int(j, "pid", record->pid);
	json_uint(j, "start", record->start);
	json_string(j, "boot", record->boot);
	json_string(j, "cgroup", record->cgroup);
	json_uint(j, "owner", record->owner);
	json_uint(j, "planVersion", record->plan_version);
	if (record->exit >= 0)
		json_int(j, "exitStatus", record->exit);
	json_close_object(j);
}

static void put_live(struct json *j, const struct life_container *c)
{
	struct numbers numbers = { .json = true };

	json_open_array(j, "processes");
	if (has_process(c)) {
		numbers.j = *j;
		put_processes(c, &numbers, NULL);
		*j = numbers.j;
	}
	json_close_array(j);
}

int api_container_inspect(const struct api_oci *oci, const char *id, struct buf *out,
			  struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);
	auto_(buf_done) struct buf plan_text = { 0 };
	struct life_container c = { .dir = -1 };
	const struct plan *plan;
	struct json j;
	int r = root;

	if (r >= 0)
		r = life_find(root, id, LIFE_UNLOCKED, &c, err);
	if (r >= 0) {
		json_init(&j, out, true);
		json_open_object(&j, NULL);
		put_state(&j, "state", &c, "");
		put_record(&j, &c);
		put_live(&j, &c);
		if (life_plan(&c, &plan, NULL) == 0) {
			explain_json(plan, &plan_text);
			json_raw(&j, "plan", buf_str(&plan_text));
		}
		json_close_object(&j);
		buf_addc(out, '\n');
	}
	life_done(&c);
	return r;
}
