/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsjail's argument list. It makes every namespace new, passes on no variable, begins with an empty
 * read-only root or --chroot, and has limits that nobody asked for: those are written out.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/path.h"
#include "base/text.h"
#include "box/nsjail.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define BIT(ns) (1u << (ns))

/* ---- plain settings ---- */

static int set_mode(struct foreign *f, const struct foreign_option *option,
		    const char *const *values, struct cove_error *err)
{
	const char *mode = values[0];

	(void)option;
	if (strchr("lL", mode[0]) && mode[0])
		nsjail_of(f)->listens = true;
	else if (strchr("rR", mode[0]) && mode[0])
		jail_none(&f->jail, foreign_asked(f), "a box runs its command once");
	else if (!mode[0] || !strchr("oOeE", mode[0]))
		return err_usage(err, "nsjail has no mode '%s'", mode);
	return 0;
}

static int set_port(struct foreign *f, const struct foreign_option *option,
		    const char *const *values, struct cove_error *err)
{
	(void)option;
	(void)err;
	nsjail_of(f)->listens = strcmp(values[0], "0") != 0;
	return 0;
}

/* The struct's member at the row's number. */
#define FIELD(member) offsetof(struct nsjail, member)

static int set_text(struct foreign *f, const struct foreign_option *option,
		    const char *const *values, struct cove_error *err)
{
	(void)err;
	*(const char **)(void *)((char *)f->state + option->number) = values[0];
	return 0;
}

static int set_flag(struct foreign *f, const struct foreign_option *option,
		    const char *const *values, struct cove_error *err)
{
	(void)values;
	(void)err;
	*(bool *)((char *)f->state + option->number) = true;
	return 0;
}

static int set_cwd(struct foreign *f, const struct foreign_option *option,
		   const char *const *values, struct cove_error *err)
{
	(void)option;
	(void)err;
	f->jail.cwd = jail_keep(&f->jail, values[0]);
	return 0;
}

static int set_file(struct foreign *f, const struct foreign_option *option,
		    const char *const *values, struct cove_error *err)
{
	(void)option;
	(void)err;
	f->jail.first = values[0];
	return 0;
}

static int share(struct foreign *f, const struct foreign_option *option, const char *const *values,
		 struct cove_error *err)
{
	(void)values;
	(void)err;
	f->jail.shared |= (unsigned)option->number;
	return 0;
}

static int new_time(struct foreign *f, const struct foreign_option *option,
		    const char *const *values, struct cove_error *err)
{
	(void)option;
	(void)values;
	(void)err;
	jail_word(&f->jail.words, "--monotonic", "0");
	return 0;
}

/* The first three are passed anyway. */
static int pass_fd(struct foreign *f, const struct foreign_option *option,
		   const char *const *values, struct cove_error *err)
{
	bool always = strlen(values[0]) == 1 && strchr("012", values[0][0]);

	return always ? 0 : foreign_same_fd(f, option, values, err);
}

static int redirect(struct foreign *f, const struct foreign_option *option,
		    const char *const *values, struct cove_error *err)
{
	(void)values;
	(void)err;
	buf_adds(&f->jail.ends, option->text);
	return 0;
}

/* Nothing when the value means that it is off. */
static int unless_zero(struct foreign *f, const struct foreign_option *option,
		       const char *const *values, struct cove_error *err)
{
	if (strcmp(values[0], "0") == 0 || strcmp(values[0], "-1") == 0)
		return 0;
	return foreign_none(f, option, values, err);
}

static int set_env(struct foreign *f, const struct foreign_option *option,
		   const char *const *values, struct cove_error *err)
{
	const char *equal = strchr(values[0], '=');
	auto_(buf_done) struct buf name = { 0 };

	(void)option;
	if (!values[0][0] || equal == values[0])
		return err_usage(err, "'%s' is no variable", values[0]);
	if (!equal) {
		jail_env(&f->jail, JAIL_PASS, values[0], NULL);
		return 0;
	}
	buf_add(&name, values[0], (size_t)(equal - values[0]));
	jail_env(&f->jail, JAIL_SET, buf_str(&name), equal + 1);
	return 0;
}

static int cap(struct foreign *f, const struct foreign_option *option, const char *const *values,
	       struct cove_error *err)
{
	return foreign_cap(&f->jail, option->arity ? values[0] : "all", true, err);
}

/* ---- files ---- */

static void split(const char *value, struct buf *left, struct buf *right)
{
	const char *colon = strchr(value, ':');

	buf_add(left, value, colon ? (size_t)(colon - value) : strlen(value));
	buf_adds(right, colon ? colon + 1 : value);
}

