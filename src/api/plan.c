/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public names onto the plan's setters.
 */
#include "api/handle.h"
#include "api/host.h"
#include "base/auto.h"
#include "base/err.h"
#include "plan/build.h"
#include "plan/explain.h"
#include "plan/seal.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

struct cove_plan *cove_plan_new(void)
{
	struct cove_plan *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->plan = plan_new();
	if (!handle->plan) {
		free(handle);
		return NULL;
	}
	plan_set_origin(handle->plan, "libcove");
	handle->plan->process.keep_all_fds = 1;
	return handle;
}

void cove_plan_free(struct cove_plan *handle)
{
	if (handle)
		plan_free(handle->plan);
	free(handle);
}

void cove_plan_command(struct cove_plan *handle, const char *const *argv)
{
	handle->plan->process.args = (struct plan_list){ 0 };
	for (; *argv; argv++)
		plan_append_text(handle->plan, &handle->plan->process.args, *argv);
}

void cove_plan_new_ns(struct cove_plan *handle, enum cove_ns ns)
{
	plan_set_ns(handle->plan, ns, PLAN_NS_NEW);
}

void cove_plan_join_pid(struct cove_plan *handle, enum cove_ns ns, pid_t pid)
{
	plan_join_pid(handle->plan, ns, pid);
}

void cove_plan_join_fd(struct cove_plan *handle, enum cove_ns ns, int fd)
{
	plan_join_fd(handle->plan, ns, fd);
}

void cove_plan_join_path(struct cove_plan *handle, enum cove_ns ns, const char *path)
{
	plan_join_path(handle->plan, ns, path);
}

static void set_map(struct plan *plan, enum plan_map_kind kind)
{
	plan_set_ns(plan, COVE_NS_USER, PLAN_NS_NEW);
	plan->maps.kind = (uint8_t)kind;
	plan->maps.origin = plan->origin;
}

void cove_plan_map_root(struct cove_plan *handle)
{
	set_map(handle->plan, PLAN_MAP_ROOT);
}

void cove_plan_map_uids(struct cove_plan *handle, uint32_t inside, uint32_t outside, uint32_t count)
{
	set_map(handle->plan, PLAN_MAP_RANGES);
	plan_map(handle->plan, &handle->plan->maps.uids, inside, outside, count);
}

void cove_plan_map_gids(struct cove_plan *handle, uint32_t inside, uint32_t outside, uint32_t count)
{
	set_map(handle->plan, PLAN_MAP_RANGES);
	plan_map(handle->plan, &handle->plan->maps.gids, inside, outside, count);
}

void cove_plan_hostname(struct cove_plan *handle, const char *name)
{
	handle->plan->hostname = plan_add_string(handle->plan, name);
	handle->plan->hostname_origin = handle->plan->origin;
}

void cove_plan_loopback(struct cove_plan *handle)
{
	handle->plan->loopback = 1;
	handle->plan->loopback_origin = handle->plan->origin;
}

static void set_offset(const struct plan *plan, struct plan_offset *offset, int64_t ns)
{
	*offset = (struct plan_offset){ .set = true, .ns = ns, .origin = plan->origin };
}

void cove_plan_monotonic_offset(struct cove_plan *handle, int64_t ns)
{
	set_offset(handle->plan, &handle->plan->monotonic, ns);
}

void cove_plan_boottime_offset(struct cove_plan *handle, int64_t ns)
{
	set_offset(handle->plan, &handle->plan->boottime, ns);
}

void cove_plan_rootfs(struct cove_plan *handle, const char *dir, int read_only)
{
	handle->plan->root = (struct plan_root){
		.kind = PLAN_ROOT_DIR,
		.read_only = read_only != 0,
		.path = plan_add_string(handle->plan, dir),
		.origin = handle->plan->origin,
	};
}

void cove_plan_mount_proc(struct cove_plan *handle, const char *target)
{
	struct plan_mount *mount = plan_add_fs(handle->plan, "proc", target);

	mount->attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	mount->no_follow = 1;
}

void cove_plan_mount_tmpfs(struct cove_plan *handle, const char *target)
{
	plan_add_fs(handle->plan, "tmpfs", target)->attr =
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
}

void cove_plan_bind(struct cove_plan *handle, const char *source, const char *target)
{
	plan_add_mount(handle->plan, PLAN_MOUNT_BIND, source, target);
}

void cove_plan_bind_read_only(struct cove_plan *handle, const char *source, const char *target)
{
	plan_add_mount(handle->plan, PLAN_MOUNT_BIND, source, target)->attr = MOUNT_ATTR_RDONLY;
}

