/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of `cove box`, as one table. Help, manual and completion come from it.
 */
#include "box/options.h"
#include "base/auto.h"
#include "box/allow.h"

#define MAP_HELP                                                                                   \
	"Choose which ids exist in the box. own: yours, as they are (default). root: yours, as "   \
	"0. auto: 0 is you, and from 1 on your subordinate ids (/etc/subuid, /etc/subgid), "       \
	"written by newuidmap and newgidmap. INSIDE:OUTSIDE:COUNT: this range; u: or g: before "   \
	"it maps only users or groups. May be repeated."

#define LANDLOCK_HELP                                                                              \
	"Forbid the command to open, execute, make, remove and move files, but for those "         \
	"listed, whatever it sees. The kernel needs neither namespaces nor privilege for that: "   \
	"--only none --landlock ... works where they are forbidden. Each rule is for PATH and "    \
	"all below it. ro=PATH: read files, list directories. x=PATH: the same, and execute. "     \
	"rw=PATH: all but execute: read, list, write, truncate, make, remove, link and move "      \
	"anything but device nodes, ioctl on devices. rwx=PATH: both. dev=PATH: read, write, "     \
	"ioctl, but make nothing. tcp-bind=PORT, tcp-connect=PORT: no other TCP port may be "      \
	"used so; PORT 'none': none. scope: no signals to processes, and no abstract sockets, "    \
	"outside the box; also scope-signals, scope-sockets. May be repeated."

