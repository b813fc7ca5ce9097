/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "plan/build.h"
#include "plan/seal.h"
#include "plan/steps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define NEWTIME 0x80
#define ALL_CAPS ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)
#define NONE PLAN_NO_ID

/* Callers: an ordinary one with subordinate ids, and a privileged one. */
static const struct facts user = {
	.kernel = KERNEL(6, 1),
	.uid = 1000,
	.gid = 100,
	.all_caps = ALL_CAPS,
	.user = "alice",
	.subuids = { { 100000, 65536 } },
	.subgids = { { 200000, 1000 }, { 300000, 10 } },
	.subuid_count = 1,
	.subgid_count = 2,
	.hard_limits = { [RLIMIT_NOFILE] = 4096, [RLIMIT_CORE] = UINT64_MAX },
};
static const struct facts root = {
	.kernel = KERNEL(6, 1),
	.caps = ALL_CAPS,
	.all_caps = ALL_CAPS,
	.user = "root",
};

/* A plan in words, so that a table can hold it: "new:uts,net join:pid:7 map:root init ..." */
static void set_kinds(struct plan *plan, char *list, int joined)
{
	for (char *name = strtok_r(list, ",", &list); name; name = strtok_r(NULL, ",", &list))
		for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++) {
			if (strcmp(plan_ns_name(ns), name) != 0)
				continue;
			if (joined)
				plan_join_pid(plan, ns, joined);
			else
				plan_set_ns(plan, ns, PLAN_NS_NEW);
		}
}

static void set_map(struct plan *plan, const char *text)
{
	static const char *const kinds[] = { "none", "own", "root", "", "auto" };
	unsigned inside, outside, count;
	char what;

	plan->maps.origin = plan->origin;
	plan->maps.kind = PLAN_MAP_RANGES;
	for (uint8_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], text) == 0)
			plan->maps.kind = i;
	if (sscanf(text, "%c:%u:%u:%u", &what, &inside, &outside, &count) == 4)
		plan_map(plan, what == 'u' ? &plan->maps.uids : &plan->maps.gids, inside, outside,
			 count);
}

static void set_word(struct plan *plan, char *word)
{
	char *value = strchr(word, ':');

	plan_set_origin(plan, word);
	if (value)
		*value++ = '\0';
	if (strcmp(word, "new") == 0)
		set_kinds(plan, value, 0);
	else if (strcmp(word, "join") == 0)
		set_kinds(plan, value, 7);
	else if (strcmp(word, "host") == 0)
		plan_set_ns(plan, COVE_NS_USER, PLAN_NS_HOST);
	else if (strcmp(word, "map") == 0)
		set_map(plan, value);
	else if (strcmp(word, "init") == 0)
		plan->process.init = 1;
	else if (strcmp(word, "shift") == 0)
		plan->monotonic =
			(struct plan_offset){ .set = true, .ns = 1, .origin = plan->origin };
	else if (strcmp(word, "uid") == 0)
		plan->process.uid = (uint32_t)atoi(value);
	else if (strcmp(word, "gid") == 0)
		plan->process.gid = (uint32_t)atoi(value);
	else if (strcmp(word, "groups") == 0)
		plan->process.set_groups = 1;
	else
		fail_msg("unknown word '%s'", word);
}

static struct plan *make(const char *text)
{
	struct plan *plan = plan_new();
	char *copy = strdup(text), *rest = copy;

	assert_non_null(plan);
	plan_append_text(plan, &plan->process.args, "true");
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		set_word(plan, word);
	free(copy);
	return plan;
}

/* ---- what follows from a request ---- */

struct resolved {
	const char *request;
	const struct facts *facts;
	uint32_t spawn, late;
	enum plan_last last;
	uint32_t setup_uid, setup_gid;
};

#define DIRECT PLAN_LAST_DIRECT
#define INIT PLAN_LAST_INIT
#define DETACHED PLAN_LAST_DETACHED

