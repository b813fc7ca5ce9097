/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default profile, profiles/default.json, and what was compiled from it when cove was built:
 * without allowed words and without any capability of FILTER_CAPS. Carried inside
 * (default_filter.S).
 */
#ifndef API_DEFAULT_FILTER_H
#define API_DEFAULT_FILTER_H

#include <linux/capability.h>
#include <stddef.h>
#include <stdint.h>

/* Empty when cove was built without libseccomp, or for another machine than that of the build. */
extern const char default_filter[] __attribute__((visibility("hidden")));
extern const char default_filter_end[] __attribute__((visibility("hidden")));
extern const char default_profile[] __attribute__((visibility("hidden")));
extern const char default_profile_end[] __attribute__((visibility("hidden")));

#define FILTER_CAP(cap) (UINT64_C(1) << (cap))

/* The capabilities that conditions of the profile name. test/unit/test_filter.c compares. */
#define FILTER_CAPS                                                                                \
	(FILTER_CAP(CAP_SYS_ADMIN) | FILTER_CAP(CAP_SYS_PTRACE) | FILTER_CAP(CAP_BPF) |            \
	 FILTER_CAP(CAP_PERFMON) | FILTER_CAP(CAP_NET_RAW) | FILTER_CAP(CAP_DAC_READ_SEARCH) |     \
	 FILTER_CAP(CAP_SYS_MODULE) | FILTER_CAP(CAP_SYS_BOOT) | FILTER_CAP(CAP_SYS_TIME) |        \
	 FILTER_CAP(CAP_SYS_PACCT) | FILTER_CAP(CAP_SYSLOG) | FILTER_CAP(CAP_SYS_TTY_CONFIG) |     \
	 FILTER_CAP(CAP_SYS_RAWIO) | FILTER_CAP(CAP_SYS_NICE))

static inline size_t default_filter_size(void)
{
	return (size_t)(default_filter_end - default_filter);
}

static inline size_t default_profile_size(void)
{
	return (size_t)(default_profile_end - default_profile);
}

#endif
