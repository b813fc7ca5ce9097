/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bubblewrap's argument list. It shares every namespace but mnt that is not unshared, passes on the
 * whole environment, and builds its tree in the order of the list.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"
#include "box/bwrap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BIT(ns) (1u << (ns))
#define ALL_SHARED                                                                                 \
	(BIT(COVE_NS_PID) | BIT(COVE_NS_NET) | BIT(COVE_NS_IPC) | BIT(COVE_NS_UTS) |               \
	 BIT(COVE_NS_CGROUP))

enum { MAX_WORDS = 9000 }; /* bubblewrap's own limit */

/* ---- namespaces ---- */

static int unshare(struct foreign *f, const struct foreign_option *option,
		   const char *const *values, struct cove_error *err)
{
	(void)values;
	(void)err;
	f->jail.shared &= ~(unsigned)option->number;
	return 0;
}

static int share_net(struct foreign *f, const struct foreign_option *option,
		     const char *const *values, struct cove_error *err)
{
	(void)option;
	(void)values;
	(void)err;
	f->jail.shared |= BIT(COVE_NS_NET);
	return 0;
}

static int join(struct foreign *f, const struct foreign_option *option, const char *const *values,
		struct cove_error *err)
{
	auto_(buf_done) struct buf value = { 0 };
	int r = foreign_fd(values[0], err);

	if (r < 0)
		return r;
	buf_addf(&value, "%s=fd:%s", option->text, values[0]);
	jail_word(&f->jail.words, "--join", buf_str(&value));
	f->jail.shared &= ~(unsigned)option->number;
	return 0;
}

static int set_uid(struct foreign *f, const struct foreign_option *option,
		   const char *const *values, struct cove_error *err)
{
	return foreign_id(values[0], option->number ? &f->jail.gid : &f->jail.uid, err);
}

/* ---- environment and process ---- */

static int setenv_to(struct foreign *f, const struct foreign_option *option,
		     const char *const *values, struct cove_error *err)
{
	(void)option;
	if (!values[0][0] || strchr(values[0], '='))
		return err_usage(err, "'%s' is no name of a variable", values[0]);
	jail_env(&f->jail, JAIL_SET, values[0], values[1]);
	return 0;
}

static int unset(struct foreign *f, const struct foreign_option *option, const char *const *values,
		 struct cove_error *err)
{
	(void)option;
	if (!values[0][0] || strchr(values[0], '='))
		return err_usage(err, "'%s' is no name of a variable", values[0]);
	jail_env(&f->jail, JAIL_UNSET, values[0], NULL);
	return 0;
}

static int clear(struct foreign *f, const struct foreign_option *option, const char *const *values,
		 struct cove_error *err)
{
	(void)option;
	(void)values;
	(void)err;
	jail_clear_env(&f->jail);
	return 0;
}

static int change_dir(struct foreign *f, const struct foreign_option *option,
		      const char *const *values, struct cove_error *err)
{
	(void)option;
	(void)err;
	f->jail.cwd = jail_keep(&f->jail, values[0]);
	return 0;
}

static int cap(struct foreign *f, const struct foreign_option *option, const char *const *values,
	       struct cove_error *err)
{
	if (!option->number && strcasecmp(values[0], "all") == 0)
		bwrap_of(f)->no_caps = true;
	return foreign_cap(&f->jail, values[0], option->number, err);
}

static int seccomp(struct foreign *f, const struct foreign_option *option,
		   const char *const *values, struct cove_error *err)
{
	struct bwrap *bwrap = bwrap_of(f);
	auto_(buf_done) struct buf path = { 0 };
	int r = foreign_fd(values[0], err);

	(void)option;
	if (r < 0)
		return r;
	if (bwrap->filtered) {
		jail_none(&f->jail, foreign_asked(f), "there is one filter in a box");
		return 0;
	}
	bwrap->filtered = true;
	buf_addf(&path, "/proc/self/fd/%s", values[0]);
	jail_word(&f->jail.words, "--seccomp", buf_str(&path));
	return 0;
}

