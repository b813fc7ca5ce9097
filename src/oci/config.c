/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents as wholes: config.json, a process, resources, mounts.
 */
#include "base/auto.h"
#include "base/path.h"
#include "base/text.h"
#include "oci/parts.h"
#include "plan/build.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>

static int take_version(struct reader *r, json_node node)
{
	const char *version = reader_text(r, node);
	char shown[48];

	if (strncmp(version, "1.", 2) != 0)
		return reader_refuse(r, node, "version '%s' of the specification is not 1.x",
				     text_show(version, shown, sizeof(shown)));
	r->plan->container.version = plan_add_string(r->plan, version);
	return 0;
}

/* ---- names, root ---- */

static int take_hostname(struct reader *r, json_node node)
{
	if (!reader_text(r, node)[0])
		return 0;
	if (strlen(reader_text(r, node)) > 64)
		return reader_refuse(r, node, "a host name has at most 64 bytes");
	reader_origin(r, node);
	r->plan->hostname = plan_add_string(r->plan, reader_text(r, node));
	r->plan->hostname_origin = r->plan->origin;
	return 0;
}

static int take_domainname(struct reader *r, json_node node)
{
	if (!reader_text(r, node)[0])
		return 0;
	if (strlen(reader_text(r, node)) > 64)
		return reader_refuse(r, node, "a domain name has at most 64 bytes");
	reader_origin(r, node);
	r->plan->domainname = plan_add_string(r->plan, reader_text(r, node));
	r->plan->domainname_origin = r->plan->origin;
	return 0;
}

static int take_root(struct reader *r, json_node node)
{
	auto_(buf_done) struct buf path = { 0 };
	struct plan_root *root = &r->plan->root;

	if (!r->root.path.text[0])
		return reader_refuse(r, r->root.path.node, "the path is empty");
	if (oci_host_path(r, r->root.path.text, &path) < 0)
		return -ENOMEM;
	reader_origin(r, node);
	root->kind = PLAN_ROOT_DIR;
	root->read_only = r->root.read_only.is_true;
	root->path = plan_add_string(r->plan, buf_str(&path));
	root->origin = r->plan->origin;
	return 0;
}

static const struct field root_fields[] = {
	{ "path", FIELD_STRING, .required = true, .store = STORE(root.path) },
	{ "readonly", FIELD_BOOL, .store = STORE(root.read_only) },
	{ 0 },
};

/* ---- linux ---- */

/* As every runtime: who is nobody special becomes root of a user namespace, unless there is one. */
static void add_user_ns(struct reader *r)
{
	struct plan *plan = r->plan;

	if (facts_is_admin(r->request->facts) || plan->ns[COVE_NS_USER].mode != PLAN_NS_HOST)
		return;
	plan_set_origin(plan, "needed without privilege");
	plan_set_ns(plan, COVE_NS_USER, PLAN_NS_NEW);
}

static int check_maps(struct reader *r, json_node node)
{
	struct plan_maps *maps = &r->plan->maps;
	bool any = maps->uids.count || maps->gids.count;

	if (!plan_is_new(r->plan, COVE_NS_USER)) {
		if (any && r->plan->ns[COVE_NS_USER].mode == PLAN_NS_HOST)
			return reader_refuse(r, node, "id mappings need a user namespace");
		return 0;
	}
	maps->origin = r->plan->ns[COVE_NS_USER].origin;
	if (!any) {
		if (facts_is_admin(r->request->facts))
			return reader_refuse(r, node, "a user namespace needs 'uidMappings' and "
						      "'gidMappings'");
		maps->kind = PLAN_MAP_ROOT;
		return 0;
	}
	if (!maps->uids.count || !maps->gids.count)
		return reader_refuse(r, node, "'uidMappings' and 'gidMappings' go together");
	maps->kind = PLAN_MAP_RANGES;
	return 0;
}

/* What is mounted for it comes behind the mounts of the document, which are read later. */
static int take_linux(struct reader *r, json_node node)
{
	struct plan *plan = r->plan;

	add_user_ns(r);
	r->after = plan->mounts;
	plan->mounts = (struct plan_list){ 0 };
	return check_maps(r, node);
}

/* ---- hooks ---- */

