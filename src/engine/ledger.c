/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows at which a container's record changes: the caller keeps the books (struct
 * engine_ledger), for what is on disk is not the engine's.
 */
#include "engine/engine.h"
#include "engine/host_steps.h"

static int write_page(struct run *run,
		      int (*page)(void *context, struct run *run, struct cove_error *err),
		      struct cove_error *err)
{
	return page ? page(run->ledger->context, run, err) : 0;
}

int apply_record(struct run *run, struct cove_error *err)
{
	return run->ledger ? write_page(run, run->ledger->begin, err) : 0;
}

void undo_record(struct run *run)
{
	if (run->ledger && run->ledger->forget)
		run->ledger->forget(run->ledger->context, run);
}

int apply_created(struct run *run, struct cove_error *err)
{
	return run->ledger ? write_page(run, run->ledger->created, err) : 0;
}

/* A box has none: nothing is left to do but to know that it runs. */
int apply_running(struct run *run, struct cove_error *err)
{
	return run->ledger ? write_page(run, run->ledger->running, err) : 0;
}
