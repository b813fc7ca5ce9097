/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the documents: a table each, with what is called before and after its rows.
 */
#ifndef OCI_PARTS_H
#define OCI_PARTS_H

#include "base/buf.h"
#include "oci/read.h"
#include "plan/sched.h"

extern const struct field oci_config_fields[];
extern const struct field oci_hooks_fields[];

extern const struct field oci_process_fields[];
int oci_begin_process(struct reader *r, json_node node);
int oci_take_process(struct reader *r, json_node node);

extern const struct field oci_mount_fields[];
int oci_begin_mount(struct reader *r, json_node node);
int oci_take_mount(struct reader *r, json_node node);
/* Of one that is to be taken away only the destination counts. */
int oci_take_removal(struct reader *r, json_node node);

extern const struct field oci_linux_fields[];
extern const struct field oci_resources_fields[];

extern const struct field oci_device_fields[];
int oci_begin_device(struct reader *r, json_node node);
int oci_take_device(struct reader *r, json_node node);

extern const struct field oci_seccomp_fields[];
int oci_take_seccomp(struct reader *r, json_node node);

int oci_take_sysctl(struct reader *r, json_node key);
int oci_take_annotation(struct reader *r, json_node key);
/* What the container's annotations ask of every process of it, also of one that is added. */
void oci_keep_promises(struct plan *plan);

/* One id mapping, which goes to the end of a list. */
extern const struct field oci_map_fields[];
int oci_begin_map(struct reader *r, json_node node);
int oci_add_map(struct reader *r, json_node node, struct plan_list *list);

/* ---- what several of them need ---- */

/* The path cleaned, absolute; a relative one is taken from / on. */
int oci_clean_path(struct reader *r, const struct value *path, struct buf *ret);
/* A path of the host, cleaned, absolute; a relative one is taken from the bundle on. */
int oci_host_path(struct reader *r, const char *path, struct buf *ret);
/* The value of a name of the specification. */
int oci_find_name(struct reader *r, json_node node, enum plan_sched_names table, const char *what,
		  uint32_t *ret);

/* ---- what every container has beside what its config.json says ---- */

/* Device nodes, links, the console: behind the mounts. */
void oci_add_nodes(struct reader *r);
/* The devices that may be used: behind the rules. */
void oci_allow_devices(struct plan *plan);

/* ---- what features tell of ---- */

/* The n-th of each, in their order; NULL behind the last. */
const char *oci_annotation_name(size_t n);
const char *oci_seccomp_flag(size_t n);

/* cpu.weight of cgroup v2 for cpu.shares of v1. */
uint64_t oci_cpu_weight(uint64_t shares);

#endif
