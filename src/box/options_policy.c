/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options on the default policy: the system call filter, and what may be given back.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"
#include "box/allow.h"
#include "box/options.h"
#include "plan/build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"

bool box_wants_filter(const struct box *box)
{
	const struct box_filter *filter = &box->filter;

	return filter->kind != BOX_FILTER_OFF && (filter->origin || !box->only);
}

void box_filter_changes(const struct box *box, struct buf *out)
{
	const char *separator = ", changed by ";

	plan_each (box->plan, struct plan_string, edit, box->filter.edits) {
		buf_addf(out, "%s%s", separator, plan_str(box->plan, edit->text));
		separator = " ";
	}
	if (box->allow.words)
		buf_adds(out, "; allowed: ");
	allow_text(box->allow.words, out);
}

/* Whether the name exists is known to those who compile the filter. */
static int add_edits(struct box *box, const char *value, struct cove_error *err)
{
	const char *cursor = value, *field;
	size_t len;

	while (text_next_field(&cursor, ',', &field, &len)) {
		char edit[64];

		snprintf(edit, sizeof(edit), "%.*s", (int)len, field);
		if ((edit[0] != '+' && edit[0] != '-') || !edit[1] || len >= sizeof(edit) ||
		    edit[1 + strspn(edit + 1, NAME_LETTERS)]) {
			err_usage(err, "'%s' is no change of the filter", edit);
			err_hint(err,
				 "it is +NAME to allow a system call, -NAME to deny it; a file "
				 "of such a name is ./+NAME");
			return -EINVAL;
		}
		plan_append_text(box->plan, &box->filter.edits, edit);
	}
	return 0;
}

static int refuse_both(const struct box *box, struct cove_error *err)
{
	return err_usage(
		err, "+NAME and -NAME change the default filter, not a profile: %s, and %s",
		plan_str(box->plan, box->filter.origin), plan_str(box->plan, box->plan->origin));
}

static int set_file(struct box *box, const char *value, struct cove_error *err)
{
	auto_(buf_done) struct buf path = { 0 };
	int r = box_expand(box, value, &path, err);

	if (r == 0)
		box->filter.file = plan_str(box->plan, plan_add_string(box->plan, buf_str(&path)));
	return r;
}

int box_seccomp(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	struct box_filter *filter = &box->filter;
	bool edits = value[0] == '+' || value[0] == '-';

	if (strcmp(value, "off") == 0 || strcmp(value, "default") == 0)
		*filter = (struct box_filter){ .kind = value[0] == 'o' ? BOX_FILTER_OFF
								       : BOX_FILTER_DEFAULT };
	else if (edits ? filter->kind == BOX_FILTER_FILE : filter->edits.count > 0)
		return refuse_both(box, err);
	else
		filter->kind = edits ? BOX_FILTER_DEFAULT : BOX_FILTER_FILE;
	filter->origin = box->plan->origin;
	return edits ? add_edits(box, value, err) : set_file(box, value, err);
}

int box_allow(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	struct box *box = box_begin(context, opt, value);
	const char *cursor = value, *field, *near;
	size_t len;

	while (text_next_field(&cursor, ',', &field, &len)) {
		char name[32];
		int word;

		snprintf(name, sizeof(name), "%.*s", (int)len, field);
		word = allow_find(name, &near);
		if (word < 0) {
			err_usage(err, "'%s' is nothing that can be allowed", name);
			if (near)
				err_hint(err, "did you mean '%s'?", near);
			else
				err_hint(err, "the words are: " ALLOW_CHOICES);
			return -EINVAL;
		}
		box->allow.words |= ALLOW_BIT(word);
	}
	box->allow.origin = box->plan->origin;
	return 0;
}
