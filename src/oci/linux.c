/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The object "linux" of config.json, but for what has a file of its own: resources, devices,
 * sysctls, the filter.
 */
#include "base/auto.h"
#include "base/path.h"
#include "base/text.h"
#include "oci/parts.h"
#include "plan/build.h"
#include "plan/names.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#define NANOSECONDS INT64_C(1000000000)

/* ---- namespaces ---- */

static int begin_namespace(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->ns, 0, sizeof(r->ns));
	return 0;
}

static int take_namespace(struct reader *r, json_node node)
{
	const char *path = r->ns.path.set ? r->ns.path.text : "";
	enum cove_ns ns = 0;
	char shown[48];

	while (ns < COVE_NS_COUNT && strcmp(names_oci_ns(ns), r->ns.type.text) != 0)
		ns++;
	if (ns == COVE_NS_COUNT)
		return reader_refuse(r, r->ns.type.node, "no namespace '%s' is known",
				     text_show(r->ns.type.text, shown, sizeof(shown)));
	if (r->plan->ns[ns].mode != PLAN_NS_HOST)
		return reader_refuse(r, node, "a second '%s' namespace", r->ns.type.text);
	if (path[0] && !path_is_absolute(path))
		return reader_refuse(r, r->ns.path.node, "must be an absolute path");
	reader_origin(r, node);
	if (path[0]) {
		plan_join_path(r->plan, ns, path);
		return 0;
	}
	plan_set_ns(r->plan, ns, PLAN_NS_NEW);
	if (ns == COVE_NS_NET) { /* no word asks for it, all rely on it */
		r->plan->loopback = 1;
		r->plan->loopback_origin = r->plan->origin;
	}
	return 0;
}

static const struct field namespace_fields[] = {
	{ "type", FIELD_STRING, .required = true, .store = STORE(ns.type) },
	{ "path", FIELD_STRING, .store = STORE(ns.path) },
	{ 0 },
};

/* ---- id mappings ---- */

int oci_begin_map(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->map, 0, sizeof(r->map));
	return 0;
}

int oci_add_map(struct reader *r, json_node node, struct plan_list *list)
{
	reader_origin(r, node);
	if (r->map.size.u == 0)
		return reader_refuse(r, node, "'size' is 0");
	plan_map(r->plan, list, (uint32_t)r->map.container.u, (uint32_t)r->map.host.u,
		 (uint32_t)r->map.size.u);
	return 0;
}

static int take_uid_map(struct reader *r, json_node node)
{
	return oci_add_map(r, node, &r->plan->maps.uids);
}

static int take_gid_map(struct reader *r, json_node node)
{
	return oci_add_map(r, node, &r->plan->maps.gids);
}

const struct field oci_map_fields[] = {
	{ "containerID", FIELD_ID, .required = true, .store = STORE(map.container) },
	{ "hostID", FIELD_ID, .required = true, .store = STORE(map.host) },
	{ "size", FIELD_U32, .required = true, .store = STORE(map.size) },
	{ 0 },
};

/* ---- clocks ---- */

static int begin_offset(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->time, 0, sizeof(r->time));
	return 0;
}

static int set_offset(struct reader *r, json_node node, struct plan_offset *offset)
{
	int64_t ns;

	if (r->time.nanosecs.u >= (uint64_t)NANOSECONDS)
		return reader_refuse(r, r->time.nanosecs.node, "a second has fewer nanoseconds");
	if (__builtin_mul_overflow(r->time.secs.i, NANOSECONDS, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)r->time.nanosecs.u, &ns))
		return reader_refuse(r, node, "the clock would leave its range");
	if (!plan_is_new(r->plan, COVE_NS_TIME))
		return reader_refuse(r, node, "clock offsets need a new time namespace");
	reader_origin(r, node);
	*offset = (struct plan_offset){ true, ns, r->plan->origin };
	return 0;
}

static int take_boottime(struct reader *r, json_node node)
{
	return set_offset(r, node, &r->plan->boottime);
}

static int take_monotonic(struct reader *r, json_node node)
{
	return set_offset(r, node, &r->plan->monotonic);
}

static const struct field offset_fields[] = {
	{ "secs", FIELD_I64, .store = STORE(time.secs) },
	{ "nanosecs", FIELD_U32, .store = STORE(time.nanosecs) },
	{ 0 },
};

