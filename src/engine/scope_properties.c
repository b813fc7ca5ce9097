/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See scope_properties.h.
 */
#include "engine/scope_properties.h"
#include "base/auto.h"
#include "base/num.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_LIMIT UINT64_MAX
#define SECOND 1000000u      /* microseconds */
#define QUOTA_STEP 10000u    /* systemd writes down whole per cents of a second */
#define MAX_NUMBER 8191      /* of processors or memory nodes */

/* One that this systemd may do without. */
static void put(struct buf *b, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void put(struct buf *b, const char *name, const char *format, ...)
{
	char value[160];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	buf_addf(b, "?%s %s", name, value);
	buf_addc(b, '\0');
}

static bool number_of(const char *text, uint64_t *ret)
{
	if (strcmp(text, "max") == 0) {
		*ret = NO_LIMIT;
		return true;
	}
	return num_size(text, ret) == 0;
}

/* ---- settings ---- */

static void put_number(struct buf *b, const char *name, const char *value)
{
	uint64_t number;

	if (number_of(value, &number))
		put(b, name, "uint64 %" PRIu64, number);
}

/* "QUOTA PERIOD". Rounded up, for the exact value is in the file of the cgroup below. */
static void put_quota(struct buf *b, const char *name, const char *value)
{
	uint64_t quota, period = 100000, rate = NO_LIMIT;
	size_t len = strcspn(value, " ");
	char text[32];

	(void)name;
	snprintf(text, sizeof(text), "%.*s", (int)len, value);
	if (!number_of(text, &quota) ||
	    (value[len] && (num_u64(value + len + 1, &period) < 0 || period == 0)))
		return;
	if (quota != NO_LIMIT && quota > UINT64_MAX / SECOND)
		return;
	if (quota != NO_LIMIT) {
		rate = (quota * SECOND + period - 1) / period;
		rate = (rate + QUOTA_STEP - 1) / QUOTA_STEP * QUOTA_STEP;
	}
	put(b, "CPUQuotaPeriodUSec", "uint64 %" PRIu64, period);
	put(b, "CPUQuotaPerSecUSec", "uint64 %" PRIu64, rate);
}

/* "0-3,7" as a mask of bytes, the lowest first. */
static void put_mask(struct buf *b, const char *name, const char *value)
{
	uint8_t mask[MAX_NUMBER / 8 + 1] = { 0 };
	size_t len = 0;
	const char *at = value;

	while (*at) {
		char *end;
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (end == at)
			return;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (first > last || last > MAX_NUMBER)
			return;
		for (unsigned long i = first; i <= last; i++)
			mask[i / 8] |= (uint8_t)(1u << i % 8);
		len = last / 8 + 1 > len ? last / 8 + 1 : len;
		at = end + strspn(end, ", \n");
	}
	buf_addf(b, "?%s @ay [", name);
	for (size_t i = 0; i < len; i++)
		buf_addf(b, "%s0x%02x", i ? ", " : "", mask[i]);
	buf_add(b, "]", 2);
}

/* "default WEIGHT", or the weight alone: those of single devices are left to the file. */
static void put_io_weight(struct buf *b, const char *name, const char *value)
{
	if (strncmp(value, "default ", 8) == 0)
		value += 8;
	if (!strchr(value, ' ') && !strchr(value, ':'))
		put_number(b, name, value);
}

static const struct {
	const char *file, *name;
	void (*put)(struct buf *b, const char *name, const char *value);
} known[] = {
	{ "memory.max", "MemoryMax", put_number },
	{ "memory.high", "MemoryHigh", put_number },
	{ "memory.low", "MemoryLow", put_number },
	{ "memory.min", "MemoryMin", put_number },
	{ "memory.swap.max", "MemorySwapMax", put_number },
	{ "cpu.weight", "CPUWeight", put_number },
	{ "cpu.max", NULL, put_quota },
	{ "cpuset.cpus", "AllowedCPUs", put_mask },
	{ "cpuset.mems", "AllowedMemoryNodes", put_mask },
	{ "pids.max", "TasksMax", put_number },
	{ "io.weight", "IOWeight", put_io_weight },
};

static void put_setting(const struct plan *plan, const struct plan_cgroup_setting *setting,
			struct buf *b)
{
	const char *file = plan_str(plan, setting->file);

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].file, file) == 0)
			known[i].put(b, known[i].name, plan_str(plan, setting->value));
}

/* ---- devices ---- */

static bool is_all(const struct plan_device_rule *rule)
{
	return rule->type == 'a';
}

/* systemd has a list of what is allowed; what takes some of it back is in our own rules only. */
static bool is_allow_list(const struct plan *plan)
{
	bool is_first = true;

	plan_each (plan, struct plan_device_rule, rule, plan->cgroup.devices) {
		bool starts = is_first && is_all(rule) && !rule->allow;

		if (!starts && (!rule->allow || is_all(rule)))
			return false;
		if (!is_all(rule) && rule->major < 0 && rule->minor >= 0)
			return false;
		is_first = false;
	}
	return true;
}

static void put_device(const struct plan_device_rule *rule, bool is_first, struct buf *b)
{
	const char *kind = rule->type == 'b' ? "block" : "char";

	buf_adds(b, is_first ? "(" : ", (");
	if (rule->major < 0)
		buf_addf(b, "'%s-*'", kind);
	else if (rule->minor < 0)
		buf_addf(b, "'%s-%" PRId64 "'", kind, rule->major);
	else
		buf_addf(b, "'/dev/%s/%" PRId64 ":%" PRId64 "'", kind, rule->major, rule->minor);
	buf_addf(b, ", '%s%s%s')", rule->access & PLAN_DEVICE_READ ? "r" : "",
		 rule->access & PLAN_DEVICE_WRITE ? "w" : "",
		 rule->access & PLAN_DEVICE_MKNOD ? "m" : "");
}

/* The empty list first: it takes the place of what was set before. */
static void put_devices(const struct plan *plan, struct buf *b)
{
	bool is_first = true;

	if (!is_allow_list(plan)) {
		put(b, "DevicePolicy", "'auto'");
		put(b, "DeviceAllow", "@a(ss) []");
		return;
	}
	put(b, "DevicePolicy", "'strict'");
	put(b, "DeviceAllow", "@a(ss) []");
	buf_adds(b, "?DeviceAllow @a(ss) [");
	plan_each (plan, struct plan_device_rule, rule, plan->cgroup.devices) {
		if (is_all(rule))
			continue;
		put_device(rule, is_first, b);
		is_first = false;
	}
	buf_add(b, "]", 2);
}

void scope_properties(const struct plan *plan, bool is_user, struct buf *ret)
{
	plan_each (plan, struct plan_cgroup_setting, setting, plan->cgroup.settings)
		put_setting(plan, setting, ret);
	if (plan->cgroup.has_devices && !is_user)
		put_devices(plan, ret);
	/* The container's own word comes last, and counts. */
	plan_each (plan, struct plan_data, property, plan->cgroup.properties) {
		buf_addf(ret, "%s %s", plan_str(plan, property->key),
			 plan_str(plan, property->value));
		buf_addc(ret, '\0');
	}
}
