/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of src/oci: documents that are all right but for what a test adds, on a host that is
 * played. Quotes are written as ' in them.
 */
#ifndef TEST_OCI_H
#define TEST_OCI_H

#include "unit.h"

#include "oci/oci.h"
#include "plan/build.h"
#include "plan/seal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_CAPS ((UINT64_C(1) << 41) - 1)

static struct facts host = {
	.kernel = KERNEL(6, 12), .caps = ALL_CAPS, .all_caps = ALL_CAPS, .user = "", .home = "",
	.shell = "/bin/sh", .cwd = "/", .landlock_abi = 6,
};

static struct oci_request request = {
	.facts = &host, .id = "box1", .bundle = "/bundle", .manager = PLAN_CGROUP_FS,
};

/* Of the last document. */
static char document[65536];
static struct oci_slice profile;
static struct cove_error error;

static const char *const full_namespaces =
	"{'type':'pid'},{'type':'network'},{'type':'ipc'},{'type':'uts'},{'type':'mount'},"
	"{'type':'cgroup'},{'type':'time'}";

static inline void quote(void)
{
	for (char *c = document; *c; c++)
		if (*c == '\'')
			*c = '"';
}

static inline struct oci_text as_text(const char *name)
{
	return (struct oci_text){ name, document, strlen(document) };
}

/* The plan of the document; NULL with `error` set. */
static inline struct plan *read_document(void)
{
	const struct oci_text text = as_text("config.json");
	struct plan *plan = plan_new();

	quote();
	assert_non_null(plan);
	memset(&profile, 0, sizeof(profile));
	memset(&error, 0, sizeof(error));
	host.hard_limits[7] = 4096;
	if (oci_read_config(plan, &text, &request, &profile, &error) == 0)
		return plan;
	plan_free(plan);
	return NULL;
}

/* What follows "members of process", "of linux", "of all": each begins with a ',' or is "". */
static inline struct plan *try_config(const char *process, const char *linux_part, const char *top)
{
	snprintf(document, sizeof(document),
		 "{'ociVersion':'1.3.0','root':{'path':'rootfs'},"
		 "'process':{'cwd':'/','args':['sh']%s},'linux':{'namespaces':[%s]%s}%s}",
		 process, full_namespaces, linux_part, top);
	return read_document();
}

static inline struct plan *config(const char *process, const char *linux_part, const char *top)
{
	struct plan *plan = try_config(process, linux_part, top);

	if (!plan)
		fail_msg("%s", error.what);
	if (plan_seal(plan, &host, &error) < 0)
		fail_msg("seal: %s", error.what);
	return plan;
}

/* The line behind "config.json:LINE:COLUMN: ". */
static inline void refused(const char *process, const char *linux_part, const char *top,
			   const char *wanted)
{
	struct plan *plan = try_config(process, linux_part, top);
	const char *said = error.what;

	if (plan)
		fail_msg("accepted: %s", document);
	assert_int_equal(error.status, 1);
	for (int colons = 0; *said && colons < 3; said++)
		colons += *said == ':';
	if (strcmp(said + (*said == ' '), wanted) != 0)
		fail_msg("'%s' instead of '%s'", said, wanted);
}

static inline bool has_note(const struct plan *plan, const char *wanted)
{
	plan_each (plan, struct plan_string, note, plan->notes)
		if (strcmp(plan_str(plan, note->text), wanted) == 0)
			return true;
	return false;
}

static inline const struct plan_mount *mount_at(const struct plan *plan, const char *target)
{
	plan_each (plan, struct plan_mount, m, plan->mounts)
		if (strcmp(plan_str(plan, m->target), target) == 0)
			return m;
	fail_msg("no mount at '%s'", target);
	return NULL;
}

/* The strings of a list, joined by '|'. */
static inline const char *joined(const struct plan *plan, struct plan_list list)
{
	static char text[1024];

	text[0] = '\0';
	plan_each (plan, struct plan_string, s, list) {
		strcat(text, plan_str(plan, s->text));
		strcat(text, "|");
	}
	return text;
}

#define assert_text(plan, ref, text) assert_string_equal(plan_str(plan, ref), text)

#endif