static int begin_hook(struct reader *r, enum plan_hook_kind kind, json_node node)
{
	memset(&r->hooks, 0, sizeof(r->hooks));
	reader_origin(r, node);
	r->hook = plan_append(r->plan, &r->plan->hooks[kind], sizeof(*r->hook));
	return 0;
}

static int begin_prestart(struct reader *r, json_node node)
{
	return begin_hook(r, PLAN_HOOK_PRESTART, node);
}

static int begin_create_runtime(struct reader *r, json_node node)
{
	return begin_hook(r, PLAN_HOOK_CREATE_RUNTIME, node);
}

static int begin_create_container(struct reader *r, json_node node)
{
	return begin_hook(r, PLAN_HOOK_CREATE_CONTAINER, node);
}

static int begin_start_container(struct reader *r, json_node node)
{
	return begin_hook(r, PLAN_HOOK_START_CONTAINER, node);
}

static int begin_poststart(struct reader *r, json_node node)
{
	return begin_hook(r, PLAN_HOOK_POSTSTART, node);
}

static int begin_poststop(struct reader *r, json_node node)
{
	return begin_hook(r, PLAN_HOOK_POSTSTOP, node);
}

static int take_hook_arg(struct reader *r, json_node node)
{
	plan_append_text(r->plan, &r->hook->args, reader_text(r, node));
	return 0;
}

static int take_hook_env(struct reader *r, json_node node)
{
	plan_append_text(r->plan, &r->hook->env, reader_text(r, node));
	return 0;
}

static int take_hook(struct reader *r, json_node node)
{
	const struct value *timeout = &r->hooks.timeout;

	if (!path_is_absolute(r->hooks.path.text))
		return reader_refuse(r, r->hooks.path.node, "must be an absolute path");
	if (timeout->set && (timeout->i < 1 || timeout->i > INT32_MAX))
		return reader_refuse(r, timeout->node, "must be at least one second");
	(void)node;
	r->hook->path = plan_add_string(r->plan, r->hooks.path.text);
	r->hook->timeout = (uint64_t)timeout->i * 1000000000;
	return 0;
}

static const struct field hook_fields[] = {
	{ "path", FIELD_STRING, .required = true, .store = STORE(hooks.path) },
	{ "args", FIELD_STRINGS, .take = take_hook_arg },
	{ "env", FIELD_STRINGS, .take = take_hook_env },
	{ "timeout", FIELD_I64, .store = STORE(hooks.timeout) },
	{ 0 },
};

#define HOOKS(name, begins)                                                                        \
	{ name, FIELD_OBJECTS, .begin = begins, .take = take_hook, .members = hook_fields }

const struct field oci_hooks_fields[] = {
	HOOKS("prestart", begin_prestart),
	HOOKS("createRuntime", begin_create_runtime),
	HOOKS("createContainer", begin_create_container),
	HOOKS("startContainer", begin_start_container),
	HOOKS("poststart", begin_poststart),
	HOOKS("poststop", begin_poststop),
	{ 0 },
};

/* ---- the whole ---- */

/* In an order in which nothing depends on what comes later. */
const struct field oci_config_fields[] = {
	{ "ociVersion", FIELD_STRING, .required = true, .take = take_version },
	{ "root", FIELD_OBJECT, .required = true, .take = take_root, .members = root_fields },
	{ "hostname", FIELD_STRING, .take = take_hostname },
	{ "domainname", FIELD_STRING, .take = take_domainname },
	{ "linux", FIELD_OBJECT, .take = take_linux, .members = oci_linux_fields },
	{ "process", FIELD_OBJECT, .required = true, .begin = oci_begin_process,
	  .take = oci_take_process, .members = oci_process_fields },
	{ "mounts", FIELD_OBJECTS, .begin = oci_begin_mount, .take = oci_take_mount,
	  .members = oci_mount_fields },
	{ "hooks", FIELD_OBJECT, .members = oci_hooks_fields },
	{ "annotations", FIELD_MAP, .take = oci_take_annotation },
	{ "solaris", FIELD_ANY, .ignored = "of another system" },
	{ "windows", FIELD_ANY, .ignored = "of another system" },
	{ "vm", FIELD_ANY, .ignored = "of another system" },
	{ "zos", FIELD_ANY, .ignored = "of another system" },
	{ "freebsd", FIELD_ANY, .ignored = "of another system" },
	{ 0 },
};

