#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# Bad input and bad hosts. Each gets one message that says what failed and what to do, its status,
# and nothing of the box is left.

load helpers

setup() {
	cove_setup
	mkdir tmp
	export TMPDIR=$PWD/tmp HOME=/nonexistent
}

teardown() {
	cove_teardown
}

# What must be as before.
traces() {
	cat /proc/self/mountinfo
	ls -A "$TMPDIR"
	find /sys/fs/cgroup -maxdepth 3 -name '*cove*' 2>/dev/null || true
	stty -g 2>/dev/null </dev/tty || true
}

session_is_empty() { # SID
	! ps -s "$1" -o stat= | grep -qv Z
}

# Runs a command in a session of its own, of which nothing may be left.
ends_clean() { # STATUS COMMAND...
	local before

	before=$(traces)
	ends "$1" setsid -w bash -c 'echo $$ >.session; exec "$@"' bash "${@:2}" || return
	soon session_is_empty "$(<.session)" || return
	equal "$before" "$(traces)"
}

# The command of the box never ran; PARTs are in the message, which has a remedy.
refused() { # STATUS PART... -- COMMAND...
	local status=$1 parts=() part

	shift
	while [ "$1" != -- ]; do
		parts+=("$1")
		shift
	done
	ends_clean "$status" "${@:2}" || return
	equal "" "$output" || return
	holds "$error" "cove: " "hint: " || return
	for part in "${parts[@]}"; do
		grep -qiF -- "$part" <<<"$error" || {
			printf "no '%s' in:\n%s\n" "$part" "$error"
			return 1
		}
	done
	equal 1 "$(grep -c '^cove: ' <<<"$error")"
}

works() { # WANTED COMMAND...
	ends_clean 0 "${@:2}" || return
	equal "$1" "$output"
}

# A program under a system call filter: NAME=ERRNO,... PROGRAM...
filtered() {
	"$python" - "$@" <<-'END'
		import ctypes, os, platform, struct, sys

		NUMBERS = {"clone3": 435, "open_tree": 428, "move_mount": 429, "fsopen": 430, "close_range": 436,
		           "openat2": 437, "mount_setattr": 442, "execveat": 281, "keyctl": 219, "memfd_create": 279}
		if platform.machine() == "x86_64":
		    NUMBERS.update(execveat=322, keyctl=250, memfd_create=319)

		def instruction(code, yes, no, value):
		    return struct.pack("HBBI", code, yes, no, value)

		program = [instruction(0x20, 0, 0, 0)]
		for rule in sys.argv[1].split(","):
		    name, errno = rule.split("=")
		    program += [instruction(0x15, 0, 1, NUMBERS[name]), instruction(6, 0, 0, 0x50000 | int(errno))]
		program.append(instruction(6, 0, 0, 0x7FFF0000))
		code = ctypes.create_string_buffer(b"".join(program))

		class Program(ctypes.Structure):
		    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

		filter = Program(len(program), ctypes.addressof(code))
		libc = ctypes.CDLL(None, use_errno=True)
		if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(filter), 0, 0):
		    sys.exit("cannot load the filter")
		os.execvp(sys.argv[2], sys.argv[2:])
	END
}

# Commands as root of a user namespace with a mount namespace: unprivileged in the end, with "plain"
# in front of the last one.
nested() { # SCRIPT
	unshare -Urm sh -c "plain() { exec setpriv --bounding-set=-all --inh-caps=-all \"\$@\"; }; $1"
}
export -f filtered nested

hosted() { # STATUS PART... -- FUNCTION ARGUMENT...
	local words=()

	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	export python
	refused "${words[@]}" -- bash -c '"$@"' bash "${@:2}"
}

hosts() { # WANTED FUNCTION ARGUMENT...
	export python
	works "$1" bash -c '"$@"' bash "${@:2}"
}

# ---- input ----

@test "an unknown option or word gets the nearest one" {
	refused 2 "'--shar'" "'--share'" -- "$cove" box --shar net -- echo ran
	refused 2 "'--hid'" "'--hide'" -- "$cove" box --hid=/etc -- echo ran
	refused 2 "'bx'" "'cove box'" -- "$cove" bx echo ran
	refused 2 "'nett'" "'net'" -- "$cove" box --share nett -- echo ran
	refused 2 "'-Z'" "cove box --help" -- "$cove" box -Z
	refused 2 "requires an argument" "--cwd DIR" -- "$cove" box --cwd
}