static const struct resolved resolved[] = {
	/* Nothing is added for nothing, nor for the privileged; else a user namespace. */
	{ "", &user, 0, 0, DIRECT, NONE, NONE },
	{ "", &root, 0, 0, DIRECT, NONE, NONE },
	{ "new:uts", &root, CLONE_NEWUTS, 0, DIRECT, NONE, NONE },
	{ "new:uts", &user, CLONE_NEWUTS | CLONE_NEWUSER, 0, DIRECT, NONE, NONE },
	{ "new:uts host", &user, CLONE_NEWUTS, 0, DIRECT, NONE, NONE },
	{ "new:user", &user, CLONE_NEWUSER, 0, DIRECT, NONE, NONE },
	{ "new:mnt,net,ipc,cgroup", &root,
	  CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWCGROUP, 0, DIRECT, NONE, NONE },
	/* Process 1. */
	{ "new:pid", &root, CLONE_NEWPID, 0, DIRECT, NONE, NONE },
	{ "new:pid init", &root, CLONE_NEWPID, 0, INIT, NONE, NONE },
	{ "init", &root, 0, 0, INIT, NONE, NONE },
	{ "join:pid", &root, 0, 0, DETACHED, NONE, NONE },
	{ "join:pid init", &root, 0, 0, DETACHED, NONE, NONE },
	/* Time: with offsets in its own step, and entered by a fork. */
	{ "new:time", &root, NEWTIME, 0, DIRECT, NONE, NONE },
	{ "new:time shift", &root, 0, 0, DETACHED, NONE, NONE },
	{ "new:time shift", &user, CLONE_NEWUSER, 0, DETACHED, NONE, NONE },
	{ "new:time,pid shift", &root, CLONE_NEWPID, 0, DIRECT, NONE, NONE },
	{ "new:time,pid shift init", &root, CLONE_NEWPID, 0, INIT, NONE, NONE },
	{ "join:time", &root, 0, 0, DETACHED, NONE, NONE },
	{ "join:time init", &root, 0, 0, INIT, NONE, NONE },
	/* Joins: new ones wait for them only when a user namespace takes part. */
	{ "join:net new:uts", &root, CLONE_NEWUTS, 0, DIRECT, NONE, NONE },
	{ "join:net new:uts", &user, 0, CLONE_NEWUTS | CLONE_NEWUSER, DIRECT, NONE, NONE },
	{ "join:net new:uts,user", &root, 0, CLONE_NEWUTS | CLONE_NEWUSER, DIRECT, NONE, NONE },
	{ "join:user,net new:uts", &root, 0, CLONE_NEWUTS, DIRECT, NONE, NONE },
	{ "join:net", &user, 0, 0, DIRECT, NONE, NONE },
	/* An own id that is mapped owns what is made; unless there is a 0, which then does. */
	{ "new:user map:own", &user, CLONE_NEWUSER, 0, DIRECT, NONE, NONE },
	{ "new:user map:root", &user, CLONE_NEWUSER, 0, DIRECT, NONE, NONE },
	{ "new:user map:auto", &user, CLONE_NEWUSER, 0, DIRECT, NONE, NONE },
	{ "new:user map:u:0:100000:10 map:g:0:100000:10", &user, CLONE_NEWUSER, 0, DIRECT, 0, 0 },
	{ "new:user map:u:5:100000:10 map:g:6:200000:10", &user, CLONE_NEWUSER, 0, DIRECT, 5, 6 },
	{ "new:user map:u:0:100000:10 map:u:20:1000:1", &user, CLONE_NEWUSER, 0, DIRECT, 0, NONE },
	{ "new:user map:u:20:1000:1 map:g:20:100:1", &user, CLONE_NEWUSER, 0, DIRECT, NONE, NONE },
	{ "new:user map:u:0:990:20 map:g:0:100:1", &user, CLONE_NEWUSER, 0, DIRECT, 0, NONE },
	{ "new:user map:u:10:1000:1 map:u:0:1001:1", &user, CLONE_NEWUSER, 0, DIRECT, 0, NONE },
};