void cove_plan_terminal(struct cove_plan *handle)
{
	handle->plan->process.terminal = 7;
	handle->plan->process.session_origin = handle->plan->origin;
}

void cove_plan_time_limit(struct cove_plan *handle, uint64_t ns)
{
	handle->plan->time_limit = ns;
	handle->plan->time_limit_origin = handle->plan->origin;
}

void cove_plan_init(struct cove_plan *handle)
{
	handle->plan->process.init = 1;
	handle->plan->process.init_origin = handle->plan->origin;
}

void cove_plan_drop_caps(struct cove_plan *handle)
{
	handle->plan->caps = (struct plan_caps){ .set = true, .origin = handle->plan->origin };
}

void cove_plan_no_new_privs(struct cove_plan *handle)
{
	handle->plan->process.no_new_privs = 1;
	handle->plan->process.no_new_privs_origin = handle->plan->origin;
}

void cove_plan_cwd(struct cove_plan *handle, const char *path)
{
	handle->plan->process.cwd = plan_add_string(handle->plan, path);
	handle->plan->process.cwd_origin = handle->plan->origin;
}

void cove_plan_setenv(struct cove_plan *handle, const char *name, const char *value)
{
	plan_set_env(handle->plan, name, value);
}

void cove_plan_clearenv(struct cove_plan *handle)
{
	handle->env_set = true;
	handle->plan->process.env = (struct plan_list){ 0 };
}

static int parse_args(struct box *box, const char *const *args, struct cove_error *err)
{
	auto_free char **argv = NULL;
	int argc = 0;

	while (args[argc])
		argc++;
	argv = calloc((size_t)argc + 2, sizeof(*argv));
	if (!argv)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	argv[0] = "box";
	memcpy(argv + 1, args, (size_t)argc * sizeof(*argv));
	return box_parse(box, argc + 1, argv, err);
}

static int take_args(struct cove_plan *handle, const char *const *args, struct api_host *host,
		     struct cove_error *err)
{
	struct box box;
	int r = box_init(&box, api_host_facts(host), err);

	if (r < 0)
		return r;
	box.sources.read_file = api_read_box_file;
	r = parse_args(&box, args, err);
	if (r == 0)
		r = api_complete(host, &box, err);
	if (r == 0)
		handle->plan = TAKE_PTR(box.plan);
	box_done(&box);
	return r;
}

struct cove_plan *cove_plan_from_args(const char *const *args, struct cove_error *err)
{
	struct cove_plan *handle = calloc(1, sizeof(*handle));
	struct api_host *host = NULL;
	int r;

	if (!handle) {
		err_set(err, ENOMEM, "calloc", NULL, "out of memory");
		return NULL;
	}
	handle->env_set = true;
	r = api_host_open(&host, err);
	if (r == 0)
		r = take_args(handle, args, host, err);
	api_host_close(host);
	if (r == 0)
		return handle;
	free(handle);
	return NULL;
}

/* What was set comes on top of the caller's environment. */
static void add_env(struct plan *plan, const struct facts *facts)
{
	struct plan_list said = plan->process.env;

	plan->process.env = (struct plan_list){ 0 };
	for (const char *const *e = facts->env; e && *e; e++)
		plan_append_text(plan, &plan->process.env, *e);
	plan_override_env(plan, &said);
}

int handle_seal(const struct cove_plan *handle, struct plan **ret_plan, struct cove_error *err)
{
	struct plan *plan = plan_copy(handle->plan);
	struct api_host *host = NULL;
	int r;

	if (!plan)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	r = api_host_open(&host, err);
	if (r == 0)
		r = api_host_add_facts(host, plan, err);
	if (r == 0) {
		const struct facts *facts = api_host_facts(host);
		const char *path = facts_env(facts, "PATH");

		if (!handle->env_set)
			add_env(plan, facts);
		if (!plan->process.search)
			plan_set_search(plan, path ? path : "/usr/bin:/bin");
		r = plan_seal(plan, facts, err);
	}
	api_host_close(host);
	if (r < 0)
		plan_free(plan);
	else
		*ret_plan = plan;
	return r;
}

char *cove_plan_explain(const struct cove_plan *handle, struct cove_error *err)
{
	struct plan *plan;
	struct buf text = { 0 };

	if (handle_seal(handle, &plan, err) < 0)
		return NULL;
	explain_text(plan, &text);
	plan_free(plan);
	if (!text.failed)
		return text.data;
	buf_done(&text);
	err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	return NULL;
}
