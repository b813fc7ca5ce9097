/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/opt.h"

#include <string.h>

static const struct opt opts[] = {
	{ .name = "rw",
	  .letter = 'w',
	  .value = "PATH",
	  .group = "Files",
	  .help = "Shows PATH of the host, and lets the command write there. May be given again." },
	{ .name = "help", .letter = 'h', .help = "Shows this." },
	{ .name = "trace",
	  .value = "FILE",
	  .group = "Files",
	  .flags = OPT_OPTIONAL_VALUE,
	  .help = "Says how long\neach step took." },
	{ .name = "secret", .group = "Secrets", .help = "Hidden.", .flags = OPT_HIDDEN },
	{ .name = "very-long-option-name",
	  .value = "SRC[:DEST]",
	  .group = "Other*",
	  .help = "#1 *star* under_score a\\b." },
	{ .name = "bare", .group = "Other*" },
};

static const char *const examples[] = {
	"a shell",
	"cove box -- sh",
	"nothing but a name",
	"cove box --only uts -- hostname",
};

static const struct opt_command command = {
	.name = "box",
	.operands = "[--] COMMAND [ARG...]",
	.summary = "Runs a command in a box.",
	.details = "First paragraph, in\ntwo lines.\n\n  kept   as is\nSecond.\n",
	.opts = opts,
	.opt_count = ARRAY_LEN(opts),
	.examples = examples,
	.example_count = 2,
};

static void help(void **state)
{
	auto_(buf_done) struct buf out = { 0 };

	(void)state;
	opt_help(&command, &out);
	assert_string_equal(
		buf_str(&out),
		"Usage: cove box [OPTION...] [--] COMMAND [ARG...]\n"
		"\n"
		"Runs a command in a box.\n"
		"\n"
		"Files:\n"
		"  -w, --rw PATH             Shows PATH of the host, and lets the command write\n"
		"                            there. May be given again.\n"
		"      --trace[=FILE]        Says how long each step took.\n"
		"\n"
		"Options:\n"
		"  -h, --help                Shows this.\n"
		"\n"
		"Other*:\n"
		"      --very-long-option-name SRC[:DEST]\n"
		"                            #1 *star* under_score a\\b.\n"
		"      --bare\n"
		"\n"
		"First paragraph, in two lines.\n"
		"\n"
		"  kept   as is\n"
		"Second.\n"
		"\n"
		"Examples:\n"
		"  # a shell\n"
		"  cove box -- sh\n"
		"\n"
		"  # nothing but a name\n"
		"  cove box --only uts -- hostname\n");
}

static void help_of_the_program(void **state)
{
	const struct opt_command root = { .name = "" };
	auto_(buf_done) struct buf out = { 0 };

	(void)state;
	opt_help(&root, &out);
	assert_string_equal(buf_str(&out), "Usage: cove\n");
}

/* Every length of sentence keeps within 80 columns, also with characters of two bytes, and fills
 * a line when it can. */
static void help_is_80_columns_wide(void **state)
{
	size_t widest = 0;

	(void)state;
	for (size_t n = 1; n < 120; n++) {
		auto_(buf_done) struct buf text = { 0 };
		auto_(buf_done) struct buf out = { 0 };

		for (size_t i = 0; i < n; i++)
			buf_adds(&text, i % 7 == 6 ? " " : "\xc3\xbc");

		const struct opt opt = { .name = "o", .help = buf_str(&text) };
		const struct opt_command cmd = { .name = "c", .opts = &opt, .opt_count = 1 };

		opt_help(&cmd, &out);
		for (const char *line = buf_str(&out); *line; line = strchr(line, '\n') + 1) {
			size_t width = 0;

			for (const char *at = line; *at != '\n'; at++)
				width += (*at & 0xc0) != 0x80;
			assert_true(width <= 80);
			widest = width > widest ? width : widest;
		}
	}
	assert_true(widest >= 76);
}

static void manual(void **state)
{
	auto_(buf_done) struct buf out = { 0 };

	(void)state;
	opt_manual(&command, &out);
	assert_string_equal(
		buf_str(&out),
		"# OPTIONS\n"
		"\n"
		"## Files\n"
		"\n"
		"*\\-w*, *\\-\\-rw* _PATH_\n"
		"\tShows PATH of the host, and lets the command write there\\. May be given "
		"again\\.\n"
		"\n"
		"*\\-\\-trace*\\[=_FILE_\\]\n"
		"\tSays how long each step took\\.\n"
		"\n"
		"## Options\n"
		"\n"
		"*\\-h*, *\\-\\-help*\n"
		"\tShows this\\.\n"
		"\n"
		"## Other*\n"
		"\n"
		"*\\-\\-very\\-long\\-option\\-name* _SRC\\[\\:DEST\\]_\n"
		"\t\\#1 \\*star\\* under\\_score a\\\\b\\.\n"
		"\n"
		"*\\-\\-bare*\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help),
		cmocka_unit_test(help_of_the_program),
		cmocka_unit_test(help_is_80_columns_wide),
		cmocka_unit_test(manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
