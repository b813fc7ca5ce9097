/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on Landlock, and on what must not be left out.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "box/complete.h"
#include "box/options.h"
#include "plan/landlock_words.h"

#include <errno.h>
#include <string.h>

static int absolute(void *context, const char *path, struct buf *ret, struct cove_error *err)
{
	return box_absolute(context, path, ret, err);
}

int box_landlock(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);

	return plan_landlock_add_words(box->plan, value, absolute, box, err);
}

void box_complete_landlock(struct box *box)
{
	struct plan *plan = box->plan;

	if (!plan_has_landlock(plan))
		return;
	plan->landlock.alone = box->only;
	plan->process.no_new_privs = 1;
	plan->process.no_new_privs_origin = plan->landlock.origin;
}

int box_require(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	struct plan_require *require = &box->plan->require;
	const char *cursor = value, *field;
	size_t len;

	while (text_next_field(&cursor, ',', &field, &len)) {
		bool nothing = len == 4 && strncmp(field, "none", len) == 0;
		bool all = len == 3 && strncmp(field, "all", len) == 0;

		if (!nothing && !all && (len != 8 || strncmp(field, "landlock", len) != 0)) {
			err_usage(err, "'%.*s' cannot be required", (int)len, field);
			err_hint(err, "the words are: landlock all none");
			return -EINVAL;
		}
		require->nothing = nothing;
		require->parts = nothing ? 0
				 : require->parts | (all ? ~0U : (uint32_t)PLAN_REQUIRE_LANDLOCK);
	}
	require->origin = box->plan->origin;
	return 0;
}
