/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of config.json: where its profile stands, for who compiles it, and what is said of it
 * outside of its rules.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/path.h"
#include "base/text.h"
#include "oci/parts.h"
#include "plan/build.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#define FLAG_WAIT_KILLABLE (UINT32_C(1) << 5) /* of Linux 5.19 */

static const struct {
	const char *name;
	uint32_t flag;
} flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", FLAG_WAIT_KILLABLE },
};

const char *oci_seccomp_flag(size_t n)
{
	return n < ARRAY_LEN(flags) ? flags[n].name : NULL;
}

static void list_flags(struct cove_error *err)
{
	auto_(buf_done) struct buf list = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		buf_addf(&list, "%s%s", i ? ", " : "", flags[i].name);
	err_hint(err, "one of %s", buf_str(&list));
}

static int take_flag(struct reader *r, json_node node)
{
	char shown[48];
	int result;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (strcmp(flags[i].name, reader_text(r, node)) != 0)
			continue;
		r->plan->seccomp.flags |= flags[i].flag;
		return 0;
	}
	result = reader_refuse(r, node, "no filter flag '%s' is known",
			       text_show(reader_text(r, node), shown, sizeof(shown)));
	list_flags(r->err);
	return result;
}

int oci_take_seccomp(struct reader *r, json_node node)
{
	struct plan_seccomp *seccomp = &r->plan->seccomp;
	const struct value *listener = &r->listener, *metadata = &r->metadata;
	size_t end;

	if (listener->set && listener->text[0] && !path_is_absolute(listener->text))
		return reader_refuse(r, listener->node, "must be an absolute path");
	if (metadata->set && metadata->text[0] && !(listener->set && listener->text[0]))
		return reader_refuse(r, metadata->node, "'listenerMetadata' without "
							"'listenerPath'");
	reader_origin(r, node);
	seccomp->origin = r->plan->origin;
	seccomp->name = plan_add_string(r->plan, "/linux/seccomp");
	if (listener->set && listener->text[0])
		seccomp->listener = plan_add_string(r->plan, listener->text);
	if (metadata->set && metadata->text[0])
		seccomp->listener_metadata = plan_add_string(r->plan, metadata->text);
	json_span(&r->doc, node, &r->profile.at, &end);
	r->profile.len = end - r->profile.at;
	return 0;
}

#define COMPILED .ignored = "read by who compiles the filter"

static const struct field arg_fields[] = {
	{ "index", FIELD_ANY, COMPILED },
	{ "value", FIELD_ANY, COMPILED },
	{ "valueTwo", FIELD_ANY, COMPILED },
	{ "op", FIELD_ANY, COMPILED },
	{ 0 },
};

static const struct field call_fields[] = {
	{ "names", FIELD_ANY, COMPILED },
	{ "action", FIELD_ANY, COMPILED },
	{ "errnoRet", FIELD_ANY, COMPILED },
	{ "args", FIELD_OBJECTS, .members = arg_fields, COMPILED },
	{ 0 },
};

const struct field oci_seccomp_fields[] = {
	{ "defaultAction", FIELD_STRING, .required = true, COMPILED },
	{ "defaultErrnoRet", FIELD_U32, COMPILED },
	{ "flags", FIELD_STRINGS, .take = take_flag },
	{ "listenerPath", FIELD_STRING, .store = STORE(listener) },
	{ "listenerMetadata", FIELD_STRING, .store = STORE(metadata) },
	{ "architectures", FIELD_STRINGS, COMPILED },
	{ "syscalls", FIELD_OBJECTS, .members = call_fields, COMPILED },
	{ 0 },
};