static const struct opt options[] = {
	{ "only", 0, "TYPE,...", "Namespaces",
	  "Make just these namespaces new and touch nothing else: no read-only files, no clean "
	  "environment, no init. Types: user mnt pid net ipc uts cgroup time; 'none' when "
	  "namespaces are only joined. A user namespace is added when you have no privilege to "
	  "make the others.",
	  "user mnt pid net ipc uts cgroup time none", OPT_COMPLETE_CHOICES, 0, box_only },
	{ "share", 0, "TYPE,...", "Namespaces", "Stay in these namespaces of the host.",
	  "mnt pid net ipc uts cgroup time", OPT_COMPLETE_CHOICES, 0, box_share },
	{ "join", 0, "TYPE,...=TARGET", "Namespaces",
	  "Enter these namespaces of TARGET: a process number, a namespace file such as "
	  "/run/netns/x, or fd:N. TYPE may be 'all' with a process.",
	  NULL, OPT_COMPLETE_NONE, 0, box_join },
	{ "net", 0, "none|host", "Namespaces",
	  "Choose the network. none: only a loopback device of its own (default). host: the "
	  "host's.",
	  "none host", OPT_COMPLETE_CHOICES, 0, box_net },
	{ "name", 0, "NAME", "Namespaces", "Name the box. Its host name, too, unless --hostname.",
	  NULL, OPT_COMPLETE_NONE, 0, box_name },
	{ "hostname", 0, "NAME", "Namespaces", "Set the host name (default: box).",
	  NULL, OPT_COMPLETE_NONE, 0, box_hostname },
	{ "domainname", 0, "NAME", "Namespaces", "Set the NIS domain name.",
	  NULL, OPT_COMPLETE_NONE, 0, box_domainname },
	{ "monotonic", 0, "DURATION", "Namespaces",
	  "Shift the monotonic clock in a time namespace of its own: 1.5s, -10m, 2h.",
	  NULL, OPT_COMPLETE_NONE, 0, box_monotonic },
	{ "boottime", 0, "DURATION", "Namespaces",
	  "Shift the clock that counts from the boot, likewise.",
	  NULL, OPT_COMPLETE_NONE, 0, box_boottime },

	{ "root", 'r', NULL, "Identity",
	  "Be root in the box: user 0, which is you outside, with the capabilities that root has "
	  "in a container. The same as --map root with eleven --cap-add.",
	  NULL, OPT_COMPLETE_NONE, 0, box_root },
	{ "user", 'u', "UID[:GID]", "Identity", "Be this user of the box. 'root' is 0.",
	  NULL, OPT_COMPLETE_NONE, 0, box_user },
	{ "map", 0, "MAP", "Identity", MAP_HELP,
	  "own root auto", OPT_COMPLETE_CHOICES, 0, box_map },
	{ "cap-add", 0, "CAP,...", "Identity",
	  "Give the command these capabilities, in the box's own namespaces; 'all' for all.",
	  NULL, OPT_COMPLETE_NONE, 0, box_cap_add },
	{ "cap-drop", 0, "CAP,...", "Identity", "Take these away again, after all --cap-add.",
	  NULL, OPT_COMPLETE_NONE, 0, box_cap_drop },

	{ "rootfs", 0, "DIR[:rw]", "Files",
	  "Use DIR as the root instead of the host's files. Read-only unless ':rw'.",
	  NULL, OPT_COMPLETE_DIR, 0, box_rootfs },
	{ "empty-root", 0, NULL, "Files",
	  "Begin with an empty root instead of the host's files: there is nothing in it but what "
	  "--ro, --rw, --tmpfs, --symlink and --file put there, and a /proc, /sys, /dev, /tmp and "
	  "/run of the box's own. Read-only itself.",
	  NULL, OPT_COMPLETE_NONE, 0, box_empty_root },
	{ "here", 0, "rw|ro|overlay|none[:OPT,...]", "Files",
	  "Choose how the current directory is shared. rw: writable (default). ro: read-only. "
	  "overlay: writable, but what is written vanishes. none: not at all. OPT as for "
	  "--ro. With --rootfs it is not shared; --rw . does that.",
	  "rw ro overlay none", OPT_COMPLETE_CHOICES, 0, box_here },
	{ "ro", 0, "SRC[:DST[:OPT,...]]", "Files",
	  "Show a file or directory of the host, read-only, nosuid and nodev. OPT: noexec, no "
	  "program in it is executed; nosymfollow, no symbolic link in it is followed; exec, "
	  "symfollow, the reverse (default).",
	  NULL, OPT_COMPLETE_FILE, 0, box_ro },
	{ "rw", 0, "SRC[:DST[:OPT,...]]", "Files", "Show it writable; the rest as for --ro.",
	  NULL, OPT_COMPLETE_FILE, 0, box_rw },
	{ "ro-try", 0, "SRC[:DST[:OPT,...]]", "Files",
	  "Do as --ro, or nothing when SRC is empty, is missing, or cannot be reached by you.",
	  NULL, OPT_COMPLETE_FILE, 0, box_ro_try },
	{ "rw-try", 0, "SRC[:DST[:OPT,...]]", "Files",
	  "Do as --rw, or nothing when SRC is empty, is missing, or cannot be reached by you.",
	  NULL, OPT_COMPLETE_FILE, 0, box_rw_try },
	{ "bind-fd", 0, "N:DST[:ro]", "Files",
	  "Show at DST the file or directory that descriptor N is open on. It must still be where "
	  "it was opened; the command does not get the descriptor.",
	  NULL, OPT_COMPLETE_NONE, 0, box_bind_fd },
	{ "overlay", 0, "DST[=DIR]", "Files",
	  "Let the box write below DST without changing it: writes go to a private layer and "
	  "vanish with the box; with DIR they are kept there, for 'cove changes' and 'cove "
	  "apply'. DST may be '/'.",
	  NULL, OPT_COMPLETE_DIR, 0, box_overlay },
	{ "tmpfs", 0, "PATH[:OPT,...]", "Files",
	  "Put an empty private directory at PATH, whose content vanishes. OPT: size=64M, "
	  "mode=1777, nr_inodes=1k and what else the kernel's tmpfs knows; noexec, "
	  "nosymfollow.",
	  NULL, OPT_COMPLETE_DIR, 0, box_tmpfs },
	{ "tmpfs-try", 0, "PATH[:OPT,...]", "Files",
	  "Do as --tmpfs, or nothing when PATH is missing.",
	  NULL, OPT_COMPLETE_DIR, 0, box_tmpfs_try },
	{ "file", 0, "PATH=TEXT", "Files",
	  "Put a read-only file with this content at PATH. With PATH=fd:N the content is read "
	  "from descriptor N.",
	  NULL, OPT_COMPLETE_NONE, 0, box_file },
	{ "symlink", 0, "TEXT:PATH", "Files", "Make PATH a symbolic link to TEXT.",
	  NULL, OPT_COMPLETE_NONE, 0, box_symlink },
	{ "dev", 0, "PATH", "Files", "Let the command use this device of the host: /dev/kvm.",
	  NULL, OPT_COMPLETE_FILE, 0, box_dev },
	{ "hide", 0, "PATH", "Files", "Hide a file or directory behind an empty one.",
	  NULL, OPT_COMPLETE_FILE, 0, box_hide },
	{ "private", 0, "OPT,...", "Files",
	  "Limit the directories that are private by default: homes, /tmp, /run, /dev/shm. OPT: "
	  "size=64M, nr_inodes=1k, noexec, nosymfollow. By default each holds at most a quarter of "
	  "the memory; /run and homes of others 16 MiB.",
	  NULL, OPT_COMPLETE_NONE, 0, box_private },
	{ "proc", 0, "OPT,...", "Files",
	  "Limit the box's own /proc. subset=pid: it shows processes, and nothing of the machine. "
	  "hidepid=invisible: processes of other users are not shown; also off, noaccess, "
	  "ptraceable.",
	  "subset=pid hidepid=invisible hidepid=noaccess hidepid=ptraceable hidepid=off",
	  OPT_COMPLETE_CHOICES, 0, box_proc },

	{ "env", 'e', "NAME=VALUE", "Process", "Set an environment variable.",
	  NULL, OPT_COMPLETE_NONE, 0, box_env },
	{ "env-pass", 0, "NAME,...", "Process",
	  "Pass on these variables of your environment; '*' at the end stands for anything. PATH, "
	  "HOME, USER, TERM, LANG, LC_* and TZ are passed always.",
	  NULL, OPT_COMPLETE_NONE, 0, box_env_pass },
	{ "env-clear", 0, NULL, "Process", "Pass on no variable at all.",
	  NULL, OPT_COMPLETE_NONE, 0, box_env_clear },
	{ "cwd", 'C', "DIR", "Process",
	  "Start the command in this directory of the box (default: where you are).",
	  NULL, OPT_COMPLETE_DIR, 0, box_cwd },
	{ "umask", 0, "MODE", "Process", "Set the umask, in octal.",
	  NULL, OPT_COMPLETE_NONE, 0, box_umask },
	{ "personality", 0, "DOMAIN[,FLAG...]", "Process",
	  "Set the execution domain: linux, or linux32 (uname says i686); and flags of it: "
	  "no-randomize compat-layout mmap-page-zero read-implies-exec 32bit 3gb short-inode "
	  "whole-seconds sticky-timeouts uname-2.6.",
	  "linux linux32 linux,no-randomize", OPT_COMPLETE_CHOICES, 0, box_personality },
	{ "keep-fd", 0, "N", "Process",
	  "Leave this descriptor open for the command. May be repeated.",
	  NULL, OPT_COMPLETE_NONE, 0, box_keep_fd },
	{ "init", 0, NULL, "Process",
	  "Stay as a small init: process 1 of the box, which reaps and passes signals on. The "
	  "default when the pid namespace is new, but not with --only.",
	  NULL, OPT_COMPLETE_NONE, 0, box_init_on },
	{ "no-init", 0, NULL, "Process", "Let the command be process 1 itself.",
	  NULL, OPT_COMPLETE_NONE, 0, box_init_off },

	{ "seccomp", 0, "default|off|FILE|+NAME,...", "Protection",
	  "Filter system calls. default: by cove's own profile (default, but not with "
	  "--only). off: not at all. FILE: by a profile in JSON, as Docker and the OCI "
	  "specification write them, or a compiled filter. +NAME,-NAME: by cove's own, which "
	  "then allows the one call and denies the other.",
	  NULL, OPT_COMPLETE_FILE, 0, box_seccomp },
	{ "allow", 0, "WORD,...", "Protection",
	  "Give back what the defaults hold back. userns: making namespaces and mounting in "
	  "them. debug: tracing the box's processes. keyring, io_uring, perf, bpf: the "
	  "kernel's facilities of these names. 32bit: programs for the 32-bit sibling of this "
	  "processor. tty: typing into the terminal (TIOCSTI).",
	  ALLOW_CHOICES, OPT_COMPLETE_CHOICES, 0, box_allow },
	{ "landlock", 0, "RULE=PATH,...", "Protection", LANDLOCK_HELP,
	  "ro= x= rw= rwx= dev= tcp-bind= tcp-connect= scope scope-signals scope-sockets",
	  OPT_COMPLETE_CHOICES, 0, box_landlock },
	{ "require", 0, "WORD,...", "Protection",
	  "Make no box with less protection than asked for, where this kernel cannot give it all. "
	  "landlock: all rules of --landlock. all: everything. none: not even what a box is "
	  "useless without. Without this, what is missing is said and left out.",
	  "landlock all none", OPT_COMPLETE_CHOICES, 0, box_require },

	{ "rlimit", 0, "NAME=SOFT[:HARD]", "Limits and scheduling",
	  "Set a resource limit: nofile=1024, core=0, as=512M, cpu=unlimited.",
	  "as= core= cpu= data= fsize= locks= memlock= msgqueue= nice= nofile= nproc= rss= rtprio= "
	  "rttime= sigpending= stack=",
	  OPT_COMPLETE_CHOICES, 0, box_rlimit },
	{ "oom-score-adj", 0, "N", "Limits and scheduling",
	  "Set how soon it is killed when memory is short: -1000 (last) to 1000.",
	  NULL, OPT_COMPLETE_NONE, 0, box_oom_score_adj },
	{ "nice", 0, "N", "Limits and scheduling", "Set the nice value: -20 (first) to 19.",
	  NULL, OPT_COMPLETE_NONE, 0, box_nice },
	{ "ioprio", 0, "CLASS[:LEVEL]", "Limits and scheduling",
	  "Set the I/O priority: rt, be or idle, with a level from 0 (first) to 7 (default: 4).",
	  "rt rt: be be: idle", OPT_COMPLETE_CHOICES, 0, box_ioprio },
	{ "scheduler", 0, "POLICY[:OPT...]", "Limits and scheduling",
	  "Set the scheduling policy: other, batch, idle, fifo:PRIORITY, rr:PRIORITY (1 to "
	  "99), deadline:RUNTIME/DEADLINE/PERIOD (10ms/30ms/100ms). ':reset-on-fork' behind "
	  "it: children inherit no real time, and no negative nice value; ':reclaim': a "
	  "deadline may use what others leave.",
	  "other batch idle fifo: rr: deadline:", OPT_COMPLETE_CHOICES, 0, box_scheduler },
	{ "mempolicy", 0, "MODE[:NODES][,FLAG]", "Limits and scheduling",
	  "Set from which memory nodes it gets memory: default, local, bind, interleave, "
	  "weighted-interleave, preferred, preferred-many; NODES such as 0-1,3; FLAG: static, "
	  "relative, balancing.",
	  "default local bind: interleave: weighted-interleave: preferred preferred: "
	  "preferred-many:",
	  OPT_COMPLETE_CHOICES, 0, box_mempolicy },

	{ "tty", 't', NULL, "Terminal and life",
	  "Give the command a terminal of its own, with job control, also where standard input and "
	  "output are none. The default when standard output is one: what it types or sets never "
	  "reaches yours.",
	  NULL, OPT_COMPLETE_NONE, 0, box_tty },
	{ "no-tty", 0, NULL, "Terminal and life", "Leave standard input and output as they are.",
	  NULL, OPT_COMPLETE_NONE, 0, box_no_tty },
	{ "new-session", 0, NULL, "Terminal and life",
	  "Begin a new session, which your terminal does not control and your process group does not "
	  "reach. The default, but not with --only.",
	  NULL, OPT_COMPLETE_NONE, 0, box_new_session },
	{ "same-session", 0, NULL, "Terminal and life",
	  "Stay in your session and process group: your terminal controls the command, and what it "
	  "sends to its group reaches you.",
	  NULL, OPT_COMPLETE_NONE, 0, box_same_session },
	{ "time", 0, "DURATION", "Terminal and life",
	  "End everything in the box after this time (1.5s, 2m), with exit status 124.",
	  NULL, OPT_COMPLETE_NONE, 0, box_time },
	{ "detach", 'd', NULL, "Terminal and life",
	  "Go on in the background once the command runs: print the number of a process, which is "
	  "process 1 of the box and takes signals for the command, and return. Standard input is "
	  "/dev/null then, and so are standard output and error, unless they are files.",
	  NULL, OPT_COMPLETE_NONE, 0, box_detach },
	{ "die-with-parent", 0, NULL, "Terminal and life",
	  "Die with the process that started cove, too. With cove itself everything dies "
	  "always.",
	  NULL, OPT_COMPLETE_NONE, 0, box_die_with_parent },
	{ "status-fd", 0, "N", "Terminal and life",
	  "Write to this descriptor what happens, as lines of JSON: started, exited, failed.",
	  NULL, OPT_COMPLETE_NONE, 0, box_status_fd },
	{ "stats", 0, NULL, "Terminal and life",
	  "Say at the end how long it took and what it used, on standard error.",
	  NULL, OPT_COMPLETE_NONE, 0, box_stats },

	{ "preset", 0, "NAME,...", "Presets and box files",
	  "Begin with the options of this preset; 'list' prints them all. May be repeated: a later "
	  "one wins, and the options given win over all of them. Lists add up.",
	  "default build net paranoid bare python node list", OPT_COMPLETE_CHOICES, 0, box_preset },
	{ "file-config", 0, "FILE", "Presets and box files",
	  "Begin with the options in this box file, one a line: 'name = value', named as here but "
	  "without dashes. '-' is standard input. See cove-box-file(5).",
	  NULL, OPT_COMPLETE_FILE, 0, box_file_config },

	{ "explain", 0, NULL, "What happens", "Print the steps that would be taken; do nothing.",
	  NULL, OPT_COMPLETE_NONE, 0, box_explain },
	{ "json", 0, NULL, "What happens", "Print as JSON: with --explain, or an error.",
	  NULL, OPT_COMPLETE_NONE, 0, box_json },
	{ "print-config", 0, NULL, "What happens",
	  "Print the box as an OCI config.json; do nothing. What has no word there, such as a "
	  "compiled filter, a file or a link, is left out.",
	  NULL, OPT_COMPLETE_NONE, 0, box_print_config },
	{ "save", 0, "FILE", "What happens",
	  "Write the options and the command to a box file; run nothing. '-' is standard output.",
	  NULL, OPT_COMPLETE_FILE, 0, box_save },
	{ "trace", 0, "FILE", "What happens",
	  "Write how long each step took: a Chrome trace file, or with '-' a table on standard "
	  "error.",
	  NULL, OPT_COMPLETE_FILE, 0, box_trace },
	{ "from-bwrap", 0, "ARGUMENT...", "What happens",
	  "Print the command line of cove that does what these arguments do for bubblewrap, or "
	  "isolates more; do nothing. Notes on what differs go to standard error. Status 0, 1 when "
	  "something has no equal, 2 when bubblewrap itself would refuse the list.",
	  NULL, OPT_COMPLETE_NONE, OPT_REST, box_from_bwrap },
	{ "from-nsjail", 0, "ARGUMENT...", "What happens",
	  "Do the same for the arguments of nsjail.",
	  NULL, OPT_COMPLETE_NONE, OPT_REST, box_from_nsjail },
	{ "help", 'h', NULL, "What happens", "Show this help.",
	  NULL, OPT_COMPLETE_NONE, 0, box_help },
	{ "fault", 0, "STEP:fail|kill|hang", NULL,
	  "For tests: make a step fail, die or hang after it was done.", NULL, OPT_COMPLETE_NONE,
	  OPT_HIDDEN, box_fault },
};

