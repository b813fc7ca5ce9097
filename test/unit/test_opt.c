/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/err.h"
#include "base/opt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Records each call as "name=value;" or "name;". */
static int note(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	char *seen = context;

	(void)err;
	sprintf(seen + strlen(seen), "%s%s%s;", opt->name, value ? "=" : "", value ? value : "");
	return 0;
}

static int refuse(void *context, const struct opt *opt, const char *value, struct cove_error *err)
{
	(void)context;
	(void)opt;
	err_usage(err, "bad value '%s'", value ? value : "");
	err_hint(err, "own hint");
	return -ERANGE;
}

static int refuse_with_origin(void *context, const struct opt *opt, const char *value,
			      struct cove_error *err)
{
	refuse(context, opt, value, err);
	err_origin(err, "profile line 3");
	return -EINVAL;
}

static const struct opt opts[] = {
	{ .name = "rootfs", .value = "DIR", .apply = note },
	{ .name = "rw", .letter = 'w', .value = "PATH", .apply = note },
	{ .name = "init", .letter = 'i', .apply = note },
	{ .name = "quiet", .letter = 'q', .apply = note },
	{ .name = "trace",
	  .letter = 't',
	  .value = "FILE",
	  .flags = OPT_OPTIONAL_VALUE,
	  .apply = note },
	{ .name = "rest", .value = "ARGUMENT...", .flags = OPT_REST, .apply = note },
	{ .name = "secret", .flags = OPT_HIDDEN, .apply = note },
	{ .name = "fails", .letter = 'f', .value = "N", .apply = refuse },
	{ .name = "fails-flag", .apply = refuse },
	{ .name = "fails-known", .value = "N", .apply = refuse_with_origin },
};

static const struct opt_command command = {
	.name = "box",
	.operands = "COMMAND",
	.opts = opts,
	.opt_count = ARRAY_LEN(opts),
};

static char seen[512];
static struct cove_error failure;

/* Parses "box" and up to 7 words, ended by NULL. */
static int parse(const char *const words[8])
{
	char *argv[10] = { (char[]){ "box" } };
	int argc = 1;

	while (words[argc - 1]) {
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
		argc++;
	}
	seen[0] = '\0';
	memset(&failure, 0, sizeof(failure));
	return opt_parse(&command, argc, argv, seen, &failure);
}

#define PARSE(...) parse((const char *const[8]){ __VA_ARGS__ })

static void forms_of_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--rw=/a", "--rw", "/b", "-w/c", "-w", "/d", "cmd"), 7);
	assert_string_equal(seen, "rw=/a;rw=/b;rw=/c;rw=/d;");
	assert_int_equal(PARSE("--init", "-i", "-iq", "-qiw/x", "-qw", "/y", "cmd"), 7);
	assert_string_equal(seen, "init;init;init;quiet;quiet;init;rw=/x;quiet;rw=/y;");
	assert_int_equal(PARSE("--rw=", "--rw=a=b", "--secret"), 4);
	assert_string_equal(seen, "rw=;rw=a=b;secret;");
	assert_int_equal(PARSE("--rw", "--init", "-w", "--"), 5);
	assert_string_equal(seen, "rw=--init;rw=--;");
}

static void optional_values(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--trace", "x"), 2);
	assert_string_equal(seen, "trace;");
	assert_int_equal(PARSE("--trace=x", "--trace=", "-t", "-ti"), 5);
	assert_string_equal(seen, "trace=x;trace=;trace;trace;init;");
}

static void stops_at_operands(void **state)
{
	char *no_words[] = { NULL };

	(void)state;
	assert_int_equal(PARSE(NULL), 1);
	assert_int_equal(PARSE("cmd", "--init"), 1);
	assert_int_equal(PARSE("-", "--init"), 1);
	assert_int_equal(PARSE("", "--init"), 1);
	assert_int_equal(PARSE("--", "--init"), 2);
	assert_int_equal(PARSE("-i", "--", "--", "x"), 3);
	assert_string_equal(seen, "init;");
	assert_int_equal(opt_parse(&command, 0, no_words, seen, NULL), 0);
}

static void one_takes_the_rest(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-i", "--rest", "--quiet", "--", "x"), 3);
	assert_string_equal(seen, "init;rest;");
	assert_int_equal(PARSE("--rest", "--", "x"), 2);
	assert_int_equal(PARSE("--rest"), 2);
	assert_int_equal(PARSE("--rest=x", "y"), -EINVAL);
	assert_string_equal(failure.what, "option '--rest' takes no value");
}

