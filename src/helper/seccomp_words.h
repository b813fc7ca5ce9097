/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a seccomp profile, and what they mean to libseccomp. */
#ifndef HELPER_SECCOMP_WORDS_H
#define HELPER_SECCOMP_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum words_kind {
	WORDS_ACTION,   /* value: SCMP_ACT_*, with errno 0 */
	WORDS_OPERATOR, /* value: enum scmp_compare */
	WORDS_FLAG,     /* value: 0 */
	WORDS_ARCH,     /* value: SCMP_ARCH_*; 0: this libseccomp does not know it */
};

/* Returns 0, or -ENOENT when the profile formats have no such word. */
int words_find(enum words_kind kind, const char *name, uint32_t *ret_value);

/* All words of a kind that this machine takes, separated by ", ", cut where `buf` ends. */
void words_list(enum words_kind kind, char *buf, size_t size);

/* The name that Docker's includes and excludes have for an architecture; NULL: none. */
const char *words_docker_arch(uint32_t token);

#endif