@test "options that contradict each other are both named" {
	contradict() { # ONE OTHER OPTION...
		ends_clean 2 "$cove" box "${@:3}" -- echo ran
		holds "$error" "$1" "$2"
		equal "" "$output"
	}
	contradict "--share net" "--net none" --share net --net none
	contradict "--only net" "--share net" --only net --share net
	contradict "--net host" "--net none" --net host --net none
	contradict "--net none" "--join net=1" --net none --join net=1
	contradict "--init" "--no-init" --init --no-init
	contradict "--no-init" "--init" --no-init --init
	contradict "--map root" "--map auto" --map root --map auto
	contradict "--map 0:1:1" "--map own" --map 0:1:1 --map own
	contradict "--share mnt" "--ro /etc" --share mnt --ro /etc
	contradict "--share mnt" "--rootfs /" --share mnt --rootfs /
	contradict "--share uts" "--hostname x" --share uts --hostname x
	contradict "--share user" "--map root" --share user --map root
	contradict "--ro /usr:/mnt" "--rw /tmp:/mnt" --ro /usr:/mnt --rw /tmp:/mnt
	contradict "--hide /srv" "--tmpfs /srv" --tmpfs /srv --hide /srv
	contradict "--ro /a:/x" "--ro /b:/x" --ro /a:/x --ro /c:/y --ro /b:/x
	contradict "--explain" "--trace t" --explain --trace t
	contradict "add 'mnt'" "--rw /etc" --only uts --rw /etc
}

@test "what says the same twice, or counts from the last, is no contradiction" {
	works ran "$cove" box --share net --net host -- echo ran
	works ran "$cove" box --ro /usr:/mnt --ro /usr:/mnt -- echo ran
	works b "$cove" box --hostname a --hostname b -- hostname
	works ran "$cove" box --init --init -- echo ran
	works 0 "$cove" box --root --map root -- id -u
}

@test "sources: missing, looping, closed" {
	ln -s two one
	ln -s one two
	refused 125 "'/nonexistent'" "--ro /nonexistent" -- "$cove" box --ro /nonexistent -- echo ran
	refused 125 "'/nonexistent'" "--rootfs /nonexistent" -- "$cove" box --rootfs /nonexistent -- echo ran
	refused 125 "'/nonexistent'" "--hide /nonexistent" -- "$cove" box --hide /nonexistent -- echo ran
	refused 125 "'/dev/nonexistent'" -- "$cove" box --dev /dev/nonexistent -- echo ran
	refused 125 "symbolic link" "namei" -- "$cove" box --ro "$PWD/one:/mnt" -- echo ran
	refused 125 "symbolic link" "namei" -- "$cove" box --ro "/etc:$PWD/one" -- echo ran
	refused 125 "symbolic link" "namei" -- "$cove" box --cwd "$PWD/one" -- echo ran
	refused 125 "4095" "too long" -- "$cove" box --ro "/$(printf 'a/%.0s' {1..2100})" -- echo ran
	refused 125 "4095" "too long" -- "$cove" box --ro "/etc:/tmp/$(printf 'a%.0s' {1..300})" -- echo ran
	is_root || refused 125 "closed to you" -- "$cove" box --ro /root/x -- echo ran
}

@test "sources: pipes, sockets and devices are shown as they are" {
	mkfifo pipe
	"$python" -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
	works fifo "$cove" box --ro "$PWD/pipe:/tmp/x" -- stat -c %F /tmp/x
	works socket "$cove" box --ro "$PWD/socket:/tmp/x" -- stat -c %F /tmp/x
	works "character special file" "$cove" box --ro /dev/null:/tmp/x -- stat -c %F /tmp/x
	refused 126 "'$PWD/pipe'" "neither a file" -- "$cove" box -- "$PWD/pipe"
	refused 126 "it is a directory" -- "$cove" box -- /
}

