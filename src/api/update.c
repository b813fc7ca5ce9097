/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update: resources, as a document, and schemata for a container that is there.
 */
#include "api/host.h"
#include "api/root.h"
#include "base/auto.h"
#include "base/err.h"
#include "engine/cgroup.h"
#include "engine/rdt.h"
#include "oci/oci.h"
#include "plan/build.h"
#include "sys/fd.h"

#include <errno.h>

static int read_resources(const struct api_oci *oci, const struct life_container *c,
			  const struct buf *resources, struct plan *plan, struct cove_error *err)
{
	struct api_host *host = NULL;
	int r = api_host_open(&host, err);

	if (r == 0) {
		const struct oci_request request = {
			.facts = api_host_facts(host),
			.id = c->id,
			.bundle = c->record.bundle,
			.manager = oci->manager,
		};

		r = oci_read_resources(plan, &(struct oci_text){ "resources", buf_str(resources),
								 resources->len },
				       &request, err);
	}
	api_host_close(host);
	return r;
}

static int update_cgroup(const struct api_oci *oci, const struct life_container *c,
			 const struct buf *resources, struct cove_error *err)
{
	auto_fd int cgroup = life_cgroup(c, err);
	struct plan *plan = cgroup < 0 ? NULL : plan_new();
	const struct plan *whole;
	int r = cgroup;

	if (cgroup >= 0 && !plan)
		r = err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	if (r >= 0)
		r = read_resources(oci, c, resources, plan, err);
	if (r >= 0)
		r = life_plan(c, &whole, err);
	if (r >= 0) {
		plan->cgroup.manager = whole->cgroup.manager;
		plan->cgroup.path = plan_add_string(plan, plan_str(whole, whole->cgroup.path));
		r = engine_cgroup_update(plan, cgroup, err);
	}
	plan_free(plan);
	return r;
}

static int update_class(const struct life_container *c, const char *const *schemata,
			struct cove_error *err)
{
	const struct plan *plan;
	int r = life_plan(c, &plan, err);

	return r < 0 ? r : rdt_update(plan, schemata, err);
}

int api_container_update(const struct api_oci *oci, const char *id, const struct api_update *said,
			 struct cove_error *err)
{
	auto_fd int root = root_open_for(oci, id, err);
	struct life_container c = { .dir = -1 };
	int r = root;

	if (r >= 0)
		r = life_find(root, id, LIFE_EXCLUSIVE, &c, err);
	if (r >= 0)
		r = life_allows(LIFE_UPDATE, c.status, id, err);
	if (r >= 0 && said->schemata[0])
		r = update_class(&c, said->schemata, err);
	if (r >= 0 && said->resources)
		r = update_cgroup(oci, &c, said->resources, err);
	life_done(&c);
	return r;
}
