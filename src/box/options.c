/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of `cove box`, as one table. Help, manual and completion come from it.
 */
#include "box/options.h"
#include "base/auto.h"

#define MAP_HELP                                                                                   \
	"Which ids exist in the box. own: yours, as they are (default). root: yours, as 0. "       \
	"auto: 0 is you, and from 1 on your subordinate ids (/etc/subuid, /etc/subgid), written "  \
	"by newuidmap and newgidmap. INSIDE:OUTSIDE:COUNT: this range; u: or g: before it maps "   \
	"only users or groups. May be repeated."

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
	  "none: only a loopback device of its own (default). host: the host's network.",
	  "none host", OPT_COMPLETE_CHOICES, 0, box_net },
	{ "name", 0, "NAME", "Namespaces", "Name the box. Its host name, too, unless --hostname.",
	  NULL, OPT_COMPLETE_NONE, 0, box_name },
	{ "hostname", 0, "NAME", "Namespaces", "Host name in the box (default: box).", NULL,
	  OPT_COMPLETE_NONE, 0, box_hostname },
	{ "domainname", 0, "NAME", "Namespaces", "NIS domain name in the box.", NULL,
	  OPT_COMPLETE_NONE, 0, box_domainname },
	{ "monotonic", 0, "DURATION", "Namespaces",
	  "Shift the monotonic clock in a time namespace of its own: 1.5s, -10m, 2h.", NULL,
	  OPT_COMPLETE_NONE, 0, box_monotonic },
	{ "boottime", 0, "DURATION", "Namespaces", "The same for the time since boot.", NULL,
	  OPT_COMPLETE_NONE, 0, box_boottime },

	{ "root", 'r', NULL, "Identity",
	  "Be root in the box: user 0, which is you outside, with the capabilities that root has "
	  "in a container. The same as --map root with eleven --cap-add.",
	  NULL, OPT_COMPLETE_NONE, 0, box_root },
	{ "user", 'u', "UID[:GID]", "Identity",
	  "Run as this user of the box. 'root' is 0.", NULL, OPT_COMPLETE_NONE, 0, box_user },
	{ "map", 0, "MAP", "Identity", MAP_HELP, "own root auto", OPT_COMPLETE_CHOICES, 0, box_map },
	{ "cap-add", 0, "CAP,...", "Identity",
	  "Give the command these capabilities, in the box's own namespaces; 'all' for all.", NULL,
	  OPT_COMPLETE_NONE, 0, box_cap_add },
	{ "cap-drop", 0, "CAP,...", "Identity", "Take them away again, after all --cap-add.", NULL,
	  OPT_COMPLETE_NONE, 0, box_cap_drop },

	{ "rootfs", 0, "DIR[:rw]", "Files",
	  "Use DIR as the root instead of the host's files. Read-only unless ':rw'.", NULL,
	  OPT_COMPLETE_DIR, 0, box_rootfs },
	{ "ro", 0, "SRC[:DST]", "Files", "Show a file or directory of the host, read-only.", NULL,
	  OPT_COMPLETE_FILE, 0, box_ro },
	{ "rw", 0, "SRC[:DST]", "Files", "Show a file or directory of the host, writable.", NULL,
	  OPT_COMPLETE_FILE, 0, box_rw },
	{ "bind-fd", 0, "N:DST[:ro]", "Files",
	  "Show at DST the file or directory that descriptor N is open on. It must still be where "
	  "it was opened; the command does not get the descriptor.",
	  NULL, OPT_COMPLETE_NONE, 0, box_bind_fd },
	{ "overlay", 0, "DST[=DIR]", "Files",
	  "Let the box write below DST, but not really: writes go to a private layer and vanish "
	  "with the box; with DIR they are kept there, for 'cove changes' and 'cove apply'. DST may "
	  "be '/'.",
	  NULL, OPT_COMPLETE_DIR, 0, box_overlay },
	{ "hide", 0, "PATH", "Files", "Hide a file or directory behind an empty one.", NULL,
	  OPT_COMPLETE_FILE, 0, box_hide },
	{ "tmpfs", 0, "PATH[:OPT,...]", "Files",
	  "An empty private directory, whose content vanishes. OPT: size=64M, mode=1777, "
	  "nr_inodes=1k and what else the kernel's tmpfs knows.",
	  NULL, OPT_COMPLETE_DIR, 0, box_tmpfs },
	{ "symlink", 0, "TEXT:PATH", "Files", "Make PATH a symbolic link to TEXT.", NULL,
	  OPT_COMPLETE_NONE, 0, box_symlink },
	{ "file", 0, "PATH=TEXT", "Files",
	  "Put a read-only file with this content at PATH. With PATH=fd:N the content is read "
	  "from descriptor N.",
	  NULL, OPT_COMPLETE_NONE, 0, box_file },
	{ "dev", 0, "PATH", "Files", "Let the command use this device of the host: /dev/kvm.", NULL,
	  OPT_COMPLETE_FILE, 0, box_dev },

	{ "env", 'e', "NAME=VALUE", "Process", "Set an environment variable.", NULL,
	  OPT_COMPLETE_NONE, 0, box_env },
	{ "env-pass", 0, "NAME,...", "Process",
	  "Pass on these variables of your environment; '*' at the end stands for anything. PATH, "
	  "HOME, USER, TERM, LANG, LC_* and TZ are passed always.",
	  NULL, OPT_COMPLETE_NONE, 0, box_env_pass },
	{ "env-clear", 0, NULL, "Process", "Pass on no variable at all.", NULL, OPT_COMPLETE_NONE, 0,
	  box_env_clear },
	{ "cwd", 'C', "DIR", "Process",
	  "Start the command in this directory of the box (default: where you are).", NULL,
	  OPT_COMPLETE_DIR, 0, box_cwd },
	{ "rlimit", 0, "NAME=SOFT[:HARD]", "Process",
	  "Set a resource limit: nofile=1024, core=0, as=512M, cpu=unlimited.",
	  "as= core= cpu= data= fsize= locks= memlock= msgqueue= nice= nofile= nproc= rss= rtprio= "
	  "rttime= sigpending= stack=",
	  OPT_COMPLETE_CHOICES, 0, box_rlimit },
	{ "nice", 0, "N", "Process", "Set the nice value, -20 to 19.", NULL, OPT_COMPLETE_NONE, 0,
	  box_nice },
	{ "oom-score-adj", 0, "N", "Process",
	  "How soon it is killed when memory is short: -1000 to 1000.", NULL, OPT_COMPLETE_NONE, 0,
	  box_oom_score_adj },
	{ "umask", 0, "MODE", "Process", "Set the umask, octal.", NULL, OPT_COMPLETE_NONE, 0,
	  box_umask },
	{ "seccomp", 0, "off|FILE", "Process",
	  "Filter system calls by a profile in JSON, as Docker and the OCI specification write "
	  "them. off: no filter (default).",
	  NULL, OPT_COMPLETE_FILE, 0, box_seccomp },
	{ "keep-fd", 0, "N", "Process", "Leave this descriptor open for the command.", NULL,
	  OPT_COMPLETE_NONE, 0, box_keep_fd },
	{ "init", 0, NULL, "Process",
	  "Stay as a small init: process 1 of the box, which reaps and passes signals on. The "
	  "default when the pid namespace is new, but not with --only.",
	  NULL, OPT_COMPLETE_NONE, 0, box_init_on },
	{ "no-init", 0, NULL, "Process", "Make the command process 1 itself.", NULL,
	  OPT_COMPLETE_NONE, 0, box_init_off },

	{ "explain", 0, NULL, "What happens", "Print the steps that would be taken; do nothing.",
	  NULL, OPT_COMPLETE_NONE, 0, box_explain },
	{ "json", 0, NULL, "What happens", "With --explain, or for an error: as JSON.", NULL,
	  OPT_COMPLETE_NONE, 0, box_json },
	{ "print-config", 0, NULL, "What happens",
	  "Print the box as an OCI config.json; do nothing. What has no word there, such as a "
	  "compiled filter, a file or a link, is left out.", NULL, OPT_COMPLETE_NONE, 0,
	  box_print_config },
	{ "trace", 0, "FILE", "What happens",
	  "Write how long each step took: a Chrome trace file, or with '-' a table on standard "
	  "error.",
	  NULL, OPT_COMPLETE_FILE, 0, box_trace },
	{ "help", 'h', NULL, "What happens", "Show this help.", NULL, OPT_COMPLETE_NONE, 0,
	  box_help },
	{ "fault", 0, "STEP:fail|kill|hang", NULL,
	  "For tests: make a step fail, die or hang after it was done.", NULL, OPT_COMPLETE_NONE,
	  OPT_HIDDEN, box_fault },
};