static void assert_usage(const char *what, const char *hint)
{
	assert_string_equal(failure.what, what);
	assert_string_equal(failure.hint, hint);
	assert_int_equal(failure.status, COVE_STATUS_USAGE);
	assert_string_equal(seen, "");
}

static void unknown_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--rootsf", "/x"), -EINVAL);
	assert_usage("unknown option '--rootsf'", "did you mean '--rootfs'?");
	assert_int_equal(PARSE("--rootsf=/x"), -EINVAL);
	assert_usage("unknown option '--rootsf'", "did you mean '--rootfs'?");
	assert_int_equal(PARSE("--publish"), -EINVAL);
	assert_usage("unknown option '--publish'", "see 'cove box --help'");
	assert_int_equal(PARSE("-rootfs"), -EINVAL);
	assert_usage("unknown option '-rootfs'", "did you mean '--rootfs'?");
	assert_int_equal(PARSE("-z"), -EINVAL);
	assert_usage("unknown option '-z'", "see 'cove box --help'");
	assert_int_equal(PARSE("--root"), -EINVAL);
	assert_usage("unknown option '--root'", "did you mean '--rootfs'?");
	assert_int_equal(PARSE("--secre"), -EINVAL);
	assert_usage("unknown option '--secre'", "see 'cove box --help'");
	assert_int_equal(PARSE("--=x"), -EINVAL);
	assert_usage("unknown option '--'", "see 'cove box --help'");
}

static void unknown_letter_in_a_cluster(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-iz"), -EINVAL);
	assert_string_equal(failure.what, "unknown option '-z'");
	assert_string_equal(seen, "init;");
}

static void program_itself(void **state)
{
	const struct opt_command root = { .name = "" };
	char *argv[] = { (char[]){ "cove" }, (char[]){ "--wat" }, NULL };
	struct cove_error err;

	(void)state;
	assert_int_equal(opt_parse(&root, 2, argv, NULL, &err), -EINVAL);
	assert_string_equal(err.hint, "see 'cove --help'");
	assert_int_equal(opt_parse(&root, 2, argv, NULL, NULL), -EINVAL);
}

static void values_missing_or_too_many(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--rw"), -EINVAL);
	assert_usage("option '--rw' requires an argument", "write '--rw PATH'");
	assert_int_equal(PARSE("-w"), -EINVAL);
	assert_usage("option '-w' requires an argument", "write '-w PATH'");
	assert_int_equal(PARSE("--init=yes"), -EINVAL);
	assert_usage("option '--init' takes no value", "write '--init'");
}

static void failing_apply(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--fails", "9", "--init"), -ERANGE);
	assert_usage("bad value '9'", "own hint");
	assert_string_equal(failure.origin, "--fails 9");
	assert_int_equal(PARSE("-f9"), -ERANGE);
	assert_string_equal(failure.origin, "--fails 9");
	assert_int_equal(PARSE("--fails-flag"), -ERANGE);
	assert_string_equal(failure.origin, "--fails-flag");
	assert_int_equal(PARSE("--fails-known=1"), -EINVAL);
	assert_string_equal(failure.origin, "profile line 3");
}

static void origins(void **state)
{
	char text[16];

	(void)state;
	opt_origin(&opts[1], "/x", text, sizeof(text));
	assert_string_equal(text, "--rw /x");
	opt_origin(&opts[2], NULL, text, sizeof(text));
	assert_string_equal(text, "--init");
	opt_origin(&opts[4], "-", text, sizeof(text));
	assert_string_equal(text, "--trace=-");
	opt_origin(&opts[1], "/a/very/long/path", text, sizeof(text));
	assert_string_equal(text, "--rw /a/very/lo");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_options),
		cmocka_unit_test(optional_values),
		cmocka_unit_test(stops_at_operands),
		cmocka_unit_test(unknown_options),
		cmocka_unit_test(unknown_letter_in_a_cluster),
		cmocka_unit_test(program_itself),
		cmocka_unit_test(one_takes_the_rest),
		cmocka_unit_test(values_missing_or_too_many),
		cmocka_unit_test(failing_apply),
		cmocka_unit_test(origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
