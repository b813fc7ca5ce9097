/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>

static char out[8192];

static const char *text_of(const struct cove_error *err)
{
	size_t len = cove_error_text(err, out, sizeof(out));

	assert_int_equal(len, strlen(out));
	return out;
}

static const char *json_of(const struct cove_error *err)
{
	size_t len = cove_error_json(err, out, sizeof(out));

	assert_int_equal(len, strlen(out));
	return out;
}

static struct cove_error full_error(void)
{
	struct cove_error err;

	err_set(&err, EROFS, "move_mount", "/x", "cannot attach mount at '%s'", "/x");
	err.side = COVE_SIDE_INSIDE;
	err.step_number = 7;
	strcpy(err.step, "mount.attach");
	err_origin(&err, "--rw /x");
	err_hint(&err, "create it on the %s", "host");
	return err;
}

static void set_starts_anew(void **state)
{
	struct cove_error err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(err_set(&err, ENOENT, NULL, NULL, "cannot open '%s'", "f"), -ENOENT);
	assert_int_equal(err.num, ENOENT);
	assert_int_equal(err.status, COVE_STATUS_SETUP);
	assert_int_equal(err.side, COVE_SIDE_NONE);
	assert_int_equal(err.step_number, 0);
	assert_string_equal(err.what, "cannot open 'f'");
	assert_string_equal(err.call, "");
	assert_string_equal(err.object, "");
	assert_string_equal(err.origin, "");
	assert_string_equal(err.hint, "");
}

static void usage(void **state)
{
	struct cove_error err;

	(void)state;
	assert_int_equal(err_usage(&err, "unknown option '%s'", "--x"), -EINVAL);
	assert_int_equal(err.num, EINVAL);
	assert_int_equal(err.status, COVE_STATUS_USAGE);
	err_hint(&err, "see 'cove box --help'");
	assert_string_equal(text_of(&err),
			    "cove: unknown option '--x'\n  hint: see 'cove box --help'\n");
}

static void null_is_accepted(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, EPERM, "c", "o", "w"), -EPERM);
	assert_int_equal(err_usage(NULL, "w"), -EINVAL);
	err_origin(NULL, "o");
	err_hint(NULL, "h");
}

static void first_origin_and_hint_stay(void **state)
{
	struct cove_error err = full_error();

	(void)state;
	err_origin(&err, "default");
	err_hint(&err, "other");
	assert_string_equal(err.origin, "--rw /x");
	assert_string_equal(err.hint, "create it on the host");
}

static void arguments_may_be_the_old_error(void **state)
{
	struct cove_error err = full_error();

	(void)state;
	err_set(&err, EIO, err.call, err.object, "again: %s", err.what);
	assert_string_equal(err.what, "again: cannot attach mount at '/x'");
	assert_string_equal(err.call, "move_mount");
	assert_string_equal(err.object, "/x");
}

static void long_texts_are_cut_visibly(void **state)
{
	struct cove_error err;
	char longest[1000];

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	err_set(&err, EIO, longest, longest, "%s", longest);
	err_origin(&err, longest);
	err_hint(&err, "%s", longest);
	assert_int_equal(strlen(err.what), sizeof(err.what) - 1);
	assert_string_equal(err.what + sizeof(err.what) - 6, "aa...");
	assert_string_equal(err.call + sizeof(err.call) - 6, "aa...");
	assert_string_equal(err.object + sizeof(err.object) - 6, "aa...");
	assert_string_equal(err.origin + sizeof(err.origin) - 6, "aa...");
	assert_string_equal(err.hint + sizeof(err.hint) - 6, "aa...");
}

static void exact_fit_is_not_cut(void **state)
{
	struct cove_error err;
	char exact[sizeof(err.call)];

	(void)state;
	memset(exact, 'a', sizeof(exact) - 1);
	exact[sizeof(exact) - 1] = '\0';
	err_set(&err, EIO, exact, NULL, "w");
	assert_string_equal(err.call, exact);
}

static void characters_are_not_cut_in_two(void **state)
{
	(void)state;
	for (int shift = 0; shift < 4; shift++) {
		struct cove_error err;
		char smileys[401] = "";

		for (int i = 0; i < 100; i++)
			strcat(smileys, "\xf0\x9f\x98\x80");
		err_set(&err, EIO, NULL, NULL, "%.*s%s", shift, "abc", smileys);
		assert_null(strstr(text_of(&err), "\\x"));
		assert_non_null(strstr(out, "\xf0\x9f\x98\x80...: "));
	}
}

static void text_in_four_lines(void **state)
{
	struct cove_error err = full_error();

	(void)state;
	assert_string_equal(text_of(&err),
			    "cove: cannot attach mount at '/x': Read-only file system\n"
			    "  step 7 'mount.attach' (inside): move_mount on '/x'\n"
			    "  asked for by --rw /x\n"
			    "  hint: create it on the host\n");
}

