/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a compiled system call filter answers, worked out without loading it.
 */
#ifndef PLAN_FILTER_H
#define PLAN_FILTER_H

#include "plan/plan.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>

/* What the kernel says of this machine's own calls (struct seccomp_data, arch). */
#if defined(__x86_64__)
#define FILTER_NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define FILTER_NATIVE_ARCH AUDIT_ARCH_RISCV64
#else
#error "name the audit architecture of this machine here"
#endif

/* SECCOMP_RET_* with its data. SECCOMP_RET_KILL_PROCESS also for an instruction that filters made
 * by cove-seccomp do not have, and when the program has no end. */
uint32_t filter_answer(const struct sock_filter *insns, uint32_t count,
		       const struct seccomp_data *data);

/* Says whether some arguments exist with which it may let this machine's call `number` be done, or
 * have somebody else decide; true when it cannot tell. */
bool filter_may_allow(const struct sock_filter *insns, uint32_t count, int number);

/* Says whether somebody else is asked for some call. */
bool filter_notifies(const struct sock_filter *insns, uint32_t count);

/* How many calls of this machine the plan's filter denies whatever their arguments are; those that
 * are newer than any it allows do not count. */
unsigned filter_count_denied(const struct plan *plan);

#endif
