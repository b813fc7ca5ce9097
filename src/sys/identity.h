/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tells a process from another that gets its number later: when it began, and since when the
 * machine runs.
 */
#ifndef SYS_IDENTITY_H
#define SYS_IDENTITY_H

#include <cove/error.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IDENTITY_BOOT_SIZE 37 /* of a boot's name, with its NUL */

struct identity {
	uint64_t start; /* ticks since the machine was started */
	pid_t parent;
	char state;     /* of proc(5): 'R', 'S', 'Z', ... */
};

/* -ESRCH: there is no such process. */
int identity_look(pid_t pid, struct identity *ret);
/* A pidfd of the process with that number that began then. -ESRCH: it has ended, or is a zombie. */
int identity_open(pid_t pid, uint64_t start);
/* The name of this boot of the machine; "" when it cannot be read. */
void identity_boot(char text[IDENTITY_BOOT_SIZE]);
/* Our own number and beginning. */
pid_t identity_own(uint64_t *ret_start);
/* The command line of a process, its words separated by blanks; "" when it cannot be read. */
void identity_command(pid_t pid, char *text, size_t size);
/* How the process behind a pidfd, which is no child of ours, has ended: as of waitpid(2). -ENODATA:
 * it has not, or the kernel does not tell (before Linux 6.15). */
int identity_exit(int pidfd, int *ret_status);
/* Who we are here: the effective user's number. */
uint32_t identity_user(void);
/* The name of a user, else its number. */
void identity_user_name(uint32_t uid, char *text, size_t size);
/* Whether we are in a user namespace below the machine's own. */
int identity_is_mapped(void);

#endif