static const char *const examples[] = {
	"run a build without network, writing only here", "cove box -- make",
	"the same, as root of the box", "cove box --root -- id",
	"just a host name of its own", "cove box --only uts --hostname container -- hostname",
	"a root of its own", "cove box --rootfs ~/debian:rw --map auto --root -- apt install jq",
	"what would happen", "cove explain box --ro ~/src -- make",
};

const struct opt_command box_command = {
	.name = "box",
	.operands = "[--] [COMMAND [ARG...]]",
	.summary = "Run a command in a box of its own.",
	.details =
		"Without options the command runs as you, without any capability, in new namespaces "
		"of all kinds but time. It sees the host's files read-only, with all home "
		"directories hidden; the current directory is writable; /tmp, /run and /dev are "
		"private. It has no network, only few environment variables, and no descriptors but "
		"0, 1 and 2. A mount point that is missing is made, in a writable directory of the "
		"host as well. When it ends, or cove is killed, everything in the box is gone. Without "
		"COMMAND your shell runs.\n\n"
		"The exit status is the command's own, or 128 + n when signal n ended it; 125 when "
		"the box could not be made, 126 when the command cannot be executed, 127 when there "
		"is none such, 2 when the options are wrong.",
	.opts = options,
	.opt_count = ARRAY_LEN(options),
	.examples = examples,
	.example_count = ARRAY_LEN(examples) / 2,
};
