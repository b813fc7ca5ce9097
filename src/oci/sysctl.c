/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel parameters: only those that belong to a namespace which the container does not share with
 * the host.
 */
#include "base/auto.h"
#include "base/text.h"
#include "oci/parts.h"
#include "plan/build.h"

#include <errno.h>
#include <string.h>

#define END_OF_TREE '/'

/* A name that ends with '/' stands for all below it. */
static const struct {
	const char *name;
	enum cove_ns ns;
} allowed[] = {
	{ "kernel/msgmax", COVE_NS_IPC },
	{ "kernel/msgmnb", COVE_NS_IPC },
	{ "kernel/msgmni", COVE_NS_IPC },
	{ "kernel/sem", COVE_NS_IPC },
	{ "kernel/shmall", COVE_NS_IPC },
	{ "kernel/shmmax", COVE_NS_IPC },
	{ "kernel/shmmni", COVE_NS_IPC },
	{ "kernel/shm_rmid_forced", COVE_NS_IPC },
	{ "fs/mqueue/", COVE_NS_IPC },
	{ "net/", COVE_NS_NET },
	{ "kernel/domainname", COVE_NS_UTS },
	{ "user/", COVE_NS_USER },
};

static bool fits(const char *name, const char *rule)
{
	size_t len = strlen(rule);

	return rule[len - 1] == END_OF_TREE ? strncmp(name, rule, len) == 0 && name[len]
					    : strcmp(name, rule) == 0;
}

/* The first '.' or '/' is the separator; if that is '.', a '/' stands for a dot in a name. */
static void as_path(const char *key, struct buf *out)
{
	const char *first = strpbrk(key, "./");
	bool dotted = first && *first == '.';

	for (const char *c = key; *c; c++) {
		if (dotted && *c == '.')
			buf_addc(out, '/');
		else if (dotted && *c == '/')
			buf_addc(out, '.');
		else
			buf_addc(out, *c);
	}
}

/* No way leads up or out. */
static bool is_plain(const char *path)
{
	const char *cursor = path, *part;
	size_t len;

	while (text_next_field(&cursor, '/', &part, &len)) {
		if (len == 0 || (len == 1 && part[0] == '.') ||
		    (len == 2 && part[0] == '.' && part[1] == '.'))
			return false;
	}
	return true;
}

static int check_name(struct reader *r, json_node key, const char *name)
{
	char shown[48];

	if (!is_plain(name))
		return reader_refuse(r, key, "not the name of a kernel parameter");
	if (strcmp(name, "kernel/hostname") == 0)
		return reader_refuse(r, key, "the field 'hostname' is there for this");
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		if (!fits(name, allowed[i].name))
			continue;
		if (r->plan->ns[allowed[i].ns].mode != PLAN_NS_HOST)
			return 0;
		return reader_refuse(r, key, "this kernel parameter would be the host's: it needs "
					     "a %s namespace",
				     allowed[i].ns == COVE_NS_NET ? "network"
								  : plan_ns_name(allowed[i].ns));
	}
	return reader_refuse(r, key, "kernel parameter '%s' is not in a namespace of its own",
			     text_show(reader_text(r, key), shown, sizeof(shown)));
}

int oci_take_sysctl(struct reader *r, json_node key)
{
	const char *value = reader_text(r, json_value(&r->doc, key));
	auto_(buf_done) struct buf name = { 0 };
	struct plan_sysctl *item;

	as_path(reader_text(r, key), &name);
	if (check_name(r, key, buf_str(&name)) < 0)
		return -EINVAL;
	if (strchr(value, '\n'))
		return reader_refuse(r, key, "the value must be one line");
	reader_origin(r, key);
	item = plan_append(r->plan, &r->plan->sysctls, sizeof(*item));
	item->name = plan_add_string(r->plan, buf_str(&name));
	item->value = plan_add_string(r->plan, value);
	return 0;
}
