/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove-seccomp: a seccomp profile in JSON on standard input, the compiled program on standard
 * output. A program of its own so that cove need not load libseccomp and json-c, and that text from
 * strangers is parsed outside of cove. It runs while planning, never after a fork, and loads
 * nothing into the kernel. Interface: see usage and helper/report.h; status 1: the profile is
 * wrong or cannot be compiled, 2: the command line is wrong.
 */
#include "base/auto.h"
#include "base/json_scan.h"
#include "base/text.h"
#include "helper/report.h"
#include "helper/seccomp_compile.h"
#include "helper/seccomp_profile.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MAX_TEXT (16u * 1024 * 1024)
#define MAX_SECONDS 10

#define USAGE                                                                                      \
	"cove-seccomp [--check] [--strict] [--skip-unknown] [--kernel X.Y] [--cap NAME]... [--allow WORD]... "      \
	"[--edit +NAME|-NAME]... <PROFILE >PROGRAM"

enum exit_status {
	EXIT_WRONG_PROFILE = 1,
	EXIT_WRONG_USAGE = 2,
};

struct options {
	struct profile_facts facts;
	const char **words; /* owned: caps, allowed and edits of the facts point into it */
	bool is_check;
};

struct input {
	char *text; /* owned */
	size_t length;
};

static void options_done(struct options *options)
{
	free(options->words);
}

static void input_done(struct input *input)
{
	free(input->text);
}

static void tree_done(struct json_object **tree)
{
	json_object_put(*tree);
}

