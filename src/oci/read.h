/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a document by tables: one row a field, with its type, where its value is stored or which
 * small function takes it. The reader checks types and ranges, knows the pointer of what it is at,
 * and passes over what the tables do not know.
 */
#ifndef OCI_READ_H
#define OCI_READ_H

#include "base/json_read.h"
#include "oci/oci.h"

enum field_type {
	FIELD_BOOL,
	FIELD_STRING,
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_I32,
	FIELD_I64,
	FIELD_ID,      /* of a user or group: 0 to 4294967294 */
	FIELD_STRINGS, /* an array of them; `take` gets each */
	FIELD_IDS,     /* likewise */
	FIELD_MAP,     /* an object of strings; `take` gets each key */
	FIELD_OBJECT,
	FIELD_OBJECTS, /* an array of them; `take` gets each */
	FIELD_NAMED,   /* an object of them; `begin` and `take` get each key */
	FIELD_ANY,     /* not looked into */
};

struct reader;
typedef int field_take(struct reader *r, json_node node);

/* Rows are taken in the order of their table, which ends with a name of NULL. */
struct field {
	const char *name;
	enum field_type type;
	bool required;
	size_t store;                /* offset of a struct value in struct reader; 0: none */
	field_take *begin;           /* of lists: once, with all of it; of objects: before members */
	field_take *take;            /* of objects: after their members */
	const struct field *members; /* of objects */
	const char *ignored;         /* why it has no effect */
};

/* A value that a row has stored. */
struct value {
	bool set;
	json_node node;
	union {
		bool is_true;
		const char *text; /* valid as long as the reader */
		uint64_t u;       /* of FIELD_U16 to FIELD_U64 and FIELD_ID */
		int64_t i;        /* of FIELD_I32 and FIELD_I64 */
	};
};

#define STORE(member) offsetof(struct reader, member)

/* What is read before it can be put into the plan together, one object at a time. */
struct reader {
	struct plan *plan;
	const struct oci_request *request;
	const struct oci_text *text;
	struct json_doc doc;
	struct buf pointer;       /* scratch of reader_origin */
	struct oci_slice profile; /* of the filter */
	struct cove_error *err;

	struct plan_list after;  /* of mounts: what is added when all of the document's are */
	struct plan_mount *mount;
	struct plan_hook *hook;
	bool has_bound_dev;      /* /dev is the host's: nothing is made there */
	struct {
		struct value destination, source, type;
		bool is_bind, is_tree, is_remount, is_change;
		json_node options;
	} m;
	struct {
		struct value container, host, size;
	} map;
	struct {
		struct plan_list uids, gids; /* of a mount */
	} maps;
	struct {
		struct value type, path, major, minor, mode, uid, gid;
		struct value allow, access;
	} device;
	struct {
		struct value type, soft, hard;
	} rlimit;
	struct {
		struct value policy, nice, priority, runtime, deadline, period;
	} sched;
	struct {
		struct value io_class, priority;
	} io;
	struct {
		struct value height, width;
	} size;
	struct {
		struct value uid, gid, umask;
	} user;
	struct {
		struct value type, path;
	} ns;
	struct {
		struct value secs, nanosecs;
	} time;
	struct {
		struct value path, timeout;
	} hooks;
	struct {
		struct value path, read_only;
	} root;
	struct {
		struct value shares, quota, period, burst, idle, cpus, mems;
	} cpu;
	struct {
		struct value limit, reservation, swap, check;
	} memory;
	struct {
		struct value major, minor, weight, rate;
	} io_device;
	struct {
		struct value size, limit;
	} hugepage;
	struct {
		struct value handles, objects;
	} rdma;
	struct {
		struct value id, monitoring;
	} rdt;
	struct {
		struct value mode, nodes;
	} memory_policy;
	struct value domain;    /* of a personality */
	struct value new_name;  /* of a network device */
	struct value cgroup;    /* its path */
	struct value listener, metadata; /* of a filter */
};

/* Checks and reads the text, which must be one object: node 0. */
int reader_begin(struct reader *r);
/* The same for a text that is one value of another type, taken by its row. */
int reader_whole(struct reader *r, const struct field *row);
void reader_done(struct reader *r);

/* The members of one object, in the order of the table. */
int reader_object(struct reader *r, json_node object, const struct field *members);

/* The document is wrong at the node. Returns -EINVAL. */
int reader_refuse(struct reader *r, json_node node, const char *what, ...)
	__attribute__((format(printf, 3, 4)));
/* Something has no effect: a note, or an error when the request is strict. */
int reader_ignore(struct reader *r, json_node node, const char *what, ...)
	__attribute__((format(printf, 3, 4)));
/* A note that is never an error. */
void reader_note(struct reader *r, json_node node, const char *what, ...)
	__attribute__((format(printf, 3, 4)));
/* What is added to the plan from here on was asked for by the node. */
void reader_origin(struct reader *r, json_node node);

static inline const char *reader_text(const struct reader *r, json_node node)
{
	return json_text(&r->doc, node);
}

/* Appends the pointers of all fields of a table, one a line, a '*' for each index or name; and, when
 * it is ignored, a blank and why. */
void reader_list(const struct field *members, const char *prefix, struct buf *out);

#endif
