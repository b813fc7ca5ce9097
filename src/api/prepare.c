/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From options to a sealed plan.
 */
#include "api/host.h"
#include "base/err.h"
#include "plan/build.h"
#include "plan/seal.h"

static int load_seccomp(struct box *box, struct cove_error *err)
{
	int r;

	if (!box->seccomp_file)
		return 0;
	plan_set_origin(box->plan, plan_str(box->plan, box->seccomp_origin));
	r = api_load_seccomp(box->plan, box->seccomp_file, err);
	if (r < 0)
		err_origin(err, plan_str(box->plan, box->seccomp_origin));
	return r;
}

int api_complete(struct api_host *host, struct box *box, struct cove_error *err)
{
	int r;

	box_complete(box);
	r = api_host_add_facts(host, box->plan, err);
	return r < 0 ? r : load_seccomp(box, err);
}

int api_prepare(struct api_host *host, struct box *box, struct cove_error *err)
{
	int r = api_complete(host, box, err);

	return r < 0 ? r : plan_seal(box->plan, box->facts, err);
}
