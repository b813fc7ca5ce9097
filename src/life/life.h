/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done with containers: the verbs. Whoever calls has read the documents and sealed the plan.
 */
#ifndef LIFE_LIFE_H
#define LIFE_LIFE_H

#include "engine/engine.h"
#include "life/container.h"
#include <stdbool.h>

/* Who is told of what was left out, or failed without making the verb fail; may be NULL. */
struct life_notes {
	void (*warn)(void *context, const struct cove_error *warning);
	void *context;
};

/* A container to be. All is borrowed, and what may be NULL is not wanted then. */
struct life_request {
	int root;
	const char *id;
	const struct plan *plan; /* sealed */
	const char *config;      /* the text that it was made from */
	size_t config_len;
	const char *bundle, *rootfs, *version, *annotations; /* see struct record */
	const char *console_socket; /* NULL */
	const char *pid_file;       /* NULL */
	const char *pidfd_socket;   /* NULL */
	bool keep;                  /* life_run: its end goes on record */
	const struct life_notes *notes;
};

/* Up to the gate, if the plan has one, where its process waits; else until its command runs. On
 * failure nothing of it is left. */
int life_create(const struct life_request *request, struct cove_error *err);

/* The same without a gate, and stays with it until its command has ended: ret_status is as of
 * waitpid(2). */
int life_run(const struct life_request *request, int *ret_status, struct cove_error *err);

int life_start(int root, const char *id, const struct life_notes *notes, struct cove_error *err);

/* A command that is added to a container. */
struct life_exec {
	const struct plan *plan; /* sealed; joins by the descriptor of life_process */
	const char *console_socket, *pid_file, *pidfd_socket; /* NULL: not wanted */
	bool detach;
	const struct life_notes *notes;
};

/* ret_status as of waitpid(2), 0 when detached. The container is kept from being deleted until the
 * command runs: `container` is locked with LIFE_SHARED, and is not afterwards. */
int life_add(struct life_container *container, const struct life_exec *exec, int *ret_status,
	     struct cove_error *err);

/* Sends a signal to its process; with `all` to everything in its cgroup. -ESRCH: it has ended. */
int life_kill(int root, const char *id, int signal, bool all, struct cove_error *err);
/* With `force` in whatever state it is; then what does not exist is no error. */
int life_delete(int root, const char *id, bool force, const struct life_notes *notes,
		struct cove_error *err);
int life_freeze(int root, const char *id, bool frozen, struct cove_error *err);
/* Waits for the end of its process. ret_status as a shell would report it; -1: unknown. */
int life_wait(int root, const char *id, int *ret_status, struct cove_error *err);

/* Opens its cgroup. -ENOENT: it has none, which is an error here. */
int life_cgroup(const struct life_container *container, struct cove_error *err);

#endif
