/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of the OCI runtime specification (1.3), read into a plan: config.json, the process
 * that `exec` is given, the resources that `update` is given, the mounts of `mounts`; and what is written: features, a
 * config.json to begin with. By dispatch tables, one small function a field. No I/O.
 *
 * A document that is wrong is one error (status 1): what was expected, in which file, at which JSON
 * pointer, line and column. What is only ignored becomes a note of the plan; with `strict` it is an
 * error, too.
 */
#ifndef OCI_OCI_H
#define OCI_OCI_H

#include "base/buf.h"
#include "base/facts.h"
#include "plan/plan.h"
#include <cove/error.h>
#include <stddef.h>

#define OCI_SPEC_VERSION "1.3.0"
#define OCI_TEXT_LIMIT ((size_t)16 << 20) /* bytes of a document */

/* A document, borrowed. */
struct oci_text {
	const char *name; /* of the file, for errors */
	const char *text;
	size_t len;
};

/* What the options of a verb say beside the document. */
struct oci_request {
	const struct facts *facts;
	const char *id;
	const char *bundle;  /* absolute path */
	uint8_t manager;     /* enum plan_cgroup_manager; NONE: no cgroup is made or joined */
	bool no_pivot;
	bool no_new_keyring;
	bool strict;
	unsigned listen_fds;   /* given by who listens for the caller (LISTEN_FDS): from 3 on */
	unsigned preserve_fds; /* behind those */
};

/* Where in the text the filter's profile stands; len 0: there is none. */
struct oci_slice {
	size_t at, len;
};

/* Fills a new plan from config.json: all but the compiled filter, whose profile is ret_profile, the
 * gate, and whether the terminal goes to a socket (process.console). Sets origins to JSON pointers
 * such as "/mounts/3". The plan can be sealed then. Who adds the compiled program to plan->seccomp
 * must keep the flags, listener and metadata that stand there. */
int oci_read_config(struct plan *plan, const struct oci_text *config,
		    const struct oci_request *request, struct oci_slice *ret_profile,
		    struct cove_error *err);

/* Fills plan->process, caps, rlimits, label, scheduling and so on from a process document. Which
 * namespaces are joined must be in the plan already: what capabilities there can be follows. */
int oci_read_process(struct plan *plan, const struct oci_text *process,
		     const struct oci_request *request, struct cove_error *err);

/* Adds settings and device rules to plan->cgroup from a resources document. */
int oci_read_resources(struct plan *plan, const struct oci_text *resources,
		       const struct oci_request *request, struct cove_error *err);

/* Adds to plan->mounts from an array of mounts, as config.json has it: those that are to be made, or
 * whose destinations are to be unmounted. The namespaces that are joined must be in the plan already. */
int oci_read_mounts(struct plan *plan, const struct oci_text *mounts, bool remove,
		    const struct oci_request *request, struct cove_error *err);

/* The features document of the specification. */
void oci_write_features(struct buf *out);
/* A config.json to begin with, as `spec` writes it; `rootless`: with ids of an ordinary user. */
void oci_write_spec(const struct facts *facts, bool rootless, struct buf *out);

#endif
