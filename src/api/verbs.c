/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs that begin and end a container.
 */
#include "api/container.h"
#include "api/bundle.h"
#include "api/root.h"
#include "base/auto.h"
#include "base/err.h"
#include "plan/build.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <sys/wait.h>

static void fill(const struct api_bundle *said, const struct bundle *bundle, int root,
		 struct life_request *ret)
{
	const struct plan *plan = bundle->plan;

	*ret = (struct life_request){
		.root = root,
		.id = said->id,
		.plan = plan,
		.config = bundle->config,
		.config_len = bundle->config_len,
		.bundle = bundle->path,
		.rootfs = plan_str(plan, plan->root.path),
		.version = plan_str(plan, plan->container.version),
		.annotations = buf_str(&bundle->annotations),
		.console_socket = said->console_socket,
		.pid_file = said->pid_file,
		.pidfd_socket = said->pidfd_socket,
	};
}

static int prepare(const struct api_oci *oci, const struct api_bundle *said, bool gate,
		   struct bundle *bundle, struct cove_error *err)
{
	int r = life_check_id(said->id, err);

	*bundle = (struct bundle){ 0 };
	if (r == 0)
		r = bundle_read(oci, said, gate, bundle, err);
	return r < 0 ? r : root_open(oci, true, err);
}

int api_container_create(const struct api_oci *oci, const struct api_bundle *said,
			 struct cove_error *err)
{
	auto_(bundle_done) struct bundle bundle = { 0 };
	auto_fd int root = prepare(oci, said, true, &bundle, err);
	struct life_request request;
	struct life_notes notes;

	if (root < 0)
		return root;
	fill(said, &bundle, root, &request);
	request.notes = root_notes(oci, &notes);
	return life_create(&request, err);
}

static int shell_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int api_container_run(const struct api_oci *oci, const struct api_bundle *said, int *ret_status,
		      struct cove_error *err)
{
	auto_(bundle_done) struct bundle bundle = { 0 };
	auto_fd int root = prepare(oci, said, false, &bundle, err);
	struct life_request request;
	struct life_notes notes;
	int status, r;

	if (root < 0)
		return root;
	fill(said, &bundle, root, &request);
	request.notes = root_notes(oci, &notes);
	request.keep = said->keep;
	*ret_status = 0;
	if (said->detach)
		return life_create(&request, err);
	if (!said->no_subreaper)
		process_become_subreaper();
	r = life_run(&request, &status, err);
	if (r < 0)
		return r;
	*ret_status = shell_status(status);
	return said->keep ? 0 : life_delete(root, said->id, true, request.notes, err);
}

int api_container_start(const struct api_oci *oci, const char *id, struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);
	struct life_notes notes;

	return root < 0 ? root : life_start(root, id, root_notes(oci, &notes), err);
}

int api_container_kill(const struct api_oci *oci, const char *id, int signal, bool all,
		       struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);

	return root < 0 ? root : life_kill(root, id, signal, all, err);
}

int api_container_delete(const struct api_oci *oci, const char *id, bool force,
			 struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);
	struct life_notes notes;

	if (root == -ENOENT && force)
		return 0;
	return root < 0 ? root : life_delete(root, id, force, root_notes(oci, &notes), err);
}

int api_container_freeze(const struct api_oci *oci, const char *id, bool frozen,
			 struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);

	return root < 0 ? root : life_freeze(root, id, frozen, err);
}

int api_container_wait(const struct api_oci *oci, const char *id, int *ret_status,
		       struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);

	return root < 0 ? root : life_wait(root, id, ret_status, err);
}

static int stored_plan(const struct api_oci *oci, const char *id, struct plan **ret_plan,
		       struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);
	struct life_container c = { .dir = -1 };
	const struct plan *plan;
	int r = root;

	if (r >= 0)
		r = life_find(root, id, LIFE_UNLOCKED, &c, err);
	if (r >= 0)
		r = life_plan(&c, &plan, err);
	if (r >= 0) {
		*ret_plan = plan_copy(plan);
		r = *ret_plan ? 0 : err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	}
	life_done(&c);
	return r;
}

int api_container_plan(const struct api_oci *oci, const struct api_bundle *said,
		       struct plan **ret_plan, struct cove_error *err)
{
	auto_(bundle_done) struct bundle bundle = { 0 };
	int r;

	if (!said->bundle)
		return stored_plan(oci, said->id, ret_plan, err);
	r = bundle_read(oci, said, true, &bundle, err);
	if (r == 0)
		*ret_plan = TAKE_PTR(bundle.plan);
	return r;
}
