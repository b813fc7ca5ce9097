/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: the plan that is stored beside the container, or one made anew from its config.json when
 * another version of cove has stored it; changed by a process document, or by options.
 */
#include "api/exec.h"
#include "api/bundle.h"
#include "api/root.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "plan/build.h"
#include "plan/names.h"
#include "plan/seal.h"
#include "sys/cgroup.h"
#include "sys/fd.h"
#include "sys/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* One command on its way. */
struct adding {
	const struct api_oci *oci;
	const struct api_exec *said;
	struct life_container container;
	struct api_host *host;
	struct plan *plan;
	int pidfd;
};

static int out_of_memory(struct cove_error *err)
{
	return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
}

static int fill_request(const struct adding *adding, struct oci_request *ret,
			struct cove_error *err)
{
	*ret = (struct oci_request){
		.facts = api_host_facts(adding->host),
		.id = adding->container.id,
		.bundle = adding->container.record.bundle,
		.manager = adding->oci->manager,
	};
	return bundle_pass_fds(ret, adding->said->preserve_fds, err);
}

static int plan_from_config(struct adding *adding, struct plan **ret_plan, struct cove_error *err)
{
	struct oci_request request;
	auto_free char *text = NULL;
	long len = store_read(adding->container.dir, "config.json", OCI_TEXT_LIMIT, &text);
	int r;

	if (len < 0)
		return err_set(err, (int)-len, "open", "config.json",
			       "cannot read the container's config.json");
	r = fill_request(adding, &request, err);
	return r < 0 ? r
		     : bundle_plan(&(struct oci_text){ "config.json", text, (size_t)len },
				   &request, ret_plan, err);
}

static int start_plan(struct adding *adding, struct cove_error *err)
{
	const struct plan *stored;
	struct plan *made = NULL;
	int r = life_plan(&adding->container, &stored, err);

	if (r == -ESTALE) {
		r = plan_from_config(adding, &made, err);
		stored = made;
	}
	if (r < 0)
		return r;
	adding->plan = exec_plan(stored, adding->pidfd);
	plan_free(made);
	return adding->plan ? 0 : out_of_memory(err);
}

/* ---- what the options say ---- */

/* "UID" or "UID:GID", and nothing else: a name would be looked up in files of the container's. */
static int set_user(struct plan *plan, const char *text, struct cove_error *err)
{
	const char *colon = strchr(text, ':');
	auto_(buf_done) struct buf uid = { 0 };
	uint32_t user, group = 0;

	buf_add(&uid, text, colon ? (size_t)(colon - text) : strlen(text));
	if (num_u32(buf_str(&uid), &user) < 0 || user == PLAN_NO_ID ||
	    (colon && (num_u32(colon + 1, &group) < 0 || group == PLAN_NO_ID))) {
		err_usage(err, "a user is a number, or two: UID:GID");
		err_origin(err, "--user");
		return -EINVAL;
	}
	plan->process.uid = user;
	if (colon)
		plan->process.gid = group;
	return 0;
}

/* As the container's own sets: what is inheritable by programs without file capabilities stays so. */
static int add_cap(struct plan *plan, const char *name, struct cove_error *err)
{
	int cap = names_capability(name);
	uint64_t bit;

	if (cap < 0) {
		err_usage(err, "unknown capability '%s'", name);
		err_origin(err, "--cap");
		return -EINVAL;
	}
	bit = UINT64_C(1) << cap;
	plan->caps.set = true;
	plan->caps.bounding |= bit;
	plan->caps.permitted |= bit;
	plan->caps.effective |= bit;
	if (plan->caps.inheritable) {
		plan->caps.inheritable |= bit;
		plan->caps.ambient |= bit;
	}
	return 0;
}

static int add_group(struct plan *plan, const char *text, struct cove_error *err)
{
	uint32_t group;

	if (num_u32(text, &group) < 0 || group == PLAN_NO_ID) {
		err_usage(err, "a group is a number");
		err_origin(err, "--additional-gids");
		return -EINVAL;
	}
	plan->process.set_groups = 1;
	plan_append_number(plan, &plan->process.groups, group);
	return 0;
}

static int each(struct plan *plan, const char **words,
		int (*take)(struct plan *plan, const char *word, struct cove_error *err),
		struct cove_error *err)
{
	int r = 0;

	for (; words && *words && r == 0; words++)
		r = take(plan, *words, err);
	return r;
}

static int add_env(struct plan *plan, const char *text, struct cove_error *err)
{
	const char *equals = strchr(text, '=');
	auto_(buf_done) struct buf name = { 0 };

	if (!equals || equals == text) {
		err_usage(err, "a variable is NAME=VALUE");
		err_origin(err, "--env");
		return -EINVAL;
	}
	buf_add(&name, text, (size_t)(equals - text));
	plan_set_env(plan, buf_str(&name), equals + 1);
	return 0;
}

static int apply_options(struct plan *plan, const struct api_exec *said, struct cove_error *err)
{
	int r = said->user ? set_user(plan, said->user, err) : 0;

	if (r == 0)
		r = each(plan, said->env, add_env, err);
	if (r == 0)
		r = each(plan, said->caps, add_cap, err);
	if (r == 0)
		r = each(plan, said->groups, add_group, err);
	if (r < 0)
		return r;
	if (said->cwd)
		plan->process.cwd = plan_add_string(plan, said->cwd);
	if (said->no_new_privs)
		plan->process.no_new_privs = 1;
	if (said->apparmor)
		plan->label.apparmor = plan_add_string(plan, said->apparmor);
	if (said->label)
		plan->label.selinux = plan_add_string(plan, said->label);
	if (said->terminal)
		plan->process.terminal = 7;
	return 0;
}