static void tokener_done(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

static int set_kernel(struct options *options, const char *text, bool is_whole)
{
	unsigned int major, minor;
	int end = -1;

	if (*text < '0' || *text > '9' || sscanf(text, "%5u.%5u%n", &major, &minor, &end) != 2 ||
	    (is_whole && text[end]))
		return -EINVAL;
	options->facts.kernel_major = major;
	options->facts.kernel_minor = minor;
	return 0;
}

static int use_running_kernel(struct options *options, struct report *report)
{
	struct utsname name;

	if (uname(&name) < 0)
		return report_fail(report, errno, "cannot read the kernel version");
	if (set_kernel(options, name.release, false) < 0)
		return report_fail(report, 0, "cannot understand the kernel version '%s'",
				   name.release);
	return 0;
}

static int refuse_usage(struct report *report, const char *what, const char *object)
{
	char shown[64];

	report_fail(report, 0, "%s '%s'", what, text_show(object, shown, sizeof(shown)));
	report_hint(report, "usage: %s", USAGE);
	return -EINVAL;
}

static bool is_cap_name(const char *name)
{
	return *name && !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

/* Takes the word that getopt has just read. */
static void add(const char *const **list, size_t *count)
{
	((const char **)*list)[(*count)++] = optarg;
}

static int take_option(struct options *options, int option, char **argv, struct report *report)
{
	switch (option) {
	case 'n':
		options->is_check = true;
		return 0;
	case 's':
		options->facts.is_strict = true;
		return 0;
	case 'u':
		options->facts.skips_unknown = true;
		return 0;
	case 'c':
		if (!is_cap_name(optarg))
			return refuse_usage(report, "not a capability:", optarg);
		add(&options->facts.caps, &options->facts.cap_count);
		return 0;
	case 'a':
		add(&options->facts.allowed, &options->facts.allowed_count);
		return 0;
	case 'e':
		if ((optarg[0] != '+' && optarg[0] != '-') || !optarg[1])
			return refuse_usage(report, "not +NAME or -NAME:", optarg);
		add(&options->facts.edits, &options->facts.edit_count);
		return 0;
	case 'k':
		if (set_kernel(options, optarg, true) < 0)
			return refuse_usage(report, "not a kernel version:", optarg);
		return 0;
	case ':':
		return refuse_usage(report, "option needs a value:", argv[optind - 1]);
	default:
		return refuse_usage(report, "unknown option", argv[optind - 1]);
	}
}

static int parse(int argc, char **argv, struct options *options, struct report *report)
{
	static const struct option table[] = {
		{ "check", no_argument, NULL, 'n' },
		{ "strict", no_argument, NULL, 's' },
		{ "skip-unknown", no_argument, NULL, 'u' },
		{ "cap", required_argument, NULL, 'c' },
		{ "allow", required_argument, NULL, 'a' },
		{ "edit", required_argument, NULL, 'e' },
		{ "kernel", required_argument, NULL, 'k' },
		{ 0 },
	};
	int option, r;

	options->words = calloc((size_t)argc * 3, sizeof(*options->words));
	if (!options->words)
		return report_fail(report, ENOMEM, "cannot read the options");
	options->facts.caps = options->words;
	options->facts.allowed = options->words + argc;
	options->facts.edits = options->words + 2 * argc;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		r = take_option(options, option, argv, report);
		if (r < 0)
			return r;
	}
	if (optind < argc)
		return refuse_usage(report, "unexpected argument", argv[optind]);
	return 0;
}

/* Reads one byte more than allowed, to tell a text that is too long. */
static int read_input(struct input *input, struct report *report)
{
	input->text = malloc(MAX_TEXT + 1);
	if (!input->text)
		return report_fail(report, ENOMEM, "cannot read the profile");
	while (input->length <= MAX_TEXT) {
		ssize_t got = read(STDIN_FILENO, input->text + input->length,
				   MAX_TEXT + 1 - input->length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return report_fail(report, errno, "cannot read the profile");
		if (!got)
			return 0;
		input->length += (size_t)got;
	}
	return report_fail(report, 0, "profile is longer than %u bytes", MAX_TEXT);
}

static int check_json(const struct input *input, struct report *report)
{
	struct json_fault fault;
	int r = json_scan_check(input->text, input->length, &fault);

	if (r == -ENOMEM)
		return report_fail(report, ENOMEM, "cannot read the JSON text");
	if (r == 0)
		return 0;
	report_at(report, fault.pointer, "%s", fault.what);
	report_hint(report, "%s", fault.hint);
	report->line = fault.line;
	report->column = fault.column;
	return r;
}

static int parse_json(const struct input *input, struct json_object **ret_tree,
		      struct report *report)
{
	/* json-c counts the values inside the innermost container as a level of their own. */
	auto_(tokener_done) struct json_tokener *tokener =
		json_tokener_new_ex(JSON_SCAN_MAX_DEPTH + 2);
	int r = check_json(input, report);

	if (r < 0)
		return r;
	if (!tokener)
		return report_fail(report, ENOMEM, "cannot read the profile");
	*ret_tree = json_tokener_parse_ex(tokener, input->text, (int)input->length);
	/* A bare number has no end until it is told so. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		*ret_tree = json_tokener_parse_ex(tokener, "", 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		return report_at(report, "", "json-c refuses the text: %s",
				 json_tokener_error_desc(json_tokener_get_error(tokener)));
	return 0;
}

static int write_program(const struct program *program, struct report *report)
{
	const char *at = (const char *)program->insns;
	size_t left = program->count * sizeof(*program->insns);

	while (left) {
		ssize_t done = write(STDOUT_FILENO, at, left);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return report_fail(report, errno, "cannot write the program");
		at += done;
		left -= (size_t)done;
	}
	return 0;
}

static int run(struct options *options, struct input *input, struct report *report)
{
	auto_(tree_done) struct json_object *tree = NULL;
	auto_(profile_done) struct profile profile = { 0 };
	auto_(program_done) struct program program = { 0 };
	int r = 0;

	if (!options->facts.kernel_major)
		r = use_running_kernel(options, report);
	if (r >= 0)
		r = read_input(input, report);
	if (r >= 0)
		r = parse_json(input, &tree, report);
	if (r >= 0)
		r = profile_read(tree, &options->facts, &profile, report);
	if (r >= 0)
		r = program_compile(&profile, &program, report);
	if (r >= 0 && !options->is_check)
		r = write_program(&program, report);
	if (r >= 0 && program.skipped[0])
		report_print_skipped(program.skipped);
	return r;
}

/* libseccomp 2.5 never ends for some profiles whose rules overlap in many arguments. */
static void give_up(int number)
{
	static const char line[] = "{\"what\":\"compiling the profile takes too long\","
				   "\"pointer\":\"\",\"line\":null,\"column\":null,\"hint\":"
				   "\"fewer rules with args for one system call\"}\n";
	ssize_t unused = write(STDERR_FILENO, line, sizeof(line) - 1);

	(void)number;
	(void)unused;
	_exit(EXIT_WRONG_PROFILE);
}

int main(int argc, char **argv)
{
	auto_(options_done) struct options options = { 0 };
	auto_(input_done) struct input input = { 0 };
	struct report report = { 0 };

	if (parse(argc, argv, &options, &report) < 0) {
		report_print(&report);
		return EXIT_WRONG_USAGE;
	}
	signal(SIGALRM, give_up);
	alarm(MAX_SECONDS);
	if (run(&options, &input, &report) < 0) {
		if (report.in_text && !report.line)
			json_scan_locate(input.text, input.length, report.pointer, &report.line,
					 &report.column);
		report_print(&report);
		return EXIT_WRONG_PROFILE;
	}
	return 0;
}