static int add(struct foreign *f, enum jail_kind kind, const char *source, const char *target,
	       struct jail_mount **ret, struct cove_error *err)
{
	int r = jail_mount(&f->jail, kind, source, target, ret, err);

	if (r == 0)
		(*ret)->asked = f->asked;
	return r;
}

static int bind(struct foreign *f, const struct foreign_option *option, const char *const *values,
		struct cove_error *err)
{
	auto_(buf_done) struct buf source = { 0 }, target = { 0 };
	enum jail_kind kind = (enum jail_kind)option->number;
	struct jail_mount *m;

	split(values[0], &source, &target);
	if (path_is_under(buf_str(&target), "/dev"))
		kind = JAIL_DEV; /* its mounts are not nodev */
	return add(f, kind, buf_str(&source), buf_str(&target), &m, err);
}

static int tmpfs(struct foreign *f, const struct foreign_option *option, const char *const *values,
		 struct cove_error *err)
{
	struct jail_mount *m;

	(void)option;
	return add(f, JAIL_TMPFS, NULL, values[0], &m, err);
}

static int link_at(struct foreign *f, const struct foreign_option *option,
		   const char *const *values, struct cove_error *err)
{
	auto_(buf_done) struct buf source = { 0 }, target = { 0 };
	struct jail_mount *m;

	(void)option;
	if (!strchr(values[0], ':'))
		return err_usage(err, "'%s' is not TEXT:PATH", values[0]);
	split(values[0], &source, &target);
	return add(f, JAIL_LINK, buf_str(&source), buf_str(&target), &m, err);
}

/* Takes size= and mode= out of the options of a tmpfs. Returns whether there is nothing else. */
static bool read_tmpfs_options(struct foreign *f, const char *text, struct jail_mount *m)
{
	const char *cursor = text, *field;
	bool all = true;
	size_t len;

	while (*text && text_next_field(&cursor, ',', &field, &len)) {
		auto_(buf_done) struct buf word = { 0 };

		buf_add(&word, field, len);
		if (strncmp(buf_str(&word), "size=", 5) == 0)
			m->size = jail_keep(&f->jail, buf_str(&word) + 5);
		else if (strncmp(buf_str(&word), "mode=", 5) == 0)
			m->mode = jail_keep(&f->jail, buf_str(&word) + 5);
		else
			all = false;
	}
	return all;
}

/* SOURCE:TARGET:TYPE:OPTIONS */
static int mount_any(struct foreign *f, const struct foreign_option *option,
		     const char *const *values, struct cove_error *err)
{
	auto_(buf_done) struct buf source = { 0 }, rest = { 0 }, target = { 0 }, tail = { 0 };
	auto_(buf_done) struct buf type = { 0 }, words = { 0 };
	struct jail_mount *m;
	int r = 0;

	(void)option;
	split(values[0], &source, &rest);
	split(buf_str(&rest), &target, &tail);
	split(buf_str(&tail), &type, &words);
	if (strcmp(buf_str(&type), "tmpfs") == 0) {
		r = add(f, JAIL_TMPFS, NULL, buf_str(&target), &m, err);
		if (r == 0 && strchr(buf_str(&tail), ':') &&
		    !read_tmpfs_options(f, buf_str(&words), m))
			jail_none(&f->jail, foreign_asked(f),
				  "of its options, only size= and mode= are kept");
	} else if (strcmp(buf_str(&type), "proc") == 0) {
		r = add(f, JAIL_OWN, NULL, buf_str(&target), &m, err);
	} else {
		jail_none(&f->jail, foreign_asked(f),
			  "a box has --ro, --rw, --tmpfs and --overlay");
	}
	return r;
}

#define NO_LISTENING "a box listens on no port; systemd or inetd can start one for each connection"
#define NO_NETWORK "the network of a box is none, the host's, or that of --join net=TARGET"
#define NO_KAFEL "its language is another; --seccomp takes a profile in JSON or a compiled filter"
#define NO_CGROUP "a box sets no cgroup limits yet"
#define NO_PERSONALITY "a box does not set the personality"

