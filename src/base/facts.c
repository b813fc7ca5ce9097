/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions answered from the facts alone.
 */
#include "base/facts.h"

#include <linux/capability.h>
#include <string.h>

const char *facts_env(const struct facts *facts, const char *name)
{
	size_t len = strlen(name);

	for (const char *const *e = facts->env; e && *e; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}

bool facts_is_admin(const struct facts *facts)
{
	return facts->caps & (UINT64_C(1) << CAP_SYS_ADMIN);
}