static void requests_resolve(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(resolved) / sizeof(resolved[0]); i++) {
		const struct resolved *want = &resolved[i];
		struct plan *plan = make(want->request);
		struct cove_error err = { 0 };

		if (plan_seal(plan, want->facts, &err) < 0)
			fail_msg("'%s': %s", want->request, err.what);
		if (!plan->sealed || plan->spawn_flags != want->spawn ||
		    plan->late_flags != want->late || plan->last != want->last ||
		    plan->setup_uid != want->setup_uid || plan->setup_gid != want->setup_gid)
			fail_msg("'%s' (row %zu): spawn %x late %x last %d setup %d:%d",
				 want->request, i, plan->spawn_flags, plan->late_flags, plan->last,
				 (int)plan->setup_uid, (int)plan->setup_gid);
		plan_free(plan);
	}
}

/* "inside outside count" of each map. */
static void expect_maps(const struct plan *plan, const struct plan_list *list, const char *want)
{
	char text[128] = "";
	size_t len = 0;

	plan_each (plan, struct plan_map, map, *list)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u:%u:%u ", map->inside,
					map->outside, map->count);
	assert_string_equal(text, want);
}

struct mapped {
	const char *request;
	const struct facts *facts;
	const char *uids, *gids;
	bool by_helper, deny_setgroups;
};

static const struct mapped mapped[] = {
	{ "new:uts", &user, "1000:1000:1 ", "100:100:1 ", false, true },
	{ "new:uts", &root, "", "", false, false },
	{ "new:user map:root", &user, "0:1000:1 ", "0:100:1 ", false, true },
	{ "new:user map:root", &root, "0:0:1 ", "0:0:1 ", false, false },
	{ "new:user map:auto", &user, "0:1000:1 1:100000:65536 ",
	  "0:100:1 1:200000:1000 1001:300000:10 ", true, false },
	{ "new:user map:u:0:1000:1", &user, "0:1000:1 ", "100:100:1 ", false, true },
	{ "new:user map:g:7:100:1", &user, "1000:1000:1 ", "7:100:1 ", false, true },
	{ "new:user map:u:0:1001:1", &user, "0:1001:1 ", "100:100:1 ", true, false },
	{ "new:user map:g:0:1001:1", &user, "1000:1000:1 ", "0:1001:1 ", true, false },
	{ "new:user map:u:0:1000:2", &user, "0:1000:2 ", "100:100:1 ", true, false },
	{ "new:user map:u:0:5000:2", &root, "0:5000:2 ", "0:0:1 ", false, false },
};

static void maps_resolve(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mapped) / sizeof(mapped[0]); i++) {
		struct plan *plan = make(mapped[i].request);

		assert_int_equal(plan_seal(plan, mapped[i].facts, NULL), 0);
		expect_maps(plan, &plan->maps.uids, mapped[i].uids);
		expect_maps(plan, &plan->maps.gids, mapped[i].gids);
		assert_int_equal(plan->maps.by_helper, mapped[i].by_helper);
		assert_int_equal(plan->maps.deny_setgroups, mapped[i].deny_setgroups);
		plan_free(plan);
	}
}

