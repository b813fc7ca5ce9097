/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See argv.h.
 */
#include "plan/argv.h"
#include "base/text.h"

void argv_text(const struct plan *plan, struct buf *out)
{
	plan_each (plan, struct plan_string, arg, plan->process.args) {
		buf_adds(out, out->len ? " " : "");
		text_quote(plan_str(plan, arg->text), out);
	}
}