/* Below the container's own, where it must be already. */
static int set_cgroup(struct plan *plan, const char *below, struct cove_error *err)
{
	auto_(buf_done) struct buf path = { 0 };

	if (below[0] == ':')
		below++;
	buf_addf(&path, "%s/%s", plan_str(plan, plan->cgroup.path), below + strspn(below, "/"));
	if (path.failed)
		return out_of_memory(err);
	plan_set_origin(plan, "--cgroup");
	plan->cgroup.path = plan_add_string(plan, buf_str(&path));
	plan->cgroup.origin = plan->origin;
	{
		auto_fd int cgroup = cgroup_open(buf_str(&path), err);

		if (cgroup < 0)
			err_origin(err, "--cgroup");
		return cgroup < 0 ? cgroup : 0;
	}
}

static int take_args(struct adding *adding, struct cove_error *err)
{
	struct plan *plan = adding->plan;
	struct oci_request request;
	int r = fill_request(adding, &request, err);

	plan->process.args = (struct plan_list){ 0 };
	for (char *const *arg = adding->said->args; *arg; arg++)
		plan_append_text(plan, &plan->process.args, *arg);
	for (unsigned i = 0; r == 0 && i < request.preserve_fds; i++)
		plan_append_number(plan, &plan->process.keep_fds,
				   3 + (int)(request.listen_fds + i));
	return r;
}

/* ---- what the document says ---- */

static int take_document(struct adding *adding, struct cove_error *err)
{
	const char *path = adding->said->process;
	auto_fd int fd = fd_open(path, O_RDONLY, err);
	auto_free char *text = NULL;
	struct oci_request request;
	long len = fd < 0 ? fd : fd_read_all(fd, OCI_TEXT_LIMIT, &text, err);
	int r;

	if (len < 0) {
		err_origin(err, "--process");
		return (int)len;
	}
	r = fill_request(adding, &request, err);
	if (r < 0)
		return r;
	exec_forget_process(adding->plan);
	return oci_read_process(adding->plan, &(struct oci_text){ path, text, (size_t)len },
				&request, err);
}

static int check_terminal(const struct plan *plan, const struct api_exec *said,
			  struct cove_error *err)
{
	if (plan->process.terminal && said->detach && !said->console_socket)
		return err_usage(err, "cannot allocate a terminal without a console socket: "
				      "--console-socket is missing");
	if (!plan->process.terminal && said->console_socket)
		return err_usage(err, "a console socket was given, but the process has no terminal");
	return 0;
}

static int make_plan(struct adding *adding, struct cove_error *err)
{
	const struct api_exec *said = adding->said;
	struct plan *plan;
	int r = start_plan(adding, err);

	if (r < 0)
		return r;
	plan = adding->plan;
	if (said->process)
		r = take_document(adding, err);
	else
		r = take_args(adding, err);
	plan->process.make_cwd = 0;
	if (r == 0)
		r = apply_options(plan, said, err);
	if (r == 0)
		r = check_terminal(plan, said, err);
	if (r == 0 && said->cgroup)
		r = set_cgroup(plan, said->cgroup, err);
	if (r < 0)
		return r;
	plan_set_search(plan, plan_str(plan, plan->process.search));
	plan->process.console = said->console_socket != NULL;
	plan->process.outlives = said->detach;
	r = bundle_set_fault(plan, said->fault, err);
	if (r == 0)
		r = api_host_add_facts(adding->host, plan, err);
	if (r == 0)
		r = plan_seal(plan, api_host_facts(adding->host), err);
	return said->process ? bundle_blame_document(r, err) : r;
}

static int add(struct adding *adding, int *ret_status, struct cove_error *err)
{
	const struct api_exec *said = adding->said;
	struct life_notes notes;
	struct life_exec exec = {
		.console_socket = said->console_socket,
		.pid_file = said->pid_file,
		.pidfd_socket = said->pidfd_socket,
		.detach = said->detach,
		.notes = root_notes(adding->oci, &notes),
	};
	enum life_status status = adding->container.status;
	int code, r = 0;

	if (status != LIFE_PAUSED || !said->ignore_paused)
		r = life_allows(LIFE_EXEC, status, said->id, err);
	if (r == 0)
		r = api_host_open(&adding->host, err);
	if (r == 0)
		adding->pidfd = life_process(&adding->container);
	if (r == 0 && adding->pidfd < 0)
		r = life_allows(LIFE_EXEC, LIFE_STOPPED, said->id, err);
	if (r == 0)
		r = make_plan(adding, err);
	exec.plan = adding->plan;
	if (r == 0)
		r = life_add(&adding->container, &exec, &code, err);
	if (r == 0)
		*ret_status = WIFSIGNALED(code) ? 128 + WTERMSIG(code) : WEXITSTATUS(code);
	return r;
}

int api_container_exec(const struct api_oci *oci, const struct api_exec *said, int *ret_status,
		       struct cove_error *err)
{
	struct adding adding = { .oci = oci, .said = said, .pidfd = -1, .container.dir = -1 };
	auto_fd int root = root_open_for(oci, said->id, err);
	int r = root;

	if (r >= 0)
		r = life_find(root, said->id, LIFE_SHARED, &adding.container, err);
	if (r >= 0)
		r = add(&adding, ret_status, err);
	life_done(&adding.container);
	api_host_close(adding.host);
	plan_free(adding.plan);
	if (adding.pidfd >= 0)
		fd_close(adding.pidfd);
	return r;
}