static int status_fd(struct foreign *f, const struct foreign_option *option,
		     const char *const *values, struct cove_error *err)
{
	int r = foreign_same_fd(f, option, values, err);

	if (r == 0)
		jail_note(&f->jail, "'%s' differs: cove writes JSON lines with other members",
			  foreign_asked(f));
	return r;
}

static int hostname(struct foreign *f, const struct foreign_option *option,
		    const char *const *values, struct cove_error *err)
{
	bwrap_of(f)->named = true;
	return foreign_same(f, option, values, err);
}

static int note(struct foreign *f, const struct foreign_option *option, const char *const *values,
		struct cove_error *err)
{
	(void)values;
	(void)err;
	jail_note(&f->jail, "'%s' differs: %s", foreign_asked(f), option->text);
	return 0;
}

static foreign_apply read_args;

static const struct foreign_option options[] = {
	{ "help", 0, 0, foreign_none, "see 'cove help box'", 0 },
	{ "version", 0, 0, foreign_none, "see 'cove version'", 0 },
	{ "args", 0, 1, read_args, NULL, 0 },
	{ "argv0", 0, 1, foreign_none, "the command is called by its own name", 0 },
	{ "level-prefix", 0, 0, note, "messages have no level in front", 0 },

	{ "unshare-user", 0, 0, NULL, NULL, 0 },
	{ "unshare-user-try", 0, 0, NULL, NULL, 0 },
	{ "unshare-ipc", 0, 0, unshare, NULL, BIT(COVE_NS_IPC) },
	{ "unshare-pid", 0, 0, unshare, NULL, BIT(COVE_NS_PID) },
	{ "unshare-net", 0, 0, unshare, NULL, BIT(COVE_NS_NET) },
	{ "unshare-uts", 0, 0, unshare, NULL, BIT(COVE_NS_UTS) },
	{ "unshare-cgroup", 0, 0, unshare, NULL, BIT(COVE_NS_CGROUP) },
	{ "unshare-cgroup-try", 0, 0, unshare, NULL, BIT(COVE_NS_CGROUP) },
	{ "unshare-all", 0, 0, unshare, NULL, ALL_SHARED },
	{ "share-net", 0, 0, share_net, NULL, 0 },
	{ "userns", 0, 1, join, "user", 0 },
	{ "userns2", 0, 1, foreign_none, "a box enters one user namespace", 0 },
	{ "pidns", 0, 1, join, "pid", BIT(COVE_NS_PID) },
	{ "disable-userns", 0, 0, NULL, NULL, 0 },
	{ "assert-userns-disabled", 0, 0, NULL, NULL, 0 },
	{ "uid", 0, 1, set_uid, NULL, 0 },
	{ "gid", 0, 1, set_uid, NULL, 1 },
	{ "hostname", 0, 1, hostname, "--hostname", 0 },

	{ "chdir", 0, 1, change_dir, NULL, 0 },
	{ "setenv", 0, 2, setenv_to, NULL, 0 },
	{ "unsetenv", 0, 1, unset, NULL, 0 },
	{ "clearenv", 0, 0, clear, NULL, 0 },

	{ "lock-file", 0, 1, foreign_none, "no file is locked; flock(1) around cove does that", 0 },
	{ "sync-fd", 0, 1, NULL, NULL, 0 }, /* cove stays, with what it has open */

	{ "perms", 0, 1, bwrap_perms, NULL, 0 },
	{ "size", 0, 1, bwrap_size, NULL, 0 },
	{ "bind", 0, 2, bwrap_bind, NULL, JAIL_RW },
	{ "bind-try", 0, 2, bwrap_bind, "try", JAIL_RW },
	{ "dev-bind", 0, 2, bwrap_bind, NULL, JAIL_DEV },
	{ "dev-bind-try", 0, 2, bwrap_bind, "try", JAIL_DEV },
	{ "ro-bind", 0, 2, bwrap_bind, NULL, JAIL_RO },
	{ "ro-bind-try", 0, 2, bwrap_bind, "try", JAIL_RO },
	{ "bind-fd", 0, 2, bwrap_from_fd, NULL, JAIL_FD },
	{ "ro-bind-fd", 0, 2, bwrap_from_fd, NULL, JAIL_FD_RO },
	{ "remount-ro", 0, 1, bwrap_remount_ro, NULL, 0 },
	{ "overlay-src", 0, 1, bwrap_overlay_src, NULL, 0 },
	{ "overlay", 0, 3, bwrap_overlay, NULL, 0 },
	{ "tmp-overlay", 0, 1, bwrap_tmp_overlay, NULL, 0 },
	{ "ro-overlay", 0, 1, bwrap_ro_overlay,
	  "directories cannot be laid over each other read-only", 0 },
	{ "proc", 0, 1, bwrap_at, NULL, JAIL_OWN },
	{ "dev", 0, 1, bwrap_at, NULL, JAIL_OWN },
	{ "tmpfs", 0, 1, bwrap_at, NULL, JAIL_TMPFS },
	{ "mqueue", 0, 1, bwrap_at, NULL, JAIL_OWN },
	{ "dir", 0, 1, bwrap_at, NULL, JAIL_DIR },
	{ "file", 0, 2, bwrap_file, "the file is read-only in the box", JAIL_FILE },
	{ "bind-data", 0, 2, bwrap_file, "the file is read-only in the box", JAIL_FILE },
	{ "ro-bind-data", 0, 2, bwrap_file, NULL, JAIL_FILE },
	{ "symlink", 0, 2, bwrap_symlink, NULL, 0 },
	{ "chmod", 0, 2, bwrap_chmod, NULL, 0 },

	{ "seccomp", 0, 1, seccomp, NULL, 0 },
	{ "add-seccomp-fd", 0, 1, seccomp, NULL, 0 },
	{ "exec-label", 0, 1, foreign_none, "a box sets no SELinux label", 0 },
	{ "file-label", 0, 1, foreign_none, "a box sets no SELinux label", 0 },
	{ "block-fd", 0, 1, foreign_none, "a box does not wait before its command", 0 },
	{ "userns-block-fd", 0, 1, foreign_none, "ids are mapped by --map, not from outside", 0 },
	{ "info-fd", 0, 1, status_fd, "--status-fd", 0 },
	{ "json-status-fd", 0, 1, status_fd, "--status-fd", 0 },
	{ "new-session", 0, 0, foreign_same, "--new-session", 0 },
	{ "die-with-parent", 0, 0, foreign_same, "--die-with-parent", 0 },
	{ "as-pid-1", 0, 0, foreign_same, "--no-init", 0 },
	{ "cap-add", 0, 1, cap, NULL, 1 },
	{ "cap-drop", 0, 1, cap, NULL, 0 },
};