/* Groups can be set where setgroups is allowed. */
static void groups_resolve(void **state)
{
	static const struct {
		const char *request;
		const struct facts *facts;
		bool set;
	} rows[] = {
		{ "groups", &user, false },          { "groups", &root, true },
		{ "groups new:user", &user, false }, { "groups new:user map:auto", &user, true },
		{ "groups new:user", &root, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan *plan = make(rows[i].request);

		assert_int_equal(plan_seal(plan, rows[i].facts, NULL), 0);
		assert_int_equal(plan->process.set_groups, rows[i].set);
		plan_free(plan);
	}
}

static void added_namespace_says_why(void **state)
{
	struct plan *plan = make("new:uts");

	(void)state;
	assert_int_equal(plan_seal(plan, &user, NULL), 0);
	assert_string_equal(plan_str(plan, plan->ns[COVE_NS_USER].origin),
			    "needed without privilege");
	assert_string_equal(plan_str(plan, plan->maps.origin), "needed without privilege");
	plan_free(plan);
}

static void sources_are_numbered(void **state)
{
	struct plan *plan = make("new:mnt");
	const struct plan_mount *bind, *mask;

	(void)state;
	plan_add_fs(plan, "tmpfs", "/tmp");
	bind = plan_add_mount(plan, PLAN_MOUNT_BIND, "/a", "/a");
	plan_add_mount(plan, PLAN_MOUNT_SYMLINK, "x", "/l");
	mask = plan_add_mount(plan, PLAN_MOUNT_MASK, "/dev/null", "/m");
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_int_equal(plan->source_count, 2);
	assert_int_equal(bind->slot, 0);
	assert_int_equal(mask->slot, 1);
	plan->root.kind = PLAN_ROOT_DIR; /* an empty one: nothing is opened for it */
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_int_equal(plan->source_count, 2);
	plan->root.path = plan_add_string(plan, "/r");
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	assert_int_equal(plan->source_count, 3);
	assert_int_equal(bind->slot, 1);
	plan_free(plan);
}

static void limits_above_the_callers_are_raised(void **state)
{
	struct plan *plan = make("");

	(void)state;
	plan_set_rlimit(plan, RLIMIT_NOFILE, 1, 4096);
	plan_set_rlimit(plan, RLIMIT_CORE, 0, UINT64_MAX);
	assert_int_equal(plan_seal(plan, &user, NULL), 0);
	assert_false(step_wanted(plan, STEP_LIMITS_RAISE));
	plan_set_rlimit(plan, RLIMIT_NOFILE, 1, 4097);
	assert_int_equal(plan_seal(plan, &user, NULL), 0);
	assert_true(step_wanted(plan, STEP_LIMITS_RAISE));
	plan_free(plan);
}

/* ---- what is refused ---- */

struct refused {
	const char *request;
	const struct facts *facts;
	int result;
	const char *what;   /* the beginning of the error */
	const char *origin; /* of it */
};

static const struct refused refused[] = {
	{ "shift", &root, -EINVAL, "clock offsets", "shift" },
	{ "join:time shift", &root, -EINVAL, "clock offsets", "shift" },
	{ "map:root", &root, -EINVAL, "an id map", "map:root" },
	{ "join:user map:own", &root, -EINVAL, "an id map", "map:own" },
	{ "new:user map:u:0:1:0", &user, -EINVAL, "the uid map 0:1:0", "map:u:0:1:0" },
	{ "new:user map:g:4294967295:1:1", &user, -EINVAL, "the gid map", "map:g:4294967295:1:1" },
	{ "new:user map:u:1:4294967290:10", &user, -EINVAL, "the uid map",
	  "map:u:1:4294967290:10" },
	{ "new:user map:u:0:1:5 map:u:4:10:1", &user, -EINVAL, "two uid maps", "map:u:4:10:1" },
	{ "new:user map:g:0:1:5 map:g:9:5:1", &user, -EINVAL, "two gid maps", "map:g:9:5:1" },
	{ "new:user uid:5", &user, -EINVAL, "user 5 does not exist", NULL },
	{ "new:user uid:1000 gid:7", &user, -EINVAL, "group 7 does not exist", NULL },
	{ "new:user map:auto uid:65537", &user, -EINVAL, "user 65537", NULL },
	{ "new:user map:auto uid:0 gid:1011", &user, -EINVAL, "group 1011", NULL },
	{ "new:user map:auto", &root, -EPERM, "no subordinate ids for root", "map:auto" },
};

static void expect_refusal(struct plan *plan, const struct refused *want)
{
	struct cove_error err = { 0 };
	int status = want->result == -EINVAL ? COVE_STATUS_USAGE : COVE_STATUS_SETUP;
	int r = plan_seal(plan, want->facts, &err);

	if (r != want->result || strncmp(err.what, want->what, strlen(want->what)) != 0)
		fail_msg("'%s': %d, %s", want->request, r, err.what);
	assert_false(plan->sealed);
	assert_int_equal(err.num, -want->result);
	assert_int_equal(err.status, status);
	assert_string_equal(err.origin, want->origin ? want->origin : "");
	assert_int_equal(plan_seal(plan, want->facts, NULL), want->result);
}

static void wrong_requests_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct plan *plan = make(refused[i].request);

		expect_refusal(plan, &refused[i]);
		plan_free(plan);
	}
}

