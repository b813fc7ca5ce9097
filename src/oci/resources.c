/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resources: limits that were thought out for cgroup v1, as files of cgroup v2. What is 0, empty or
 * absent is not asked for, -1 means without limit; so does every runtime read them.
 */
#include "base/auto.h"
#include "base/text.h"
#include "oci/parts.h"
#include "plan/build.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_PERIOD 100000 /* microseconds */

static struct plan_cgroup_setting *set(struct reader *r, json_node node, const char *file,
				       const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static struct plan_cgroup_setting *set(struct reader *r, json_node node, const char *file,
				       const char *format, ...)
{
	struct plan_cgroup_setting *setting;
	char value[128];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	reader_origin(r, node);
	setting = plan_append(r->plan, &r->plan->cgroup.settings, sizeof(*setting));
	setting->file = plan_add_string(r->plan, file);
	setting->value = plan_add_string(r->plan, value);
	return setting;
}

static struct plan_cgroup_setting *set_limit(struct reader *r, const struct value *limit,
					     const char *file)
{
	if (limit->i < 0)
		return set(r, limit->node, file, "max");
	return set(r, limit->node, file, "%" PRId64, limit->i);
}

static int only_v1(struct reader *r, json_node node)
{
	return reader_ignore(r, node, "cgroup v2 has nothing like it");
}

/* ---- processors ---- */

static int begin_cpu(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->cpu, 0, sizeof(r->cpu));
	return 0;
}

static void set_bandwidth(struct reader *r)
{
	const struct value *quota = &r->cpu.quota, *period = &r->cpu.period;
	json_node node = quota->set ? quota->node : period->node;
	uint64_t us = period->u ? period->u : DEFAULT_PERIOD;

	if (quota->i > 0)
		set(r, node, "cpu.max", "%" PRId64 " %" PRIu64, quota->i, us);
	else if (quota->i < 0 || period->u)
		set(r, node, "cpu.max", "max %" PRIu64, us);
	if (r->cpu.burst.set)
		set(r, r->cpu.burst.node, "cpu.max.burst", "%" PRIu64, r->cpu.burst.u);
}

/* The kernel takes no weight while a group is idle. */
static void set_share(struct reader *r)
{
	const struct value *idle = &r->cpu.idle, *shares = &r->cpu.shares;
	bool wakes = idle->set && idle->i == 0;

	if (wakes)
		set(r, idle->node, "cpu.idle", "0")->share = 1;
	if (shares->u)
		set(r, shares->node, "cpu.weight", "%" PRIu64, oci_cpu_weight(shares->u))->share = 1;
	if (idle->set && !wakes)
		set(r, idle->node, "cpu.idle", "%" PRId64, idle->i)->share = 1;
}

static int take_cpu(struct reader *r, json_node node)
{
	const struct value *cpus = &r->cpu.cpus, *mems = &r->cpu.mems;

	(void)node;
	set_share(r);
	set_bandwidth(r);
	if (cpus->set && cpus->text[0])
		set(r, cpus->node, "cpuset.cpus", "%s", cpus->text);
	if (mems->set && mems->text[0])
		set(r, mems->node, "cpuset.mems", "%s", mems->text);
	return 0;
}

static int take_list(struct reader *r, json_node node)
{
	if (strlen(reader_text(r, node)) > 100 ||
	    reader_text(r, node)[strspn(reader_text(r, node), "0123456789,- ")])
		return reader_refuse(r, node, "a list such as '0-3,7' is expected");
	return 0;
}

static int ignore_number(struct reader *r, json_node node)
{
	return strcmp(reader_text(r, node), "0") == 0 ? 0 : only_v1(r, node);
}

static int ignore_true(struct reader *r, json_node node)
{
	return json_is_true(&r->doc, node) ? only_v1(r, node) : 0;
}

#define ONLY_V1 "of cgroup v1"