static const struct field time_fields[] = {
	{ "boottime", FIELD_OBJECT, .begin = begin_offset, .take = take_boottime,
	  .members = offset_fields },
	{ "monotonic", FIELD_OBJECT, .begin = begin_offset, .take = take_monotonic,
	  .members = offset_fields },
	{ 0 },
};

/* ---- network devices ---- */

static int begin_net_device(struct reader *r, json_node key)
{
	(void)key;
	memset(&r->new_name, 0, sizeof(r->new_name));
	return 0;
}

static bool is_device_name(const char *name)
{
	return name[0] && strlen(name) < 16 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       !strpbrk(name, "/: \t\n\v\f\r%");
}

static int take_net_device(struct reader *r, json_node key)
{
	const char *name = reader_text(r, key);
	const char *new_name = r->new_name.set ? r->new_name.text : "";
	struct plan_net_device *device;

	if (!is_device_name(name) || (new_name[0] && !is_device_name(new_name)))
		return reader_refuse(r, key, "not the name of a network device");
	if (r->plan->ns[COVE_NS_NET].mode == PLAN_NS_HOST)
		return reader_refuse(r, key, "a network device needs a network namespace to go to");
	plan_each (r->plan, struct plan_net_device, old, r->plan->net_devices) {
		plan_ref named = old->new_name ? old->new_name : old->name;

		if (strcmp(plan_str(r->plan, named), new_name[0] ? new_name : name) == 0)
			return reader_refuse(r, key, "a second device of this name");
	}
	reader_origin(r, key);
	device = plan_append(r->plan, &r->plan->net_devices, sizeof(*device));
	device->name = plan_add_string(r->plan, name);
	device->new_name = new_name[0] ? plan_add_string(r->plan, new_name) : 0;
	return 0;
}

static const struct field net_device_fields[] = {
	{ "name", FIELD_STRING, .store = STORE(new_name) },
	{ 0 },
};

/* ---- cgroup ---- */

static int take_cgroups_path(struct reader *r, json_node node)
{
	const char *path = reader_text(r, node);
	const struct value given = { .set = true, .node = node, .text = path };
	const char *colon = strchr(path, ':');
	auto_(buf_done) struct buf clean = { 0 };

	if (r->request->manager == PLAN_CGROUP_NONE || !path[0])
		return 0;
	reader_origin(r, node);
	r->plan->cgroup.origin = r->plan->origin;
	if (r->request->manager == PLAN_CGROUP_SYSTEMD) {
		if (!colon || !strchr(colon + 1, ':') || strchr(strchr(colon + 1, ':') + 1, ':') ||
		    strchr(path, '/'))
			return reader_refuse(r, node, "expected 'slice:prefix:name' for systemd");
		r->plan->cgroup.path = plan_add_string(r->plan, path);
		return 0;
	}
	/* ".." does not lead out. */
	if (oci_clean_path(r, &given, &clean) < 0)
		return -ENOMEM;
	/* A relative one stays relative: it is taken from the caller's own cgroup on. */
	r->plan->cgroup.path =
		plan_add_string(r->plan, buf_str(&clean) + !path_is_absolute(path));
	return 0;
}

static int take_propagation(struct reader *r, json_node node)
{
	static const struct {
		const char *name;
		uint32_t flags;
	} words[] = {
		{ "private", MS_PRIVATE }, { "rprivate", MS_PRIVATE | MS_REC },
		{ "shared", MS_SHARED }, { "rshared", MS_SHARED | MS_REC },
		{ "slave", MS_SLAVE }, { "rslave", MS_SLAVE | MS_REC },
		{ "unbindable", MS_UNBINDABLE }, { "runbindable", MS_UNBINDABLE | MS_REC },
	};
	const char *text = reader_text(r, node);
	char shown[48];

	if (!text[0])
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i].name, text) != 0)
			continue;
		r->plan->propagation = words[i].flags;
		r->plan->root.propagation = words[i].flags;
		return 0;
	}
	return reader_refuse(r, node, "no propagation '%s' is known",
			     text_show(text, shown, sizeof(shown)));
}

/* ---- what is hidden and protected ---- */

