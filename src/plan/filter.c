/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See filter.h. Only the instructions that libseccomp makes and the stub has.
 */
#include "plan/filter.h"

#include <stdlib.h>
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

/* What is known before an instruction: all jumps lead forwards, so one pass finds it. */
struct knowledge {
	bool is_reached;
	bool is_known; /* a, whatever the arguments are */
	uint32_t a;
};

static void reach(struct knowledge *to, const struct knowledge *from)
{
	if (!to->is_reached)
		*to = *from;
	else if (!from->is_known || from->a != to->a)
		to->is_known = false;
}

static bool lets_happen(uint32_t answer)
{
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_ERRNO:
		return false;
	default:
		return true;
	}
}

/* Carries what is known before `at` to where it leads; true: the call may be let happen there. */
static bool follow(const struct sock_filter *insns, uint32_t count, size_t at,
		   const struct seccomp_data *data, struct knowledge *known)
{
	const struct sock_filter *insn = &insns[at];
	struct knowledge here = known[at];
	size_t ways[2] = { at + 1, at + 1 };

	if (insn->code == (BPF_RET | BPF_K))
		return lets_happen(insn->k);
	if (insn->code == (BPF_LD | BPF_W | BPF_ABS)) {
		here.is_known = insn->k < offsetof(struct seccomp_data, instruction_pointer);
		if (here.is_known)
			memcpy(&here.a, (const char *)data + insn->k, sizeof(here.a));
	} else if (insn->code == (BPF_ALU | BPF_AND | BPF_K)) {
		here.a &= insn->k;
	} else if (insn->code == (BPF_JMP | BPF_JA)) {
		ways[0] = ways[1] = at + 1 + insn->k;
	} else if (BPF_CLASS(insn->code) == BPF_JMP && BPF_SRC(insn->code) == BPF_K) {
		ways[0] += insn->jt;
		ways[1] += insn->jf;
		if (here.is_known)
			ways[0] = ways[1] = ways[holds(insn, here.a) ? 0 : 1];
	} else {
		return true;
	}
	for (size_t i = 0; i < 2; i++)
		if (ways[i] < count)
			reach(&known[ways[i]], &here);
	return false;
}

bool filter_may_allow(const struct sock_filter *insns, uint32_t count, int number)
{
	const struct seccomp_data data = { .nr = number, .arch = FILTER_NATIVE_ARCH };
	struct knowledge *known = calloc(count ? count : 1, sizeof(*known));
	bool may = !known || !count;

	if (known)
		known[0] = (struct knowledge){ .is_reached = true, .is_known = true };
	for (size_t at = 0; at < count && !may; at++)
		may = known[at].is_reached && follow(insns, count, at, &data, known);
	free(known);
	return may;
}

bool filter_notifies(const struct sock_filter *insns, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (insns[i].code == (BPF_RET | BPF_K) &&
		    (insns[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
			return true;
	return false;
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