static const struct field cpu_fields[] = {
	{ "shares", FIELD_U64, .store = STORE(cpu.shares) },
	{ "quota", FIELD_I64, .store = STORE(cpu.quota) },
	{ "period", FIELD_U64, .store = STORE(cpu.period) },
	{ "burst", FIELD_U64, .store = STORE(cpu.burst) },
	{ "idle", FIELD_I64, .store = STORE(cpu.idle) },
	{ "cpus", FIELD_STRING, .store = STORE(cpu.cpus), .take = take_list },
	{ "mems", FIELD_STRING, .store = STORE(cpu.mems), .take = take_list },
	{ "realtimeRuntime", FIELD_I64, .take = ignore_number, .ignored = ONLY_V1 },
	{ "realtimePeriod", FIELD_U64, .take = ignore_number, .ignored = ONLY_V1 },
	{ 0 },
};

/* ---- memory ---- */

static int begin_memory(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->memory, 0, sizeof(r->memory));
	return 0;
}

/* v1 limits memory and swap together, v2 the swap alone. */
static int set_swap(struct reader *r)
{
	const struct value *limit = &r->memory.limit, *swap = &r->memory.swap;

	if (swap->i == 0 && limit->i == -1)
		set(r, limit->node, "memory.swap.max", "max");
	if (swap->i == 0)
		return 0;
	if (swap->i < 0) {
		set(r, swap->node, "memory.swap.max", "max");
		return 0;
	}
	if (limit->i <= 0)
		return reader_refuse(r, swap->node, "a limit of memory and swap needs one of memory");
	if (swap->i < limit->i)
		return reader_refuse(r, swap->node, "less than the limit of memory, which it "
						    "includes");
	set(r, swap->node, "memory.swap.max", "%" PRId64, swap->i - limit->i);
	return 0;
}

static int take_memory(struct reader *r, json_node node)
{
	const struct value *limit = &r->memory.limit, *low = &r->memory.reservation;
	int result = set_swap(r);

	(void)node;
	if (result == 0 && limit->i)
		set_limit(r, limit, "memory.max")->check_usage = r->memory.check.is_true;
	if (result == 0 && low->i)
		set_limit(r, low, "memory.low");
	return result;
}

static int take_amount(struct reader *r, json_node node)
{
	const char *text = reader_text(r, node);

	if (text[0] == '-' && strcmp(text, "-1") != 0)
		return reader_refuse(r, node, "neither an amount nor -1, which means no limit");
	return 0;
}

static const struct field memory_fields[] = {
	{ "limit", FIELD_I64, .store = STORE(memory.limit), .take = take_amount },
	{ "reservation", FIELD_I64, .store = STORE(memory.reservation), .take = take_amount },
	{ "swap", FIELD_I64, .store = STORE(memory.swap), .take = take_amount },
	{ "checkBeforeUpdate", FIELD_BOOL, .store = STORE(memory.check) },
	{ "kernel", FIELD_I64, .take = ignore_number, .ignored = ONLY_V1 },
	{ "kernelTCP", FIELD_I64, .take = ignore_number, .ignored = ONLY_V1 },
	{ "swappiness", FIELD_U64, .take = only_v1, .ignored = ONLY_V1 },
	{ "disableOOMKiller", FIELD_BOOL, .take = ignore_true, .ignored = ONLY_V1 },
	{ "useHierarchy", FIELD_BOOL, .take = ignore_true, .ignored = ONLY_V1 },
	{ 0 },
};

/* ---- processes ---- */

static int take_pids(struct reader *r, json_node node)
{
	const char *text = reader_text(r, node);

	if (take_amount(r, node) < 0)
		return -EINVAL;
	/* Engines mean no limit by 0, too: as a limit it would not let the process itself be made. */
	set(r, node, "pids.max", "%s",
	    text[0] == '-' || strcmp(text, "0") == 0 ? "max" : text);
	return 0;
}

static const struct field pids_fields[] = {
	{ "limit", FIELD_I64, .take = take_pids },
	{ 0 },
};

