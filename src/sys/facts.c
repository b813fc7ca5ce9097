/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathering facts: see facts.h.
 */
#define _GNU_SOURCE
#include "sys/facts.h"
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "base/path.h"
#include "sys/caps.h"
#include "sys/fd.h"
#include "sys/identity.h"
#include "sys/landlock.h"
#include "sys/limits.h"
#include "sys/process.h"
#include "sys/tty.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PART_SIZE 4096
#define SUBID_LIMIT (8 << 20)
#define MOUNTINFO_LIMIT (16 << 20)

extern char **environ;

static const char *copy(char **at, const char *text)
{
	char *start = *at;
	size_t len = strnlen(text, PART_SIZE - 1);

	memcpy(start, text, len);
	start[len] = '\0';
	*at += len + 1;
	return start;
}

static bool is_usable(const char *home)
{
	return home && home[0] == '/' && strlen(home) < PART_SIZE;
}

/* Who the environment, or else the user database, says that we are. Borrowed from `room`. */
static void look_up_user(struct facts *facts, char *room, size_t size)
{
	const char *shell = facts_env(facts, "SHELL");
	struct passwd memory, *entry = NULL;

	facts->home = facts_env(facts, "HOME");
	facts->user = facts_env(facts, "USER");
	if (!is_usable(facts->home) || !facts->user)
		getpwuid_r(facts->uid, &memory, room, size, &entry);
	if (!is_usable(facts->home))
		facts->home = entry && is_usable(entry->pw_dir) ? entry->pw_dir : "";
	if (!facts->user)
		facts->user = entry ? entry->pw_name : "";
	facts->shell = shell && shell[0] == '/' ? shell : "/bin/sh";
}

/* Without double slashes, "." and "..", for defaults compare it with other paths. */
static int clean_home(struct facts *facts, struct buf *clean)
{
	size_t len = strlen(facts->home);
	int r = 0;

	if (strstr(facts->home, "//") || strstr(facts->home, "/.") ||
	    (len > 1 && facts->home[len - 1] == '/')) {
		r = path_clean(facts->home, clean);
		facts->home = buf_str(clean);
	}
	return r;
}

/* The strings come from buffers that do not last. */
static char *keep_strings(struct facts *facts)
{
	size_t size = strlen(facts->cwd) + strlen(facts->home) + strlen(facts->user) +
		      strlen(facts->shell) + 4;
	char *text = malloc(size);
	char *at = text;

	if (!text)
		return NULL;
	facts->cwd = copy(&at, facts->cwd);
	facts->home = copy(&at, facts->home);
	facts->user = copy(&at, facts->user);
	facts->shell = copy(&at, facts->shell);
	return text;
}

