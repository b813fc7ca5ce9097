/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside's walk over the step table, and its column.
 */
#include "base/err.h"
#include "init/inside.h"
#include "sys/fd.h"
#include "sys/ns.h"
#include "sys/process.h"

#include <errno.h>
#include <string.h>

const inside_step inside_steps[STEP_COUNT] = {
	[STEP_NS_JOIN] = apply_ns_join,
	[STEP_NS_LATE] = apply_ns_late,
	[STEP_NET_LOOPBACK] = apply_loopback,
	[STEP_HOSTNAME] = apply_hostname,
	[STEP_MOUNT_PRIVATE] = apply_mount_private,
	[STEP_MOUNT_OPEN] = apply_mount_open,
	[STEP_NS_UNSHARE] = apply_ns_unshare,
	[STEP_NS_LIMIT] = apply_ns_limit,
	[STEP_IDS_SETUP] = apply_ids_setup,
	[STEP_ROOT] = apply_root,
	[STEP_MOUNT_ATTACH] = apply_mount_attach,
	[STEP_HOOKS_CONTAINER] = apply_hooks_container,
	[STEP_SYSCTL] = apply_sysctl,
	[STEP_LABEL] = apply_label,
	[STEP_ROOT_PIVOT] = apply_root_pivot,
	[STEP_ROOT_SEAL] = apply_root_seal,
	[STEP_UMASK] = apply_umask,
	[STEP_CWD] = apply_cwd,
	[STEP_SESSION] = apply_session,
	[STEP_KEYRING] = apply_keyring,
	[STEP_AFFINITY] = apply_affinity,
	[STEP_IDS] = apply_ids,
	[STEP_CAPS] = apply_caps,
	[STEP_NO_NEW_PRIVS] = apply_no_new_privs,
	[STEP_LANDLOCK] = apply_landlock,
	[STEP_FDS] = apply_fds,
	[STEP_SECCOMP_EARLY] = apply_seccomp_early,
	[STEP_FORK] = apply_fork,
	[STEP_LIMITS] = apply_limits,
	[STEP_PERSONALITY] = apply_personality,
	[STEP_MEMPOLICY] = apply_mempolicy,
	[STEP_COMMAND] = apply_command,
	[STEP_GATE] = apply_gate,
	[STEP_HOOKS_START] = apply_hooks_start,
	[STEP_SECCOMP] = apply_seccomp,
	[STEP_EXEC] = apply_exec,
};

_Static_assert(STEP_COUNT <= CHANNEL_ROWS, "the times of all rows fit in a message");

static int apply_fault(const struct plan *plan, enum step row, struct cove_error *err)
{
	if (!plan->fault || plan->fault_row != row || plan->fault_side != COVE_SIDE_INSIDE)
		return 0;
	if (plan->fault == PLAN_FAULT_KILL)
		process_exit(COVE_STATUS_SETUP); /* a pid 1 cannot be killed by itself */
	if (plan->fault == PLAN_FAULT_HANG)
		process_pause();
	return err_set(err, EIO, "fault", NULL, "a fault was asked for");
}

int inside_die_with_host(struct inside *in, struct cove_error *err)
{
	int r = process_die_with_parent();

	if (r < 0)
		return err_set(err, -r, "prctl", "PR_SET_PDEATHSIG", "cannot ask to die with cove");
	if (channel_is_cut(&in->channel))
		process_exit(COVE_STATUS_SETUP);
	return 0;
}

int inside_hide(struct inside *in, struct cove_error *err)
{
	int r = in->hidden ? 0 : process_set_dumpable(false);

	if (r < 0)
		return err_set(err, -r, "prctl", "PR_SET_DUMPABLE", "cannot hide this process");
	in->hidden = true;
	return 0;
}

static int apply_row(struct inside *in, enum step row, struct cove_error *err)
{
	int r = 0;

	/* Not earlier: undumpable, its files in /proc belong to root. The caller could not write
	 * its id maps, nor it its clock offsets. */
	if (row > STEP_NS_UNSHARE)
		r = inside_hide(in, err);
	if (r < 0)
		return r;
	if (in->plan->trace)
		in->times[row].begin = channel_now();
	/* From these two nobody comes back who could fail afterwards. */
	if (row == STEP_FORK || row == STEP_EXEC) {
		r = apply_fault(in->plan, row, err);
		return r < 0 ? r : inside_steps[row](in, err);
	}
	r = inside_steps[row](in, err);
	if (r == 0)
		r = apply_fault(in->plan, row, err);
	if (in->plan->trace)
		in->times[row].end = channel_now();
	return r;
}

/* The host's next word: which row is ours. The mounts that it opened for us come before it. */
static int await_turn(struct inside *in, struct cove_error *err)
{
	struct channel_message *message = &in->message;

	for (;;) {
		int fd = -1;
		int r = channel_receive(&in->channel, message, &fd, -1, err);

		if (r < 0)
			return r;
		if (message->kind != CHANNEL_TREE || fd < 0 ||
		    (uint32_t)message->value >= in->plan->source_count) {
			if (fd >= 0)
				fd_close(fd);
			return 0;
		}
		in->sources[message->value] = fd;
	}
}

static int hand_over(struct inside *in, enum step row, enum step next, struct cove_error *err)
{
	struct channel_message *message = &in->message;
	int r;

	/* What is on record lives on without the host side; but the channel's end is still ours. */
	if (row == STEP_CREATED && in->plan->process.outlives)
		process_let_live();
	message->kind = CHANNEL_HANDOVER;
	message->row = row;
	/* A row that goes ahead is not asked for. */
	r = step_goes_ahead(in->plan, row) ? 0 : channel_send(&in->channel, message, -1, err);
	if (r < 0)
		return r;
	r = await_turn(in, err);
	if (r < 0)
		return r;
	if (message->kind != CHANNEL_HANDOVER || message->row != next)
		return err_set(err, EPROTO, NULL, NULL, "a step was handed over out of turn");
	return 0;
}

int inside_walk(struct inside *in, enum step from, struct cove_error *err)
{
	enum step row = step_next(in->plan, from, COVE_SIDE_NONE);
	int r = 0;

	while (row < STEP_COUNT && r == 0) {
		enum step now = row;

		if (step_rows[row].side == COVE_SIDE_HOST) {
			row = step_next(in->plan, row, COVE_SIDE_INSIDE);
			r = hand_over(in, now, row, err);
		} else {
			r = apply_row(in, row, err);
			row = step_next(in->plan, row + 1, COVE_SIDE_NONE);
		}
		if (r < 0)
			step_stamp(in->plan, now, err);
	}
	return r;
}

/* The command is born in the time namespace for children. */
void inside_describe(struct inside *in, enum channel_kind kind)
{
	struct channel_message *message = &in->message;

	message->kind = kind;
	message->row = STEP_EXEC;
	for (enum step row = 0; row < STEP_COUNT; row++)
		message->times[row] = in->times[row];
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT && in->plan->report; ns++)
		message->ns[ns] = ns_own_id(ns == COVE_NS_TIME ? "time_for_children"
							       : plan_ns_name(ns));
}

void inside_report(struct inside *in, const struct cove_error *err)
{
	in->message.kind = CHANNEL_ERROR;
	in->message.error = *err;
	channel_send(&in->channel, &in->message, -1, NULL);
}
