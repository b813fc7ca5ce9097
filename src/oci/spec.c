/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A config.json to begin with: a shell in ./rootfs, with what engines give a container at least.
 */
#include "base/auto.h"
#include "base/json.h"
#include "oci/oci.h"

#include <string.h>

struct mount {
	const char *target, *type, *source, *options; /* options: separated by ',' */
};

static void strings(struct json *j, const char *key, const char *const *list, size_t count)
{
	json_open_array(j, key);
	for (size_t i = 0; i < count; i++)
		json_string(j, NULL, list[i]);
	json_close_array(j);
}

static void split(struct json *j, const char *key, const char *list)
{
	json_open_array(j, key);
	for (const char *at = list; *at;) {
		auto_(buf_done) struct buf word = { 0 };
		size_t len = strcspn(at, ",");

		buf_add(&word, at, len);
		json_string(j, NULL, buf_str(&word));
		at += len + (at[len] == ',');
	}
	json_close_array(j);
}

/* None is inheritable or ambient: files of the image must not give what nobody asked for. */
static void capabilities(struct json *j)
{
	static const char *const sets[] = { "bounding", "effective", "permitted" };

	json_open_object(j, "capabilities");
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		split(j, sets[i], "CAP_AUDIT_WRITE,CAP_KILL,CAP_NET_BIND_SERVICE");
	json_close_object(j);
}

static void process(struct json *j)
{
	static const char *const args[] = { "sh" };
	static const char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"TERM=xterm",
	};

	json_open_object(j, "process");
	json_bool(j, "terminal", true);
	json_open_object(j, "user");
	json_uint(j, "uid", 0);
	json_uint(j, "gid", 0);
	json_close_object(j);
	strings(j, "args", args, ARRAY_LEN(args));
	strings(j, "env", env, ARRAY_LEN(env));
	json_string(j, "cwd", "/");
	capabilities(j);
	json_open_array(j, "rlimits");
	json_open_object(j, NULL);
	json_string(j, "type", "RLIMIT_NOFILE");
	json_uint(j, "hard", 1024);
	json_uint(j, "soft", 1024);
	json_close_object(j);
	json_close_array(j);
	json_bool(j, "noNewPrivileges", true);
	json_close_object(j);
}

static void write_mount(struct json *j, const struct mount *m)
{
	json_open_object(j, NULL);
	json_string(j, "destination", m->target);
	json_string(j, "type", m->type);
	json_string(j, "source", m->source);
	if (m->options[0])
		split(j, "options", m->options);
	json_close_object(j);
}

/* A user without rights has no group 5, nor a sysfs of a network that is the host's. */
static void mounts(struct json *j, bool rootless)
{
	static const struct mount both[] = {
		{ "/proc", "proc", "proc", "" },
		{ "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k" },
		{ "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k" },
		{ "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
	};
	static const struct mount of_root[] = {
		{ "/dev/pts", "devpts", "devpts",
		  "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
		{ "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro" },
		{ "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro" },
	};
	static const struct mount of_user[] = {
		{ "/dev/pts", "devpts", "devpts",
		  "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620" },
		{ "/sys", "none", "/sys", "rbind,nosuid,noexec,nodev,ro" },
	};

	json_open_array(j, "mounts");
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		write_mount(j, &both[i]);
	for (size_t i = 0; !rootless && i < ARRAY_LEN(of_root); i++)
		write_mount(j, &of_root[i]);
	for (size_t i = 0; rootless && i < ARRAY_LEN(of_user); i++)
		write_mount(j, &of_user[i]);
	json_close_array(j);
}

static void mapping(struct json *j, const char *key, uint32_t id)
{
	json_open_array(j, key);
	json_open_object(j, NULL);
	json_uint(j, "containerID", 0);
	json_uint(j, "hostID", id);
	json_uint(j, "size", 1);
	json_close_object(j);
	json_close_array(j);
}

static void namespaces(struct json *j, const char *list)
{
	json_open_array(j, "namespaces");
	for (const char *at = list; *at;) {
		auto_(buf_done) struct buf word = { 0 };
		size_t len = strcspn(at, ",");

		buf_add(&word, at, len);
		json_open_object(j, NULL);
		json_string(j, "type", buf_str(&word));
		json_close_object(j);
		at += len + (at[len] == ',');
	}
	json_close_array(j);
}

static void no_devices(struct json *j)
{
	json_open_object(j, "resources");
	json_open_array(j, "devices");
	json_open_object(j, NULL);
	json_bool(j, "allow", false);
	json_string(j, "access", "rwm");
	json_close_object(j);
	json_close_array(j);
	json_close_object(j);
}

static void linux_part(struct json *j, const struct facts *facts, bool rootless)
{
	static const char *const masked[] = {
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
		"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
		"/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
	};
	static const char *const read_only[] = {
		"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
	};

	json_open_object(j, "linux");
	if (rootless) {
		mapping(j, "uidMappings", facts->uid);
		mapping(j, "gidMappings", facts->gid);
		namespaces(j, "pid,ipc,uts,mount,cgroup,user");
	} else {
		no_devices(j);
		namespaces(j, "pid,network,ipc,uts,mount,cgroup");
	}
	strings(j, "maskedPaths", masked, ARRAY_LEN(masked));
	strings(j, "readonlyPaths", read_only, ARRAY_LEN(read_only));
	json_close_object(j);
}

void oci_write_spec(const struct facts *facts, bool rootless, struct buf *out)
{
	struct json j;

	json_init(&j, out, true);
	json_open_object(&j, NULL);
	json_string(&j, "ociVersion", OCI_SPEC_VERSION);
	process(&j);
	json_open_object(&j, "root");
	json_string(&j, "path", "rootfs");
	json_bool(&j, "readonly", true);
	json_close_object(&j);
	json_string(&j, "hostname", "cove");
	mounts(&j, rootless);
	linux_part(&j, facts, rootless);
	json_close_object(&j);
	buf_addc(out, '\n');
}
