/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading another tool's argument list by a table.
 */
#include "box/foreign.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "base/text.h"
#include "plan/names.h"
#include "plan/plan.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { MAX_NAMES = 160 };

const char *foreign_asked(const struct foreign *f)
{
	return jail_str(&f->jail, f->asked);
}

int foreign_none(struct foreign *f, const struct foreign_option *option, const char *const *values,
		 struct cove_error *err)
{
	(void)values;
	(void)err;
	jail_none(&f->jail, foreign_asked(f), "%s", option->text);
	return 0;
}

int foreign_same(struct foreign *f, const struct foreign_option *option, const char *const *values,
		 struct cove_error *err)
{
	(void)err;
	jail_word(&f->jail.words, option->text, option->arity ? values[0] : NULL);
	return 0;
}

int foreign_same_fd(struct foreign *f, const struct foreign_option *option,
		    const char *const *values, struct cove_error *err)
{
	int r = foreign_fd(values[0], err);

	return r < 0 ? r : foreign_same(f, option, values, err);
}

int foreign_do(struct foreign *f, const struct foreign_option *option, const char *const *values,
	       struct cove_error *err)
{
	auto_(buf_done) struct buf asked = { 0 };
	int r;

	buf_addf(&asked, "--%s", option->name);
	for (unsigned i = 0; i < option->arity; i++) {
		buf_addc(&asked, ' ');
		text_quote(values[i], &asked);
	}
	f->asked = jail_keep(&f->jail, buf_str(&asked));
	r = option->apply ? option->apply(f, option, values, err) : 0;
	if (r < 0)
		err_origin(err, buf_str(&asked));
	return r;
}

int foreign_unknown(const struct foreign *f, const char *typed, struct cove_error *err)
{
	const char *names[MAX_NAMES];
	size_t n = 0;
	const char *near;

	for (; n < f->option_count && n < MAX_NAMES; n++)
		names[n] = f->options[n].name;
	near = text_nearest(typed + strspn(typed, "-"), names, n);
	err_usage(err, "%s has no option '%s'", f->tool, typed);
	if (near)
		err_hint(err, "did you mean '--%s'?", near);
	return -EINVAL;
}

int foreign_missing(const struct foreign *f, const char *typed, unsigned arity,
		    struct cove_error *err)
{
	return err_usage(err, "%s's '%s' takes %u value%s", f->tool, typed, arity,
			 arity == 1 ? "" : "s");
}

int foreign_fd(const char *text, struct cove_error *err)
{
	uint32_t fd;

	if (num_u32(text, &fd) < 0 || fd > INT32_MAX)
		return err_usage(err, "'%s' is no descriptor", text);
	return 0;
}

int foreign_id(const char *text, uint32_t *ret, struct cove_error *err)
{
	uint32_t id;

	if (num_u32(text, &id) < 0 || id == PLAN_NO_ID)
		return err_usage(err, "'%s' is no id", text);
	*ret = id;
	return 0;
}

int foreign_cap(struct jail *jail, const char *name, bool add, struct cove_error *err)
{
	bool all = strcasecmp(name, "all") == 0;
	int number = all ? 0 : names_capability(name);
	uint64_t bit = all ? UINT64_MAX : UINT64_C(1) << (number & 63);

	if (number < 0)
		return err_usage(err, "unknown capability '%s'", name);
	if (add) {
		jail->all_caps |= all;
		jail->caps |= all ? 0 : bit;
		jail->dropped &= ~bit;
	} else {
		jail->all_caps &= !all;
		jail->caps &= ~bit;
		jail->dropped = jail->all_caps ? jail->dropped | bit : 0;
	}
	return 0;
}

int foreign_command(struct foreign *f, char *const *argv, struct cove_error *err)
{
	if (!argv[0] && !f->jail.first) {
		err_usage(err, "%s's list has no command", f->tool);
		err_hint(err, "end it with the command, such as: -- make");
		return -EINVAL;
	}
	f->jail.command = argv;
	return 0;
}

void foreign_skip_name(const char *tool, int *argc, char *const **argv)
{
	const char *name = *argc > 0 ? **argv : "";
	const char *slash = strrchr(name, '/');

	if (strcmp(slash ? slash + 1 : name, tool) != 0)
		return;
	--*argc;
	++*argv;
}