static int inner_path(struct reader *r, json_node node, struct buf *ret)
{
	const struct value path = { .set = true, .node = node, .text = reader_text(r, node) };

	if (!path_is_absolute(path.text))
		return reader_refuse(r, node, "must be an absolute path");
	if (oci_clean_path(r, &path, ret) < 0)
		return -EINVAL;
	if (strcmp(buf_str(ret), "/") == 0)
		return reader_refuse(r, node, "the root itself cannot be one");
	reader_origin(r, node);
	return 0;
}

static int take_mask(struct reader *r, json_node node)
{
	auto_(buf_done) struct buf path = { 0 };
	int result = inner_path(r, node, &path);

	if (result == 0)
		plan_add_mask(r->plan, buf_str(&path))->optional = 1;
	return result;
}

static int take_read_only(struct reader *r, json_node node)
{
	auto_(buf_done) struct buf path = { 0 };
	int result = inner_path(r, node, &path);
	struct plan_mount *m;

	if (result < 0)
		return result;
	m = plan_add_mount(r->plan, PLAN_MOUNT_PROTECT, NULL, buf_str(&path));
	m->optional = 1;
	m->attr = MOUNT_ATTR_RDONLY;
	return 0;
}

static int take_label(struct reader *r, json_node node)
{
	const char *text = reader_text(r, node);

	reader_origin(r, node);
	r->plan->label.mount = text[0] ? plan_add_string(r->plan, text) : 0;
	r->plan->label.origin = r->plan->origin;
	return 0;
}

/* ---- Intel's resource director ---- */

static int add_schema(struct reader *r, const struct value *line)
{
	if (!line->set || !line->text[0])
		return 0;
	if (strchr(line->text, '\n'))
		return reader_refuse(r, line->node, "must be one line");
	reader_origin(r, line->node);
	plan_append_text(r->plan, &r->plan->rdt.schemata, line->text);
	return 0;
}

static int take_schema(struct reader *r, json_node node)
{
	const struct value line = { .set = true, .node = node, .text = reader_text(r, node) };

	return add_schema(r, &line);
}

static int take_bandwidth(struct reader *r, json_node node)
{
	const struct value line = { .set = true, .node = node, .text = reader_text(r, node) };

	if (strncmp(line.text, "MB:", 3) != 0)
		return reader_refuse(r, node, "must begin with 'MB:'");
	return add_schema(r, &line);
}

static int take_rdt(struct reader *r, json_node node)
{
	struct plan_rdt *rdt = &r->plan->rdt;
	const char *id = r->rdt.id.set ? r->rdt.id.text : "";

	if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0 || (id[0] && id[1] && strchr(id, '/')))
		return reader_refuse(r, r->rdt.id.node, "not the name of a directory");
	reader_origin(r, node);
	rdt->set = true;
	rdt->clos_id = id[0] ? plan_add_string(r->plan, id) : 0;
	rdt->monitoring = r->rdt.monitoring.is_true;
	rdt->origin = r->plan->origin;
	return 0;
}

static const struct field rdt_fields[] = {
	{ "closID", FIELD_STRING, .store = STORE(rdt.id) },
	{ "l3CacheSchema", FIELD_STRING, .take = take_schema },
	{ "memBwSchema", FIELD_STRING, .take = take_bandwidth },
	{ "schemata", FIELD_STRINGS, .take = take_schema },
	{ "enableMonitoring", FIELD_BOOL, .store = STORE(rdt.monitoring) },
	{ "enableCMT", FIELD_BOOL, .ignored = "before 1.3; it never had a meaning" },
	{ "enableMBM", FIELD_BOOL, .ignored = "before 1.3; it never had a meaning" },
	{ 0 },
};

/* ---- personality, memory ---- */

/* The specification names none, and lets a runtime pass over those it does not know. */
static int take_persona_flag(struct reader *r, json_node node)
{
	char shown[48];

	for (const struct plan_sched_name *n = plan_sched_names(PLAN_SCHED_PERSONA_FLAGS); n->word;
	     n++) {
		if (strcmp(n->oci, reader_text(r, node)) != 0)
			continue;
		r->plan->personality.value |= (int32_t)n->value;
		return 0;
	}
	return reader_ignore(r, node, "no flag '%s' is known",
			     text_show(reader_text(r, node), shown, sizeof(shown)));
}