/* ---- block devices ---- */

static int begin_io_device(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->io_device, 0, sizeof(r->io_device));
	return 0;
}

/* Weights are 10 to 1000 in v1 and of the BFQ scheduler, 1 to 10000 of io.weight. Which of the two
 * files there is, depends on the kernel and its devices: each is left out when missing. */
static int set_weight(struct reader *r, json_node node, const char *device, uint64_t weight)
{
	if (weight == 0)
		return 0;
	if (weight < 10 || weight > 1000)
		return reader_refuse(r, node, "a weight is between 10 and 1000");
	set(r, node, "io.bfq.weight", "%s %" PRIu64, device, weight)->share = 1;
	set(r, node, "io.weight", "%s %" PRIu64, device, 1 + (weight - 10) * 9999 / 990)->share = 1;
	return 0;
}

static int take_weight(struct reader *r, json_node node)
{
	return set_weight(r, node, "default", strtoull(reader_text(r, node), NULL, 10));
}

static void device_name(const struct reader *r, char *name, size_t size)
{
	snprintf(name, size, "%" PRId64 ":%" PRId64, r->io_device.major.i, r->io_device.minor.i);
}

static int take_device_weight(struct reader *r, json_node node)
{
	char name[48];

	device_name(r, name, sizeof(name));
	return set_weight(r, node, name, r->io_device.weight.u);
}

static int set_throttle(struct reader *r, json_node node, const char *key)
{
	char name[48];

	device_name(r, name, sizeof(name));
	if (r->io_device.rate.u == 0)
		set(r, node, "io.max", "%s %s=max", name, key);
	else
		set(r, node, "io.max", "%s %s=%" PRIu64, name, key, r->io_device.rate.u);
	return 0;
}

static int take_read_bps(struct reader *r, json_node node)
{
	return set_throttle(r, node, "rbps");
}

static int take_write_bps(struct reader *r, json_node node)
{
	return set_throttle(r, node, "wbps");
}

static int take_read_iops(struct reader *r, json_node node)
{
	return set_throttle(r, node, "riops");
}

static int take_write_iops(struct reader *r, json_node node)
{
	return set_throttle(r, node, "wiops");
}

static const struct field device_weight_fields[] = {
	{ "major", FIELD_I64, .required = true, .store = STORE(io_device.major) },
	{ "minor", FIELD_I64, .required = true, .store = STORE(io_device.minor) },
	{ "weight", FIELD_U16, .store = STORE(io_device.weight) },
	{ "leafWeight", FIELD_U16, .take = ignore_number, .ignored = ONLY_V1 },
	{ 0 },
};

static const struct field throttle_fields[] = {
	{ "major", FIELD_I64, .required = true, .store = STORE(io_device.major) },
	{ "minor", FIELD_I64, .required = true, .store = STORE(io_device.minor) },
	{ "rate", FIELD_U64, .store = STORE(io_device.rate) },
	{ 0 },
};

static const struct field block_io_fields[] = {
	{ "weight", FIELD_U16, .take = take_weight },
	{ "leafWeight", FIELD_U16, .take = ignore_number, .ignored = ONLY_V1 },
	{ "weightDevice", FIELD_OBJECTS, .begin = begin_io_device, .take = take_device_weight,
	  .members = device_weight_fields },
	{ "throttleReadBpsDevice", FIELD_OBJECTS, .begin = begin_io_device, .take = take_read_bps,
	  .members = throttle_fields },
	{ "throttleWriteBpsDevice", FIELD_OBJECTS, .begin = begin_io_device, .take = take_write_bps,
	  .members = throttle_fields },
	{ "throttleReadIOPSDevice", FIELD_OBJECTS, .begin = begin_io_device, .take = take_read_iops,
	  .members = throttle_fields },
	{ "throttleWriteIOPSDevice", FIELD_OBJECTS, .begin = begin_io_device,
	  .take = take_write_iops, .members = throttle_fields },
	{ 0 },
};

