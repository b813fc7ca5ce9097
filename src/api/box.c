/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public names onto the engine.
 */
#include "api/handle.h"
#include "base/err.h"
#include "engine/engine.h"
#include "plan/build.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

struct cove_box {
	struct run run;
	struct plan *plan; /* the sealed copy that the run refers to */
};

int cove_box_start(const struct cove_plan *handle, struct cove_box **ret_box,
		   struct cove_error *err)
{
	struct cove_box *box = calloc(1, sizeof(*box));
	int r;

	if (!box)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	r = handle_seal(handle, &box->plan, err);
	if (r == 0)
		r = engine_start(box->plan, NULL, &box->run, err);
	if (r < 0)
		cove_box_free(box);
	else
		*ret_box = box;
	return r;
}

pid_t cove_box_pid(const struct cove_box *box)
{
	return box->run.pid;
}

int cove_box_poll_fd(const struct cove_box *box)
{
	return engine_poll_fd(&box->run);
}

int cove_box_terminal(const struct cove_box *box)
{
	return box->run.terminal;
}

int cove_box_kill(struct cove_box *box, int signal)
{
	return engine_signal(&box->run, signal);
}

int cove_box_wait(struct cove_box *box, int *ret_status, struct cove_error *err)
{
	return engine_wait(&box->run, ret_status, err);
}

void cove_box_free(struct cove_box *box)
{
	if (!box)
		return;
	engine_done(&box->run);
	plan_free(box->plan);
	free(box);
}

int cove_box_run(const struct cove_plan *handle, struct cove_error *err)
{
	struct cove_box *box;
	int status, r = cove_box_start(handle, &box, err);

	if (r < 0)
		return r;
	r = cove_box_wait(box, &status, err);
	cove_box_free(box);
	if (r < 0)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
