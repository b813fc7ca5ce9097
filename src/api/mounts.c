/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts: a plan that joins a container's namespaces, has these mounts, and executes nothing.
 */
#include "api/bundle.h"
#include "api/exec.h"
#include "api/root.h"
#include "base/err.h"
#include "plan/build.h"
#include "plan/seal.h"
#include "sys/fd.h"

#include <errno.h>

struct amending {
	const struct api_oci *oci;
	const struct api_document *document;
	bool remove;
	struct life_container container;
	struct api_host *host;
	struct plan *plan;
	int pidfd;
};

static int read_mounts(struct amending *amending, struct cove_error *err)
{
	const struct life_container *c = &amending->container;
	const struct api_document *document = amending->document;
	const struct oci_request request = {
		.facts = api_host_facts(amending->host),
		.id = c->id,
		.bundle = c->record.bundle,
	};
	const struct oci_text text = {
		document->name, buf_str(document->text), document->text->len,
	};

	return oci_read_mounts(amending->plan, &text, amending->remove, &request, err);
}

static int make_plan(struct amending *amending, struct cove_error *err)
{
	const struct plan *stored;
	int r = life_plan(&amending->container, &stored, err);

	if (r < 0)
		return r;
	amending->plan = amend_plan(stored, amending->pidfd);
	if (!amending->plan)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	r = read_mounts(amending, err);
	return r < 0 ? r : plan_seal(amending->plan, api_host_facts(amending->host), err);
}

static int amend(struct amending *amending, struct cove_error *err)
{
	struct life_container *c = &amending->container;
	struct life_exec exec = { 0 };
	int status, r = life_allows(LIFE_UPDATE, c->status, c->id, err);

	if (r == 0)
		r = api_host_open(&amending->host, err);
	if (r == 0)
		amending->pidfd = life_process(c);
	if (r == 0 && amending->pidfd < 0)
		r = life_allows(LIFE_UPDATE, LIFE_STOPPED, c->id, err);
	if (r == 0)
		r = make_plan(amending, err);
	exec.plan = amending->plan;
	if (r == 0)
		bundle_tell_notes(amending->oci, exec.plan);
	if (r == 0 && exec.plan->mounts.count)
		r = life_add(c, &exec, &status, err);
	return r;
}

int api_container_mounts(const struct api_oci *oci, const char *id, bool remove,
			 const struct api_document *document, struct cove_error *err)
{
	struct amending amending = {
		.oci = oci,
		.document = document,
		.remove = remove,
		.container.dir = -1,
		.pidfd = -1,
	};
	auto_fd int root = root_open_for(oci, id, err);
	int r = root;

	if (r >= 0)
		r = life_find(root, id, LIFE_EXCLUSIVE, &amending.container, err);
	if (r >= 0)
		r = amend(&amending, err);
	life_done(&amending.container);
	api_host_close(amending.host);
	plan_free(amending.plan);
	if (amending.pidfd >= 0)
		fd_close(amending.pidfd);
	return r;
}