static const struct foreign_option *find(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strncmp(word, "--", 2) == 0 && strcmp(options[i].name, word + 2) == 0)
			return &options[i];
	return NULL;
}

/* --perms and --size belong to the next option; it has to be one that takes them. */
static int check_modifiers(struct foreign *f, const struct foreign_option *option,
			   struct cove_error *err)
{
	static const char *const takers[] = { "tmpfs", "dir",  "file",        "bind-data",
					      "perms", "size", "ro-bind-data" };
	struct bwrap *bwrap = bwrap_of(f);

	if (!bwrap->perms && !bwrap->size)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(takers); i++)
		if (strcmp(option->name, takers[i]) == 0)
			return 0;
	return err_usage(err,
			 "--%s must be followed by an option that creates something, not by '--%s'",
			 bwrap->perms ? "perms" : "size", option->name);
}

/* Applies the options up to the command; returns how many words they are. */
static int read_list(struct foreign *f, int argc, char *const *argv, struct cove_error *err)
{
	struct bwrap *bwrap = bwrap_of(f);
	int i = 0;

	while (i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0) {
		const struct foreign_option *option = find(argv[i]);
		bool modifies =
			option && (option->apply == bwrap_perms || option->apply == bwrap_size);
		int r;

		if (!option)
			return foreign_unknown(f, argv[i], err);
		if (argc - i - 1 < option->arity)
			return foreign_missing(f, argv[i], option->arity, err);
		r = check_modifiers(f, option, err);
		if (r == 0)
			r = foreign_do(f, option, (const char *const *)argv + i + 1, err);
		if (r < 0)
			return r;
		if (!modifies)
			bwrap->perms = bwrap->size = NULL;
		i += 1 + option->arity;
	}
	return i;
}