static const struct foreign_option options[] = {
	{ "help", 'h', 0, foreign_none, "see 'cove help box'", 0 },
	{ "mode", 'M', 1, set_mode, NULL, 0 },
	{ "config", 'C', 1, foreign_none, "the file is not read; give its settings as options", 0 },
	{ "exec_file", 'x', 1, set_file, NULL, 0 },
	{ "execute_fd", 0, 0, foreign_none, "the command is found in the box", 0 },
	{ "exec_wrapper", 0, 1, foreign_none, "write it in front of the command", 0 },
	{ "chroot", 'c', 1, set_text, NULL, FIELD(chroot) },
	{ "no_pivotroot", 0, 0, NULL, NULL, 0 },
	{ "rw", 0, 0, set_flag, NULL, FIELD(writable) },
	{ "user", 'u', 1, nsjail_ids, NULL, 0 },
	{ "group", 'g', 1, nsjail_ids, NULL, 1 },
	{ "hostname", 'H', 1, set_text, NULL, FIELD(hostname) },
	{ "cwd", 'D', 1, set_cwd, NULL, 0 },
	{ "port", 'p', 1, set_port, NULL, 0 },
	{ "bindhost", 0, 1, NULL, NULL, 0 },
	{ "max_conns", 0, 1, NULL, NULL, 0 },
	{ "max_conns_per_ip", 'i', 1, NULL, NULL, 0 },
	{ "log", 'l', 1, foreign_none, "there is no log; messages go to standard error", 0 },
	{ "log_fd", 'L', 1, foreign_none, "there is no log; messages go to standard error", 0 },
	{ "time_limit", 't', 1, nsjail_time, NULL, 0 },
	{ "max_cpus", 0, 1, unless_zero, "taskset(1) around cove does that", 0 },
	{ "daemon", 'd', 0, foreign_none, "a box stays in the foreground", 0 },
	{ "verbose", 'v', 0, NULL, NULL, 0 },
	{ "quiet", 'q', 0, NULL, NULL, 0 },
	{ "really_quiet", 'Q', 0, NULL, NULL, 0 },
	{ "keep_env", 'e', 0, set_flag, NULL, FIELD(keep_env) },
	{ "env", 'E', 1, set_env, NULL, 0 },
	{ "keep_caps", 0, 0, cap, NULL, 0 },
	{ "cap", 0, 1, cap, NULL, 0 },
	{ "silent", 0, 0, redirect, " </dev/null >/dev/null 2>&1", 0 },
	{ "stderr_to_null", 0, 0, redirect, " 2>/dev/null", 0 },
	{ "skip_setsid", 0, 0, set_flag, NULL, FIELD(keeps_session) },
	{ "pass_fd", 0, 1, pass_fd, "--keep-fd", 0 },
	{ "disable_no_new_privs", 0, 0, foreign_none, "a box gives no new privileges, ever", 0 },
	{ "rlimit_as", 0, 1, nsjail_limit, NULL, 0 },
	{ "rlimit_core", 0, 1, nsjail_limit, NULL, 1 },
	{ "rlimit_cpu", 0, 1, nsjail_limit, NULL, 2 },
	{ "rlimit_fsize", 0, 1, nsjail_limit, NULL, 3 },
	{ "rlimit_nofile", 0, 1, nsjail_limit, NULL, 4 },
	{ "rlimit_nproc", 0, 1, nsjail_limit, NULL, 5 },
	{ "rlimit_stack", 0, 1, nsjail_limit, NULL, 6 },
	{ "rlimit_memlock", 0, 1, nsjail_limit, NULL, 7 },
	{ "rlimit_rtprio", 0, 1, nsjail_limit, NULL, 8 },
	{ "rlimit_msgqueue", 0, 1, nsjail_limit, NULL, 9 },
	{ "disable_rlimits", 0, 0, set_flag, NULL, FIELD(no_limits) },
	{ "persona_addr_compat_layout", 0, 0, foreign_none, NO_PERSONALITY, 0 },
	{ "persona_mmap_page_zero", 0, 0, foreign_none, NO_PERSONALITY, 0 },
	{ "persona_read_implies_exec", 0, 0, foreign_none, NO_PERSONALITY, 0 },
	{ "persona_addr_limit_3gb", 0, 0, foreign_none, NO_PERSONALITY, 0 },
	{ "persona_addr_no_randomize", 0, 0, foreign_none, NO_PERSONALITY, 0 },
	{ "disable_clone_newnet", 'N', 0, share, NULL, BIT(COVE_NS_NET) },
	{ "disable_clone_newuser", 0, 0, share, NULL, BIT(COVE_NS_USER) },
	{ "disable_clone_newns", 0, 0, share, NULL, BIT(COVE_NS_MNT) },
	{ "disable_clone_newpid", 0, 0, share, NULL, BIT(COVE_NS_PID) },
	{ "disable_clone_newipc", 0, 0, share, NULL, BIT(COVE_NS_IPC) },
	{ "disable_clone_newuts", 0, 0, share, NULL, BIT(COVE_NS_UTS) },
	{ "disable_clone_newcgroup", 0, 0, share, NULL, BIT(COVE_NS_CGROUP) },
	{ "enable_clone_newtime", 0, 0, new_time, NULL, 0 },
	{ "uid_mapping", 'U', 1, nsjail_map, NULL, 0 },
	{ "gid_mapping", 'G', 1, nsjail_map, NULL, 1 },
	{ "bindmount_ro", 'R', 1, bind, NULL, JAIL_RO },
	{ "bindmount", 'B', 1, bind, NULL, JAIL_RW },
	{ "tmpfsmount", 'T', 1, tmpfs, NULL, 0 },
	{ "mount", 'm', 1, mount_any, NULL, 0 },
	{ "symlink", 's', 1, link_at, NULL, 0 },
	{ "disable_proc", 0, 0, set_flag, NULL, FIELD(no_proc) },
	{ "proc_path", 0, 1, set_text, NULL, FIELD(proc) },
	{ "proc_rw", 0, 0, NULL, NULL, 0 },
	{ "experimental_mnt", 0, 1, NULL, NULL, 0 },
	{ "seccomp_policy", 'P', 1, foreign_none, NO_KAFEL, 0 },
	{ "seccomp_string", 0, 1, foreign_none, NO_KAFEL, 0 },
	{ "seccomp_log", 0, 0, foreign_none, "the filter logs nothing", 0 },
	{ "seccomp_unotify", 0, 0, foreign_none, "system calls are not reported", 0 },
	{ "nice_level", 0, 1, nsjail_nice, NULL, 0 },
	{ "oom_score_adj", 0, 1, foreign_same, "--oom-score-adj", 0 },
	{ "cgroup_mem_max", 0, 1, unless_zero, NO_CGROUP, 0 },
	{ "cgroup_mem_memsw_max", 0, 1, unless_zero, NO_CGROUP, 0 },
	{ "cgroup_mem_swap_max", 0, 1, unless_zero, NO_CGROUP, 0 },
	{ "cgroup_mem_mount", 0, 1, NULL, NULL, 0 },
	{ "cgroup_mem_parent", 0, 1, NULL, NULL, 0 },
	{ "cgroup_pids_max", 0, 1, unless_zero, NO_CGROUP, 0 },
	{ "cgroup_pids_mount", 0, 1, NULL, NULL, 0 },
	{ "cgroup_pids_parent", 0, 1, NULL, NULL, 0 },
	{ "cgroup_net_cls_classid", 0, 1, unless_zero, NO_CGROUP, 0 },
	{ "cgroup_net_cls_mount", 0, 1, NULL, NULL, 0 },
	{ "cgroup_net_cls_parent", 0, 1, NULL, NULL, 0 },
	{ "cgroup_cpu_ms_per_sec", 0, 1, unless_zero, NO_CGROUP, 0 },
	{ "cgroup_cpu_mount", 0, 1, NULL, NULL, 0 },
	{ "cgroup_cpu_parent", 0, 1, NULL, NULL, 0 },
	{ "cgroupv2_mount", 0, 1, NULL, NULL, 0 },
	{ "use_cgroupv2", 0, 0, NULL, NULL, 0 },
	{ "detect_cgroupv2", 0, 0, NULL, NULL, 0 },
	{ "iface_no_lo", 0, 0, foreign_none, "the loopback device of a box is up", 0 },
	{ "iface_own", 0, 1, foreign_none, NO_NETWORK, 0 },
	{ "macvlan_iface", 'I', 1, foreign_none, NO_NETWORK, 0 },
	{ "macvlan_vs_ip", 0, 1, NULL, NULL, 0 },
	{ "macvlan_vs_nm", 0, 1, NULL, NULL, 0 },
	{ "macvlan_vs_gw", 0, 1, NULL, NULL, 0 },
	{ "macvlan_vs_ma", 0, 1, NULL, NULL, 0 },
	{ "macvlan_vs_mo", 0, 1, NULL, NULL, 0 },
	{ "user_net", 0, 0, foreign_none, NO_NETWORK, 0 },
	{ "use_pasta", 0, 0, foreign_none, NO_NETWORK, 0 },
	{ "disable_tsc", 0, 0, foreign_none, "the time stamp counter can be read", 0 },
	{ "forward_signals", 0, 0, NULL, NULL, 0 },
};