static int take_personality(struct reader *r, json_node node)
{
	struct plan_setting *personality = &r->plan->personality;
	uint32_t domain = 0;
	int result = 0;

	if (r->domain.set)
		result = oci_find_name(r, r->domain.node, PLAN_SCHED_DOMAINS, "domain", &domain);
	if (result < 0)
		return result;
	reader_origin(r, node);
	personality->set = true;
	personality->value |= (int32_t)domain;
	personality->origin = r->plan->origin;
	return 0;
}

static const struct field personality_fields[] = {
	{ "domain", FIELD_STRING, .store = STORE(domain) },
	{ "flags", FIELD_STRINGS, .take = take_persona_flag },
	{ 0 },
};

static int take_memory_flag(struct reader *r, json_node node)
{
	uint32_t flag = 0;
	int result = oci_find_name(r, node, PLAN_SCHED_MEMORY_FLAGS, "flag", &flag);

	r->plan->mempolicy.flags |= flag;
	return result;
}

static int take_memory_policy(struct reader *r, json_node node)
{
	struct plan_mempolicy *policy = &r->plan->mempolicy;
	int result = oci_find_name(r, r->memory_policy.mode.node, PLAN_SCHED_MEMORY_MODES, "mode",
				   &policy->mode);
	struct cove_error why;
	const char *nodes = r->memory_policy.nodes.set ? r->memory_policy.nodes.text : "";

	if (result < 0)
		return result;
	if (nodes[0] && plan_sched_add_nodes(nodes, policy->nodes) < 0)
		return reader_refuse(r, r->memory_policy.nodes.node,
				     "a list of memory nodes such as '0-3,7' is expected, up to %u",
				     PLAN_MEMORY_NODES - 1);
	if (plan_sched_check_mempolicy(policy, &why) < 0)
		return reader_refuse(r, node, "%s", why.what);
	reader_origin(r, node);
	policy->set = true;
	policy->text = nodes[0] ? plan_add_string(r->plan, nodes) : 0;
	policy->origin = r->plan->origin;
	return 0;
}

static const struct field memory_policy_fields[] = {
	{ "mode", FIELD_STRING, .required = true, .store = STORE(memory_policy.mode) },
	{ "nodes", FIELD_STRING, .store = STORE(memory_policy.nodes) },
	{ "flags", FIELD_STRINGS, .take = take_memory_flag },
	{ 0 },
};

/* ---- the table: what others depend on comes first ---- */

const struct field oci_linux_fields[] = {
	{ "namespaces", FIELD_OBJECTS, .begin = begin_namespace, .take = take_namespace,
	  .members = namespace_fields },
	{ "uidMappings", FIELD_OBJECTS, .begin = oci_begin_map, .take = take_uid_map,
	  .members = oci_map_fields },
	{ "gidMappings", FIELD_OBJECTS, .begin = oci_begin_map, .take = take_gid_map,
	  .members = oci_map_fields },
	{ "timeOffsets", FIELD_OBJECT, .members = time_fields },
	{ "netDevices", FIELD_NAMED, .begin = begin_net_device, .take = take_net_device,
	  .members = net_device_fields },
	{ "cgroupsPath", FIELD_STRING, .take = take_cgroups_path },
	{ "resources", FIELD_OBJECT, .members = oci_resources_fields },
	{ "rootfsPropagation", FIELD_STRING, .take = take_propagation },
	{ "seccomp", FIELD_OBJECT, .take = oci_take_seccomp, .members = oci_seccomp_fields },
	{ "sysctl", FIELD_MAP, .take = oci_take_sysctl },
	{ "devices", FIELD_OBJECTS, .begin = oci_begin_device, .take = oci_take_device,
	  .members = oci_device_fields },
	{ "maskedPaths", FIELD_STRINGS, .take = take_mask },
	{ "readonlyPaths", FIELD_STRINGS, .take = take_read_only },
	{ "mountLabel", FIELD_STRING, .take = take_label },
	{ "intelRdt", FIELD_OBJECT, .take = take_rdt, .members = rdt_fields },
	{ "memoryPolicy", FIELD_OBJECT, .take = take_memory_policy,
	  .members = memory_policy_fields },
	{ "personality", FIELD_OBJECT, .take = take_personality, .members = personality_fields },
	{ 0 },
};
