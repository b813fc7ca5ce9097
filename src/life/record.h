/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on disk about a container beside its plan: few lines KEY=VALUE, replaced as a whole. Lines
 * of unknown keys are passed over, so that another version of cove can read them.
 */
#ifndef LIFE_RECORD_H
#define LIFE_RECORD_H

#include "base/buf.h"
#include "sys/identity.h"

#include <stddef.h>
#include <stdint.h>

#define RECORD_VERSION 1u
#define RECORD_LIMIT ((size_t)64 << 20) /* bytes */

/* How far it has come; whether its process still lives is seen at the process. */
enum record_stage {
	RECORD_CREATING,
	RECORD_CREATED, /* its process waits at the gate */
	RECORD_RUNNING,
	RECORD_STOPPED,
};

/* Strings are never NULL once it has been read, and borrowed from the text. */
struct record {
	enum record_stage stage;
	pid_t pid;             /* of its process; 0: none yet */
	uint64_t start;        /* when that began: struct identity */
	pid_t maker;           /* who creates it */
	uint64_t maker_start;
	int exit;              /* status of its process as a shell would report it; -1: unknown */
	uint32_t owner;        /* user who made it */
	uint64_t plan_version; /* PLAN_VERSION of the plan beside it */
	const char *boot;      /* name of the machine's boot in which it was made */
	const char *created;   /* RFC 3339, with nanoseconds */
	const char *version;   /* ociVersion of its config.json */
	const char *bundle;    /* absolute path */
	const char *rootfs;    /* absolute path */
	const char *cgroup;    /* see struct plan_cgroup; "": none */
	const char *mark;      /* see struct plan_container; "": none */
	const char *annotations; /* a JSON object */
};

/* Takes the lines apart, in place. -EINVAL: it is not a record, or not whole. */
int record_parse(char *text, struct record *ret);
void record_format(const struct record *record, struct buf *out);

/* The time, nanoseconds since the epoch, as RFC 3339 in UTC. */
void record_time(uint64_t ns, char *text, size_t size);

#endif
