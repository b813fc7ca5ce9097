/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See bundle.h.
 */
#include "api/bundle.h"
#include "api/filter.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/num.h"
#include "engine/cgroup.h"
#include "plan/build.h"
#include "plan/filter.h"
#include "plan/seal.h"
#include "plan/steps.h"
#include "sys/channel.h"
#include "sys/fd.h"
#include "sys/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a plan is made from ---- */

/* What waits for an answer would wait for ever. */
static int check_listener(const struct plan *plan, const struct filter_source *source,
			  const struct buf *program, struct cove_error *err)
{
	if (plan->seccomp.listener ||
	    !filter_notifies((const void *)program->data,
			     (uint32_t)(program->len / sizeof(struct sock_filter))))
		return 0;
	err_set(err, EINVAL, NULL, NULL,
		"%s:%zu:%zu: %s: seccomp listenerPath is not set, and SCMP_ACT_NOTIFY needs it",
		source->path, source->line, source->column, source->pointer);
	if (err)
		err->status = 1;
	return -EINVAL;
}

static void note_skipped(struct plan *plan, const char *pointer, const struct buf *names)
{
	auto_(buf_done) struct buf text = { 0 };

	if (!names->len)
		return;
	buf_addf(&text, "%s: system calls that libseccomp does not know are not filtered: %s",
		 pointer, buf_str(names));
	plan_note(plan, buf_str(&text));
}

static int compile_filter(struct plan *plan, const struct oci_text *config,
			  const struct oci_slice *profile, const struct oci_request *request,
			  struct cove_error *err)
{
	auto_(buf_done) struct buf program = { 0 }, skipped = { 0 };
	struct filter_source source = {
		.path = config->name,
		.profile = config->text + profile->at,
		.len = profile->len,
		.facts = request->facts,
		.pointer = "/linux/seccomp",
		.skipped = request->strict ? NULL : &skipped,
	};
	int r;

	if (!profile->len)
		return 0;
	json_scan_place(config->text, profile->at, &source.line, &source.column);
	r = filter_compile(&source, &program, err);
	if (r == 0 && !filter_is_program(program.len))
		r = err_set(err, EPROTO, NULL, NULL, "the helper gave no filter");
	if (r == 0)
		r = check_listener(plan, &source, &program, err);
	if (r < 0) {
		if (r != -EINVAL)
			err_origin(err, source.pointer);
		return r;
	}
	note_skipped(plan, source.pointer, &skipped);
	plan->seccomp.program = plan_add_bytes(plan, program.data, (uint32_t)program.len);
	plan->seccomp.count = (uint32_t)(program.len / sizeof(struct sock_filter));
	plan->seccomp.name = plan_add_string(plan, config->name);
	return 0;
}

int bundle_plan(const struct oci_text *config, const struct oci_request *request,
		struct plan **ret_plan, struct cove_error *err)
{
	struct oci_slice profile = { 0 };
	struct plan *plan = plan_new();
	int r = plan ? 0 : err_set(err, ENOMEM, "calloc", NULL, "out of memory");

	if (r == 0)
		r = oci_read_config(plan, config, request, &profile, err);
	if (r == 0)
		r = compile_filter(plan, config, &profile, request, err);
	if (r == 0)
		r = engine_cgroup_settle(plan, err);
	if (r < 0)
		plan_free(plan);
	else
		*ret_plan = plan;
	return bundle_blame_document(r, err);
}

int bundle_blame_document(int r, struct cove_error *err)
{
	if (r < 0 && err && err->status == COVE_STATUS_USAGE)
		err->status = 1;
	return r;
}

static unsigned listen_fds(const struct facts *facts)
{
	const char *fds = facts_env(facts, "LISTEN_FDS");
	const char *pid = facts_env(facts, "LISTEN_PID");
	uint32_t count = 0, whose = 0;
	uint64_t start;

	if (!fds || !pid || num_u32(fds, &count) < 0 || num_u32(pid, &whose) < 0)
		return 0;
	return whose == (uint32_t)identity_own(&start) && count < PLAN_KEEP_FDS ? count : 0;
}

/* Of both kinds no more than there were before we opened any of our own. Engines that count the same
 * ones twice, as those that are listened on and as others, are understood. */
int bundle_pass_fds(struct oci_request *request, unsigned preserve, struct cove_error *err)
{
	unsigned passed = api_passed_fds();

	request->listen_fds = listen_fds(request->facts);
	if (request->listen_fds > passed)
		request->listen_fds = passed;
	request->preserve_fds = preserve;
	if (preserve > passed) {
		err_usage(err, "descriptor %u is not open", 3 + passed);
		err_origin(err, "--preserve-fds");
		return -EBADF;
	}
	if (request->preserve_fds > passed - request->listen_fds)
		request->preserve_fds = passed - request->listen_fds;
	return 0;
}

int bundle_set_fault(struct plan *plan, const char *fault, struct cove_error *err)
{
	static const char *const kinds[] = {
		[PLAN_FAULT_FAIL] = "fail", [PLAN_FAULT_KILL] = "kill", [PLAN_FAULT_HANG] = "hang",
	};
	const char *colon = fault ? strchr(fault, ':') : NULL;
	char name[24] = "";

	if (!fault)
		return 0;
	if (colon && (size_t)(colon - fault) < sizeof(name))
		memcpy(name, fault, (size_t)(colon - fault));
	for (uint8_t kind = PLAN_FAULT_FAIL; colon && kind <= PLAN_FAULT_HANG; kind++) {
		enum step row = step_by_name(name);

		if (row == STEP_COUNT || strcmp(kinds[kind], colon + 1) != 0)
			continue;
		plan->fault = kind;
		plan->fault_row = row;
		plan->fault_side = (uint8_t)step_rows[row].side;
		return 0;
	}
	return err_usage(err, "--fault is STEP:fail, STEP:kill or STEP:hang");
}