/* Maps that touch, but do not overlap, and ids at the ends of their range. */
static void right_requests_are_not(void **state)
{
	static const char *const requests[] = {
		"new:user map:u:0:1:5 map:u:5:6:1",
		"new:user map:u:4294967293:1:1",
		"new:user map:auto uid:65536 gid:1010",
		"new:user uid:1000 gid:100",
		"new:time shift",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct plan *plan = make(requests[i]);
		struct cove_error err = { 0 };

		if (plan_seal(plan, &user, &err) < 0)
			fail_msg("'%s': %s", requests[i], err.what);
		plan_free(plan);
	}
}

static void a_command_is_needed(void **state)
{
	struct plan *plan = plan_new();

	(void)state;
	expect_refusal(plan, &(struct refused){ "", &root, -EINVAL, "no command", NULL });
	plan_free(plan);
}

static void names_need_their_namespace(void **state)
{
	static const char long_name[] =
		"0123456789012345678901234567890123456789012345678901234567890123x";
	struct plan *plan = make("");
	struct refused want = { "hostname", &root, -EINVAL, "a host name of its own", "host" };

	(void)state;
	plan_set_origin(plan, "host");
	plan->hostname = plan_add_string(plan, "x");
	plan->hostname_origin = plan->origin;
	expect_refusal(plan, &want);
	plan_set_ns(plan, COVE_NS_UTS, PLAN_NS_NEW);
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	plan->sealed = 0;
	plan->hostname = plan_add_string(plan, long_name + 1);
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	plan->sealed = 0;
	plan->hostname = plan_add_string(plan, long_name);
	want.what = "a host name has at most 64";
	expect_refusal(plan, &want);
	plan_free(plan);
}

static void mounts_need_their_namespace(void **state)
{
	struct plan *plan = make("");
	struct refused want = { "mount", &root, -EINVAL, "mounts need", "who" };

	(void)state;
	plan_set_origin(plan, "who");
	plan_add_fs(plan, "tmpfs", "/tmp");
	expect_refusal(plan, &want);
	plan_join_pid(plan, COVE_NS_MNT, 7);
	expect_refusal(plan, &want);
	plan->mounts = (struct plan_list){ 0 };
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	plan->sealed = 0;
	plan->root.kind = PLAN_ROOT_HOST;
	plan->root.origin = plan->origin;
	expect_refusal(plan, &want);
	plan_free(plan);
}

static void targets_are_absolute_and_not_the_root(void **state)
{
	static const char *const wrong[] = { "", "tmp", "./tmp", "/" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct plan *plan = make("new:mnt");
		char what[32];

		plan_set_origin(plan, "who");
		plan_add_fs(plan, "tmpfs", wrong[i]);
		snprintf(what, sizeof(what), "'%s' cannot be a mount", wrong[i]);
		expect_refusal(plan, &(struct refused){ wrong[i], &root, -EINVAL, what, "who" });
		plan_free(plan);
	}
}

static void limit_needs_its_namespace(void **state)
{
	struct plan *plan = make("");
	const struct refused want = { "limit", &root, -EINVAL, "user namespaces are limited",
				      "us" };

	(void)state;
	plan->limit_userns = 1;
	plan_set_origin(plan, "us");
	plan->limit_userns_origin = plan->origin;
	expect_refusal(plan, &want);
	plan_join_pid(plan, COVE_NS_USER, 7);
	expect_refusal(plan, &want);
	plan_free(plan);
}

static void loopback_needs_its_namespace(void **state)
{
	struct plan *plan = make("");
	const struct refused want = { "loopback", &root, -EINVAL, "the loopback device", "lo" };

	(void)state;
	plan->loopback = 1;
	plan_set_origin(plan, "lo");
	plan->loopback_origin = plan->origin;
	expect_refusal(plan, &want);
	plan_join_pid(plan, COVE_NS_NET, 7);
	expect_refusal(plan, &want);
	plan_set_ns(plan, COVE_NS_NET, PLAN_NS_NEW);
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	plan_free(plan);
}