static void text_without_parts(void **state)
{
	struct cove_error err = full_error();

	(void)state;
	err.origin[0] = err.hint[0] = err.object[0] = '\0';
	err.side = COVE_SIDE_HOST;
	err.num = 0;
	assert_string_equal(text_of(&err), "cove: cannot attach mount at '/x'\n"
					   "  step 7 'mount.attach' (host): move_mount\n");
	err.call[0] = '\0';
	err.side = COVE_SIDE_NONE;
	err.step_number = 0;
	assert_string_equal(text_of(&err), "cove: cannot attach mount at '/x'\n"
					   "  step 'mount.attach'\n");
	err_set(&err, ENOENT, "openat2", "/f", "cannot open '/f'");
	assert_string_equal(text_of(&err), "cove: cannot open '/f': No such file or directory\n"
					   "  openat2 on '/f'\n");
}

static void text_drives_no_terminal(void **state)
{
	struct cove_error err;

	(void)state;
	err_usage(&err, "a\x1b[2Jb\n\x7f\xc2\x9b"
			"1m\xff gr\xc3\xbc\xc2\xa0");
	assert_string_equal(text_of(&err), "cove: a\\x1b[2Jb\\x0a\\x7f\\xc2\\x9b1m\\xff "
					   "gr\xc3\xbc\xc2\xa0\n");
}

static void counts_like_snprintf(void **state)
{
	struct cove_error err = full_error();
	size_t len = strlen(text_of(&err));
	char small[8] = "zzzzzzz";

	(void)state;
	assert_int_equal(cove_error_text(&err, small, 0), len);
	assert_string_equal(small, "zzzzzzz");
	assert_int_equal(cove_error_text(&err, NULL, 0), len);
	assert_int_equal(cove_error_text(&err, small, 6), len);
	assert_string_equal(small, "cove:");
	assert_int_equal(cove_error_text(&err, small, 1), len);
	assert_string_equal(small, "");
	assert_int_equal(cove_error_text(&err, out, len + 1), len);
	assert_int_equal(strlen(out), len);
}

static void fields_without_end_are_safe(void **state)
{
	struct cove_error err;

	(void)state;
	memset(&err, 'a', sizeof(err));
	text_of(&err);
	assert_int_equal(strspn(out + strlen("cove: "), "a"), sizeof(err.what));
	json_of(&err);
	assert_non_null(strstr(out, "\"side\":null"));
}

static void json_whole(void **state)
{
	struct cove_error err = full_error();

	(void)state;
	assert_string_equal(json_of(&err),
			    "{\"error\":\"cannot attach mount at '/x'\",\"errno\":\"EROFS\","
			    "\"message\":\"Read-only file system\",\"status\":125,"
			    "\"step\":\"mount.attach\",\"number\":7,\"side\":\"inside\","
			    "\"call\":\"move_mount\",\"object\":\"/x\",\"origin\":\"--rw /x\","
			    "\"hint\":\"create it on the host\"}");
}

static void json_empty(void **state)
{
	struct cove_error err = { 0 };

	(void)state;
	assert_string_equal(json_of(&err),
			    "{\"error\":null,\"errno\":null,\"message\":null,\"status\":null,"
			    "\"step\":null,\"number\":null,\"side\":null,\"call\":null,"
			    "\"object\":null,\"origin\":null,\"hint\":null}");
}

static void json_escapes(void **state)
{
	struct cove_error err;

	(void)state;
	err_usage(&err, "a\"b\\c\n\x01\xff\xc3\xbc");
	json_of(&err);
	assert_non_null(
		strstr(out, "{\"error\":\"a\\\"b\\\\c\\u000a\\u0001\xef\xbf\xbd\xc3\xbc\","));
}

static void json_unknown_errno(void **state)
{
	struct cove_error err;

	(void)state;
	err_set(&err, 4095, NULL, NULL, "w");
	assert_non_null(strstr(json_of(&err), "\"errno\":\"4095\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_starts_anew),
		cmocka_unit_test(usage),
		cmocka_unit_test(null_is_accepted),
		cmocka_unit_test(first_origin_and_hint_stay),
		cmocka_unit_test(arguments_may_be_the_old_error),
		cmocka_unit_test(long_texts_are_cut_visibly),
		cmocka_unit_test(exact_fit_is_not_cut),
		cmocka_unit_test(characters_are_not_cut_in_two),
		cmocka_unit_test(text_in_four_lines),
		cmocka_unit_test(text_without_parts),
		cmocka_unit_test(text_drives_no_terminal),
		cmocka_unit_test(counts_like_snprintf),
		cmocka_unit_test(fields_without_end_are_safe),
		cmocka_unit_test(json_whole),
		cmocka_unit_test(json_empty),
		cmocka_unit_test(json_escapes),
		cmocka_unit_test(json_unknown_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
