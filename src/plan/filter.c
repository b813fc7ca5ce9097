/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See filter.h. Only the instructions that libseccomp makes and the stub has.
 */
#include "plan/filter.h"

#include <stdbool.h>
#include <string.h>

/* More than there are. */
#define NUMBERS 1024

static bool holds(const struct sock_filter *insn, uint32_t a)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		return a == insn->k;
	case BPF_JGT:
		return a > insn->k;
	case BPF_JGE:
		return a >= insn->k;
	default: /* BPF_JSET */
		return a & insn->k;
	}
}

uint32_t filter_answer(const struct sock_filter *insns, uint32_t count,
		       const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t at = 0; at < count; at++) {
		const struct sock_filter *insn = &insns[at];

		if (insn->code == (BPF_RET | BPF_K))
			return insn->k;
		if (insn->code == (BPF_LD | BPF_W | BPF_ABS) &&
		    insn->k <= sizeof(*data) - sizeof(a))
			memcpy(&a, (const char *)data + insn->k, sizeof(a));
		else if (insn->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= insn->k;
		else if (insn->code == (BPF_JMP | BPF_JA))
			at += insn->k;
		else if (BPF_CLASS(insn->code) == BPF_JMP && BPF_SRC(insn->code) == BPF_K)
			at += holds(insn, a) ? insn->jt : insn->jf;
		else
			break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

unsigned filter_count_denied(const struct plan *plan)
{
	struct seccomp_data data = { .arch = FILTER_NATIVE_ARCH };
	unsigned denied = 0, so_far = 0;

	for (data.nr = 0; data.nr < NUMBERS; data.nr++) {
		uint32_t answer = filter_answer(plan_at(plan, plan->seccomp.program),
						plan->seccomp.count, &data);

		if ((answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW)
			denied = so_far;
		else
			so_far++;
	}
	return denied;
}
