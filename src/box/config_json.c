/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See config_json.h. One small function for each object of the specification.
 */
#include "box/config_json.h"
#include "base/auto.h"
#include "base/json.h"
#include "plan/mount_words.h"
#include "plan/names.h"
#include "plan/sched.h"

#include <stdio.h>
#include <string.h>

#define OCI_VERSION "1.3.0"

static void strings(struct json *j, const char *key, const struct plan *plan,
		    const struct plan_list *list)
{
	json_open_array(j, key);
	plan_each (plan, struct plan_string, item, *list)
		json_string(j, NULL, plan_str(plan, item->text));
	json_close_array(j);
}

static void capability_set(struct json *j, const char *key, uint64_t set)
{
	json_open_array(j, key);
	for (unsigned cap = 0; names_capability_name(cap); cap++)
		if (set & (UINT64_C(1) << cap))
			json_string(j, NULL, names_capability_name(cap));
	json_close_array(j);
}

static void capabilities(struct json *j, const struct plan_caps *caps)
{
	if (!caps->set)
		return;
	json_open_object(j, "capabilities");
	capability_set(j, "bounding", caps->bounding);
	capability_set(j, "effective", caps->effective);
	capability_set(j, "permitted", caps->permitted);
	capability_set(j, "inheritable", caps->inheritable);
	capability_set(j, "ambient", caps->ambient);
	json_close_object(j);
}

static void rlimits(struct json *j, const struct plan *plan)
{
	if (!plan->rlimits.count)
		return;
	json_open_array(j, "rlimits");
	plan_each (plan, struct plan_rlimit, limit, plan->rlimits) {
		auto_(buf_done) struct buf name = { 0 };

		buf_adds(&name, "RLIMIT_");
		for (const char *c = names_rlimit_name(limit->resource); *c; c++)
			buf_addc(&name, (char)(*c - 'a' + 'A'));
		json_open_object(j, NULL);
		json_string(j, "type", buf_str(&name));
		json_uint(j, "hard", limit->hard);
		json_uint(j, "soft", limit->soft);
		json_close_object(j);
	}
	json_close_array(j);
}

static void user(struct json *j, const struct plan *plan)
{
	const struct plan_process *process = &plan->process;

	json_open_object(j, "user");
	json_uint(j, "uid", plan->uid_inside != PLAN_NO_ID ? plan->uid_inside : 0);
	json_uint(j, "gid", plan->gid_inside != PLAN_NO_ID ? plan->gid_inside : 0);
	if (plan->umask.set)
		json_int(j, "umask", plan->umask.value);
	if (process->groups.count) {
		json_open_array(j, "additionalGids");
		plan_each (plan, struct plan_number, group, process->groups)
			json_int(j, NULL, group->value);
		json_close_array(j);
	}
	json_close_object(j);
}

/* The bits of `value` that the table names. */
static void flag_names(struct json *j, enum plan_sched_names table, uint64_t value)
{
	if (!value)
		return;
	json_open_array(j, "flags");
	for (const struct plan_sched_name *n = plan_sched_names(table); n->word; n++)
		if (value & n->value && n->oci)
			json_string(j, NULL, n->oci);
	json_close_array(j);
}

static void scheduler(struct json *j, const struct plan *plan)
{
	const struct plan_scheduler *s = &plan->scheduler;

	if (!s->set)
		return;
	json_open_object(j, "scheduler");
	json_string(j, "policy", plan_sched_oci(PLAN_SCHED_POLICIES, s->policy));
	if (plan->nice.set)
		json_int(j, "nice", plan->nice.value);
	if (s->priority)
		json_int(j, "priority", s->priority);
	flag_names(j, PLAN_SCHED_FLAGS, s->flags);
	if (s->runtime) {
		json_uint(j, "runtime", s->runtime);
		json_uint(j, "deadline", s->deadline);
		json_uint(j, "period", s->period);
	}
	json_close_object(j);
}

static void io_priority(struct json *j, const struct plan *plan)
{
	if (!plan->ioprio.set)
		return;
	json_open_object(j, "ioPriority");
	json_string(j, "class", plan_sched_oci(PLAN_SCHED_IO_CLASSES, plan->ioprio.io_class));
	json_int(j, "priority", plan->ioprio.level);
	json_close_object(j);
}

static void process(struct json *j, const struct plan *plan)
{
	const struct plan_process *p = &plan->process;

	json_open_object(j, "process");
	json_bool(j, "terminal", p->terminal != 0);
	user(j, plan);
	strings(j, "args", plan, &p->args);
	strings(j, "env", plan, &p->env);
	json_string(j, "cwd", p->cwd ? plan_str(plan, p->cwd) : "/");
	capabilities(j, &plan->caps);
	rlimits(j, plan);
	json_bool(j, "noNewPrivileges", p->no_new_privs);
	if (plan->oom_score_adj.set)
		json_int(j, "oomScoreAdj", plan->oom_score_adj.value);
	scheduler(j, plan);
	io_priority(j, plan);
	json_close_object(j);
}

static void attribute_words(struct json *j, const struct plan_mount *m)
{
	enum mount_word_kind kind = m->kind == PLAN_MOUNT_BIND ? WORD_SET_BELOW : WORD_SET;
	const struct mount_word *word;

	for (size_t i = 0; (word = mount_word_at(i)); i++)
		if (word->kind == kind && m->attr & word->bits)
			json_string(j, NULL, word->name);
}

static void mount_options(struct json *j, const struct plan *plan, const struct plan_mount *m)
{
	json_open_array(j, "options");
	if (m->kind == PLAN_MOUNT_BIND)
		json_string(j, NULL, "rbind");
	attribute_words(j, m);
	plan_each (plan, struct plan_data, data, m->data) {
		auto_(buf_done) struct buf word = { 0 };

		buf_addf(&word, "%s%s%s", plan_str(plan, data->key), data->value ? "=" : "",
			 plan_str(plan, data->value));
		json_string(j, NULL, buf_str(&word));
	}
	json_close_array(j);
}

