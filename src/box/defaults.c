/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cove box` means when nothing is said, as one list to read from top to bottom, and how it
 * gives way to what was said.
 */
#include "base/auto.h"
#include "base/buf.h"
#include "box/allow.h"
#include "box/box.h"
#include "box/complete.h"
#include "box/options.h"
#include "plan/build.h"

#include <linux/securebits.h>
#include <string.h>

#define BOX_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define LOCKED_ROOT                                                                                \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                           \
	 SECBIT_NO_SETUID_FIXUP_LOCKED)

/* ---- namespaces ---- */

static void new_unless_said(struct plan *plan, enum cove_ns ns)
{
	if (!plan->ns[ns].origin)
		plan_set_ns(plan, ns, PLAN_NS_NEW);
}

static void complete_namespaces(struct box *box)
{
	struct plan *plan = box->plan;

	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		if (ns != COVE_NS_TIME && !box->only)
			new_unless_said(plan, ns);
	/* Ids of one's own choice exist only in a user namespace of one's own. */
	if (plan->maps.kind != PLAN_MAP_NONE && !plan->ns[COVE_NS_USER].origin) {
		plan->ns[COVE_NS_USER].mode = PLAN_NS_NEW;
		plan->ns[COVE_NS_USER].origin = plan->maps.origin;
	}
	if (!plan->hostname && !box->only && plan_is_new(plan, COVE_NS_UTS)) {
		plan->hostname = plan_add_string(plan, "box");
		plan->hostname_origin = plan->origin;
	}
	if (plan_is_new(plan, COVE_NS_NET) && !box->only) {
		plan->loopback = 1;
		plan->loopback_origin = plan->origin;
	}
}

/* ---- process ---- */

static void pass_env(struct box *box, const char *name)
{
	const char *value = facts_env(box->facts, name);

	if (value)
		plan_set_env(box->plan, name, value);
}

/* Where the environment does not say it, the user database may. */
static void pass_known(struct box *box, const char *name, const char *known)
{
	if (!facts_env(box->facts, name) && known[0])
		plan_set_env(box->plan, name, known);
}

static void pass_locale(struct box *box)
{
	for (const char *const *e = box->facts->env; e && *e; e++) {
		auto_(buf_done) struct buf name = { 0 };

		if (strncmp(*e, "LC_", 3) != 0 || !strchr(*e, '='))
			continue;
		buf_add(&name, *e, strcspn(*e, "="));
		pass_env(box, buf_str(&name));
	}
}

static bool is_root_inside(const struct box *box)
{
	const struct plan *plan = box->plan;

	if (plan->process.uid != PLAN_NO_ID)
		return plan->process.uid == 0;
	return box->facts->uid == 0 || plan->maps.kind == PLAN_MAP_ROOT ||
	       plan->maps.kind == PLAN_MAP_AUTO;
}

static void pass_all(struct box *box)
{
	for (const char *const *e = box->facts->env; e && *e; e++)
		plan_append_text(box->plan, &box->plan->process.env, *e);
}

static void pass_harmless(struct box *box)
{
	static const char *const names[] = { "HOME", "USER", "TERM", "LANG", "TZ" };
	bool own_root = box->plan->root.kind == PLAN_ROOT_DIR;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		pass_env(box, names[i]);
	pass_known(box, "HOME", box->facts->home);
	pass_known(box, "USER", box->facts->user);
	pass_locale(box);
	if (own_root || !facts_env(box->facts, "PATH"))
		plan_set_env(box->plan, "PATH", BOX_PATH);
	else
		pass_env(box, "PATH");
	if (own_root)
		plan_set_env(box->plan, "HOME", is_root_inside(box) ? "/root" : "/");
}

static void complete_env(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_list said = plan->process.env;

	plan->process.env = (struct plan_list){ 0 };
	if (!box->env_clear && box->only)
		pass_all(box);
	else if (!box->env_clear)
		pass_harmless(box);
	plan_override_env(plan, &said);
	plan_set_search(plan, BOX_PATH);
}

static void complete_caps(struct box *box)
{
	struct plan_caps *caps = &box->plan->caps;
	uint64_t given = box->caps.add & ~box->caps.drop;

	if (box->only && !box->caps.origin)
		return;
	*caps = (struct plan_caps){
		.set = true,
		.bounding = given,
		.permitted = given,
		.effective = given,
		.inheritable = box->plan->process.uid == 0 ? 0 : given,
		.ambient = box->plan->process.uid == 0 ? 0 : given,
		.securebits = given ? 0 : LOCKED_ROOT,
		.origin = box->caps.origin ? box->caps.origin : box->plan->origin,
	};
}

static void complete_command(struct box *box)
{
	struct plan *plan = box->plan;

	if (plan->process.args.count)
		return;
	plan_append_text(plan, &plan->process.args,
			 plan->root.kind == PLAN_ROOT_DIR ? "/bin/sh" : box->facts->shell);
}

#define STANDARD_OUTPUT 2 /* its bit */

/* Who looks at a terminal, gets one of its own for the box; whose output goes elsewhere, may need
 * the keyboard for somebody else, such as a pager. In a session of its own it is always: signals to
 * a process group reach its members in any pid namespace, and /dev/tty is the session's. */
static void complete_session(struct box *box)
{
	struct plan_process *process = &box->plan->process;
	uint8_t terminals = box->facts->terminals;

	if (box->only || box->same_session)
		return;
	if (!box->terminal_set && !box->task.detach && terminals & STANDARD_OUTPUT)
		process->terminal = terminals;
	if (!process->terminal && !process->new_session)
		process->new_session = PLAN_SESSION_APART;
	if (!process->session_origin)
		process->session_origin = box->plan->origin;
}

static void complete_init(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_process *process = &plan->process;

	if (!box->init_set && !box->only && plan_is_new(plan, COVE_NS_PID)) {
		process->init = 1;
		process->init_origin = plan->origin;
	} else if (!box->init_set && plan->time_limit) { /* who ends everything that is there */
		process->init = 1;
		process->init_origin = plan->time_limit_origin;
	}
}

static void complete_process(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_process *process = &plan->process;

	if (box_wants_filter(box)) {
		process->no_new_privs = 1;
		process->no_new_privs_origin = box->filter.origin;
	}
	box_complete_landlock(box);
	if (box->only) {
		process->keep_all_fds = 1;
		process->keep_signal_mask = 1;
	} else {
		process->no_new_privs = 1;
		process->no_new_privs_origin = plan->origin;
		process->set_groups = 1;
		plan->keyring = PLAN_KEYRING_NEW;
		plan->keyring_origin = plan->origin;
		if (!process->user_origin)
			process->user_origin = plan->origin;
	}
	if (!process->cwd && plan->root.kind != PLAN_ROOT_KEEP) {
		process->cwd = plan_add_string(plan, box_start_directory(box));
		process->cwd_origin = plan->origin;
	}
}

/* Nested, a user namespace opens much of the kernel that is root's otherwise. */
static void complete_limit(struct box *box)
{
	struct plan *plan = box->plan;

	if (box->only || !plan_is_new(plan, COVE_NS_USER) ||
	    box->allow.words & ALLOW_BIT(ALLOW_USERNS))
		return;
	plan->limit_userns = 1;
	plan->limit_userns_origin = plan->origin;
}

/* An own map under another number: --user 5 without --map makes you user 5. */
static void complete_map(struct box *box)
{
	struct plan *plan = box->plan;
	struct plan_process *process = &plan->process;

	if (process->uid == PLAN_NO_ID || !plan_is_new(plan, COVE_NS_USER) ||
	    (plan->maps.kind != PLAN_MAP_NONE && plan->maps.kind != PLAN_MAP_OWN))
		return;
	plan->maps.kind = PLAN_MAP_OWN;
	plan->maps.origin = plan->origin = process->user_origin;
	plan_map(plan, &plan->maps.uids, process->uid, box->facts->uid, 1);
	plan_map(plan, &plan->maps.gids, process->gid, box->facts->gid, 1);
}

void box_complete(struct box *box)
{
	complete_command(box);
	plan_set_origin(box->plan, "default");
	complete_namespaces(box);
	box_complete_files(box);
	complete_env(box);
	complete_caps(box);
	complete_process(box);
	complete_init(box);
	complete_session(box);
	complete_limit(box);
	complete_map(box);
}