static void capabilities_are_not_invented(void **state)
{
	struct facts some = user;
	struct refused want = { "caps", &some, -EPERM, "capabilities beyond", "who" };
	struct plan *plan = make("");

	(void)state;
	some.caps = UINT64_C(1) << CAP_NET_RAW;
	plan_set_origin(plan, "who");
	plan->caps = (struct plan_caps){ .set = true, .origin = plan->origin };
	assert_int_equal(plan_seal(plan, &some, NULL), 0);
	plan->caps.ambient = some.caps;
	assert_int_equal(plan_seal(plan, &some, NULL), 0);
	plan->sealed = 0;
	plan->caps.ambient |= UINT64_C(1) << CAP_CHOWN;
	expect_refusal(plan, &want);
	plan->caps.ambient = 0;
	plan->caps.bounding = UINT64_C(1) << CAP_CHOWN;
	expect_refusal(plan, &want);
	plan->caps.bounding = 0;
	plan->caps.permitted = UINT64_C(1) << CAP_CHOWN;
	expect_refusal(plan, &want);
	plan_set_ns(plan, COVE_NS_USER, PLAN_NS_NEW);
	assert_int_equal(plan_seal(plan, &some, NULL), 0);
	plan_free(plan);
}

static void descriptors_are_counted(void **state)
{
	struct plan *plan = make("new:mnt");

	(void)state;
	for (int i = 0; i < PLAN_KEEP_FDS - 1; i++)
		plan_append_number(plan, &plan->process.keep_fds, i + 3);
	plan_add_mount(plan, PLAN_MOUNT_FILE, NULL, "/f")->content_fd = 3;
	plan_add_mount(plan, PLAN_MOUNT_FILE, NULL, "/g");
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	plan->sealed = 0;
	plan_add_mount(plan, PLAN_MOUNT_FILE, NULL, "/h")->content_fd = 4;
	expect_refusal(plan, &(struct refused){ "", &root, -EINVAL, "more than 256", NULL });
	plan_free(plan);
}

static void no_subordinate_ids(void **state)
{
	struct facts facts = user;
	struct plan *plan = make("new:user map:auto");
	struct cove_error err = { 0 };

	(void)state;
	facts.subgid_count = 0;
	assert_int_equal(plan_seal(plan, &facts, &err), -EPERM);
	assert_string_equal(err.object, "/etc/subgid");
	assert_non_null(strstr(err.hint, "alice"));
	facts.subuid_count = 0;
	facts.user = "";
	assert_int_equal(plan_seal(plan, &facts, &err), -EPERM);
	assert_string_equal(err.object, "/etc/subuid");
	assert_null(strstr(err.hint, "alice"));
	plan_free(plan);
}

/* A process 1 is in a changed time namespace only from Linux 6.1 on, its child always. */
static void time_of_a_process_1(void **state)
{
	struct facts old = root;
	struct plan *plan = make("new:pid,time shift");

	(void)state;
	old.kernel = KERNEL(6, 0);
	expect_refusal(plan, &(struct refused){ "time", &old, -EINVAL, "a process 1 cannot",
						"new:pid,time" });
	assert_int_equal(plan_seal(plan, &root, NULL), 0);
	plan->sealed = 0;
	plan->process.init = 1;
	assert_int_equal(plan_seal(plan, &old, NULL), 0);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_resolve),
		cmocka_unit_test(maps_resolve),
		cmocka_unit_test(groups_resolve),
		cmocka_unit_test(added_namespace_says_why),
		cmocka_unit_test(sources_are_numbered),
		cmocka_unit_test(limits_above_the_callers_are_raised),
		cmocka_unit_test(wrong_requests_are_refused),
		cmocka_unit_test(right_requests_are_not),
		cmocka_unit_test(a_command_is_needed),
		cmocka_unit_test(names_need_their_namespace),
		cmocka_unit_test(mounts_need_their_namespace),
		cmocka_unit_test(targets_are_absolute_and_not_the_root),
		cmocka_unit_test(limit_needs_its_namespace),
		cmocka_unit_test(loopback_needs_its_namespace),
		cmocka_unit_test(capabilities_are_not_invented),
		cmocka_unit_test(descriptors_are_counted),
		cmocka_unit_test(no_subordinate_ids),
		cmocka_unit_test(time_of_a_process_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