/* ---- huge pages, RDMA ---- */

static int begin_hugepage(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->hugepage, 0, sizeof(r->hugepage));
	return 0;
}

/* "2MB", as the kernel names its files. */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits < 10 && text[0] != '0' && text[digits] &&
	       strchr("KMG", text[digits]) && strcmp(text + digits + 1, "B") == 0;
}

static int take_hugepage(struct reader *r, json_node node)
{
	static const char *const files[] = { "max", "rsvd.max" };
	const char *size = r->hugepage.size.text;

	if (!is_page_size(size))
		return reader_refuse(r, r->hugepage.size.node, "a size such as '2MB' is expected");
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char file[40];

		snprintf(file, sizeof(file), "hugetlb.%s.%s", size, files[i]);
		set(r, node, file, "%" PRIu64, r->hugepage.limit.u);
	}
	return 0;
}

static const struct field hugepage_fields[] = {
	{ "pageSize", FIELD_STRING, .required = true, .store = STORE(hugepage.size) },
	{ "limit", FIELD_U64, .required = true, .store = STORE(hugepage.limit) },
	{ 0 },
};

static int begin_rdma(struct reader *r, json_node key)
{
	(void)key;
	memset(&r->rdma, 0, sizeof(r->rdma));
	return 0;
}

static int take_rdma(struct reader *r, json_node key)
{
	const char *name = reader_text(r, key);
	char line[120];
	size_t len;

	if (!name[0] || strlen(name) > 60 || strpbrk(name, " \t\n="))
		return reader_refuse(r, key, "not the name of a device");
	if (!r->rdma.handles.set && !r->rdma.objects.set)
		return reader_refuse(r, key, "limits neither handles nor objects");
	len = (size_t)snprintf(line, sizeof(line), "%s", name);
	if (r->rdma.handles.set)
		len += (size_t)snprintf(line + len, sizeof(line) - len, " hca_handle=%" PRIu64,
					r->rdma.handles.u);
	if (r->rdma.objects.set)
		snprintf(line + len, sizeof(line) - len, " hca_object=%" PRIu64,
			 r->rdma.objects.u);
	set(r, key, "rdma.max", "%s", line);
	return 0;
}

static const struct field rdma_fields[] = {
	{ "hcaHandles", FIELD_U32, .store = STORE(rdma.handles) },
	{ "hcaObjects", FIELD_U32, .store = STORE(rdma.objects) },
	{ 0 },
};

/* ---- what cgroup v2 has no file for ---- */

static const struct field priority_fields[] = {
	{ "name", FIELD_STRING, .required = true, .ignored = ONLY_V1 },
	{ "priority", FIELD_U32, .required = true, .ignored = ONLY_V1 },
	{ 0 },
};

static const struct field network_fields[] = {
	{ "classID", FIELD_U32, .take = ignore_number, .ignored = ONLY_V1 },
	{ "priorities", FIELD_OBJECTS, .take = only_v1, .members = priority_fields,
	  .ignored = ONLY_V1 },
	{ 0 },
};

/* ---- files by name ---- */

/* A name such as "memory.high": never a path, nor what decides who is in the cgroup. */
static int take_unified(struct reader *r, json_node key)
{
	const char *file = reader_text(r, key);
	struct plan_cgroup_setting *setting;

	if (!strchr(file, '.') || file[0] == '.' || strchr(file, '/') || strlen(file) > 64)
		return reader_refuse(r, key, "not the name of a file of cgroup v2");
	if (strncmp(file, "cgroup.", 7) == 0 && strcmp(file, "cgroup.max.depth") != 0 &&
	    strcmp(file, "cgroup.max.descendants") != 0 && strcmp(file, "cgroup.pressure") != 0)
		return reader_refuse(r, key, "this file of a cgroup is not the container's to set");
	reader_origin(r, key);
	setting = plan_append(r->plan, &r->plan->cgroup.settings, sizeof(*setting));
	setting->file = plan_add_string(r->plan, file);
	setting->value = plan_add_string(r->plan, reader_text(r, json_value(&r->doc, key)));
	setting->share = strcmp(file, "cpu.weight") == 0 || strcmp(file, "io.weight") == 0 ||
			 strcmp(file, "io.bfq.weight") == 0;
	return 0;
}

