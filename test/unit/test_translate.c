/* SPDX-License-Identifier: Apache-2.0 */
/* Every option of bubblewrap and nsjail at least once; the golden cases show whole lines. */
#include "unit.h"

#include "base/auto.h"
#include "base/err.h"
#include "box/translate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An option, what becomes of it, and its note; NULL: none. A note that begins with '!' is of
 * something that has no equal. */
struct row {
	const char *list, *line, *note;
};

static const struct facts alice = {
	.uid = 1000,
	.gid = 1000,
	.home = "/home/alice",
	.cwd = "/home/alice/src",
};

static struct translation done;
static struct cove_error failure;

static void start(void)
{
	translation_done(&done);
	memset(&done, 0, sizeof(done));
	memset(&failure, 0, sizeof(failure));
}

static int end(void **state)
{
	(void)state;
	translation_done(&done);
	memset(&done, 0, sizeof(done));
	return 0;
}

static const char *in_args = "";
static size_t in_args_len;

static int read_args(int fd, struct buf *ret, struct cove_error *err)
{
	if (fd != 9)
		return err_set(err, EBADF, "read", NULL, "cannot read");
	buf_add(ret, in_args, in_args_len);
	return 0;
}

/* Translates `before`, the words of `list` and "CMD"; blanks separate words. */
static int translate(translate_tool *tool, const char *before, const char *list)
{
	char text[1024], *argv[64], *word, *rest;
	int argc = 0;

	snprintf(text, sizeof(text), "%s %s CMD", before, list);
	for (word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	argv[argc] = NULL;
	start();
	return tool(&alice, argc, argv, read_args, &done, &failure);
}

/* `frame` is what the line is without the option, cut where its words belong. */
static void check(translate_tool *tool, const char *before, const char *const frame[2],
		  const struct row *row)
{
	const char *note = row->note && row->note[0] == '!' ? row->note + 1 : row->note;
	char line[1024];

	if (translate(tool, before, row->list) != 0)
		fail_msg("%s: %s", row->list, failure.what);
	snprintf(line, sizeof(line), "%s%s%s", frame[0], row->line, frame[1]);
	if (strcmp(buf_str(&done.line), line) != 0)
		fail_msg("%s:\n%s, not\n%s", row->list, buf_str(&done.line), line);
	if (note ? !strstr(buf_str(&done.notes), note) : done.notes.len != 0)
		fail_msg("%s: note: %s", row->list, buf_str(&done.notes));
	assert_int_equal(done.incomplete, row->note && row->note[0] == '!');
}

/* Behind a root that needs no word and no note. */
#define BWRAP_ROOT                                                                                 \
	"--ro-bind / / --tmpfs /tmp --tmpfs /run --tmpfs /home "                                   \
	"--bind /home/alice/src /home/alice/src"
#define UNSHARED " --unshare-all"

static void bwrap_options(void **state)
{
	static const char *const frame[2] = { "cove box", " --env-pass '*' -- CMD" };
	static const struct row rows[] = {
		{ "--help", "", "!see 'cove help box'" },
		{ "--version", "", "!see 'cove version'" },
		{ "--argv0 x", "", "!called by its own name" },
		{ "--level-prefix", "", "'--level-prefix' differs" },
		{ "--unshare-user", "", NULL },
		{ "--unshare-user-try", "", NULL },
		{ "--unshare-ipc", "", NULL },
		{ "--unshare-pid", "", NULL },
		{ "--unshare-net", "", NULL },
		{ "--unshare-uts", "", NULL },
		{ "--unshare-cgroup", "", NULL },
		{ "--unshare-cgroup-try", "", NULL },
		{ "--share-net", " --share net", NULL },
		{ "--userns 7", " --join user=fd:7", NULL },
		{ "--userns2 7", "", "!'--userns2 7' has no equal" },
		{ "--pidns 7", " --join pid=fd:7", NULL },
		{ "--disable-userns", "", NULL },
		{ "--assert-userns-disabled", "", NULL },
		{ "--uid 5", " --user 5:1000", NULL },
		{ "--gid 5", " --user 1000:5", NULL },
		{ "--uid 5 --gid 5", " --user 5", NULL },
		{ "--uid 1000 --gid 1000", "", NULL },
		{ "--hostname h", " --hostname h", NULL },
		{ "--chdir /etc", " --cwd /etc", NULL },
		{ "--chdir /home/alice/src", "", NULL },
		{ "--lock-file /l", "", "!flock(1)" },
		{ "--sync-fd 5", "", NULL },
		{ "--perms 700 --tmpfs /x", " --tmpfs /x:mode=700", NULL },
		{ "--size 9 --tmpfs /x", " --tmpfs /x:size=9", NULL },
		{ "--size 9 --perms 1777 --tmpfs /x", " --tmpfs /x:size=9,mode=1777", NULL },
		{ "--bind /x /y", " --rw /x:/y", NULL },
		{ "--bind /x/../y/ /y", " --rw /y", NULL },
		{ "--bind x /y", " --rw /home/alice/src/x:/y", NULL },
		{ "--bind-try /x /x", " --rw-try /x", NULL },
		{ "--dev-bind /x /x", " --rw /x", NULL },
		{ "--dev-bind /dev/kvm /dev/kvm", " --dev /dev/kvm", NULL },
		{ "--dev-bind /dev/null /dev/null", "", NULL },
		{ "--dev-bind /dev /dev", "", "!one by one" },
		{ "--dev-bind /dev/kvm /dev/x", "", "!one by one" },
		{ "--dev-bind-try /x /x", " --rw-try /x", NULL },
		{ "--ro-bind /x /y", " --ro /x:/y", NULL },
		{ "--ro-bind /etc /etc", "", NULL },
		{ "--ro-bind /home/alice/x /home/alice/x", " --ro /home/alice/x", NULL },
		{ "--ro-bind-try /x /y", " --ro-try /x:/y", NULL },
		{ "--ro-bind /a:b /y", "", "!there is a ':'" },
		{ "--ro-bind /proc /proc", "", "/proc of its own" },
		{ "--ro-bind /x /proc/y", "", "!nothing can be put into /proc" },
		{ "--ro-bind /x /sys/y", "", "!nothing can be put into /sys" },
		{ "--ro-bind /sys /sys", "", NULL },
		{ "--bind-fd 7 /x", " --bind-fd 7:/x", NULL },
		{ "--ro-bind-fd 7 /x", " --bind-fd 7:/x:ro", NULL },
		{ "--bind /x /y --remount-ro /y", " --ro /x:/y", NULL },
		{ "--bind /x /x --remount-ro /x", "", NULL },
		{ "--tmpfs /x --remount-ro /x", " --tmpfs /x:ro", NULL },
		{ "--bind-fd 7 /x --remount-ro /x", " --bind-fd 7:/x:ro", NULL },
		{ "--remount-ro /x", "", "!only what the list mounts" },
		{ "--overlay-src /x --tmp-overlay /x", " --overlay /x", NULL },
		{ "--overlay-src /y --tmp-overlay /x", "", "!lies over what is there" },
		{ "--overlay-src /x --overlay /d/upper /d/work /x", " --overlay /x=/d", NULL },
		{ "--overlay-src /x --overlay /d /w /x", "", "!--overlay /x=DIR" },
		{ "--overlay-src /x --overlay-src /y --ro-overlay /x", "", "!laid over" },
		{ "--proc /proc", "", NULL },
		{ "--proc /x", "", "!at its usual place" },
		{ "--dev /dev", "", NULL },
		{ "--tmpfs /var", " --tmpfs /var", NULL },
		{ "--tmpfs /home/alice", " --hide /home/alice/src --cwd /home/alice",
		  "comes later" },
		{ "--tmpfs /proc", " --hide /proc", NULL },
		{ "--mqueue /dev/mqueue", "", NULL },
		{ "--dir /etc", "", NULL },
		{ "--dir /tmp/x", " --tmpfs /tmp/x", NULL },
		{ "--perms 700 --dir /run/x", " --tmpfs /run/x:mode=700", NULL },
		{ "--bind /x /x --dir /x/y", " --rw /x", "!made on the host" },
		{ "--file 7 /x", " --file /x=fd:7", "read-only in the box" },
		{ "--bind-data 7 /x", " --file /x=fd:7", "read-only in the box" },
		{ "--ro-bind-data 7 /x", " --file /x=fd:7", NULL },
		{ "--perms 0600 --ro-bind-data 7 /x", " --file /x=fd:7", "!has the mode 0644" },
		{ "--ro-bind-data 7 /x=y", "", "!there is a '='" },
		{ "--symlink a /tmp/b", " --symlink a:/tmp/b", NULL },
		{ "--symlink a /b", "", NULL },
		{ "--symlink a:b /tmp/b", "", "!in the link's text" },
		{ "--tmpfs /x --chmod 0700 /x", " --tmpfs /x:mode=0700", NULL },
		{ "--chmod 0700 /x", "", "!only a tmpfs" },
		{ "--seccomp 7", " --seccomp /proc/self/fd/7", NULL },
		{ "--add-seccomp-fd 7", " --seccomp /proc/self/fd/7", NULL },
		{ "--add-seccomp-fd 7 --add-seccomp-fd 8", " --seccomp /proc/self/fd/7",
		  "!one filter" },
		{ "--exec-label x", "", "!SELinux" },
		{ "--file-label x", "", "!SELinux" },
		{ "--block-fd 7", "", "!does not wait" },
		{ "--userns-block-fd 7", "", "!--map" },
		{ "--info-fd 7", " --status-fd 7", "other members" },
		{ "--json-status-fd 7", " --status-fd 7", "other members" },
		{ "--new-session", " --new-session", NULL },
		{ "--die-with-parent", " --die-with-parent", NULL },
		{ "--as-pid-1", " --no-init", NULL },
		{ "--cap-add CAP_KILL", " --cap-add kill", NULL },
		{ "--cap-add ALL --cap-drop CAP_KILL", " --cap-add all --cap-drop kill", NULL },
		{ "--cap-add ALL --cap-drop CAP_KILL --cap-add CAP_KILL", " --cap-add all", NULL },
		{ "--cap-add CAP_KILL --cap-drop ALL", "", NULL },
		{ "--args 9", " --hostname from-args", NULL },
	};

	(void)state;
	in_args = "--hostname\0from-args";
	in_args_len = 20;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(translate_bwrap, BWRAP_ROOT UNSHARED, frame, &rows[i]);
}

static void bwrap_environment(void **state)
{
	static const char *const plain[2] = { "cove box", " -- CMD" };
	static const struct row rows[] = {
		{ "--setenv A b", " --env-pass '*' --env A=b", NULL },
		{ "--setenv A b --setenv A c", " --env-pass '*' --env A=c", NULL },
		{ "--clearenv", " --env-clear", NULL },
		{ "--setenv A b --clearenv --setenv C d", " --env-clear --env C=d", NULL },
		{ "--clearenv --unsetenv A", " --env-clear", NULL },
		{ "--unsetenv A --setenv A b", " --env-pass '*' --env A=b", NULL },
	};
	static const char *const unset[2] = { "", " cove box --env-pass '*' -- CMD" };
	static const struct row row = { "--unsetenv A --unsetenv B", "env -u A -u B", NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(translate_bwrap, BWRAP_ROOT UNSHARED, plain, &rows[i]);
	check(translate_bwrap, BWRAP_ROOT UNSHARED, unset, &row);
}

static void bwrap_shares_what_is_not_unshared(void **state)
{
	static const char *const frame[2] = { "cove box --share ", " --env-pass '*' -- CMD" };
	static const struct row rows[] = {
		{ "", "pid,net,ipc,uts,cgroup", NULL },
		{ "--unshare-pid", "net,ipc,uts,cgroup", NULL },
		{ "--unshare-pid --unshare-net --unshare-ipc --unshare-cgroup-try", "uts", NULL },
		{ "--unshare-all --share-net", "net", NULL },
		{ "--mqueue /dev/mqueue", "pid,net,ipc,uts,cgroup", "!an ipc namespace" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(translate_bwrap, BWRAP_ROOT, frame, &rows[i]);
}

/* Roots: the pieces, a directory, the host's tree writable. */
static void bwrap_roots(void **state)
{
	static const char *const frame[2] = { "cove box ", " --env-pass '*' -- CMD" };
	static const struct row rows[] = {
		{ "--ro-bind /usr /usr --proc /proc --remount-ro /",
		  "--empty-root --ro /usr --tmpfs /sys", NULL },
		{ "--ro-bind /usr /usr --proc /proc", "--empty-root --ro /usr --tmpfs /sys",
		  "the root directory is read-only" },
		{ "--tmpfs / --remount-ro /", "--empty-root --tmpfs /sys", "has a /proc" },
		{ "--proc /proc --remount-ro / --ro-bind /sys /sys --dir /a --dir"
		  " /tmp --dir /b/c --ro-bind /d /a/d",
		  "--empty-root --tmpfs /b/c --ro /d:/a/d", NULL },
		{ "--bind /srv/root / --tmpfs /tmp --tmpfs /run --proc /proc",
		  "--rootfs /srv/root:rw --tmpfs /sys", NULL },
		{ "--ro-bind /srv/root / --proc /proc", "--rootfs /srv/root --tmpfs /sys",
		  "to see the root's own: --ro /srv/root/tmp:/tmp" },
		{ "--bind / / --tmpfs /tmp --tmpfs /run", "--rootfs /:rw --cwd /home/alice/src",
		  NULL },
		{ "--ro-bind /usr /usr --proc /proc --remount-ro / --bind /home/alice /home/alice",
		  "--empty-root --ro /usr --rw /home/alice --tmpfs /sys --cwd /home/alice/src",
		  NULL },
		{ "--ro-bind /usr /usr --proc /proc --remount-ro / --tmpfs /home/alice",
		  "--empty-root --ro /usr --tmpfs /home/alice --tmpfs /sys --cwd /home/alice",
		  NULL },
		{ "--ro-bind / / --tmpfs /tmp --tmpfs /run", "--ro /home/alice/src",
		  "all home directories; to see yours: --ro /home/alice" },
		{ "--ro-bind / / --tmpfs /tmp --tmpfs /run --tmpfs /home",
		  "--hide /home/alice/src --cwd /", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(translate_bwrap, "--unshare-all", frame, &rows[i]);
	assert_int_equal(translate(translate_bwrap, "", "--ro-bind /usr /usr --proc /proc"), 0);
	assert_non_null(strstr(buf_str(&done.line), " --ro /usr --ro /proc "));
}

static void bwrap_order(void **state)
{
	static const char *const frame[2] = { "cove box", " --env-pass '*' -- CMD" };
	static const struct row rows[] = {
		{ "--bind /a/b /a/b --tmpfs /a", " --tmpfs /a", "'--bind /a/b /a/b' is left out" },
		{ "--tmpfs /a --bind /a/b /a/b", " --tmpfs /a --rw /a/b", NULL },
		{ "--bind /x /a --bind /y /a", " --rw /y:/a", "'--bind /x /a' is left out" },
		{ "--bind /x /a --bind-try /y /a", " --rw /x:/a --rw-try /y:/a", NULL },
		{ "--dir /tmp/a --bind /x /tmp/a", " --rw /x:/tmp/a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(translate_bwrap, BWRAP_ROOT UNSHARED, frame, &rows[i]);
}

/* Behind what silences nsjail's own limits. */
#define NSJAIL "--disable_rlimits --nice_level 0 --time_limit 0"

static void nsjail_options(void **state)
{
	static const char *const frame[2] = { "cove box", " --env-clear -- CMD" };
#define EMPTY " --empty-root"
#define USUAL " --nice 0"
	static const struct row rows[] = {
		{ "", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "-h", EMPTY " --tmpfs /sys --new-session" USUAL, "!see 'cove help box'" },
		{ "-Mo", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "-M e", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--mode r", EMPTY " --tmpfs /sys --new-session" USUAL, "!runs its command once" },
		{ "-Ml", EMPTY " --tmpfs /sys --new-session" USUAL, "!listens on no port" },
		{ "-p 80 --bindhost ::1 --max_conns 3 -i 2",
		  EMPTY " --tmpfs /sys --new-session" USUAL, "!listens on no port" },
		{ "-C f", EMPTY " --tmpfs /sys --new-session" USUAL, "!not read" },
		{ "--execute_fd", EMPTY " --tmpfs /sys --new-session" USUAL, "!found in the box" },
		{ "--exec_wrapper w", EMPTY " --tmpfs /sys --new-session" USUAL, "!in front of" },
		{ "-c /r", " --rootfs /r --tmpfs /sys --new-session" USUAL, "the root's own" },
		{ "-c /r --rw", " --rootfs /r:rw --tmpfs /sys --new-session" USUAL,
		  "the root's own" },
		{ "-c /", " --ro /home/alice/src --cwd / --new-session" USUAL, "yours" },
		{ "--no_pivotroot --experimental_mnt new",
		  EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--rw", EMPTY " --tmpfs /sys --new-session" USUAL,
		  "root directory is read-only" },
		{ "-u 5 -g 6", " --user 5:6" EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "-u 5:1000:1 -g nobody",
		  " --user 5:65534" EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "-u carl", EMPTY " --tmpfs /sys --new-session" USUAL, "!id carl" },
		{ "-U 5:100000:9 -G 7::2 -u 9",
		  " --user 5:7" EMPTY " --tmpfs /sys --new-session --map u:5:100000:9"
		  " --map u:9:1000:1 --map g:7:1000:2" USUAL,
		  NULL },
		{ "-H h", EMPTY " --tmpfs /sys --hostname h --new-session" USUAL, NULL },
		{ "-D /tmp", EMPTY " --tmpfs /sys --cwd /tmp --new-session" USUAL, NULL },
		{ "-l f", EMPTY " --tmpfs /sys --new-session" USUAL, "!no log" },
		{ "-L 3", EMPTY " --tmpfs /sys --new-session" USUAL, "!no log" },
		{ "--max_cpus 1", EMPTY " --tmpfs /sys --new-session" USUAL, "!taskset" },
		{ "--max_cpus 0", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "-d", EMPTY " --tmpfs /sys --new-session" USUAL, "!foreground" },
		{ "-v -q -Q", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--keep_caps", " --cap-add all" EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--cap CAP_KILL", " --cap-add kill" EMPTY " --tmpfs /sys --new-session" USUAL,
		  NULL },
		{ "--skip_setsid", EMPTY " --tmpfs /sys" USUAL, NULL },
		{ "--pass_fd 5", EMPTY " --tmpfs /sys --keep-fd 5 --new-session" USUAL, NULL },
		{ "--pass_fd 1 --disable_clone_newuts -H h",
		  " --share uts" EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--disable_no_new_privs", EMPTY " --tmpfs /sys --new-session" USUAL, "!ever" },
		{ "--persona_addr_compat_layout", EMPTY " --tmpfs /sys --new-session" USUAL,
		  "!personality" },
		{ "--persona_mmap_page_zero", EMPTY " --tmpfs /sys --new-session" USUAL,
		  "!personality" },
		{ "--persona_read_implies_exec", EMPTY " --tmpfs /sys --new-session" USUAL,
		  "!personality" },
		{ "--persona_addr_limit_3gb", EMPTY " --tmpfs /sys --new-session" USUAL,
		  "!personality" },
		{ "--persona_addr_no_randomize", EMPTY " --tmpfs /sys --new-session" USUAL,
		  "!personality" },
		{ "-N", " --share net" EMPTY " --new-session" USUAL, NULL },
		{ "--disable_clone_newuser",
		  " --share user" EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--disable_clone_newns", " --share mnt --cwd / --new-session" USUAL, NULL },
		{ "--disable_clone_newpid",
		  " --share pid" EMPTY " --tmpfs /sys --ro /proc --new-session" USUAL, NULL },
		{ "--disable_clone_newipc",
		  " --share ipc" EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--disable_clone_newuts",
		  " --share uts" EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--disable_clone_newcgroup",
		  " --share cgroup" EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--enable_clone_newtime", EMPTY " --tmpfs /sys --monotonic 0 --new-session" USUAL,
		  NULL },
		{ "-R /x", EMPTY " --ro /x --tmpfs /sys --new-session" USUAL, NULL },
		{ "-R /x:/y", EMPTY " --ro /x:/y --tmpfs /sys --new-session" USUAL, NULL },
		{ "-B /x", EMPTY " --rw /x --tmpfs /sys --new-session" USUAL, NULL },
		{ "-R /dev/kvm", EMPTY " --dev /dev/kvm --tmpfs /sys --new-session" USUAL, NULL },
		{ "-T /x -T /tmp", EMPTY " --tmpfs /x --tmpfs /sys --new-session" USUAL, NULL },
		{ "-m none:/x:tmpfs:size=8,mode=700",
		  EMPTY " --tmpfs /x:size=8,mode=700 --tmpfs /sys --new-session" USUAL, NULL },
		{ "-m none:/x:tmpfs:huge=always",
		  EMPTY " --tmpfs /x --tmpfs /sys --new-session" USUAL, "!only size= and mode=" },
		{ "-m none:/x:tmpfs", EMPTY " --tmpfs /x --tmpfs /sys --new-session" USUAL, NULL },
		{ "-m none:/proc:proc", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "-m a:/x:9p:b", EMPTY " --tmpfs /sys --new-session" USUAL, "!--overlay" },
		{ "-s a:/b", EMPTY " --symlink a:/b --tmpfs /sys --new-session" USUAL, NULL },
		{ "--disable_proc", EMPTY " --tmpfs /sys --new-session" USUAL, "has a /proc" },
		{ "--proc_path /p", EMPTY " --tmpfs /sys --new-session" USUAL, "!usual place" },
		{ "--proc_rw", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "-P f", EMPTY " --tmpfs /sys --new-session" USUAL, "!in JSON" },
		{ "--seccomp_string s", EMPTY " --tmpfs /sys --new-session" USUAL, "!in JSON" },
		{ "--seccomp_log", EMPTY " --tmpfs /sys --new-session" USUAL, "!logs nothing" },
		{ "--seccomp_unotify", EMPTY " --tmpfs /sys --new-session" USUAL, "!not reported" },
		{ "--oom_score_adj 5", EMPTY " --tmpfs /sys --oom-score-adj 5 --new-session" USUAL,
		  NULL },
		{ "--cgroup_mem_max 5", EMPTY " --tmpfs /sys --new-session" USUAL, "!cgroup" },
		{ "--cgroup_mem_memsw_max 5", EMPTY " --tmpfs /sys --new-session" USUAL,
		  "!cgroup" },
		{ "--cgroup_mem_swap_max 5", EMPTY " --tmpfs /sys --new-session" USUAL, "!cgroup" },
		{ "--cgroup_mem_swap_max -1", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--cgroup_pids_max 5", EMPTY " --tmpfs /sys --new-session" USUAL, "!cgroup" },
		{ "--cgroup_net_cls_classid 5", EMPTY " --tmpfs /sys --new-session" USUAL,
		  "!cgroup" },
		{ "--cgroup_cpu_ms_per_sec 5", EMPTY " --tmpfs /sys --new-session" USUAL,
		  "!cgroup" },
		{ "--cgroup_mem_mount a --cgroup_mem_parent b --cgroup_pids_mount a"
		  " --cgroup_pids_parent b --cgroup_net_cls_mount a"
		  " --cgroup_net_cls_parent b",
		  EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--cgroup_cpu_mount a --cgroup_cpu_parent b --cgroupv2_mount a"
		  " --use_cgroupv2 --detect_cgroupv2 --cgroup_mem_max 0",
		  EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--iface_no_lo", EMPTY " --tmpfs /sys --new-session" USUAL, "!loopback" },
		{ "--iface_own e", EMPTY " --tmpfs /sys --new-session" USUAL, "!network" },
		{ "-I e --macvlan_vs_ip a --macvlan_vs_nm b --macvlan_vs_gw c"
		  " --macvlan_vs_ma d --macvlan_vs_mo e",
		  EMPTY " --tmpfs /sys --new-session" USUAL, "!network" },
		{ "--user_net", EMPTY " --tmpfs /sys --new-session" USUAL, "!network" },
		{ "--use_pasta", EMPTY " --tmpfs /sys --new-session" USUAL, "!network" },
		{ "--disable_tsc", EMPTY " --tmpfs /sys --new-session" USUAL, "!time stamp" },
		{ "--forward_signals", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
		{ "--rlimit_as 5 --", EMPTY " --tmpfs /sys --new-session" USUAL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(translate_nsjail, NSJAIL, frame, &rows[i]);
}

static void nsjail_environment_and_streams(void **state)
{
	static const char *const frame[2] = {
		"cove box --empty-root --tmpfs /sys --new-session --nice 0", ""
	};
	static const struct row rows[] = {
		{ "-e", " --env-pass '*' -- CMD", NULL },
		{ "-e -E A=b -E TERM", " --env-pass '*' --env A=b -- CMD", NULL },
		{ "-E A=b -E TERM", " --env-clear --env A=b --env-pass TERM -- CMD", NULL },
		{ "--silent", " --env-clear -- CMD </dev/null >/dev/null 2>&1", NULL },
		{ "--stderr_to_null", " --env-clear -- CMD 2>/dev/null", NULL },
		{ "-x /bin/b --", " --env-clear -- /bin/b", "!called by the name of its file" },
		{ "-x CMD", " --env-clear -- CMD", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(translate_nsjail, NSJAIL, frame, &rows[i]);
}

static void nsjail_limits(void **state)
{
	static const char *const frame[2] = { "cove box --empty-root --tmpfs /sys --new-session",
					      " --env-clear -- CMD" };
#define ALL                                                                                        \
	"--rlimit_as soft --rlimit_core soft --rlimit_cpu def --rlimit_fsize SOFT "                \
	"--rlimit_nofile soft "
	static const struct row rows[] = {
		{ "",
		  " --rlimit as=4096M --rlimit core=0 --rlimit cpu=600 --rlimit"
		  " fsize=1M --rlimit nofile=32 --nice 19 --time 600",
		  "leave out what you do not need" },
		{ ALL "--nice_level 1 -t 0", " --nice 1", NULL },
		{ ALL "--nice_level 1 -t 5", " --nice 1 --time 5", NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_as 7", " --rlimit as=7M --nice 1", NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_core 7", " --rlimit core=7M --nice 1", NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_cpu 7", " --rlimit cpu=7 --nice 1", NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_fsize inf",
		  " --rlimit fsize=unlimited --nice 1", NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_nofile 7", " --rlimit nofile=7 --nice 1",
		  NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_nproc 7", " --rlimit nproc=7 --nice 1", NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_stack 7", " --rlimit stack=7M --nice 1", NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_memlock 7", " --rlimit memlock=7K --nice 1",
		  NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_rtprio 7", " --rlimit rtprio=7 --nice 1",
		  NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_msgqueue 7", " --rlimit msgqueue=7 --nice 1",
		  NULL },
		{ ALL "--nice_level 1 -t 0 --rlimit_nproc hard", " --nice 1", "!give the number" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(translate_nsjail, "", frame, &rows[i]);
}

struct refusal {
	translate_tool *tool;
	const char *list, *what;
};

static void wrong_lists_are_refused(void **state)
{
	static const struct refusal rows[] = {
		{ translate_bwrap, "--ro-bnd /x /y", "bwrap has no option '--ro-bnd'" },
		{ translate_bwrap, "-x", "bwrap has no option '-x'" },
		{ translate_bwrap, "--bind=/x /y", "bwrap has no option" },
		{ translate_bwrap, "--bind", "takes 2 values" },
		{ translate_bwrap, "--", NULL },
		{ translate_bwrap, "--uid me", "'me' is no id" },
		{ translate_bwrap, "--uid 4294967295", "is no id" },
		{ translate_bwrap, "--perms 9 --tmpfs /x", "is no octal mode" },
		{ translate_bwrap, "--perms 0700 --bind /x /y", "must be followed by" },
		{ translate_bwrap, "--size 0 --tmpfs /x", "is no number of bytes" },
		{ translate_bwrap, "--size 5 --proc /proc", "--size must be followed by" },
		{ translate_bwrap, "--chmod x /y", "is no octal mode" },
		{ translate_bwrap, "--setenv =a b", "is no name" },
		{ translate_bwrap, "--unsetenv a=b", "is no name" },
		{ translate_bwrap, "--tmp-overlay /x", "no --overlay-src" },
		{ translate_bwrap, "--overlay /a /b /x", "no --overlay-src" },
		{ translate_bwrap, "--ro-overlay /x", "no --overlay-src" },
		{ translate_bwrap, "--file x /y", "is no descriptor" },
		{ translate_bwrap, "--userns -1", "is no descriptor" },
		{ translate_bwrap, "--seccomp x", "is no descriptor" },
		{ translate_bwrap, "--info-fd x", "is no descriptor" },
		{ translate_bwrap, "--cap-add CAP_X", "unknown capability" },
		{ translate_bwrap, "--hostname h", "needs --unshare-uts" },
		{ translate_bwrap, "--args x", "is no descriptor" },
		{ translate_nsjail, "--nonsense", "nsjail has no option" },
		{ translate_nsjail, "-Z", "nsjail has no option" },
		{ translate_nsjail, "--rlimit 5", "nsjail has no option" }, /* fits several */
		{ translate_nsjail, "-Mx", "no mode" },
		{ translate_nsjail, "--rw=1", "takes no value" },
		{ translate_nsjail, "-u 1:2:3:4", "INSIDE:OUTSIDE:COUNT" },
		{ translate_nsjail, "-U 1x:2:3", "INSIDE:OUTSIDE:COUNT" },
		{ translate_nsjail, "-s a", "TEXT:PATH" },
		{ translate_nsjail, "-E =a", "is no variable" },
		{ translate_nsjail, "--cap x", "unknown capability" },
		{ translate_nsjail, "--rlimit_as lots", "is no limit" },
		{ translate_nsjail, "--nice_level x", "is no number" },
		{ translate_nsjail, "-t x", "is no number of seconds" },
		{ translate_nsjail, "--pass_fd x", "is no descriptor" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int r = translate(rows[i].tool, "", rows[i].list);

		if (!rows[i].what) {
			assert_int_equal(r, 0);
			continue;
		}
		if (r != -EINVAL || !strstr(failure.what, rows[i].what))
			fail_msg("%s: %d, %s", rows[i].list, r, failure.what);
		assert_int_equal(failure.status, COVE_STATUS_USAGE);
	}
}

static void a_command_is_needed(void **state)
{
	char *none[] = { NULL }, *only[] = { (char[]){ "--" }, NULL };

	(void)state;
	start();
	assert_int_equal(translate_bwrap(&alice, 0, none, read_args, &done, &failure), -EINVAL);
	assert_int_equal(translate_bwrap(&alice, 1, only, read_args, &done, &failure), -EINVAL);
	assert_int_equal(translate_nsjail(&alice, 0, none, read_args, &done, &failure), -EINVAL);
	assert_int_equal(translate_nsjail(&alice, 1, only, read_args, &done, &failure), -EINVAL);
}

static void lists_from_descriptors(void **state)
{
	static const char nested[] = "--args\0"
				     "9";

	(void)state;
	assert_int_equal(translate(translate_bwrap, "", "--args 8"), -EBADF);
	in_args = nested;
	in_args_len = sizeof(nested);
	assert_int_equal(translate(translate_bwrap, "", "--args 9"), -EINVAL);
	assert_non_null(strstr(failure.what, "too many"));
	in_args = "--unshare-pid\0ls";
	in_args_len = 16;
	assert_int_equal(translate(translate_bwrap, "", "--args 9"), -EINVAL);
	assert_non_null(strstr(failure.what, "'ls'"));
	in_args_len = 0;
	assert_int_equal(translate(translate_bwrap, "", "--args 9"), 0);
}

/* What goes to a terminal or a shell is quoted. */
static void odd_words(void **state)
{
	char *argv[] = { (char[]){ "--bind" },
			 (char[]){ "/a b" },
			 (char[]){ "/c'd" },
			 (char[]){ "--argv0" },
			 (char[]){ "\033[m" },
			 (char[]){ "c\nd" },
			 NULL };

	(void)state;
	start();
	assert_int_equal(translate_bwrap(&alice, 6, argv, read_args, &done, &failure), 0);
	assert_non_null(strstr(buf_str(&done.line), "--rw '/a b:/c'\\''d'"));
	assert_non_null(strstr(buf_str(&done.line), "-- $'c\\x0ad'"));
	assert_null(strchr(buf_str(&done.notes), '\033'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bwrap_options),
		cmocka_unit_test(bwrap_environment),
		cmocka_unit_test(bwrap_shares_what_is_not_unshared),
		cmocka_unit_test(bwrap_roots),
		cmocka_unit_test(bwrap_order),
		cmocka_unit_test(nsjail_options),
		cmocka_unit_test(nsjail_environment_and_streams),
		cmocka_unit_test(nsjail_limits),
		cmocka_unit_test(wrong_lists_are_refused),
		cmocka_unit_test(a_command_is_needed),
		cmocka_unit_test(lists_from_descriptors),
		cmocka_unit_test(odd_words),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