/* ---- reading, as getopt_long does ---- */

static const struct foreign_option *find_letter(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (letter && options[i].letter == letter)
			return &options[i];
	return NULL;
}

/* A name may be cut as long as it fits only one. */
static const struct foreign_option *find_name(const char *name, size_t len)
{
	const struct foreign_option *found = NULL;
	unsigned count = 0;

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (strncmp(options[i].name, name, len) != 0)
			continue;
		if (options[i].name[len] == '\0')
			return &options[i];
		found = &options[i];
		count++;
	}
	return count == 1 ? found : NULL;
}

/* Returns how many words it took, the option's own included. */
static int read_long(struct foreign *f, char *const *argv, struct cove_error *err)
{
	size_t len = strcspn(argv[0] + 2, "=");
	const struct foreign_option *option = find_name(argv[0] + 2, len);
	const char *value = argv[0][2 + len] ? argv[0] + 3 + len : NULL;
	bool next = option && option->arity && !value;
	int r;

	if (!option)
		return foreign_unknown(f, argv[0], err);
	if (value && !option->arity)
		return err_usage(err, "nsjail's '--%s' takes no value", option->name);
	if (next && !argv[1])
		return foreign_missing(f, argv[0], 1, err);
	r = foreign_do(f, option, (const char *const[]){ next ? argv[1] : value }, err);
	return r < 0 ? r : 1 + next;
}