/* The words of `text`, each ended by a NUL; the array ends with NULL. */
static char **split_words(struct buf *text, int *ret_count)
{
	size_t count = 0;
	char **words;

	for (size_t i = 0; i < text->len; i++)
		count += text->data[i] == '\0' || i + 1 == text->len;
	words = count > MAX_WORDS ? NULL : calloc(count + 1, sizeof(*words));
	*ret_count = 0;
	for (size_t at = 0; words && at < text->len; at += strlen(text->data + at) + 1)
		words[(*ret_count)++] = text->data + at;
	return words;
}

/* The words of a descriptor take the place of the option. */
static int read_args(struct foreign *f, const struct foreign_option *option,
		     const char *const *values, struct cove_error *err)
{
	struct bwrap *bwrap = bwrap_of(f);
	auto_free char **words = NULL;
	struct buf *text;
	int count, r = foreign_fd(values[0], err);

	(void)option;
	if (r < 0)
		return r;
	if (bwrap->text_count == ARRAY_LEN(bwrap->texts) || bwrap->depth == BWRAP_DEPTH)
		return err_usage(err, "there are too many --args");
	text = &bwrap->texts[bwrap->text_count++];
	r = f->read(atoi(values[0]), text, err);
	if (r < 0)
		return r;
	words = split_words(text, &count);
	if (!words)
		return err_usage(err, "there are more than %d words in descriptor %s", MAX_WORDS,
				 values[0]);
	bwrap->depth++;
	r = read_list(f, count, words, err);
	bwrap->depth--;
	if (r >= 0 && r < count)
		return err_usage(err, "there is more than options in descriptor %s: '%s'",
				 values[0], words[r]);
	return r < 0 ? r : 0;
}

static int read_all(struct foreign *f, int argc, char *const *argv, struct cove_error *err)
{
	struct bwrap *bwrap = bwrap_of(f);
	int first = read_list(f, argc, argv, err);
	int r;

	if (first < 0)
		return first;
	if (bwrap->named && f->jail.shared & BIT(COVE_NS_UTS))
		return err_usage(err, "bwrap's --hostname needs --unshare-uts");
	if (f->jail.facts->uid == 0 && f->jail.uid == 0 && !bwrap->no_caps)
		jail_note(&f->jail, "for root, bwrap leaves capabilities that a box does not: "
				    "--root gives those of a container");
	if (first < argc && strcmp(argv[first], "--") == 0)
		first++;
	r = foreign_command(f, argv + first, err);
	return r < 0 ? r : jail_line(&f->jail, err);
}

int translate_bwrap(const struct facts *facts, int argc, char *const *argv, translate_read *read,
		    struct translation *ret, struct cove_error *err)
{
	struct bwrap bwrap = { 0 };
	struct foreign f = {
		.tool = "bwrap",
		.options = options,
		.option_count = ARRAY_LEN(options),
		.state = &bwrap,
		.read = read,
	};
	int r;

	jail_init(&f.jail, facts, ret);
	f.jail.shared = ALL_SHARED;
	f.jail.root_writable = true;
	foreign_skip_name(f.tool, &argc, &argv);
	r = read_all(&f, argc, argv, err);
	jail_done(&f.jail);
	for (size_t i = 0; i < bwrap.text_count; i++)
		buf_done(&bwrap.texts[i]);
	return r;
}
