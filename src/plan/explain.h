/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sealed plan in words: what the command will see and may do, and the steps that lead there.
 */
#ifndef PLAN_EXPLAIN_H
#define PLAN_EXPLAIN_H

#include "base/buf.h"
#include "base/json.h"
#include "plan/plan.h"

/* Appends the explanation for people. */
void explain_text(const struct plan *plan, struct buf *out);
/* Appends it as one JSON object, members "summary" and "steps". */
void explain_json(const struct plan *plan, struct buf *out);

/* One line of a summary or of a step; the text is valid during the call. */
typedef void (*explain_line)(void *context, const char *name, const char *text,
			     const char *origin);
/* The summary: name is "user", "files", ... */
void explain_summary(const struct plan *plan, explain_line line, void *context);
/* What one wanted step will do, a line each; name is the step's. */
void explain_step(const struct plan *plan, unsigned step, explain_line line, void *context);

#endif
