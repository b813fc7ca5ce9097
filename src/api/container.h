/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers, for the command line: from a bundle, a document or an id to what src/life does with it.
 */
#ifndef API_CONTAINER_H
#define API_CONTAINER_H

#include "base/buf.h"
#include "plan/plan.h"
#include <cove/error.h>
#include <stdbool.h>
#include <stdint.h>

/* What the options before the verb say. */
struct api_oci {
	const char *root;  /* NULL: where it is by default */
	uint8_t manager;   /* enum plan_cgroup_manager */
	/* Told of what is left out, a line each; may be NULL. */
	void (*warn)(void *context, const char *text);
	void *context;
};

/* A text, and what errors call it. */
struct api_document {
	const char *name;
	const struct buf *text;
};

/* A container to be. Strings may be NULL: not said. */
struct api_bundle {
	const char *id;
	const char *bundle;         /* its directory; NULL: where we are */
	const char *config;         /* another file than its config.json */
	const char *console_socket, *pid_file, *pidfd_socket;
	const char *fault;          /* STEP:fail, STEP:kill or STEP:hang; for tests */
	unsigned preserve_fds;
	bool no_pivot, no_new_keyring, strict;
	bool no_subreaper, detach, keep; /* run */
	bool only_said;             /* nothing is made: what an engine would add, such as a console
				     * socket, need not be there */
};

/* Up to the gate, where its process waits for api_container_start. */
int api_container_create(const struct api_oci *oci, const struct api_bundle *bundle,
			 struct cove_error *err);
/* At once; ret_status is what a shell would report of its command, 0 when detached. */
int api_container_run(const struct api_oci *oci, const struct api_bundle *bundle, int *ret_status,
		      struct cove_error *err);
int api_container_start(const struct api_oci *oci, const char *id, struct cove_error *err);
int api_container_kill(const struct api_oci *oci, const char *id, int signal, bool all,
		       struct cove_error *err);
int api_container_delete(const struct api_oci *oci, const char *id, bool force,
			 struct cove_error *err);
int api_container_freeze(const struct api_oci *oci, const char *id, bool frozen,
			 struct cove_error *err);
/* ret_status -1: nobody knows. */
int api_container_wait(const struct api_oci *oci, const char *id, int *ret_status,
		       struct cove_error *err);

/* A command that is added to one. Strings may be NULL: not said. */
struct api_exec {
	const char *id;
	const char *process;        /* a file with a process document */
	char *const *args;          /* else: of the command */
	const char *console_socket, *pid_file, *pidfd_socket, *cgroup, *cwd, *user, *apparmor;
	const char *label, *fault;
	const char **env, **caps, **groups; /* ended by NULL */
	unsigned preserve_fds;
	bool terminal, detach, no_new_privs, ignore_paused;
};

int api_container_exec(const struct api_oci *oci, const struct api_exec *exec, int *ret_status,
		       struct cove_error *err);

/* The state document of the specification. */
int api_container_state(const struct api_oci *oci, const char *id, struct buf *out,
			struct cove_error *err);
enum api_list { API_LIST_TABLE, API_LIST_JSON, API_LIST_IDS };
int api_container_list(const struct api_oci *oci, enum api_list form, struct buf *out,
		       struct cove_error *err);
/* The numbers of the processes in it, here, as a JSON array; or what ps(1) of the host says of them,
 * with these arguments (NULL: -ef). */
int api_container_ps(const struct api_oci *oci, const char *id, bool json, char *const *args,
		     struct buf *out, struct cove_error *err);
/* Its plan, its record and what is seen of it, as JSON. */
int api_container_inspect(const struct api_oci *oci, const char *id, struct buf *out,
			  struct cove_error *err);
/* What becomes of a container's resources. */
struct api_update {
	const struct buf *resources; /* a document; NULL: its cgroup stays as it is */
	const char *schemata[3];     /* lines for its class of service, ended by NULL */
};

int api_container_update(const struct api_oci *oci, const char *id, const struct api_update *said,
			 struct cove_error *err);
/* Makes the mounts of a document, an array as in config.json, in a container that is there; or with
 * `remove` unmounts their destinations. */
int api_container_mounts(const struct api_oci *oci, const char *id, bool remove,
			 const struct api_document *document, struct cove_error *err);
/* Sealed plan of a bundle or, where that is NULL, of the container; the caller frees it. */
int api_container_plan(const struct api_oci *oci, const struct api_bundle *bundle,
		       struct plan **ret_plan, struct cove_error *err);
/* Names of containers that match the extended regular expression, for the caller to free, ended by
 * NULL. */
int api_container_match(const struct api_oci *oci, const char *pattern, char ***ret_ids,
			struct cove_error *err);

/* What is told of a container that runs: lines of JSON. */
struct api_events {
	bool once;         /* its figures, once */
	uint64_t interval; /* nanoseconds between them */
	int (*tell)(void *context, const struct buf *line, struct cove_error *err);
	void *context;
};

/* Until its process has ended, or `tell` fails. */
int api_container_events(const struct api_oci *oci, const char *id,
			 const struct api_events *events, struct cove_error *err);

/* Nanoseconds of a clock that only goes forward. */
uint64_t api_clock(void);
/* The time now, as RFC 3339. */
void api_time(char *text, size_t size);
/* Appends lines to a log: a file, "file:PATH", "syslog:NAME", "journald:NAME". */
int api_log(const char *target, const char *text, struct cove_error *err);

#endif
