/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is made below a root, and that nothing is made outside it, whatever its links say.
 */
#include "sys/inroot.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	char top[PATH_MAX]; /* holds `root`, and what must stay as it is */
	int root;
	struct inroot tree;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	const char *tmp = getenv("TMPDIR");

	if (!place)
		return -1;
	snprintf(place->top, sizeof(place->top), "%s/inroot.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(place->top) || chdir(place->top) < 0 || mkdir("root", 0755) < 0)
		return -1;
	place->root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	inroot_init(&place->tree, place->root);
	*state = place;
	return place->root < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[PATH_MAX + 16];

	inroot_done(&place->tree);
	close(place->root);
	snprintf(command, sizeof(command), "rm -rf '%s'", place->top);
	free(place);
	return chdir("/") < 0 || system(command) != 0 ? -1 : 0;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* What is made for `path` is at `real`. */
static void leads(struct place *place, const char *path, const char *real)
{
	struct stat made, there;
	int fd = inroot_make_dir(&place->tree, path, 0755, NULL);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &made), 0);
	assert_int_equal(lstat(real, &there), 0);
	assert_true(S_ISDIR(made.st_mode));
	assert_int_equal(made.st_ino, there.st_ino);
	close(fd);
}

static int refused(struct place *place, const char *path)
{
	struct cove_error err = { 0 };
	int r = inroot_make_dir(&place->tree, path, 0755, &err);

	assert_true(r < 0);
	assert_int_equal(err.num, -r);
	return r;
}

static void links_that_lead_nowhere(void **state)
{
	struct place *place = *state;

	leads(place, "/a/b/c", "root/a/b/c");
	assert_int_equal(mkdir("root/var", 0755), 0);
	assert_int_equal(symlink("/run", "root/var/run"), 0);
	leads(place, "/var/run/secrets/x", "root/run/secrets/x");
	assert_int_equal(symlink("../srv//deep/", "root/var/srv"), 0);
	leads(place, "/var/srv/x", "root/srv/deep/x");
	assert_int_equal(symlink("last/", "root/one"), 0);
	leads(place, "/one", "root/last");
	assert_int_equal(symlink("/two", "root/first"), 0);
	assert_int_equal(symlink("three/four", "root/two"), 0);
	assert_int_equal(symlink("var/five", "root/three"), 0);
	leads(place, "/first/x", "root/var/five/four/x");
}

static void never_outside(void **state)
{
	struct place *place = *state;
	char away[PATH_MAX + 16], inside[2 * PATH_MAX];

	assert_int_equal(symlink("../../../../away", "root/up"), 0);
	leads(place, "/up/x", "root/away/x");
	assert_false(is_there("away"));
	snprintf(away, sizeof(away), "%s/away", place->top);
	assert_int_equal(symlink(away, "root/absolute"), 0);
	snprintf(inside, sizeof(inside), "root%s/x", away);
	leads(place, "/absolute/x", inside);
	assert_false(is_there("away"));
	assert_int_equal(symlink("/proc/self/root/away", "root/magic"), 0);
	leads(place, "/magic", "root/proc/self/root/away");
}

static void dots_are_not_made(void **state)
{
	struct place *place = *state;

	assert_int_equal(symlink("missing/../x", "root/dots"), 0);
	assert_int_equal(refused(place, "/dots/y"), -ENOENT);
	assert_int_equal(symlink("missing/./x", "root/dot"), 0);
	assert_int_equal(refused(place, "/dot/y"), -ENOENT);
	assert_int_equal(symlink("missing/..", "root/end"), 0);
	assert_int_equal(refused(place, "/end"), -ENOENT);
	assert_false(is_there("root/missing") || is_there("root/x"));
}

static void loops_and_what_is_no_directory(void **state)
{
	struct place *place = *state;
	char name[32], text[32];

	assert_int_equal(symlink("/loop", "root/loop"), 0);
	assert_int_equal(refused(place, "/loop/x"), -ELOOP);
	assert_int_equal(symlink("/grows/x", "root/grows"), 0);
	assert_int_equal(refused(place, "/grows"), -ELOOP);
	for (int i = 0; i < 45; i++) {
		snprintf(name, sizeof(name), "root/link%d", i);
		snprintf(text, sizeof(text), "link%d/x", i + 1);
		assert_int_equal(symlink(text, name), 0);
	}
	assert_int_equal(refused(place, "/link0"), -ELOOP);
	close(open("root/file", O_CREAT | O_CLOEXEC | O_RDONLY, 0644));
	assert_int_equal(symlink("file", "root/to-file"), 0);
	assert_int_equal(refused(place, "/to-file/x"), -ENOTDIR);
}

static void files(void **state)
{
	struct place *place = *state;
	struct stat st;
	int fd;

	assert_int_equal(mkdir("root/etc", 0755), 0);
	assert_int_equal(symlink("../run/stub/resolv.conf", "root/etc/resolv.conf"), 0);
	fd = inroot_make_file(&place->tree, "/etc/resolv.conf", NULL);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(lstat("root/run/stub/resolv.conf", &st), 0);
	assert_true(S_ISREG(st.st_mode) && st.st_size == 0);
	fd = inroot_make_file(&place->tree, "/etc/resolv.conf", NULL);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(symlink("/outside/../../x", "root/etc/bad"), 0);
	assert_int_equal(inroot_make_file(&place->tree, "/etc/bad", NULL), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(links_that_lead_nowhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(never_outside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(dots_are_not_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(loops_and_what_is_no_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