/* ---- devices ---- */

static int begin_rules(struct reader *r, json_node node)
{
	(void)node;
	memset(&r->device, 0, sizeof(r->device));
	return 0;
}

static int read_access(struct reader *r, uint8_t *ret)
{
	const struct value *access = &r->device.access;
	uint8_t bits = 0;

	for (const char *c = access->set ? access->text : "rwm"; *c; c++) {
		if (!strchr("rwm", *c))
			return reader_refuse(r, access->node, "only 'r', 'w' and 'm' are known");
		bits |= *c == 'r'   ? PLAN_DEVICE_READ
			: *c == 'w' ? PLAN_DEVICE_WRITE
				    : PLAN_DEVICE_MKNOD;
	}
	*ret = bits ? bits : PLAN_DEVICE_READ | PLAN_DEVICE_WRITE | PLAN_DEVICE_MKNOD;
	return 0;
}

static int take_rule(struct reader *r, json_node node)
{
	const char *type = r->device.type.set && r->device.type.text[0] ? r->device.type.text : "a";
	const struct value *major = &r->device.major, *minor = &r->device.minor;
	struct plan_device_rule *rule;
	uint8_t access;

	if (type[1] || !strchr("abc", type[0]))
		return reader_refuse(r, r->device.type.node, "only 'a', 'b' and 'c' are known");
	if (read_access(r, &access) < 0)
		return -EINVAL;
	if ((major->set && (major->i < -1 || major->i > UINT32_MAX)) ||
	    (minor->set && (minor->i < -1 || minor->i > UINT32_MAX)))
		return reader_refuse(r, node, "no such number of a device");
	reader_origin(r, node);
	rule = plan_append(r->plan, &r->plan->cgroup.devices, sizeof(*rule));
	rule->allow = r->device.allow.is_true;
	rule->type = type[0];
	rule->access = access;
	rule->major = type[0] != 'a' && major->set ? major->i : -1;
	rule->minor = type[0] != 'a' && minor->set ? minor->i : -1;
	r->plan->cgroup.has_devices = 1;
	return 0;
}

static const struct field rule_fields[] = {
	{ "allow", FIELD_BOOL, .required = true, .store = STORE(device.allow) },
	{ "type", FIELD_STRING, .store = STORE(device.type) },
	{ "major", FIELD_I64, .store = STORE(device.major) },
	{ "minor", FIELD_I64, .store = STORE(device.minor) },
	{ "access", FIELD_STRING, .store = STORE(device.access) },
	{ 0 },
};

const struct field oci_resources_fields[] = {
	{ "devices", FIELD_OBJECTS, .begin = begin_rules, .take = take_rule,
	  .members = rule_fields },
	{ "memory", FIELD_OBJECT, .begin = begin_memory, .take = take_memory,
	  .members = memory_fields },
	{ "cpu", FIELD_OBJECT, .begin = begin_cpu, .take = take_cpu, .members = cpu_fields },
	{ "pids", FIELD_OBJECT, .members = pids_fields },
	{ "blockIO", FIELD_OBJECT, .members = block_io_fields },
	{ "hugepageLimits", FIELD_OBJECTS, .begin = begin_hugepage, .take = take_hugepage,
	  .members = hugepage_fields },
	{ "network", FIELD_OBJECT, .members = network_fields },
	{ "rdma", FIELD_NAMED, .begin = begin_rdma, .take = take_rdma, .members = rdma_fields },
	{ "unified", FIELD_MAP, .take = take_unified },
	{ 0 },
};
