/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables only. Architectures are asked from libseccomp by name, so that a newer library brings
 * newer ones without a new build; the table tells a new one from a misspelt one.
 */
#include "helper/seccomp_words.h"

#include "base/auto.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct word {
	const char *name;
	uint32_t value;
};

static const struct word actions[] = {
	{ "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
	{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
	{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0) },
	{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
	{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
	{ "SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY },
	{ NULL, 0 },
};

static const struct word operators[] = {
	{ "SCMP_CMP_NE", SCMP_CMP_NE },
	{ "SCMP_CMP_LT", SCMP_CMP_LT },
	{ "SCMP_CMP_LE", SCMP_CMP_LE },
	{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
	{ "SCMP_CMP_GE", SCMP_CMP_GE },
	{ "SCMP_CMP_GT", SCMP_CMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	{ NULL, 0 },
};

static const struct word flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", 0 },
	{ "SECCOMP_FILTER_FLAG_LOG", 0 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 0 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0 },
	{ NULL, 0 },
};

#define ARCH_PREFIX "SCMP_ARCH_"

static const struct word archs[] = {
	{ "SCMP_ARCH_X86", 0 },         { "SCMP_ARCH_X86_64", 0 },
	{ "SCMP_ARCH_X32", 0 },         { "SCMP_ARCH_ARM", 0 },
	{ "SCMP_ARCH_AARCH64", 0 },     { "SCMP_ARCH_MIPS", 0 },
	{ "SCMP_ARCH_MIPS64", 0 },      { "SCMP_ARCH_MIPS64N32", 0 },
	{ "SCMP_ARCH_MIPSEL", 0 },      { "SCMP_ARCH_MIPSEL64", 0 },
	{ "SCMP_ARCH_MIPSEL64N32", 0 }, { "SCMP_ARCH_PPC", 0 },
	{ "SCMP_ARCH_PPC64", 0 },       { "SCMP_ARCH_PPC64LE", 0 },
	{ "SCMP_ARCH_S390", 0 },        { "SCMP_ARCH_S390X", 0 },
	{ "SCMP_ARCH_PARISC", 0 },      { "SCMP_ARCH_PARISC64", 0 },
	{ "SCMP_ARCH_RISCV64", 0 },     { "SCMP_ARCH_LOONGARCH64", 0 },
	{ "SCMP_ARCH_M68K", 0 },        { "SCMP_ARCH_SH", 0 },
	{ "SCMP_ARCH_SHEB", 0 },        { NULL, 0 },
};

static const struct word *const kinds[] = {
	[WORDS_ACTION] = actions,
	[WORDS_OPERATOR] = operators,
	[WORDS_FLAG] = flags,
	[WORDS_ARCH] = archs,
};

static const struct word docker_archs[] = {
	{ "amd64", SCMP_ARCH_X86_64 },
	{ "x86", SCMP_ARCH_X86 },
	{ "x32", SCMP_ARCH_X32 },
	{ "arm64", SCMP_ARCH_AARCH64 },
	{ "arm", SCMP_ARCH_ARM },
	{ "riscv64", SCMP_ARCH_RISCV64 },
	{ "ppc64le", SCMP_ARCH_PPC64LE },
	{ "ppc64", SCMP_ARCH_PPC64 },
	{ "ppc", SCMP_ARCH_PPC },
	{ "s390x", SCMP_ARCH_S390X },
	{ "s390", SCMP_ARCH_S390 },
	{ "mips64n32", SCMP_ARCH_MIPS64N32 },
	{ "mips64", SCMP_ARCH_MIPS64 },
	{ "mips", SCMP_ARCH_MIPS },
	{ "mipsel64n32", SCMP_ARCH_MIPSEL64N32 },
	{ "mipsel64", SCMP_ARCH_MIPSEL64 },
	{ "mipsel", SCMP_ARCH_MIPSEL },
	{ NULL, 0 },
};

static uint32_t ask_arch(const char *name)
{
	char lower[32];
	size_t i;

	name += strlen(ARCH_PREFIX);
	for (i = 0; name[i] && i + 1 < sizeof(lower); i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
	lower[i] = '\0';
	return seccomp_arch_resolve_name(lower);
}

int words_find(enum words_kind kind, const char *name, uint32_t *ret_value)
{
	const struct word *word;

	for (word = kinds[kind]; word->name; word++) {
		if (strcmp(word->name, name))
			continue;
		*ret_value = kind == WORDS_ARCH ? ask_arch(name) : word->value;
		return 0;
	}
	return -ENOENT;
}

/* No other is taken on this machine. */
static bool is_possible_arch(const char *name)
{
	uint32_t token = ask_arch(name);

	return token && !((token ^ seccomp_arch_native()) & __AUDIT_ARCH_LE);
}

void words_list(enum words_kind kind, char *buf, size_t size)
{
	const struct word *word;
	size_t used = 0;

	for (word = kinds[kind]; word->name && used < size; word++)
		if (kind != WORDS_ARCH || is_possible_arch(word->name))
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
						 used ? ", " : "", word->name);
}

const char *words_docker_arch(uint32_t token)
{
	const struct word *word;

	for (word = docker_archs; word->name; word++)
		if (word->value == token)
			return word->name;
	return NULL;
}
