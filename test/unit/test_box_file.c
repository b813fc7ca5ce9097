/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/facts.h"
#include "box/setting.h"
#include "plan/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const env[] = { "HOME=/home/ann", "VENV=/x", NULL };
static const struct facts ann = {
	.kernel = KERNEL(6, 1), .uid = 1000, .gid = 1000, .home = "/home/ann", .user = "ann",
	.shell = "/bin/sh", .cwd = "/work", .env = env,
};

/* A parsed text, with its memory. */
struct parsed {
	char *text;
	struct box_settings list;
	struct cove_error err;
	int r;
};

static struct parsed parse_bytes(const char *bytes, size_t len)
{
	struct parsed parsed = { .text = malloc(len + 1) };

	assert_non_null(parsed.text);
	memcpy(parsed.text, bytes, len);
	parsed.text[len] = '\0';
	parsed.r = box_file_parse("f", parsed.text, len, &parsed.list, &parsed.err);
	return parsed;
}

static struct parsed parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void done(struct parsed *parsed)
{
	box_settings_done(&parsed->list);
	free(parsed->text);
}

/* `wanted` is "line:name=value;..." of what `text` says. */
static void says(const char *text, const char *wanted)
{
	struct parsed parsed = parse(text);
	char got[512] = "";
	size_t len = 0;

	for (size_t i = 0; i < parsed.list.count; i++) {
		const struct box_setting *s = &parsed.list.items[i];

		len += (size_t)snprintf(got + len, sizeof(got) - len, "%u:%s%s%s;", s->line,
					s->opt->name, s->value ? "=" : "",
					s->value ? s->value : "");
	}
	assert_string_equal(parsed.err.what, "");
	assert_int_equal(parsed.r, 0);
	assert_string_equal(got, wanted);
	done(&parsed);
}

static void is_refused(const char *text, const char *what, const char *hint)
{
	struct parsed parsed = parse(text);

	assert_int_equal(parsed.r, -EINVAL);
	assert_int_equal(parsed.err.status, COVE_STATUS_USAGE);
	assert_string_equal(parsed.err.what, what);
	if (hint)
		assert_string_equal(parsed.err.hint, hint);
	done(&parsed);
}

static void lines(void **state)
{
	(void)state;
	says("", "");
	says("\n\n  \n\t\n# text\n  # more = x\n", "");
	says("net = host", "1:net=host;");
	says("net=host\n", "1:net=host;");
	says("\t net\t=\thost \t\n", "1:net=host;");
	says("root\n\n  init  \nnet=host", "1:root;3:init;4:net=host;");
	says("env = A=b c # no comment", "1:env=A=b c # no comment;");
	says("env = A=\"b\"", "1:env=A=\"b\";");
	says("env = A=\\n", "1:env=A=\\n;");
	says("rw = ~/x", "1:rw=~/x;");
	says("net =", "1:net=;");
	says("command = make\narg = -j2\narg = \"\"", "1:command=make;2:arg=-j2;3:arg=;");
}

static void quotes(void **state)
{
	(void)state;
	says("env = \" A = b \"", "1:env= A = b ;");
	says("env = \"a\\\"b\\\\c\\nd\\te\\rf\\x41\\x7a\"", "1:env=a\"b\\c\nd\te\rfAz;");
	says("env = \"\"", "1:env=;");
	says("env = \"#x\"  ", "1:env=#x;");
	is_refused("env = \"a", "f:1: the quote is not closed", NULL);
	is_refused("env = \"a\\", "f:1: unknown escape '\\'", NULL);
	is_refused("env = \"a\\\"", "f:1: the quote is not closed", NULL);
	is_refused("env = \"a\" b", "f:1: ' b' stands behind the closing quote", NULL);
	is_refused("\nenv = \"\\q\"", "f:2: unknown escape '\\q'", NULL);
	is_refused("env = \"\\x4\"", "f:1: unknown escape '\\x'", NULL);
	is_refused("env = \"\\x00\"", "f:1: unknown escape '\\x'", NULL);
}

static void ends_of_lines(void **state)
{
	(void)state;
	says("\xef\xbb\xbfnet = host\r\nroot\r\n\r\n# x\r\n", "1:net=host;2:root;");
	says("env = \"a\"\r\n", "1:env=a;");
	is_refused("\xef\xbb\xbf\xef\xbb\xbfnet = host", "f:1: unknown option '\xef\xbb\xbfnet'",
		   NULL);
}

static void wrong_words(void **state)
{
	(void)state;
	is_refused("net = host\nhostnam = x", "f:2: unknown option 'hostnam'",
		   "did you mean 'hostname'?");
	is_refused("comand = x", "f:1: unknown option 'comand'", "did you mean 'command'?");
	is_refused("xyzzyxyzzy", "f:1: unknown option 'xyzzyxyzzy'",
		   "the names are those of 'cove box --help', without dashes");
	is_refused("--net = host", "f:1: '--net' begins with a dash",
		   "names are written without dashes: 'net'");
	is_refused("net host", "f:1: 'net host' is neither 'name' nor 'name = value'", NULL);
	is_refused("= host", "f:1: '= host' is neither 'name' nor 'name = value'", NULL);
	is_refused("root = yes", "f:1: option 'root' takes no value", "write 'root' alone");
	is_refused("net", "f:1: missing value for option 'net'", "write 'net = none|host'");
	is_refused("file-config = x", "f:1: a box file cannot name another one: 'file-config'",
		   NULL);
	is_refused("fault = x:fail", "f:1: unknown option 'fault'", NULL);
	for (const char *const *name = (const char *const[]){ "explain", "json", "print-config",
							       "trace", "save", "help", NULL };
	     *name; name++) {
		char text[80];

		snprintf(text, sizeof(text), "f:1: '%s' belongs on the command line", *name);
		is_refused(*name, text, NULL);
	}
}