/* ---- a bundle ---- */

static int read_text(const char *path, char **ret_text, size_t *ret_len, struct cove_error *err)
{
	auto_fd int fd = fd_open(path, O_RDONLY, err);
	long len = fd < 0 ? fd : fd_read_all(fd, OCI_TEXT_LIMIT, ret_text, err);

	if (len >= 0)
		*ret_len = (size_t)len;
	return len < 0 ? (int)len : 0;
}

static int find(const struct api_bundle *said, struct bundle *bundle, struct cove_error *err)
{
	auto_fd int dir = fd_open(said->bundle ? said->bundle : ".", O_PATH | O_DIRECTORY, err);
	char path[4096];
	int r = dir < 0 ? dir : fd_path_of(dir, path, sizeof(path), err);

	if (r < 0) {
		err_origin(err, "--bundle");
		return r;
	}
	bundle->path = strdup(path);
	return bundle->path ? 0 : err_set(err, ENOMEM, "malloc", NULL, "out of memory");
}

static int read_config(const struct api_bundle *said, struct bundle *bundle,
		       struct cove_error *err)
{
	auto_(buf_done) struct buf path = { 0 };

	if (said->config && said->config[0] == '/')
		buf_adds(&path, said->config);
	else
		buf_addf(&path, "%s/%s", bundle->path, said->config ? said->config : "config.json");
	if (path.failed)
		return err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	return read_text(buf_str(&path), &bundle->config, &bundle->config_len, err);
}

static void write_annotations(struct bundle *bundle)
{
	const struct plan *plan = bundle->plan;
	struct json j;

	json_init(&j, &bundle->annotations, false);
	json_open_object(&j, NULL);
	plan_each (plan, struct plan_data, a, plan->container.annotations)
		json_string(&j, plan_str(plan, a->key), plan_str(plan, a->value));
	json_close_object(&j);
}

/* What the options say of the terminal must fit to what the document says. */
static int check_terminal(const struct plan *plan, const struct api_bundle *said, bool leaves,
			  struct cove_error *err)
{
	if (plan->process.terminal && leaves && !said->console_socket)
		return err_usage(err, "cannot allocate a terminal without a console socket: "
				      "--console-socket is missing");
	if (!plan->process.terminal && said->console_socket)
		return err_usage(err, "a console socket was given, but the process has no terminal");
	return 0;
}

static void set_mark(struct plan *plan, const char *id)
{
	auto_(buf_done) struct buf mark = { 0 };
	uint64_t start;
	int pid = identity_own(&start);

	buf_addf(&mark, "%s %" PRIu64 ".%d", id, channel_now(), pid);
	plan->container.mark = plan_add_string(plan, buf_str(&mark));
}

static int complete(const struct api_bundle *said, bool gate, struct bundle *bundle,
		    struct cove_error *err)
{
	struct plan *plan = bundle->plan;
	int r = said->only_said ? 0 : check_terminal(plan, said, gate || said->detach, err);

	plan->container.is = 1;
	plan->container.gate = gate;
	set_mark(plan, said->id);
	plan->process.outlives = 1;
	plan->process.death_signal = 1;
	plan->process.console =
		said->only_said ? plan->process.terminal != 0 : said->console_socket != NULL;
	if (r == 0)
		r = bundle_set_fault(plan, said->fault, err);
	if (r == 0)
		r = api_host_add_facts(bundle->host, plan, err);
	if (r < 0)
		return r;
	return bundle_blame_document(plan_seal(plan, api_host_facts(bundle->host), err), err);
}

void bundle_tell_notes(const struct api_oci *oci, const struct plan *plan)
{
	if (oci->warn)
		plan_each (plan, struct plan_string, note, plan->notes)
			oci->warn(oci->context, plan_str(plan, note->text));
}

int bundle_read(const struct api_oci *oci, const struct api_bundle *said, bool gate,
		struct bundle *ret, struct cove_error *err)
{
	struct oci_request request = {
		.id = said->id,
		.manager = oci->manager,
		.no_pivot = said->no_pivot,
		.no_new_keyring = said->no_new_keyring,
		.strict = said->strict,
	};
	int r;

	*ret = (struct bundle){ 0 };
	r = api_host_open(&ret->host, err);
	if (r == 0)
		r = find(said, ret, err);
	if (r == 0)
		r = read_config(said, ret, err);
	if (r < 0)
		return r;
	request.facts = api_host_facts(ret->host);
	request.bundle = ret->path;
	r = bundle_pass_fds(&request, said->preserve_fds, err);
	if (r < 0)
		return r;
	r = bundle_plan(&(struct oci_text){ said->config ? said->config : "config.json", ret->config,
					    ret->config_len },
			&request, &ret->plan, err);
	if (r == 0)
		r = complete(said, gate, ret, err);
	if (r < 0)
		return r;
	bundle_tell_notes(oci, ret->plan);
	write_annotations(ret);
	return 0;
}

void bundle_done(struct bundle *bundle)
{
	plan_free(bundle->plan);
	api_host_close(bundle->host);
	free(bundle->path);
	free(bundle->config);
	buf_done(&bundle->annotations);
}