static uint32_t kernel_version(void)
{
	unsigned major = 0, minor = 0;
	struct utsname names;

	if (uname(&names) < 0 || sscanf(names.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return KERNEL(major, minor);
}

int facts_gather(struct facts_store *ret_store, struct cove_error *err)
{
	struct facts *facts = &ret_store->facts;
	uninitialized char cwd[PART_SIZE];
	uninitialized char user[PART_SIZE];
	auto_(buf_done) struct buf home = { 0 };

	*ret_store = (struct facts_store){ 0 };
	facts->kernel = kernel_version();
	facts->uid = geteuid();
	facts->gid = getegid();
	facts->caps = caps_effective();
	facts->all_caps = caps_all();
	facts->env = (const char *const *)environ;
	facts->cwd = getcwd(cwd, sizeof(cwd)) && cwd[0] == '/' ? cwd : "";
	look_up_user(facts, user, sizeof(user));
	if (clean_home(facts, &home) == 0)
		ret_store->text = keep_strings(facts);
	return ret_store->text ? 0 : err_set(err, ENOMEM, "malloc", NULL, "out of memory");
}

void facts_gather_limits(struct facts_store *store)
{
	for (int i = 0; i < FACTS_RLIMITS; i++) {
		uint64_t soft;

		if (process_get_limit(0, i, &soft, &store->facts.hard_limits[i]) < 0)
			store->facts.hard_limits[i] = UINT64_MAX;
	}
}

void facts_gather_terminals(struct facts_store *store)
{
	for (int fd = 0; fd < 3; fd++)
		if (tty_is_terminal(fd))
			store->facts.terminals |= (uint8_t)(1u << fd);
}

/* A line is "user:start:count"; user is a name or a number. */
static bool parse_range(char *line, const struct facts *facts, struct facts_range *ret_range)
{
	char *start = strchr(line, ':');
	char *count = start ? strchr(start + 1, ':') : NULL;
	uint32_t uid;

	if (!count)
		return false;
	*start++ = '\0';
	*count++ = '\0';
	if (strcmp(line, facts->user) != 0 && (num_u32(line, &uid) < 0 || uid != facts->uid))
		return false;
	return num_u32(start, &ret_range->start) == 0 && num_u32(count, &ret_range->count) == 0 &&
	       ret_range->count > 0;
}

static int gather_ranges(const char *path, const struct facts *facts, struct facts_range *ranges,
			 unsigned *ret_count, struct cove_error *err)
{
	auto_fd int fd = fd_open(path, 0, err);
	auto_free char *text = NULL;
	unsigned count = 0;
	char *rest;
	long n;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	n = fd_read_all(fd, SUBID_LIMIT, &text, err);
	if (n < 0)
		return (int)n;
	for (char *line = strtok_r(text, "\n", &rest); line && count < FACTS_RANGES;
	     line = strtok_r(NULL, "\n", &rest))
		if (parse_range(line, facts, &ranges[count]))
			count++;
	*ret_count = count;
	return 0;
}

int facts_gather_ranges(struct facts_store *store, struct cove_error *err)
{
	struct facts *facts = &store->facts;
	int r = gather_ranges("/etc/subuid", facts, facts->subuids, &facts->subuid_count, err);

	if (r < 0)
		return r;
	return gather_ranges("/etc/subgid", facts, facts->subgids, &facts->subgid_count, err);
}

void facts_gather_mapped(struct facts_store *store)
{
	store->facts.mapped = identity_is_mapped();
}

void facts_gather_landlock(struct facts_store *store)
{
	store->facts.landlock_abi = landlock_abi();
}

/* Turns the kernel's \\NNN for blanks and backslashes into what they stand for. */
static void decode(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 +
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* Columns: id, parent, device, root, mount point, options, ..., "-", type, source, options. */
static bool parse_mount(char *line, struct facts_mount *ret_mount)
{
	char *type = strstr(line, " - ");
	char *path = line;

	for (int column = 0; path && column < 4; column++) {
		path = strchr(path, ' ');
		path = path ? path + 1 : NULL;
	}
	if (!path || !type)
		return false;
	path[strcspn(path, " ")] = '\0';
	type += 3;
	type[strcspn(type, " ")] = '\0';
	decode(path);
	*ret_mount = (struct facts_mount){ path, type };
	return path[0] == '/';
}

int facts_gather_mounts(struct facts_store *store, struct cove_error *err)
{
	auto_fd int fd = fd_open("/proc/self/mountinfo", 0, err);
	auto_free struct facts_mount *mounts = NULL;
	auto_free char *text = NULL;
	unsigned count = 0, lines = 0;
	char *rest;
	long n;

	if (fd < 0)
		return fd;
	n = fd_read_all(fd, MOUNTINFO_LIMIT, &text, err);
	if (n < 0)
		return (int)n;
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	mounts = calloc(lines + 1, sizeof(*mounts));
	if (!mounts)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	for (char *line = strtok_r(text, "\n", &rest); line && count <= lines;
	     line = strtok_r(NULL, "\n", &rest))
		if (parse_mount(line, &mounts[count]))
			count++;
	store->facts.mounts = store->mounts = TAKE_PTR(mounts);
	store->facts.mount_count = count;
	store->mount_text = TAKE_PTR(text);
	return 0;
}

void facts_done(struct facts_store *store)
{
	free(store->text);
	free(store->mount_text);
	free(store->mounts);
	*store = (struct facts_store){ 0 };
}
