/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One block an architecture, all alike: when the architecture is this one and the number is above
 * the last one named and below the end of its range, ENOSYS; else on to the next block. Blocks
 * have only short forward jumps, and end where the next begins, so they can stand before any
 * program. The kernel's cache of always-allowed calls (5.11) understands every instruction used.
 */
#include "helper/seccomp_stub.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>

#define X32_BIT 0x40000000u

/* x32 has calls of its own between these numbers, and no more to come (Linux 5.4). */
#define X32_OWN (X32_BIT | 512)
#define X32_OWN_LAST (X32_BIT | 547)

/* ARM keeps its private calls (set_tls, cacheflush) far above all others. */
#define ARM_PRIVATE 0x0f0000u

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define JUMP(test, value, if_true, if_false)                                                       \
	BPF_JUMP(BPF_JMP | (test) | BPF_K, (value), (if_true), (if_false))
#define RETURN_ENOSYS BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)

static bool is_wanted(uint32_t default_action)
{
	uint32_t kind = default_action & SECCOMP_RET_ACTION_FULL;

	return kind != SECCOMP_RET_ALLOW && kind != SECCOMP_RET_LOG && kind != SECCOMP_RET_TRACE &&
	       default_action != (SECCOMP_RET_ERRNO | ENOSYS);
}

/* End of the range that an architecture counts its calls in. What lies above is left to the
 * filter: x32 calls that are not wanted, and -1, which a tracer sets to skip a call. */
static uint32_t range_end(uint32_t arch)
{
	if (arch == SCMP_ARCH_X32)
		return 2 * X32_BIT;
	return arch == SCMP_ARCH_ARM ? ARM_PRIVATE : X32_BIT;
}

/* The largest number that a rule names, whatever its action; 0: none. */
static uint32_t last_number(const struct profile_rule *rule, uint32_t arch, uint32_t last)
{
	size_t i;

	for (i = 0; i < rule->name_count; i++) {
		int number = seccomp_syscall_resolve_name_arch(arch, rule->names[i]);

		/* Negative: no such call there. */
		if (number > 0 && (uint32_t)number > last && (uint32_t)number < range_end(arch))
			last = (uint32_t)number;
	}
	return last;
}

static uint32_t newest_call(const struct profile *profile, uint32_t arch)
{
	if (!profile->newest_call || arch != SCMP_ARCH_X32)
		return profile->newest_call;
	return X32_BIT | profile->newest_call;
}

static bool is_s390(uint32_t arch)
{
	return arch == SCMP_ARCH_S390 || arch == SCMP_ARCH_S390X;
}

static size_t write_block(uint32_t arch, uint32_t last, struct sock_filter *to)
{
	uint32_t audit = arch == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : arch;
	bool has_zero = is_s390(arch);
	bool has_own = arch == SCMP_ARCH_X32 && last < X32_OWN;
	struct sock_filter *start = to;

	*to++ = (struct sock_filter)LOAD(arch);
	*to++ = (struct sock_filter)JUMP(BPF_JEQ, audit, 0, 4 + has_zero + 2 * has_own);
	*to++ = (struct sock_filter)LOAD(nr);
	/* A number that an s390 kernel does not know arrives as 0. */
	if (has_zero)
		*to++ = (struct sock_filter)JUMP(BPF_JEQ, 0, 2, 0); /* to ENOSYS */
	*to++ = (struct sock_filter)JUMP(BPF_JGT, last, 0, 2 + 2 * has_own);
	if (has_own) {
		*to++ = (struct sock_filter)JUMP(BPF_JGE, X32_OWN, 0, 1);
		*to++ = (struct sock_filter)JUMP(BPF_JGT, X32_OWN_LAST, 0, 2);
	}
	*to++ = (struct sock_filter)JUMP(BPF_JGE, range_end(arch), 1, 0);
	*to++ = (struct sock_filter)RETURN_ENOSYS;
	return (size_t)(to - start);
}

size_t stub_write(const struct profile *profile, struct sock_filter *insns)
{
	size_t count = 0;
	size_t i, j;

	if (!profile->newest_call && !is_wanted(profile->default_action))
		return 0;
	for (i = 0; i < profile->arch_count; i++) {
		uint32_t last = newest_call(profile, profile->archs[i]);

		for (j = 0; j < profile->rule_count && !profile->newest_call; j++)
			last = last_number(&profile->rules[j], profile->archs[i], last);
		if (last)
			count += write_block(profile->archs[i], last, insns + count);
	}
	return count;
}
