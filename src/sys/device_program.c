/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See device_program.h.
 *
 * From the last rule to the first, each takes what it allows off the kinds of access that nothing has
 * decided yet; when none is left the answer is yes. A rule that denies one of them is a no.
 */
#include "sys/device_program.h"

#include <errno.h>

#define TYPE BPF_REG_3
#define OPEN BPF_REG_2 /* kinds of access that are not decided yet */
#define MAJOR BPF_REG_4
#define MINOR BPF_REG_5
#define ALL_ACCESS 7u

struct writer {
	struct bpf_insn *at;
	unsigned len;
};

static void put(struct writer *w, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	w->at[w->len++] = (struct bpf_insn){
		.code = code,
		.dst_reg = dst & 0xf,
		.src_reg = src & 0xf,
		.off = off,
		.imm = imm,
	};
}

static void put_load(struct writer *w, uint8_t reg, size_t offset)
{
	put(w, BPF_LDX | BPF_MEM | BPF_W, reg, BPF_REG_1, (int16_t)offset, 0);
}

static void put_answer(struct writer *w, bool allow)
{
	put(w, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, allow);
	put(w, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* The kernel has the type in the lower half of a word, what is asked for in the upper. */
static void put_begin(struct writer *w)
{
	put_load(w, OPEN, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	put_load(w, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	put_load(w, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	put(w, BPF_ALU64 | BPF_MOV | BPF_X, TYPE, OPEN, 0, 0);
	put(w, BPF_ALU64 | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
	put(w, BPF_ALU64 | BPF_RSH | BPF_K, OPEN, 0, 0, 16);
}

static int32_t kernel_access(uint8_t access)
{
	return (access & 1 ? BPF_DEVCG_ACC_READ : 0) | (access & 2 ? BPF_DEVCG_ACC_WRITE : 0) |
	       (access & 4 ? BPF_DEVCG_ACC_MKNOD : 0);
}

/* Goes `skip` instructions on when `reg` is not `value`, which has 32 bits. Not as 64: the constant of
 * an instruction is extended by its sign. Since Linux 5.1. */
static void put_unless(struct writer *w, uint8_t reg, int64_t value, unsigned skip)
{
	put(w, BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, (int16_t)skip, (int32_t)(uint32_t)value);
}

static void put_rule(struct writer *w, const struct cgroup_device *rule)
{
	const unsigned body = 4;
	unsigned tests = (rule->type != 'a') + (rule->major >= 0) + (rule->minor >= 0);
	int32_t access = kernel_access(rule->access);

	if (rule->type != 'a')
		put_unless(w, TYPE, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR,
			   --tests + body);
	if (rule->major >= 0)
		put_unless(w, MAJOR, rule->major, --tests + body);
	if (rule->minor >= 0)
		put_unless(w, MINOR, rule->minor, --tests + body);
	if (rule->allow) {
		put(w, BPF_ALU64 | BPF_AND | BPF_K, OPEN, 0, 0, ~access);
		put(w, BPF_JMP32 | BPF_JNE | BPF_K, OPEN, 0, 2, 0);
	} else {
		put(w, BPF_JMP32 | BPF_JSET | BPF_K, OPEN, 0, 1, access);
		put(w, BPF_JMP | BPF_JA, 0, 0, 2, 0);
	}
	put_answer(w, rule->allow);
}

/* Whether the rule decides everything, so that those before it count no more. */
static bool is_final(const struct cgroup_device *rule)
{
	return rule->type == 'a' && rule->major < 0 && rule->minor < 0 &&
	       (rule->access & ALL_ACCESS) == ALL_ACCESS;
}

static bool fits_nothing(const struct cgroup_device *rule)
{
	return rule->major > UINT32_MAX || rule->minor > UINT32_MAX ||
	       (rule->access & ALL_ACCESS) == 0;
}

int device_program_make(const struct cgroup_device *rules, unsigned count,
			struct bpf_insn *ret_program)
{
	struct writer w = { .at = ret_program };
	bool otherwise = false;

	put_begin(&w);
	for (unsigned i = count; i > 0; i--) {
		const struct cgroup_device *rule = &rules[i - 1];

		if (rule->type != 'a' && rule->type != 'b' && rule->type != 'c')
			return -EINVAL;
		if (is_final(rule)) {
			otherwise = rule->allow;
			break;
		}
		if (!fits_nothing(rule))
			put_rule(&w, rule);
	}
	put_answer(&w, otherwise);
	return (int)w.len;
}
