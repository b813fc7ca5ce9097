/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Annotations: all are kept, and a few of runc, crun and cove mean something.
 */
#include "base/auto.h"
#include "base/path.h"
#include "oci/parts.h"
#include "plan/build.h"
#include "plan/landlock_words.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define PROPERTY "org.systemd.property."
#define KEEP_GROUPS "run.oci.keep_original_groups"

static void add_pair(struct plan *plan, struct plan_list *list, const char *key, const char *value)
{
	struct plan_data *data = plan_append(plan, list, sizeof(*data));

	data->key = plan_add_string(plan, key);
	data->value = plan_add_string(plan, value);
}

/* The caller's groups stay: the kernel lets nobody without rights keep some and drop others. */
static void keep_groups_of(struct plan *plan)
{
	plan->process.set_groups = 0;
	plan->process.groups = (struct plan_list){ 0 };
}

static int keep_groups(struct reader *r, json_node key, const char *value)
{
	(void)key;
	if (strcmp(value, "1") == 0)
		keep_groups_of(r->plan);
	return 0;
}

void oci_keep_promises(struct plan *plan)
{
	plan_each (plan, struct plan_data, a, plan->container.annotations)
		if (strcmp(plan_str(plan, a->key), KEEP_GROUPS) == 0 &&
		    strcmp(plan_str(plan, a->value), "1") == 0)
			keep_groups_of(plan);
	if (!plan_has_landlock(plan))
		return;
	plan->process.no_new_privs = 1;
	plan->process.no_new_privs_origin = plan->landlock.origin;
}

/* The legacy spelling of listenerPath. */
static int listen_at(struct reader *r, json_node key, const char *value)
{
	if (r->plan->seccomp.listener || !r->profile.len)
		return 0;
	if (!path_is_absolute(value))
		return reader_refuse(r, key, "must be an absolute path");
	r->plan->seccomp.listener = plan_add_string(r->plan, value);
	return 0;
}

static int label_word(struct reader *r, json_node key, const char *value)
{
	static const char *const words[] = { "context", "fscontext", "defcontext", "rootcontext" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i], value) != 0)
			continue;
		r->plan->label.mount_word = plan_add_string(r->plan, value);
		return 0;
	}
	return reader_refuse(r, key, "must be context, fscontext, defcontext or rootcontext");
}

static int hooks_out(struct reader *r, json_node key, const char *value)
{
	(void)key;
	r->plan->hooks_stdout = plan_add_string(r->plan, value);
	return 0;
}

static int hooks_err(struct reader *r, json_node key, const char *value)
{
	(void)key;
	r->plan->hooks_stderr = plan_add_string(r->plan, value);
	return 0;
}

static int landlock(struct reader *r, json_node key, const char *value)
{
	struct plan *plan = r->plan;
	struct cove_error why;

	plan->landlock.origin = plan->origin;
	if (plan_landlock_add_words(plan, value, NULL, NULL, &why) < 0)
		return reader_refuse(r, key, "%s", why.what);
	plan->process.no_new_privs = 1;
	plan->process.no_new_privs_origin = plan->origin;
	return 0;
}

static const struct {
	const char *name;
	int (*apply)(struct reader *r, json_node key, const char *value);
} known[] = {
	{ "cove.landlock", landlock },
	{ "run.oci.hooks.stderr", hooks_err },
	{ "run.oci.hooks.stdout", hooks_out },
	{ KEEP_GROUPS, keep_groups },
	{ "run.oci.mount_context_type", label_word },
	{ "run.oci.seccomp.receiver", listen_at },
};

const char *oci_annotation_name(size_t n)
{
	return n < ARRAY_LEN(known) ? known[n].name : NULL;
}

/* Letters only, as the names of systemd's properties are: nothing else gets into its call. */
static int add_property(struct reader *r, json_node key, const char *name, const char *value)
{
	size_t len = strlen(name);

	for (const char *c = name; *c; c++)
		if (!isalpha((unsigned char)*c))
			len = 0;
	if (len < 3)
		return reader_refuse(r, key, "not the name of a systemd property");
	add_pair(r->plan, &r->plan->cgroup.properties, name, value);
	return 0;
}

static int apply(struct reader *r, json_node key)
{
	const char *name = reader_text(r, key);
	const char *value = reader_text(r, json_value(&r->doc, key));

	reader_origin(r, key);
	if (strncmp(name, PROPERTY, strlen(PROPERTY)) == 0)
		return add_property(r, key, name + strlen(PROPERTY), value);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].apply(r, key, value);
	return 0;
}

int oci_take_annotation(struct reader *r, json_node key)
{
	if (!reader_text(r, key)[0])
		return reader_refuse(r, key, "an annotation has a name");
	reader_origin(r, key);
	add_pair(r->plan, &r->plan->container.annotations, reader_text(r, key),
		 reader_text(r, json_value(&r->doc, key)));
	return apply(r, key);
}
