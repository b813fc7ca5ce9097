/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which filter a box gets: none, the default one as cove carries it, that changed, or one from a
 * file.
 */
#include "api/default_filter.h"
#include "api/filter.h"
#include "api/host.h"
#include "base/auto.h"
#include "base/err.h"
#include "plan/build.h"
#include "sys/fd.h"

#include <ctype.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>

static bool is_json(const char *data)
{
	while (isspace((unsigned char)*data))
		data++;
	return *data == '{';
}

static void add_program(struct plan *plan, const char *name, const char *data, size_t len)
{
	plan->seccomp = (struct plan_seccomp){
		.program = plan_add_bytes(plan, data, (uint32_t)len),
		.count = (uint32_t)(len / sizeof(struct sock_filter)),
		.name = plan_add_string(plan, name),
		.origin = plan->origin,
	};
}

/* What the helper makes of a profile. */
static int compile(struct box *box, const char *path, const char *profile, size_t len,
		   struct cove_error *err)
{
	const struct filter_source source = {
		.path = path,
		.profile = profile,
		.len = len,
		.caps = box->plan->caps.bounding & (path ? ~UINT64_C(0) : FILTER_CAPS),
		.facts = box->facts,
		.words = box->allow.words,
		.plan = box->plan,
		.edits = &box->filter.edits,
		.only_said = box->task.explain || box->task.print_config,
	};
	auto_(buf_done) struct buf program = { 0 };
	int r = filter_compile(&source, &program, err);

	if (r == 0 && !filter_is_program(program.len))
		r = err_set(err, EPROTO, NULL, NULL, "the helper gave no filter");
	if (r == 0)
		add_program(box->plan, path ? path : "default filter", program.data, program.len);
	return r;
}

static int load_file(struct box *box, const char *path, struct cove_error *err)
{
	auto_fd int file = fd_open(path, 0, err);
	auto_free char *data = NULL;
	long len;

	if (file < 0) {
		if (err)
			err->status = COVE_STATUS_USAGE;
		return file;
	}
	len = fd_read_all(file, FILTER_LIMIT, &data, err);
	if (len < 0)
		return (int)len;
	if (is_json(data))
		return compile(box, path, data, (size_t)len, err);
	if (!filter_is_program((size_t)len)) {
		err_usage(err, "'%s' is neither a JSON profile nor a compiled filter", path);
		err_hint(err, "a compiled filter is 1 to %d instructions of %zu bytes",
			 BPF_MAXINSNS, sizeof(struct sock_filter));
		return -EINVAL;
	}
	add_program(box->plan, path, data, (size_t)len);
	return 0;
}

static int without_helper(struct box *box, struct cove_error *err)
{
	int r;

	if (!box->filter.origin) {
		plan_note(box->plan,
			  "system calls are not filtered: cove was built without libseccomp");
		return 0;
	}
	r = err_set(err, ENOTSUP, NULL, NULL, "there is no default filter: cove was built without "
					      "libseccomp");
	err_hint(err, "build it with -Dseccomp=enabled, or give a compiled filter: --seccomp FILE");
	return r;
}

static int load_default(struct box *box, struct cove_error *err)
{
	struct plan *plan = box->plan;
	auto_(buf_done) struct buf changes = { 0 };
	bool changed =
		box->filter.edits.count || box->allow.words || plan->caps.bounding & FILTER_CAPS;
	int r = 0;

	if (!COVE_HAS_SECCOMP)
		return without_helper(box, err);
	if (!changed && default_filter_size())
		add_program(plan, "default filter", default_filter, default_filter_size());
	else
		r = compile(box, NULL, default_profile, default_profile_size(), err);
	if (r < 0)
		return r;
	box_filter_changes(box, &changes);
	plan->seccomp.is_default = 1;
	plan->seccomp.is_harmless = box->filter.edits.count == 0;
	plan->seccomp.changes = plan_add_string(plan, buf_str(&changes));
	return 0;
}

int api_load_seccomp(struct box *box, struct cove_error *err)
{
	const struct box_filter *filter = &box->filter;
	const char *origin =
		plan_str(box->plan, filter->origin ? filter->origin : box->allow.origin);
	int r;

	if (!box_wants_filter(box))
		return 0;
	plan_set_origin(box->plan, origin[0] ? origin : "default");
	r = filter->kind == BOX_FILTER_FILE ? load_file(box, filter->file, err)
					    : load_default(box, err);
	if (r < 0)
		err_origin(err, origin);
	return r;
}