@test "mount points: in a read-only tree, of the wrong kind, in /proc" {
	refused 125 "'/usr/new'" "Read-only" "--tmpfs or --rw above it" -- "$cove" box --ro /etc/passwd:/usr/new -- echo ran
	refused 125 "'/usr/new'" "Read-only" "--tmpfs or --rw above it" -- "$cove" box --ro /etc:/usr/new -- echo ran
	refused 125 "'/etc'" "goes onto a file" -- "$cove" box --ro /etc/passwd:/etc -- echo ran
	refused 125 "'/etc/passwd'" "no directory" -- "$cove" box --ro /etc:/etc/passwd -- echo ran
	refused 125 "'/etc/passwd/x'" "no directory" -- "$cove" box --ro /etc:/etc/passwd/x -- echo ran
	refused 125 "'/proc/x'" "/proc" -- "$cove" box --ro /etc:/proc/x -- echo ran
}

@test "a full filesystem" {
	refused 125 "'/mnt/etc'" "No space left" "no room" -- "$cove" box --tmpfs /mnt:nr_inodes=1 --ro /etc:/mnt/etc -- echo ran
	hosted 125 "new" "No space left" -- nested \
		"mount -t tmpfs -o nr_inodes=1 t '$TMPDIR'; cd '$TMPDIR'; exec '$cove' box --rw '$TMPDIR' --tmpfs '$TMPDIR/new' -- echo ran"
}

@test "a plan, arguments or an environment that are too large" {
	[ -z "${COVE_SANITIZED-}" ] || skip "the sanitizer takes minutes for it"
	ends_clean 125 bash -c 'ulimit -s unlimited; exec "$@"' bash "$python" -c 'import os, sys
words = [f"--symlink=a:/tmp/{i}" for i in range(100000)]
os.execv(sys.argv[1], ["cove", "box", *words, "--", "echo", "ran"])' "$cove"
	holds "$error" "8 MiB"
	equal "" "$output"
	refused 126 "too long" "ulimit -s" -- "$cove" box --rlimit stack=64k -- /bin/echo "$(printf 'a%.0s' {1..100000})"
	export LARGE
	LARGE=$(printf 'a%.0s' {1..100000})
	works 100000 "$cove" box --env-pass LARGE -- "$python" -c 'import os; print(len(os.environ["LARGE"]))'
	works 100000 "$cove" box --only uts -- "$python" -c 'import os; print(len(os.environ["LARGE"]))'
}

@test "an empty PATH" {
	refused 127 "PATH is empty" -- env PATH= "$cove" box -- true
	ends 0 env PATH= "$cove" box -- /bin/true
	ends 0 env -i "$cove" box -- true
}

# ---- the caller's place ----

@test "a home that is missing, no directory, relative, empty, the system's, private, or odd" {
	local home

	for home in /nonexistent /nonexistent/x /etc/passwd /dev/null /proc /sys/x / /usr /usr/sbin /root \
		/tmp /tmp/x "/tmp/a  b \$(c)" $'/tmp/new\nline' $'/tmp/\377' /dev/shm/x /run/x //tmp//x/ /tmp/../etc \
		relative "" "$PWD" "$PWD/sub" "/$(printf 'a%.0s' {1..5000})" "/tmp/$(printf 'a%.0s' {1..300})"; do
		HOME=$home works ran "$cove" box -- echo ran
	done
	works ran env -u HOME "$cove" box -- echo ran
}

@test "a home below /tmp is there, empty and writable; a read-only one is, too" {
	mkdir home
	echo private >home/file
	HOME=$PWD/home works "" "$cove" box --cwd / -- sh -c 'ls -A ~; touch ~/new'
	equal file "$(ls -A home)"
	chmod 555 home
	HOME=$PWD/home works "" "$cove" box --cwd / -- sh -c 'ls -A ~'
	chmod 755 home
}

@test "a current directory that is gone, closed, or has an odd name" {
	mkdir gone "new
line" closed closed/below
	(
		cd gone
		rmdir ../gone
		ends 0 box -- pwd
		equal / "$output"
		holds "$error" "no longer exists"
		ends 125 box --rw . -- echo ran
		holds "$error" "no longer exists" "--rw ."
		equal "" "$output"
	)
	cd "new
line"
	ends 0 box -- pwd
	equal "$PWD" "$output"
	cd ../closed/below
	chmod 000 "$PWD"
	ends 0 box -- pwd
	equal "$PWD" "$output"
	chmod 000 "${PWD%/below}"
	# Whether cove-init may enter depends on the id map being written yet.
	if box -- pwd >"$TMPDIR/where" 2>"$TMPDIR/why"; then
		equal "$PWD" "$(<"$TMPDIR/where")"
	else
		holds "$(<"$TMPDIR/why")" "Permission denied" "cd to another one first"
	fi
	chmod 700 "${PWD%/below}"
}