static int read_letters(struct foreign *f, char *const *argv, struct cove_error *err)
{
	for (const char *at = argv[0] + 1; *at; at++) {
		const struct foreign_option *option = find_letter(*at);
		bool takes = option && option->arity, next = takes && !at[1];
		int r;

		if (!option)
			return foreign_unknown(f, argv[0], err);
		if (next && !argv[1])
			return foreign_missing(f, argv[0], 1, err);
		r = foreign_do(f, option, (const char *const[]){ next ? argv[1] : at + 1 }, err);
		if (r < 0)
			return r;
		if (takes)
			return 1 + next;
	}
	return 1;
}

/* The root goes ahead of all mounts, /proc behind them. */
static int add_trees(struct foreign *f, struct cove_error *err)
{
	struct nsjail *n = nsjail_of(f);
	struct jail_mount *m;
	struct buf said = f->jail.mounts;
	int r = 0;

	f->jail.mounts = (struct buf){ 0 };
	f->jail.root_writable = n->writable;
	f->asked = 0;
	if (n->chroot)
		r = add(f, n->writable ? JAIL_RW : JAIL_RO, n->chroot, "/", &m, err);
	buf_add(&f->jail.mounts, said.data, said.len);
	f->jail.mounts.failed |= said.failed;
	buf_done(&said);
	if (r == 0 && !n->no_proc && (!n->proc || *n->proc))
		r = add(f, JAIL_OWN, NULL, n->proc ? n->proc : "/proc", &m, err);
	return r;
}

static int read_all(struct foreign *f, int argc, char *const *argv, struct cove_error *err)
{
	struct nsjail *n = nsjail_of(f);
	int i = 0, r;

	while (i < argc && argv[i][0] == '-' && argv[i][1] && strcmp(argv[i], "--") != 0) {
		r = argv[i][1] == '-' ? read_long(f, argv + i, err)
				      : read_letters(f, argv + i, err);
		if (r < 0)
			return r;
		i += r;
	}
	if (i < argc && strcmp(argv[i], "--") == 0)
		i++;
	r = foreign_command(f, argv + i, err);
	if (r == 0)
		r = add_trees(f, err);
	if (r < 0)
		return r;
	if (f->jail.first && argv[i] && strcmp(f->jail.first, argv[i]) != 0)
		jail_none(&f->jail, argv[i], "the command is called by the name of its file");
	if (n->listens)
		jail_none(&f->jail, "--mode l", NO_LISTENING);
	if (n->hostname && !(f->jail.shared & BIT(COVE_NS_UTS)))
		jail_word(&f->jail.words, "--hostname", n->hostname);
	if (!n->keeps_session)
		jail_word(&f->jail.words, "--new-session", NULL);
	f->jail.clear_env = !n->keep_env;
	nsjail_add_maps(f);
	nsjail_add_limits(f);
	return jail_line(&f->jail, err);
}

int translate_nsjail(const struct facts *facts, int argc, char *const *argv, translate_read *read,
		     struct translation *ret, struct cove_error *err)
{
	struct nsjail nsjail = { .uid_outside = facts->uid, .gid_outside = facts->gid };
	struct foreign f = {
		.tool = "nsjail",
		.options = options,
		.option_count = ARRAY_LEN(options),
		.state = &nsjail,
		.read = read,
	};
	int r;

	jail_init(&f.jail, facts, ret);
	f.jail.starts_at_root = true;
	foreign_skip_name(f.tool, &argc, &argv);
	r = read_all(&f, argc, argv, err);
	jail_done(&f.jail);
	buf_done(&nsjail.uids);
	buf_done(&nsjail.gids);
	return r;
}
