/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsjail's limits, with those that it sets by itself.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "box/nsjail.h"

#include <string.h>
#include <strings.h>

/* Of nsjail itself; NULL: the caller's is left. The last letter is its unit for cove. */
static const struct limit {
	const char *name, *usual, *unit;
} limits[NSJAIL_LIMITS] = {
	{ "as", "4096", "M" },    { "core", "0", "M" },     { "cpu", "600", "" },
	{ "fsize", "1", "M" },    { "nofile", "32", "" },   { "nproc", NULL, "" },
	{ "stack", NULL, "M" },   { "memlock", NULL, "K" }, { "rtprio", NULL, "" },
	{ "msgqueue", NULL, "" },
};

int nsjail_limit(struct foreign *f, const struct foreign_option *option, const char *const *values,
		 struct cove_error *err)
{
	static const char *const words[] = { "inf", "soft", "def", "hard", "max" };
	const char *value = values[0];
	uint64_t number;
	bool word = false;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		word |= strcasecmp(value, words[i]) == 0;
	if (!word && num_u64(value, &number) < 0)
		return err_usage(err, "'%s' is no limit", value);
	nsjail_of(f)->limits[option->number] = value;
	if (strcasecmp(value, "hard") == 0 || strcasecmp(value, "max") == 0)
		jail_none(&f->jail, foreign_asked(f),
			  "a limit is a number, or stays what it is; give the number");
	return 0;
}

static void add_limit(struct foreign *f, const struct limit *limit, const char *value)
{
	auto_(buf_done) struct buf text = { 0 };

	if (!value || (value[0] > '9' && strcasecmp(value, "inf") != 0))
		return;
	if (strcasecmp(value, "inf") == 0)
		buf_addf(&text, "%s=unlimited", limit->name);
	else
		buf_addf(&text, "%s=%s%s", limit->name, value, value[0] == '0' ? "" : limit->unit);
	jail_word(&f->jail.words, "--rlimit", buf_str(&text));
}

void nsjail_add_limits(struct foreign *f)
{
	struct nsjail *n = nsjail_of(f);
	bool usual = false;

	for (size_t i = 0; !n->no_limits && i < NSJAIL_LIMITS; i++) {
		usual |= !n->limits[i] && limits[i].usual;
		add_limit(f, &limits[i], n->limits[i] ? n->limits[i] : limits[i].usual);
	}
	usual |= !n->nice || !n->time;
	jail_word(&f->jail.words, "--nice", n->nice ? n->nice : "19");
	if (!n->time || strcmp(n->time, "0") != 0)
		jail_word(&f->jail.words, "--time", n->time ? n->time : "600");
	if (usual)
		jail_note(
			&f->jail,
			"nsjail sets limits by itself: leave out what you do not need of --rlimit, "
			"--nice and --time");
}

int nsjail_nice(struct foreign *f, const struct foreign_option *option, const char *const *values,
		struct cove_error *err)
{
	int64_t nice;

	(void)option;
	if (num_i64(values[0], &nice) < 0)
		return err_usage(err, "'%s' is no number", values[0]);
	/* As the kernel does. */
	nsjail_of(f)->nice = nice > 19 ? "19" : nice < -20 ? "-20" : values[0];
	return 0;
}

int nsjail_time(struct foreign *f, const struct foreign_option *option, const char *const *values,
		struct cove_error *err)
{
	uint64_t seconds;

	(void)option;
	if (num_u64(values[0], &seconds) < 0)
		return err_usage(err, "'%s' is no number of seconds", values[0]);
	nsjail_of(f)->time = values[0];
	return 0;
}