static const char *const examples[] = {
	"run a build without network, writing only here", "cove box -- make",
	"the same, as root of the box", "cove box --root -- id",
	"just a host name of its own", "cove box --only uts --hostname container -- hostname",
	"a root of its own", "cove box --rootfs ~/debian:rw --map auto --root -- apt install jq",
	"software of yours, with private caches", "cove box --preset build -- make -j4",
	"what would happen", "cove explain box --ro ~/src -- make",
};

const struct opt_command box_command = {
	.name = "box",
	.operands = "[--] [COMMAND [ARG...]]",
	.summary = "Run a command in a box of its own.",
	.details =
		"Without options the command runs as you, without any capability, in new "
		"namespaces of all kinds but time. It sees the host's files read-only, with all "
		"home directories hidden; the current directory is writable; /tmp, /run and /dev "
		"are private. It has no network, only few environment variables, and no "
		"descriptors but 0, 1 and 2. System calls that a box has no use for are denied. A "
		"mount point that is missing is made, in a writable directory of the host as "
		"well. When the command ends, or cove is killed, everything in the box is gone. "
		"Without COMMAND your shell runs.\n\n"
		"The exit status is the command's own, or 128 + n when signal n ended it; 125 "
		"when the box could not be made, 126 when the command cannot be executed, 127 "
		"when there is none such, 124 when its time was over, 2 when the options are "
		"wrong.",
	.opts = options,
	.opt_count = ARRAY_LEN(options),
	.examples = examples,
	.example_count = ARRAY_LEN(examples) / 2,
};
