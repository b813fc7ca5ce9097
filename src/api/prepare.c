/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From options to a sealed plan.
 */
#include "api/host.h"
#include "plan/seal.h"

int api_complete(struct api_host *host, struct box *box, struct cove_error *err)
{
	int r;

	box_complete(box);
	r = api_host_add_facts(host, box->plan, err);
	return r < 0 ? r : api_load_seccomp(box, err);
}

int api_prepare(struct api_host *host, struct box *box, struct cove_error *err)
{
	int r = api_complete(host, box, err);

	return r < 0 ? r : plan_seal(box->plan, box->facts, err);
}