# ---- descriptors, limits, signals ----

@test "closed standard descriptors stay closed, and nothing else gets their numbers" {
	local closed listing

	listing='import os; print([n for n in range(3) if os.path.exists(f"/proc/self/fd/{n}")], file=open("fds", "w"))'
	for closed in '0<&-:[1, 2]' '1>&-:[0, 2]' '2>&-:[0, 1]' '0<&- 1>&-:[2]' '0<&- 2>&-:[1]' '1>&- 2>&-:[0]' '0<&- 1>&- 2>&-:[]'; do
		for options in "" "--no-init" "--only uts"; do
			rm -f fds
			bash -c "exec '$cove' box $options -- '$python' -c '$listing' ${closed%:*}" 3>&-
			equal "${closed#*:}" "$(<fds)"
		done
	done
}

@test "output that cannot be written is an error" {
	local words

	for words in --help --version "box --help" "explain box true" "completion bash" "box --print-config true"; do
		# shellcheck disable=SC2086 # several words
		ends 125 bash -c '"$@" >/dev/full' bash "$cove" $words
		holds "$error" "cannot write the output: No space left"
		# shellcheck disable=SC2086
		ends 125 bash -c '"$@" >&-' bash "$cove" $words
		holds "$error" "cannot write the output: Bad file descriptor"
	done
}

@test "a trace that cannot be written" {
	ends_clean 125 "$cove" box --trace /nonexistent/x -- echo ran
	holds "$error" "'/nonexistent/x'" "--trace /nonexistent/x"
	equal "" "$output"
	ends_clean 125 "$cove" box --trace /dev/full -- echo ran
	holds "$error" "No space left" "--trace /dev/full"
	equal ran "$output"
	ends_clean 7 "$cove" box --trace /dev/full -- sh -c 'exit 7'
	holds "$error" "No space left"
	hosted 125 "'$TMPDIR/x'" "Read-only" "another place" -- nested "mount -t tmpfs -o ro t '$TMPDIR'; exec '$cove' box --trace '$TMPDIR/x' -- echo ran"
	echo before >trace
	ends_clean 125 "$cove" box --trace trace --ro /nonexistent -- true
	equal before "$(<trace)"
}

@test "each small number of descriptors" {
	local n

	[ -z "${COVE_SANITIZED-}" ] || skip "the sanitizer opens descriptors"
	for n in {3..20} 64; do
		ends_clean 125 bash -c "exec 3>&-; ulimit -n $n; exec \"\$0\" box -- echo ran" "$cove" ||
			works ran bash -c "exec 3>&-; ulimit -n $n; exec \"\$0\" box -- echo ran" "$cove"
		[ "$output" = ran ] || holds "$error" "step" "ulimit -n"
	done
	equal ran "$output"
}

@test "memory, file size and processes are limited" {
	local kib

	[ -z "${COVE_SANITIZED-}" ] || skip "the sanitizer takes terabytes of address space"
	for kib in 1000 4000 8192 8400 8600 8800 9000 9500 10000 12000 16000; do
		ends_clean 125 bash -c "ulimit -v $kib; exec \"\$0\" box --ro /etc:/mnt -- echo ran" "$cove" ||
			works ran bash -c "ulimit -v $kib; exec \"\$0\" box --ro /etc:/mnt -- echo ran" "$cove"
		[ "$output" = ran ] || holds "$error" "ulimit -v"
	done
	equal ran "$output"
	refused 125 "too large" "ulimit -f" -- bash -c 'set -o pipefail; (ulimit -f 0; exec "$0" box -- echo ran) 2>&1 | cat >&2' "$cove"
	refused 125 "too large" "ulimit -f" -- bash -c 'set -o pipefail; (ulimit -f 8; exec "$0" box -- echo ran) 2>&1 | cat >&2' "$cove"
	is_root || refused 125 "clone3" "ulimit -u" -- bash -c 'ulimit -u 1; exec "$0" box -- echo ran' "$cove"
}

