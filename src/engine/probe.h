/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of this machine may be the cause of a failure. It is looked at only when a step has failed,
 * and changes nothing. What reads the files is an argument, so that a test can play any machine.
 */
#ifndef ENGINE_PROBE_H
#define ENGINE_PROBE_H

#include <cove/ns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct probe {
	bool admin;              /* we have CAP_SYS_ADMIN here */
	bool filtered;           /* a system call filter is on us */
	bool nested;             /* we are in a user namespace that is not the first */
	bool in_chroot;          /* the root directory is not the root of a mount */
	bool apparmor_restricts; /* AppArmor takes capabilities from user namespaces, and ours, too */
	bool users_off;          /* Debian's switch for users' namespaces is off */
	bool landlock;           /* this kernel has it */
	bool memfd_noexec;       /* no memory file may be executed */
	char proc_cover[64];     /* a file or directory of /proc that is covered; "": none is */
	char sys_cover[64];      /* and one of /sys */
	uint64_t limits[COVE_NS_COUNT]; /* /proc/sys/user/max_*_namespaces */
	uint64_t descriptors;    /* the limit on open files */
};

/* Reads the file, as much as fits, and ends it with NUL: its length, or a negative errno. */
typedef long probe_read(const char *path, char *text, size_t size);

/* The part that is in files. What cannot be read counts as harmless. */
void probe_files(probe_read *look, struct probe *ret_probe);
/* All of it, of the machine that we are on. */
void probe_gather(struct probe *ret_probe);

#endif
