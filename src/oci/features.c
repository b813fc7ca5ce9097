/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this program knows of the specification, whatever the machine it runs on.
 */
#include "base/auto.h"
#include "base/json.h"
#include "oci/parts.h"
#include "plan/mount_words.h"
#include "plan/names.h"

static void words(struct json *j, const char *key, const char *const *list, size_t count)
{
	json_open_array(j, key);
	for (size_t i = 0; i < count; i++)
		json_string(j, NULL, list[i]);
	json_close_array(j);
}

static void enabled(struct json *j, const char *key, bool value)
{
	json_open_object(j, key);
	json_bool(j, "enabled", value);
	json_close_object(j);
}

static void hooks(struct json *j)
{
	json_open_array(j, "hooks");
	for (const struct field *f = oci_hooks_fields; f->name; f++)
		json_string(j, NULL, f->name);
	json_close_array(j);
}

static void mount_options(struct json *j)
{
	const struct mount_word *word;

	json_open_array(j, "mountOptions");
	for (size_t i = 0; (word = mount_word_at(i)); i++)
		if (!word->extension)
			json_string(j, NULL, word->name);
	json_close_array(j);
}

static void namespaces(struct json *j)
{
	static const enum cove_ns sorted[] = {
		COVE_NS_CGROUP, COVE_NS_IPC,  COVE_NS_MNT,  COVE_NS_NET,
		COVE_NS_PID,	COVE_NS_TIME, COVE_NS_USER, COVE_NS_UTS,
	};

	json_open_array(j, "namespaces");
	for (size_t i = 0; i < ARRAY_LEN(sorted); i++)
		json_string(j, NULL, names_oci_ns(sorted[i]));
	json_close_array(j);
}

static void capabilities(struct json *j)
{
	json_open_array(j, "capabilities");
	for (unsigned cap = 0; names_capability_name(cap); cap++)
		json_string(j, NULL, names_capability_name(cap));
	json_close_array(j);
}

static void cgroup(struct json *j)
{
	json_open_object(j, "cgroup");
	json_bool(j, "v1", false);
	json_bool(j, "v2", true);
	json_bool(j, "systemd", COVE_HAS_SYSTEMD);
	json_bool(j, "systemdUser", COVE_HAS_SYSTEMD);
	json_bool(j, "rdma", true);
	json_close_object(j);
}

static void seccomp_flags(struct json *j, const char *key)
{
	json_open_array(j, key);
	for (size_t i = 0; oci_seccomp_flag(i); i++)
		json_string(j, NULL, oci_seccomp_flag(i));
	json_close_array(j);
}

static void seccomp(struct json *j)
{
	static const char *const actions[] = {
		"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS",
		"SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE",
		"SCMP_ACT_TRAP",
	};
	static const char *const operators[] = {
		"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT",
		"SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
	};
	static const char *const archs[] = {
		"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64",
		"SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64",
		"SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_PPC",
		"SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390",
		"SCMP_ARCH_S390X", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64",
	};

	json_open_object(j, "seccomp");
	json_bool(j, "enabled", COVE_HAS_SECCOMP);
	if (COVE_HAS_SECCOMP) {
		words(j, "actions", actions, ARRAY_LEN(actions));
		words(j, "operators", operators, ARRAY_LEN(operators));
		words(j, "archs", archs, ARRAY_LEN(archs));
		seccomp_flags(j, "knownFlags");
		seccomp_flags(j, "supportedFlags");
	}
	json_close_object(j);
}

static void sched_names(struct json *j, const char *key, enum plan_sched_names table)
{
	json_open_array(j, key);
	for (const struct plan_sched_name *n = plan_sched_names(table); n->word; n++)
		if (n->oci)
			json_string(j, NULL, n->oci);
	json_close_array(j);
}

static void linux_part(struct json *j)
{
	json_open_object(j, "linux");
	namespaces(j);
	capabilities(j);
	cgroup(j);
	seccomp(j);
	enabled(j, "apparmor", true);
	enabled(j, "selinux", true);
	json_open_object(j, "intelRdt");
	json_bool(j, "enabled", true);
	json_bool(j, "schemata", true);
	json_bool(j, "monitoring", true);
	json_close_object(j);
	json_open_object(j, "memoryPolicy");
	sched_names(j, "modes", PLAN_SCHED_MEMORY_MODES);
	sched_names(j, "flags", PLAN_SCHED_MEMORY_FLAGS);
	json_close_object(j);
	json_open_object(j, "mountExtensions");
	enabled(j, "idmap", true);
	json_close_object(j);
	enabled(j, "netDevices", true);
	json_close_object(j);
}

/* Names, and what names begin with, of annotations that change what a container may do. */
static const char *const unsafe[] = { "org.systemd.property.", "run.oci." };

void oci_write_features(struct buf *out)
{
	struct json j;

	json_init(&j, out, true);
	json_open_object(&j, NULL);
	json_string(&j, "ociVersionMin", "1.0.0");
	json_string(&j, "ociVersionMax", OCI_SPEC_VERSION);
	hooks(&j);
	mount_options(&j);
	linux_part(&j);
	json_open_object(&j, "annotations");
	json_string(&j, "cove.version", COVE_VERSION);
	json_string(&j, "org.opencontainers.runc.checkpoint.enabled", "false");
	json_close_object(&j);
	words(&j, "potentiallyUnsafeConfigAnnotations", unsafe, ARRAY_LEN(unsafe));
	json_close_object(&j);
	buf_addc(out, '\n');
}
