/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device nodes: those of config.json, and those that every container has.
 */
#include "base/auto.h"
#include "base/path.h"
#include "oci/parts.h"
#include "plan/build.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_MODE 0666
#define ALL (PLAN_DEVICE_READ | PLAN_DEVICE_WRITE | PLAN_DEVICE_MKNOD)
#define ANY (-1)

/* ---- nodes ---- */

static const struct {
	const char *path;
	uint32_t major, minor;
} nodes[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	  { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const struct {
	const char *path, *text;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
	{ "/dev/core", "/proc/kcore" },
	{ "/dev/ptmx", "pts/ptmx" },
};

/* Where no node can be made, the host's of the same path takes its place. */
static struct plan_mount *add_node(struct plan *plan, const char *path, uint32_t type,
				   uint32_t major, uint32_t minor)
{
	struct plan_mount *m = plan_add_mount(plan, PLAN_MOUNT_NODE, path, path);

	m->node_type = type;
	m->major = major;
	m->minor = minor;
	m->mode = DEFAULT_MODE;
	return m;
}

static bool has_node(const struct plan *plan, struct plan_list list, const char *path)
{
	plan_each (plan, struct plan_mount, m, list)
		if (m->kind == PLAN_MOUNT_NODE && strcmp(plan_str(plan, m->target), path) == 0)
			return true;
	return false;
}

void oci_add_nodes(struct reader *r)
{
	struct plan *plan = r->plan;

	plan_set_origin(plan, "every container has it");
	for (size_t i = 0; !r->has_bound_dev && i < ARRAY_LEN(nodes); i++)
		if (!has_node(plan, r->after, nodes[i].path))
			add_node(plan, nodes[i].path, S_IFCHR, nodes[i].major, nodes[i].minor);
	for (size_t i = 0; !r->has_bound_dev && i < ARRAY_LEN(links); i++)
		plan_add_mount(plan, PLAN_MOUNT_SYMLINK, links[i].text, links[i].path)->optional = 1;
	if (!plan->process.terminal)
		return;
	plan_set_origin(plan, "/process/terminal");
	plan_add_mount(plan, PLAN_MOUNT_CONSOLE, NULL, "/dev/console");
}

int oci_begin_device(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->device, 0, sizeof(r->device));
	return 0;
}

static int device_type(const char *text, uint32_t *ret)
{
	if (!text[0] || text[1] || !strchr("cubp", text[0]))
		return -EINVAL;
	*ret = text[0] == 'b' ? S_IFBLK : text[0] == 'p' ? S_IFIFO : S_IFCHR;
	return 0;
}

static int check_numbers(struct reader *r, json_node node, uint32_t type)
{
	const struct value *major = &r->device.major, *minor = &r->device.minor;

	if (type == S_IFIFO)
		return 0;
	if (!major->set || !minor->set)
		return reader_refuse(r, node, "'%s' is missing", major->set ? "minor" : "major");
	if (major->i < 0 || major->i > 4095 || minor->i < 0 || minor->i > 1048575)
		return reader_refuse(r, node, "no such numbers of a device");
	return 0;
}

int oci_take_device(struct reader *r, json_node node)
{
	auto_(buf_done) struct buf path = { 0 };
	struct plan_mount *m;
	uint32_t type;
	int result;

	if (device_type(r->device.type.text, &type) < 0)
		return reader_refuse(r, r->device.type.node, "only 'c', 'b', 'u' and 'p' are known");
	if (!path_is_absolute(r->device.path.text))
		return reader_refuse(r, r->device.path.node, "must be an absolute path");
	result = oci_clean_path(r, &r->device.path, &path);
	if (result == 0)
		result = check_numbers(r, node, type);
	if (result < 0)
		return result;
	if (strcmp(buf_str(&path), "/") == 0)
		return reader_refuse(r, r->device.path.node, "the root itself cannot be one");
	if (has_node(r->plan, r->plan->mounts, buf_str(&path)))
		return reader_ignore(r, node, "a second device of this path");
	/* Among all devices of the host, as engines list them for privileged containers: the link to
	 * that of the container's own devpts stays. */
	if (strcmp(buf_str(&path), "/dev/ptmx") == 0)
		return 0;
	reader_origin(r, node);
	m = add_node(r->plan, buf_str(&path), type, (uint32_t)r->device.major.i,
		     (uint32_t)r->device.minor.i);
	if (r->device.mode.set)
		m->mode = (uint32_t)r->device.mode.u & 07777;
	m->uid = (uint32_t)r->device.uid.u;
	m->gid = (uint32_t)r->device.gid.u;
	return 0;
}

const struct field oci_device_fields[] = {
	{ "path", FIELD_STRING, .required = true, .store = STORE(device.path) },
	{ "type", FIELD_STRING, .required = true, .store = STORE(device.type) },
	{ "major", FIELD_I64, .store = STORE(device.major) },
	{ "minor", FIELD_I64, .store = STORE(device.minor) },
	{ "fileMode", FIELD_U32, .store = STORE(device.mode) },
	{ "uid", FIELD_ID, .store = STORE(device.uid) },
	{ "gid", FIELD_ID, .store = STORE(device.gid) },
	{ 0 },
};

/* ---- what may be used ---- */

void oci_allow_devices(struct plan *plan)
{
	static const struct {
		char type;
		uint8_t access;
		int64_t major, minor;
	} allowed[] = {
		{ 'c', PLAN_DEVICE_MKNOD, ANY, ANY }, /* to make a node is not to use it */
		{ 'b', PLAN_DEVICE_MKNOD, ANY, ANY },
		{ 'c', ALL, 1, 3 },   /* null */
		{ 'c', ALL, 1, 5 },   /* zero */
		{ 'c', ALL, 1, 7 },   /* full */
		{ 'c', ALL, 1, 8 },   /* random */
		{ 'c', ALL, 1, 9 },   /* urandom */
		{ 'c', ALL, 5, 0 },   /* tty */
		{ 'c', ALL, 5, 1 },   /* console */
		{ 'c', ALL, 5, 2 },   /* ptmx */
		{ 'c', ALL, 136, ANY }, /* pts */
	};

	plan_set_origin(plan, "every container may use it");
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		struct plan_device_rule *rule =
			plan_append(plan, &plan->cgroup.devices, sizeof(*rule));

		rule->allow = 1;
		rule->type = allowed[i].type;
		rule->access = allowed[i].access;
		rule->major = allowed[i].major;
		rule->minor = allowed[i].minor;
	}
	plan->cgroup.has_devices = 1;
}