static void mounts(struct json *j, const struct plan *plan)
{
	json_open_array(j, "mounts");
	plan_each (plan, struct plan_mount, m, plan->mounts) {
		bool fs = m->kind == PLAN_MOUNT_FS;

		/* There is no word for a source that may be missing, or is a descriptor. */
		if (!fs && (m->kind != PLAN_MOUNT_BIND || m->optional || m->content_fd >= 0))
			continue;
		json_open_object(j, NULL);
		json_string(j, "destination", plan_str(plan, m->target));
		json_string(j, "type", fs ? plan_str(plan, m->fstype) : "bind");
		json_string(j, "source", plan_str(plan, fs ? m->fstype : m->source));
		mount_options(j, plan, m);
		json_close_object(j);
	}
	json_close_array(j);
}

static void root(struct json *j, const struct plan *plan)
{
	bool dir = plan->root.kind == PLAN_ROOT_DIR;

	json_open_object(j, "root");
	/* An empty root is for who uses the file to make: the bundle's own directory. */
	json_string(j, "path",
		    !dir              ? "/"
		    : plan->root.path ? plan_str(plan, plan->root.path)
				      : "rootfs");
	json_bool(j, "readonly", dir ? plan->root.read_only : plan->root.kind == PLAN_ROOT_HOST);
	json_close_object(j);
}

static void namespaces(struct json *j, const struct plan *plan)
{
	json_open_array(j, "namespaces");
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++) {
		const struct plan_ns *wanted = &plan->ns[ns];
		char path[64];

		if (wanted->mode == PLAN_NS_HOST)
			continue;
		json_open_object(j, NULL);
		json_string(j, "type", names_oci_ns(ns));
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", wanted->number, plan_ns_name(ns));
		if (wanted->mode == PLAN_NS_JOIN && wanted->target == PLAN_TARGET_PID)
			json_string(j, "path", path);
		if (wanted->mode == PLAN_NS_JOIN && wanted->target == PLAN_TARGET_PATH)
			json_string(j, "path", plan_str(plan, wanted->path));
		json_close_object(j);
	}
	json_close_array(j);
}

static void mappings(struct json *j, const char *key, const struct plan *plan,
		     const struct plan_list *list)
{
	if (!list->count)
		return;
	json_open_array(j, key);
	plan_each (plan, struct plan_map, map, *list) {
		json_open_object(j, NULL);
		json_uint(j, "containerID", map->inside);
		json_uint(j, "hostID", map->outside);
		json_uint(j, "size", map->count);
		json_close_object(j);
	}
	json_close_array(j);
}

static void offset(struct json *j, const char *key, const struct plan_offset *value)
{
	int64_t rest = value->ns % 1000000000;

	if (!value->set)
		return;
	json_open_object(j, key);
	json_int(j, "secs", value->ns / 1000000000 - (rest < 0));
	json_int(j, "nanosecs", rest < 0 ? rest + 1000000000 : rest);
	json_close_object(j);
}

static void time_offsets(struct json *j, const struct plan *plan)
{
	if (!plan->monotonic.set && !plan->boottime.set)
		return;
	json_open_object(j, "timeOffsets");
	offset(j, "monotonic", &plan->monotonic);
	offset(j, "boottime", &plan->boottime);
	json_close_object(j);
}

static void masked_paths(struct json *j, const struct plan *plan)
{
	json_open_array(j, "maskedPaths");
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (m->kind == PLAN_MOUNT_MASK)
			json_string(j, NULL, plan_str(plan, m->target));
	json_close_array(j);
}

/* Its flags have no word in the specification. */
static void personality(struct json *j, const struct plan *plan)
{
	uint32_t domain = (uint32_t)plan->personality.value & PLAN_SCHED_DOMAIN;

	if (!plan->personality.set)
		return;
	json_open_object(j, "personality");
	json_string(j, "domain", plan_sched_oci(PLAN_SCHED_DOMAINS, domain));
	json_close_object(j);
}

static void memory_policy(struct json *j, const struct plan *plan)
{
	const struct plan_mempolicy *policy = &plan->mempolicy;

	if (!policy->set)
		return;
	json_open_object(j, "memoryPolicy");
	json_string(j, "mode", plan_sched_oci(PLAN_SCHED_MEMORY_MODES, policy->mode));
	if (policy->text)
		json_string(j, "nodes", plan_str(plan, policy->text));
	flag_names(j, PLAN_SCHED_MEMORY_FLAGS, policy->flags);
	json_close_object(j);
}

static void linux_part(struct json *j, const struct plan *plan)
{
	json_open_object(j, "linux");
	namespaces(j, plan);
	mappings(j, "uidMappings", plan, &plan->maps.uids);
	mappings(j, "gidMappings", plan, &plan->maps.gids);
	time_offsets(j, plan);
	masked_paths(j, plan);
	personality(j, plan);
	memory_policy(j, plan);
	json_close_object(j);
}

void config_json(const struct plan *plan, struct buf *out)
{
	struct json j;

	json_init(&j, out, true);
	json_open_object(&j, NULL);
	json_string(&j, "ociVersion", OCI_VERSION);
	process(&j, plan);
	root(&j, plan);
	if (plan->hostname)
		json_string(&j, "hostname", plan_str(plan, plan->hostname));
	if (plan->domainname)
		json_string(&j, "domainname", plan_str(plan, plan->domainname));
	mounts(&j, plan);
	linux_part(&j, plan);
	json_close_object(&j);
	buf_addc(out, '\n');
}