static struct reader begin(struct plan *plan, const struct oci_text *text,
			   const struct oci_request *request, struct cove_error *err)
{
	return (struct reader){ .plan = plan, .text = text, .request = request, .err = err };
}

static void begin_container(struct plan *plan, const struct oci_request *request)
{
	plan_set_origin(plan, request->id);
	plan->name = plan_add_string(plan, request->id);
	plan->container.is = 1;
	plan->container.id = plan->name;
	plan->container.bundle = plan_add_string(plan, request->bundle);
	plan->process.outlives = 1;
	plan->cgroup.manager = request->manager;
	plan->propagation = MS_SLAVE | MS_REC;
	plan->root.no_pivot = request->no_pivot;
}

static int check_names(struct reader *r)
{
	struct plan *plan = r->plan;

	if ((!plan->hostname && !plan->domainname) || plan->ns[COVE_NS_UTS].mode != PLAN_NS_HOST)
		return 0;
	return reader_refuse(r, 0, "'%s' needs a 'uts' namespace",
			     plan->hostname ? "hostname" : "domainname");
}

/* What is mounted for the container gets its label at once; these have none, or their own. */
static bool is_labelled(const struct plan *plan, const struct plan_mount *m)
{
	static const char *const without[] = { "proc", "sysfs", "mqueue" };

	if (m->kind == PLAN_MOUNT_MASK)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(without); i++)
		if (strcmp(plan_str(plan, m->fstype), without[i]) == 0)
			return false;
	return m->kind == PLAN_MOUNT_FS;
}

static void label_mounts(struct plan *plan)
{
	const char *word = plan->label.mount_word ? plan_str(plan, plan->label.mount_word)
						  : "context";

	if (!plan->label.mount)
		return;
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (is_labelled(plan, m))
			plan_mount_data(plan, (struct plan_mount *)m, word,
					plan_str(plan, plan->label.mount));
}

int oci_read_config(struct plan *plan, const struct oci_text *config,
		    const struct oci_request *request, struct oci_slice *ret_profile,
		    struct cove_error *err)
{
	auto_(reader_done) struct reader r = begin(plan, config, request, err);
	int result;

	begin_container(plan, request);
	result = reader_begin(&r);
	if (result == 0)
		result = reader_object(&r, 0, oci_config_fields);
	if (result == 0)
		result = check_names(&r);
	if (result < 0)
		return result;
	oci_add_nodes(&r);
	plan_concat(plan, &plan->mounts, &r.after);
	label_mounts(plan);
	if (plan->cgroup.manager != PLAN_CGROUP_NONE)
		oci_allow_devices(plan);
	*ret_profile = r.profile;
	return 0;
}

int oci_read_process(struct plan *plan, const struct oci_text *process,
		     const struct oci_request *request, struct cove_error *err)
{
	auto_(reader_done) struct reader r = begin(plan, process, request, err);
	int result = reader_begin(&r);

	if (result == 0)
		result = oci_begin_process(&r, 0);
	if (result == 0)
		result = reader_object(&r, 0, oci_process_fields);
	if (result == 0)
		result = oci_take_process(&r, 0);
	if (result == 0)
		oci_keep_promises(plan);
	return result;
}

int oci_read_resources(struct plan *plan, const struct oci_text *resources,
		       const struct oci_request *request, struct cove_error *err)
{
	auto_(reader_done) struct reader r = begin(plan, resources, request, err);
	int result = reader_begin(&r);

	if (result == 0)
		result = reader_object(&r, 0, oci_resources_fields);
	if (result == 0 && plan->cgroup.has_devices)
		oci_allow_devices(plan);
	return result;
}

int oci_read_mounts(struct plan *plan, const struct oci_text *mounts, bool remove,
		    const struct oci_request *request, struct cove_error *err)
{
	const struct field row = {
		NULL, FIELD_OBJECTS, .begin = oci_begin_mount,
		.take = remove ? oci_take_removal : oci_take_mount,
		.members = oci_mount_fields,
	};
	auto_(reader_done) struct reader r = begin(plan, mounts, request, err);
	int result = reader_whole(&r, &row);

	if (result == 0)
		label_mounts(plan);
	return result;
}