# Becomes the command, in a session of its own; a shell's background ignores SIGINT otherwise.
alone() { # COMMAND...
	exec "$python" -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.setsid()
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

@test "a signal while the box is made ends all of it" {
	local signal number pid ended

	for signal in TERM:15 INT:2 HUP:1; do
		number=${signal#*:}
		alone "$cove" box --fault root:hang -- echo ran >out 2>&1 3>&- &
		pid=$!
		soon test -n "$(soon pgrep -P "$pid")"
		sleep 0.1
		kill -s "${signal%:*}" "$pid"
		ended=0
		wait "$pid" || ended=$?
		equal $((128 + number)) "$ended"
		soon session_is_empty "$pid"
		equal "" "$(<out)"
	done
}

@test "a signal that the command dies of is the status; one that it catches is not" {
	local signal pid ended

	for signal in TERM:15 INT:2 HUP:1 USR1:10; do
		rm -f ready
		alone "$cove" box -- sh -c 'echo ready >ready; exec sleep 600' >out 2>&1 3>&- &
		pid=$!
		soon has_text ready
		soon kill -s "${signal%:*}" "$pid"
		ended=0
		wait "$pid" || ended=$?
		equal $((128 + ${signal#*:})) "$ended"
		soon session_is_empty "$pid"
		equal "" "$(<out)"
	done
	setsid "$cove" box -- sh -c 'trap "echo caught; exit 5" TERM; echo ready >>ready2; while :; do sleep 0.05; done' >out 2>&1 3>&- &
	pid=$!
	soon has_text ready2
	kill -TERM "$pid"
	ended=0
	wait "$pid" || ended=$?
	equal 5 "$ended"
	equal caught "$(<out)"
}

# What a process has blocked and ignores when cove is started with USR1 blocked and HUP ignored.
masks() { # OPTION...
	"$python" -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$cove" box "$@" -- \
		grep -E '^Sig(Blk|Ign)' /proc/self/status | while read -r name mask; do
		# What posix_spawn starts ignores signal 32: glibc's own business.
		printf '%s %x ' "${name:3:3}" $((0x$mask & 0x7fffffff))
	done
}

@test "ignored signals stay ignored; blocked ones stay blocked with --only" {
	equal "Blk 0 Ign 1 " "$(masks)"
	equal "Blk 0 Ign 1 " "$(masks --no-init)"
	equal "Blk 200 Ign 1 " "$(masks --only uts)"
	equal "Blk 200 Ign 1 " "$(masks --only user,pid --init)"
	equal alive "$(trap '' HUP && box -- sh -c 'kill -HUP $$; echo alive')"
}

@test "an interrupt from the terminal arrives once" {
	"$python" - "$cove" <<-'END'
		import os, pty, sys, time

		SCRIPT = "n=0; trap 'n=$((n + 1)); echo got $n' INT; echo ready; " \
		         "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done; echo total $n"
		pid, terminal = pty.fork()
		if pid == 0:
		    os.execv(sys.argv[1], ["cove", "box", "--", "sh", "-c", SCRIPT])
		text = b""
		while b"ready" not in text:
		    text += os.read(terminal, 1000)
		time.sleep(0.3)
		os.write(terminal, b"\x03")
		try:
		    while chunk := os.read(terminal, 1000):
		        text += chunk
		except OSError:
		    pass
		status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
		if b"total 1\r" not in text or status != 0:
		    sys.exit(f"status {status}: {text}")
	END
}

# ---- hosts ----

@test "user namespaces are forbidden by a limit" {
	hosted 125 "user.max_user_namespaces is 0" "No space left" -- nested \
		"echo 0 >/proc/sys/user/max_user_namespaces; plain '$cove' box -- echo ran"
	hosted 125 "user.max_net_namespaces is 0" -- nested \
		"echo 0 >/proc/sys/user/max_net_namespaces; plain '$cove' box -- echo ran"
}

@test "user namespaces are forbidden in a chroot" {
	[ -z "${COVE_SANITIZED-}" ] || skip "the sanitized cove is not static"
	mkdir root
	cp "$cove" root/cove
	hosted 125 "this is a chroot" "--rootfs" -- nested "exec chroot '$PWD/root' /cove box -- /cove"
}

@test "a filter around cove forbids or denies its calls" {
	local call

	for call in clone3 open_tree move_mount fsopen mount_setattr openat2 close_range execveat memfd_create; do
		hosted 125 "Operation not permitted" "forbids $call" "seccomp=unconfined" -- filtered "$call=1" "$cove" box -- echo ran
		hosted 125 "not implemented" "no $call" "seccomp=unconfined" -- filtered "$call=38" "$cove" box -- echo ran
	done
	hosts ran filtered keyctl=1 "$cove" box -- echo ran
	hosts ran filtered keyctl=38 "$cove" box -- echo ran
}

@test "an outer container covers parts of /proc or /sys" {
	local cover_proc="mount --bind /dev/null /proc/cpuinfo" cover_sys="mount -t tmpfs t /sys/kernel/mm"

	cover_sys="mount -t tmpfs t /sys/devices"
	hosted 125 "'/proc/cpuinfo'" "unmask=ALL" "systempaths=unconfined" "--share pid" -- nested "$cover_proc; exec '$cove' box -- echo ran"
	hosted 125 "'/sys/devices'" "--share net" -- nested "$cover_sys; exec '$cove' box -- echo ran"
	hosts ran nested "$cover_proc; exec '$cove' box --share pid -- echo ran"
	hosts ran nested "$cover_sys; exec '$cove' box --share net -- echo ran"
}

@test "a user namespace that forbids setgroups is no obstacle" {
	hosts ran nested "exec '$cove' box -- echo ran"
	hosts ran nested "exec '$cove' box --root -- echo ran"
}

@test "memory files may not be executed" {
	needs_root
	needs_kernel 6.3
	refused 125 "vm.memfd_noexec" -- unshare -fpm --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec || exit 1; exec "$0" box -- echo ran' "$cove"
}

@test "no subordinate ids, no newuidmap, and one without rights" {
	local id="setpriv --bounding-set=-all --inh-caps=-all"

	printf 'root:100000:65536\n%s:100000:65536\n' "$(id -un)" >ids
	hosted 125 "no subordinate ids" "/etc/subuid" "usermod --add-subuids" -- nested \
		"mount --bind /dev/null /etc/subuid; exec '$cove' box --map auto -- echo ran"
	hosted 125 "no subordinate ids" "/etc/subgid" "usermod --add-subgids" -- nested \
		"mount --bind '$PWD/ids' /etc/subuid; mount --bind /dev/null /etc/subgid; exec '$cove' box --map auto -- echo ran"
	hosted 125 "cannot find 'newuidmap'" "uidmap" -- nested \
		"mount --bind '$PWD/ids' /etc/subuid; mount --bind '$PWD/ids' /etc/subgid; mount --bind '$PWD/ids' /usr/bin/newuidmap; exec $id '$cove' box --map auto -- echo ran"
	printf '#!/bin/sh\nexit 1\n' >newuidmap
	chmod 755 newuidmap
	hosted 125 "newuidmap refused" "chmod u+s" -- nested \
		"mount --bind '$PWD/ids' /etc/subuid; mount --bind '$PWD/ids' /etc/subgid; mount --bind '$PWD/newuidmap' /usr/bin/newuidmap; exec $id '$cove' box --map auto -- echo ran"
}

@test "memory that runs out in a program with libcove is an error of it" {
	local n status

	[ -z "${COVE_SANITIZED-}" ] || skip "the sanitizer has its own malloc"
	cat >fail.c <<-'END'
		#define _GNU_SOURCE
		#include <errno.h>
		#include <stdlib.h>
		#include <string.h>
		extern void *__libc_malloc(size_t size), *__libc_calloc(size_t n, size_t size);
		extern void *__libc_realloc(void *old, size_t size);
		static int fails(void)
		{
			static int count, last;
			if (!last)
				last = atoi(getenv("FAIL_AT"));
			if (strcmp(program_invocation_short_name, "01-child") != 0)
				return 0; /* the command's own */
			return ++count >= last && (errno = ENOMEM);
		}
		void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
		void *calloc(size_t n, size_t size) { return fails() ? NULL : __libc_calloc(n, size); }
		void *realloc(void *old, size_t size) { return fails() ? NULL : __libc_realloc(old, size); }
	END
	cc -shared -fPIC -o fail.so fail.c
	# USER and HOME are known: without memory glibc crashes when it looks them up.
	for n in {1..60}; do
		status=0
		USER=me FAIL_AT=$n LD_PRELOAD=$PWD/fail.so "$COVE_BUILD/examples/01-child" >out 2>&1 </dev/null || status=$?
		[ "$status" -lt 128 ] || {
			echo "allocation $n: status $status: $(<out)"
			return 1
		}
	done
}
