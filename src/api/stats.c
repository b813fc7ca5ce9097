/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See stats.h. A file that is missing is a controller that is not there: its figures are zero.
 */
#include "api/stats.h"
#include "base/num.h"
#include "sys/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE 16384
#define US 1000 /* nanoseconds */

static const char *read_text(int cgroup, const char *file, char text[FILE_SIZE])
{
	long len = cgroup_read(cgroup, file, text, FILE_SIZE, NULL);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

/* The number behind the word at the beginning of a line. */
static uint64_t member(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (; text && *text; text = strchr(text, '\n'), text += text != NULL)
		if (strncmp(text, word, len) == 0 && text[len] == ' ')
			return strtoull(text + len + 1, NULL, 10);
	return 0;
}

/* "max" is no limit. */
static uint64_t number(int cgroup, const char *file)
{
	char text[FILE_SIZE];

	read_text(cgroup, file, text);
	return strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

static void put_pressure_line(struct json *j, const char *key, const char *line)
{
	double averages[3] = { 0 };
	unsigned long long total = 0;
	char shown[32];
	static const char *const names[] = { "avg10", "avg60", "avg300" };

	sscanf(line, "%*s avg10=%lf avg60=%lf avg300=%lf total=%llu", &averages[0], &averages[1],
	       &averages[2], &total);
	json_open_object(j, key);
	for (unsigned i = 0; i < 3; i++) {
		snprintf(shown, sizeof(shown), "%.2f", averages[i]);
		json_raw(j, names[i], shown);
	}
	json_uint(j, "total", total);
	json_close_object(j);
}

static void put_pressure(int cgroup, const char *file, struct json *j)
{
	char text[FILE_SIZE];
	const char *full;

	if (!*read_text(cgroup, file, text))
		return;
	full = strstr(text, "full ");
	json_open_object(j, "psi");
	put_pressure_line(j, "some", text);
	if (full)
		put_pressure_line(j, "full", full);
	json_close_object(j);
}

static void put_cpu(int cgroup, struct json *j)
{
	char text[FILE_SIZE];

	read_text(cgroup, "cpu.stat", text);
	json_open_object(j, "cpu");
	json_open_object(j, "usage");
	json_uint(j, "total", member(text, "usage_usec") * US);
	json_uint(j, "kernel", member(text, "system_usec") * US);
	json_uint(j, "user", member(text, "user_usec") * US);
	json_close_object(j);
	json_open_object(j, "throttling");
	json_uint(j, "periods", member(text, "nr_periods"));
	json_uint(j, "throttledPeriods", member(text, "nr_throttled"));
	json_uint(j, "throttledTime", member(text, "throttled_usec") * US);
	json_close_object(j);
	put_pressure(cgroup, "cpu.pressure", j);
	json_close_object(j);
}

static void put_usage(int cgroup, const char *key, const char *kind, uint64_t failures,
		      struct json *j)
{
	char file[40];

	json_open_object(j, key);
	snprintf(file, sizeof(file), "%s.max", kind);
	json_uint(j, "limit", number(cgroup, file));
	snprintf(file, sizeof(file), "%s.current", kind);
	json_uint(j, "usage", number(cgroup, file));
	snprintf(file, sizeof(file), "%s.peak", kind);
	json_uint(j, "max", number(cgroup, file));
	json_uint(j, "failcnt", failures);
	json_close_object(j);
}

/* Each line is a name and a number. */
static void put_raw(const char *text, struct json *j)
{
	char name[64];
	unsigned long long value;
	int len;

	json_open_object(j, "raw");
	for (; sscanf(text, "%63s %llu%n", name, &value, &len) == 2; text += len)
		json_uint(j, name, value);
	json_close_object(j);
}

static void put_memory(int cgroup, struct json *j)
{
	char text[FILE_SIZE], events[FILE_SIZE];

	read_text(cgroup, "memory.stat", text);
	read_text(cgroup, "memory.events", events);
	json_open_object(j, "memory");
	json_uint(j, "cache", member(text, "file"));
	put_usage(cgroup, "usage", "memory", member(events, "max"), j);
	put_usage(cgroup, "swap", "memory.swap", 0, j);
	put_raw(text, j);
	put_pressure(cgroup, "memory.pressure", j);
	json_close_object(j);
}

static void put_pids(int cgroup, struct json *j)
{
	uint64_t limit = number(cgroup, "pids.max");

	json_open_object(j, "pids");
	json_uint(j, "current", number(cgroup, "pids.current"));
	json_uint(j, "limit", limit == UINT64_MAX ? 0 : limit);
	json_close_object(j);
}

static void put_io_entry(unsigned major, unsigned minor, const char *name, uint64_t value,
			 struct json *j)
{
	json_open_object(j, NULL);
	json_uint(j, "major", major);
	json_uint(j, "minor", minor);
	json_string(j, "op", name);
	json_uint(j, "value", value);
	json_close_object(j);
}

/* A line a device: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0". */
static void put_io(const char *text, const char *key, bool bytes, struct json *j)
{
	unsigned major, minor;
	unsigned long long n[4];

	json_open_array(j, key);
	for (; text && *text; text = strchr(text, '\n'), text += text != NULL) {
		if (sscanf(text, "%u:%u rbytes=%llu wbytes=%llu rios=%llu wios=%llu", &major, &minor,
			   &n[0], &n[1], &n[2], &n[3]) != 6)
			continue;
		put_io_entry(major, minor, "Read", n[bytes ? 0 : 2], j);
		put_io_entry(major, minor, "Write", n[bytes ? 1 : 3], j);
	}
	json_close_array(j);
}

static void put_block_io(int cgroup, struct json *j)
{
	char text[FILE_SIZE];

	read_text(cgroup, "io.stat", text);
	json_open_object(j, "blkio");
	put_io(text, "ioServiceBytesRecursive", true, j);
	put_io(text, "ioServicedRecursive", false, j);
	put_pressure(cgroup, "io.pressure", j);
	json_close_object(j);
}

void stats_put(int cgroup, struct json *j)
{
	put_cpu(cgroup, j);
	json_open_object(j, "cpuset");
	json_close_object(j);
	put_memory(cgroup, j);
	put_pids(cgroup, j);
	put_block_io(cgroup, j);
	json_open_object(j, "hugetlb");
	json_close_object(j);
	json_open_object(j, "intel_rdt");
	json_close_object(j);
	json_null(j, "network_interfaces");
}

uint64_t stats_oom_kills(int cgroup)
{
	char text[FILE_SIZE];

	return member(read_text(cgroup, "memory.events", text), "oom_kill");
}
