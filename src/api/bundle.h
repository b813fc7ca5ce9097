/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a bundle to a sealed plan.
 */
#ifndef API_BUNDLE_H
#define API_BUNDLE_H

#include "api/container.h"
#include "api/host.h"
#include "oci/oci.h"

/* A bundle that has been read. All is the struct's own. */
struct bundle {
	struct api_host *host;
	char *path;          /* absolute */
	char *config;        /* text of its config.json */
	size_t config_len;
	struct plan *plan;   /* sealed */
	struct buf annotations; /* JSON */
};

int bundle_read(const struct api_oci *oci, const struct api_bundle *said, bool gate,
		struct bundle *ret, struct cove_error *err);
void bundle_done(struct bundle *bundle);

/* A plan made from a text of config.json, which can be sealed after more has been said. */
int bundle_plan(const struct oci_text *config, const struct oci_request *request,
		struct plan **ret_plan, struct cove_error *err);
/* "STEP:fail" and so on. */
int bundle_set_fault(struct plan *plan, const char *fault, struct cove_error *err);
/* Passes r on: what the plan finds wrong with a request is no mistake of the command line when it
 * stands in a document. */
int bundle_blame_document(int r, struct cove_error *err);
/* Hands the notes of the plan on, as warnings. */
void bundle_tell_notes(const struct api_oci *oci, const struct plan *plan);
/* Fills in which of the caller's descriptors are passed on: those that LISTEN_FDS tells of, and
 * `preserve` more. -EBADF: there are not so many. */
int bundle_pass_fds(struct oci_request *request, unsigned preserve, struct cove_error *err);

#endif
