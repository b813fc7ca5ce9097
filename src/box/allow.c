/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See allow.h.
 */
#include "box/allow.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

static const char *const words[ALLOW_COUNT] = {
	[ALLOW_USERNS] = "userns", [ALLOW_DEBUG] = "debug", [ALLOW_KEYRING] = "keyring",
	[ALLOW_IO_URING] = "io_uring", [ALLOW_PERF] = "perf", [ALLOW_BPF] = "bpf",
	[ALLOW_32BIT] = "32bit", [ALLOW_TTY] = "tty",
};

const char *allow_name(enum allow word)
{
	return words[word];
}

int allow_find(const char *name, const char **ret_near)
{
	for (int i = 0; i < ALLOW_COUNT; i++)
		if (strcmp(words[i], name) == 0)
			return i;
	*ret_near = text_nearest(name, words, ALLOW_COUNT);
	return -EINVAL;
}

void allow_text(uint32_t set, struct buf *out)
{
	const char *separator = "";

	for (enum allow i = 0; i < ALLOW_COUNT; i++) {
		if (!(set & ALLOW_BIT(i)))
			continue;
		buf_addf(out, "%s%s", separator, words[i]);
		separator = ", ";
	}
}