static void limits(void **state)
{
	struct parsed parsed = parse_bytes("net = ho\0st\n", 12);
	char *text = malloc(BOX_FILE_LINE_MAX + 32);

	(void)state;
	assert_int_equal(parsed.r, -EINVAL);
	assert_string_equal(parsed.err.what, "f:1: a NUL byte");
	done(&parsed);
	parsed = parse_bytes("root\n\0", 6);
	assert_string_equal(parsed.err.what, "f:2: a NUL byte");
	done(&parsed);

	assert_non_null(text);
	memset(text, 'a', BOX_FILE_LINE_MAX + 32);
	memcpy(text, "env = ", 6);
	parsed = parse_bytes(text, BOX_FILE_LINE_MAX);
	assert_int_equal(parsed.r, 0);
	assert_int_equal(strlen(parsed.list.items[0].value), BOX_FILE_LINE_MAX - 6);
	done(&parsed);
	parsed = parse_bytes(text, BOX_FILE_LINE_MAX + 1);
	assert_string_equal(parsed.err.what, "f:1: the line is longer than 65536 bytes");
	done(&parsed);
	/* A name that is too long for a message. */
	memset(text, 'b', 2000);
	parsed = parse_bytes(text, 2000);
	assert_int_equal(parsed.r, -EINVAL);
	done(&parsed);
	free(text);
}

/* Every value comes back from the line that is written for it. */
static void written_and_read(void **state)
{
	static const char *const values[] = {
		"x",      "",   " x",  "x ",          "a b",        "\"x\"", "a\"b",
		"a\\b",   "#x", "= x", "a\nb",        "\x01\x7f\t", "\\",    "\"",
		"\"\\\"", "\r", "x\r", "caf\xc3\xa9", "\xff",       "~/x",   "$HOME",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		auto_(buf_done) struct buf line = { 0 };
		struct parsed parsed;

		box_file_line("env", values[i], &line);
		parsed = parse(buf_str(&line));
		assert_int_equal(parsed.r, 0);
		assert_int_equal(parsed.list.count, 1);
		assert_string_equal(parsed.list.items[0].value, values[i]);
		done(&parsed);
	}
}

static int read_played(const char *path, char **ret_text, size_t *ret_len, struct cove_error *err)
{
	(void)err;
	assert_string_equal(path, "played");
	*ret_text = strdup("ro = ~/a\nro-try = ~\nro = b\nrw = \"$VENV\"\nseccomp = ~/filter\n");
	*ret_len = strlen(*ret_text);
	return 0;
}

/* "~/" is the home, "$" is nothing special, and relative paths begin where the caller is. */
static void paths(void **state)
{
	static const char *const wanted[] = { "/home/ann/a", "/home/ann", "/work/b",
					      "/work/$VENV" };
	char *argv[] = { (char *)"box", (char *)"--file-config", (char *)"played", NULL };
	struct cove_error err = { 0 };
	struct box box;
	size_t i = 0;

	(void)state;
	assert_int_equal(box_init(&box, &ann, &err), 0);
	box.sources.read_file = read_played;
	assert_int_equal(box_parse(&box, 3, argv, &err), 0);
	plan_each (box.plan, struct plan_mount, m, box.plan->mounts) {
		assert_true(i < ARRAY_LEN(wanted));
		assert_string_equal(plan_str(box.plan, m->source), wanted[i++]);
	}
	assert_int_equal(i, ARRAY_LEN(wanted));
	assert_string_equal(box.filter.file, "/home/ann/filter");
	box_done(&box);
}

static void files_need_a_reader(void **state)
{
	char *argv[] = { (char *)"box", (char *)"--file-config", (char *)"x", NULL };
	struct cove_error err = { 0 };
	struct box box;

	(void)state;
	assert_int_equal(box_init(&box, &ann, &err), 0);
	assert_int_equal(box_parse(&box, 3, argv, &err), -EINVAL);
	assert_string_equal(err.what, "box files cannot be read here");
	box_done(&box);
}

/* The words that completion offers are the presets that there are, and each can be applied. */
static void presets(void **state)
{
	const struct opt *opt = opt_find(&box_command, "preset");
	auto_free char *names = strdup(opt->choices);
	auto_(buf_done) struct buf list = { 0 };
	char *rest;
	unsigned listed = 0, offered = 0;

	(void)state;
	box_presets_text(&list);
	for (const char *at = buf_str(&list); at; at = strchr(at + 1, '\n'))
		listed += (at[0] == '\n' ? at[1] : at[0]) >= 'a' &&
			  (at[0] == '\n' ? at[1] : at[0]) <= 'z';
	for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		char *argv[] = { (char *)"box", (char *)"--preset", name, NULL };
		struct cove_error err = { 0 };
		struct box box;

		assert_int_equal(box_init(&box, &ann, &err), 0);
		assert_int_equal(box_parse(&box, 3, argv, &err), 0);
		assert_int_equal(box.task.list_presets, strcmp(name, "list") == 0);
		offered += !box.task.list_presets;
		box_done(&box);
	}
	assert_int_equal(listed, offered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(quotes),
		cmocka_unit_test(ends_of_lines),
		cmocka_unit_test(wrong_words),
		cmocka_unit_test(limits),
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(paths),
		cmocka_unit_test(files_need_a_reader),
		cmocka_unit_test(presets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
