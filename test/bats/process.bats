#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# How the command starts, lives and ends: status, environment, descriptors, signals, processes.

load helpers

setup() {
	cove_setup
}

teardown() {
	cove_teardown
}

# Starts cove in the background, with $host its process, once FILE has text.
start() { # FILE BOX-ARGUMENT...
	# What bash starts in the background ignores these two.
	env --default-signal=INT,QUIT "$cove" box "${@:2}" 3>&- &
	host=$!
	started+=("$host")
	soon has_text "$1"
}

status_of() { # PID: into the file status
	local status=0

	soon ended "$1" || {
		kill -KILL "$1"
		wait "$1" || true
		return 1
	}
	wait "$1" || status=$?
	echo "$status" >status
}

# ---- statuses ----

@test "status: the command's own" {
	for n in 0 1 2 42 124 125 126 127 128 200 255; do
		ends "$n" box -- sh -c "exit $n"
	done
	for n in 0 3 255; do
		ends "$n" box --no-init -- sh -c "exit $n"
		ends "$n" box --only uts -- sh -c "exit $n"
		ends "$n" box --share pid -- sh -c "exit $n"
	done
}

@test "status: 128 + n for signal n" {
	for name in HUP INT QUIT ABRT KILL USR1 SEGV PIPE ALRM TERM; do
		n=$(kill -l "$name")
		ends $((128 + n)) box --rlimit core=0 -- sh -c "kill -$name \$\$"
		ends $((128 + n)) box --rlimit core=0 --only uts -- sh -c "kill -$name \$\$"
	done
	ends 162 box -- sh -c 'kill -34 $$'
	ends 192 box -- sh -c 'kill -64 $$'
}

@test "status 2: wrong options, 125: no box, 126 and 127: no command" {
	ends 2 box --nonsense -- true
	ends 2 box --hostname
	ends 125 box --cwd /nowhere -- true
	holds "$error" "/nowhere" "--cwd /nowhere" hint:
	ends 126 box -- /etc
	ends 127 box -- cove-no-such-command
}

@test "nothing is said on standard output but by the command" {
	for arguments in "--cwd /nowhere" "--nonsense" "-- cove-no-such-command" "-- true"; do
		# shellcheck disable=SC2086
		box $arguments >out 2>/dev/null || true
		equal "" "$(<out)"
	done
}

# ---- finding the command ----

@test "command: found in the box's PATH" {
	mkdir -p bin other
	printf '#!/bin/sh\necho mine\n' >bin/tool
	printf '#!/bin/sh\necho other\n' >other/tool
	chmod +x bin/tool other/tool
	equal mine "$(box --env "PATH=$PWD/bin:$PWD/other:$host_path" -- tool)"
	equal other "$(box --env "PATH=/nowhere:/etc/passwd:$PWD/other:$host_path" -- tool)"
	equal mine "$(PATH=$PWD/bin:$PATH "$cove" box -- tool)"
	equal mine "$(box -- bin/tool)"
	equal mine "$(box -- ./bin/tool)"
	ends 127 box -- tool
	ends 127 box --env PATH= -- true
	chmod -x bin/tool
	equal other "$(box --env "PATH=$PWD/bin:$PWD/other:$host_path" -- tool)"
}

@test "command: missing" {
	ends 127 box -- cove-no-such-command
	holds "$error" "cannot find the command 'cove-no-such-command'" "PATH=$host_path"
	ends 127 box -- /no/such/command
	holds "$error" "cannot find '/no/such/command' in the box"
	ends 127 box -- ./nothing
	ends 127 box -- /etc/passwd/x
	ends 127 box -- ""
}

@test "command: hidden in the box but there outside" {
	mkdir "$BATS_TEST_TMPDIR/deep"
	cp "/usr/bin/true" tool
	cd deep
	[ -x ../tool ]
	ends 127 box -- ../tool
	holds "$error" "in the box"
}

@test "command: a directory" {
	mkdir dir
	for path in /etc ./dir /usr/; do
		ends 126 box -- "$path"
		holds "$error" "cannot execute '$path'" "it is a directory"
	done
}

@test "command: no permission to run it" {
	echo 'echo x' >file
	ends 126 box -- ./file
	holds "$error" "cannot execute './file'" "chmod +x"
	mkdir bin
	mv file bin/my-file
	ends 126 box --env "PATH=$PWD/bin:$host_path" -- my-file
	holds "$error" "$PWD/bin/my-file"
	ends 126 box -- /dev/null
}

@test "command: on a mount that runs nothing" {
	cp "/usr/bin/true" tool
	cp tool bin-tool
	ends 126 box -- sh -c 'cp bin-tool /dev/shm/tool; exec /dev/shm/tool'
}

forge() { # FILE PYTHON-STATEMENTS: on `data`, the bytes of a copy of true
	cp "/usr/bin/true" "$1"
	"$python" - "$1" "$2" <<-'END'
		import re, struct, sys
		data = bytearray(open(sys.argv[1], "rb").read())
		exec(sys.argv[2])
		open(sys.argv[1], "wb").write(data)
	END
	chmod +x "$1"
}

@test "command: its ELF loader is missing" {
	forge tool 'at = re.search(rb"/lib[^\0]*/ld-[^\0]*\0", data).start(); data[at + 1] = ord("x")'
	loader=$(grep -ao '/xib[[:graph:]]*ld-[[:graph:]]*' tool | tr -d '\0' | head -n 1)
	[ -n "$loader" ]
	ends 126 box -- ./tool
	holds "$error" "cannot execute './tool': its loader is missing" "'$loader'"
}

@test "command: its ELF loader is not in the root" {
	mkdir -p root/{bin,proc,sys,dev,tmp,run}
	cp "/usr/bin/true" root/bin/true
	ends 126 box --rootfs root -- true
	holds "$error" "/bin/true" "loader" "/ld-"
}

@test "command: its script interpreter is missing" {
	printf '#!/no/such/interpreter -x\n' >script
	chmod +x script
	ends 126 box -- ./script
	holds "$error" "cannot execute './script': its interpreter is missing" "'/no/such/interpreter'"
	printf '#!  /no/such/interpreter' >script
	ends 126 box -- ./script
	holds "$error" "'/no/such/interpreter'"
	mkdir bin
	mv script bin
	ends 126 box --env "PATH=$PWD/bin:$host_path" -- script
	holds "$error" "interpreter"
}

@test "command: for another machine" {
	for row in 183:aarch64 243:riscv64 62:x86_64; do
		forge tool "data[18:20] = struct.pack('<H', ${row%:*})"
		[ "${row#*:}" = "$(uname -m)" ] && continue
		ends 126 box -- ./tool
		holds "$error" "it is a program for ${row#*:}, and this machine is $(uname -m)"
	done
}

@test "command: empty, no program, damaged" {
	: >empty
	echo 'echo x' >script
	forge damaged 'del data[60:]'
	chmod +x empty script
	ends 126 box -- ./empty
	holds "$error" "it is empty"
	ends 126 box -- ./script
	holds "$error" "sh FILE"
	ends 126 box -- ./damaged
}

@test "command: none is your shell" {
	equal through "$(echo 'echo through' | SHELL=/bin/sh "$cove" box)"
	equal through "$(echo 'echo through' | SHELL=/bin/sh "$cove" box --)"
}

@test "command: arguments arrive as they are" {
	ends 0 box -- printf '<%s>' "" " " $'a\nb' '$x' --help é -
	equal $'<>< ><a\nb><$x><--help><é><->' "$output"
	ends 0 box printf '<%s>' --hostname x
	equal "<--hostname><x>" "$output"
	many=$(seq 20000)
	# shellcheck disable=SC2086
	equal "$(cksum <<<"$many")" "$(box -- printf '%s\n' $many | cksum)"
}

# ---- environment and directory ----

@test "environment: only what is passed by default" {
	ends 0 env -i PATH=/usr/bin:/bin HOME=/root USER=x TERM=dumb LANG=C LC_ALL=C LC_TIME=C TZ=UTC \
		SECRET=1 LD_PRELOAD_X=1 LCX=1 SSH_AUTH_SOCK=/x "$cove" box -- env
	equal "HOME=/root LANG=C LC_ALL=C LC_TIME=C PATH=/usr/bin:/bin TERM=dumb TZ=UTC USER=x" \
		"$(sort <<<"$output" | tr '\n' ' ' | sed 's/ $//')"
	ends 0 env -i "$cove" box -- /usr/bin/env
	equal "HOME=$(getent passwd "$(id -u)" | cut -d: -f6) USER=$(id -un) PATH=$host_path" \
		"$(tr '\n' ' ' <<<"$output" | sed 's/ $//')"
}

@test "environment: --env" {
	equal "a=b=c" "$(box --env x=a=b=c -- sh -c 'echo "$x"')"
	equal "last" "$(box --env x=first -e x=last -- sh -c 'echo "$x"')"
	equal "/elsewhere" "$(box --env HOME=/elsewhere -- sh -c 'echo "$HOME"')"
	equal "set" "$(box --env x= -- sh -c 'echo "${x-unset}${x+set}"')"
	ends 2 box --env x -- true
	ends 2 box --env =x -- true
}

@test "environment: --env-pass, with patterns" {
	export one_a=1 one_b=2 onex=3 two=4
	equal "1 2  " "$(box --env-pass 'one_*' -- sh -c 'echo "$one_a $one_b $onex $two"')"
	equal "1   4" "$(box --env-pass one_a,two -- sh -c 'echo "$one_a $one_b $onex $two"')"
	equal "   " "$(box --env-pass one,nothing -- sh -c 'echo "$one_a $one_b $onex $two"')"
	equal "1 2 3 4" "$(box --env-pass '*' -- sh -c 'echo "$one_a $one_b $onex $two"')"
}

@test "environment: --env-clear" {
	equal "" "$(box --env-clear -- /usr/bin/env)"
	equal "x=1" "$(box --env-clear --env x=1 -- /usr/bin/env)"
	equal "x=1" "$(x=1 "$cove" box --env-clear --env-pass x -- /usr/bin/env)"
	equal "x=1" "$(x=1 "$cove" box --only uts --env-clear --env-pass x -- /usr/bin/env)"
}

@test "environment: --only leaves all of it" {
	export secret=here
	equal "$(env | grep -v '^_=' | sort)" "$(box --only uts -- env | grep -v '^_=' | sort)"
}

@test "current directory" {
	mkdir -p a/b
	cd a
	equal "$PWD" "$(box -- pwd)"
	equal / "$(box --cwd / -- pwd)"
	equal "$PWD/b" "$(box -C b -- pwd)"
	equal "$PWD" "$(box --only mnt -- pwd)"
	equal /tmp "$(box --only uts --cwd /tmp -- pwd)"
	ends 125 box --cwd /nowhere -- true
	echo x >file
	ends 125 box --cwd "$PWD/file" -- true
	holds "$error" "$PWD/file"
}

@test "current directory: no way out through descriptors" {
	exec 7</
	for n in 3 4 5 6 7 8 9 10 11 12; do
		ends 125 box --cwd "/proc/self/fd/$n" -- true
		holds "$error" "step "
		ends 127 box -- "/proc/self/fd/$n/bin/true"
	done
	exec 7<&-
}

# ---- descriptors ----

# In a shell of its own, for 3 belongs to bats.
@test "descriptors: only 0, 1 and 2, whatever is open" {
	(
		for n in $(seq 3 20); do
			eval "exec $n</"
		done
		for options in --init --no-init "--share pid" "--boottime 1h" "--boottime 1h --no-init"; do
			# shellcheck disable=SC2086
			equal "0 1 2" "$(box $options -- sh -c "$open_fds")"
		done
	)
}

@test "descriptors: --only leaves them, and adds none" {
	exec 7</etc/passwd 20</
	before=$(sh -c "$open_fds")
	equal "$before" "$(box --only uts -- sh -c "$open_fds")"
	equal "$before" "$(box --only pid -- sh -c "$open_fds")"
	equal "$before" "$(box --only pid --init -- sh -c "$open_fds")"
	exec 7<&- 20<&-
}

@test "descriptors: --keep-fd" {
	echo content >file
	for options in --init --no-init "--share pid" "--boottime 1h"; do
		# shellcheck disable=SC2086
		equal "content 0 1 2 7" "$(box $options --keep-fd 7 -- sh -c "cat <&7; $open_fds" 7<file 9</ | paste -sd' ')"
	done
	equal "0 1 2 7 9 30" "$(box --keep-fd 30 --keep-fd 7 --keep-fd 9 -- sh -c "$open_fds" 7<file 9<file 30<file 8<file)"
	for wrong in 2 0 -1 x "" 7x; do
		ends 2 box --keep-fd "$wrong" -- true
	done
	ends 125 box --keep-fd 50 -- true
	holds "$error" 50
}

@test "descriptors: cove-init holds nothing of the box open" {
	start_box
	init=$(children "$host")
	is_root || skip "only root may look"
	ls -l "/proc/$init/fd" >fds
	lacks "$(<fds)" "$PWD" pipe: /dev/null
	[ "$(grep -c -- '->' fds)" -le 4 ]
}

@test "descriptors: pipes in and out" {
	equal "HELLO" "$(echo hello | box -- tr a-z A-Z)"
	head -c 1000000 /dev/urandom >big
	equal "$(cksum <big)" "$(box -- cat <big | cksum)"
	equal "err" "$(box -- sh -c 'echo err >&2' 2>&1 >/dev/null)"
}

@test "descriptors: closed ones" {
	ends 0 sh -c '"$0" box -- true <&-' "$cove"
	ends 0 sh -c '"$0" box -- true >&-' "$cove"
	ends 0 sh -c '"$0" box -- true 2>&-' "$cove"
	ends 5 sh -c '"$0" box -- sh -c "exit 5" <&- >&- 2>&-' "$cove"
	ends 5 sh -c '"$0" box --no-init -- sh -c "exit 5" <&- >&- 2>&-' "$cove"
	# What is closed is closed inside, too, or empty; never a file of cove's.
	sh -c '"$0" box -- sh -c "ls -l /proc/\$\$/fd >fds" <&- 2>&-' "$cove"
	lacks "$(<fds)" memfd socket: cove pidfd
	ends 127 sh -c '"$0" box -- nosuch-command <&- >&-' "$cove"
}

@test "a reader that leaves ends the command by SIGPIPE, as outside" {
	set +o pipefail
	box -- sh -c 'yes; echo $? >status' | head -n 1 >/dev/null
	equal 141 "$(<status)"
	"$cove" box -- yes | head -n 1 >/dev/null
	equal 141 "${PIPESTATUS[0]}"
}

@test "ignored signals stay ignored, caught ones do not" {
	nohup "$cove" box -- sh -c 'kill -HUP $$; echo lived' >out 2>/dev/null </dev/null
	equal lived "$(<out)"
	ends 129 box -- sh -c 'kill -HUP $$; echo lived'
	equal "$(status_field /proc/self/status SigIgn)" "$(box -- sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status)"
	equal 0000000000000000 "$(box -- sed -n 's/^SigBlk:[[:space:]]*//p' /proc/self/status)"
	equal 0000000000000000 "$(box --no-init -- sed -n 's/^SigCgt:[[:space:]]*//p' /proc/self/status)"
}

# ---- processes ----

@test "init: process 1 is cove-init, the command is 2" {
	equal "cove-init 2" "$(box -- sh -c 'echo $(cat /proc/1/comm) $$')"
	equal "sh 1" "$(box --no-init -- sh -c 'echo $(cat /proc/1/comm) $$')"
	equal "1" "$(box -- sh -c 'ps -o ppid= -p $$' | tr -d ' ')"
}

@test "init: the command cannot look into it, nor end it" {
	ends 0 box --root -- sh -c 'cat /proc/1/environ 2>/dev/null; ls -l /proc/1/fd 2>/dev/null
		readlink /proc/1/exe /proc/1/cwd /proc/1/root; kill -KILL 1; echo here'
	lacks "$output" "$HOME" cove memfd
	holds "$output" here
}

@test "init: orphans are reaped" {
	box -- sh -c '
		for i in 1 2 3 4 5 6 7 8 9 10; do (sh -c "exit 3" & ) ; done
		n=0
		while [ $n -lt 200 ]; do
			left=$(cat /proc/[0-9]*/stat 2>/dev/null | grep -c ") Z ")
			[ "$left" = 0 ] && [ $(echo /proc/[0-9]* | wc -w) -le 4 ] && break
			sleep 0.05; n=$((n + 1))
		done
		echo "$left"' >out
	equal 0 "$(<out)"
}

@test "init: an orphan's end is not the command's" {
	ends 4 box -- sh -c '(sh -c "sleep 0.05; exit 9" &); sleep 0.3; exit 4'
}

@test "signals: passed on, and the status is the command's" {
	handler='for s in HUP INT QUIT USR1 USR2 TERM WINCH CONT ALRM; do trap "echo $s >>got" $s; done
		trap "exit 33" PWR; echo ready >go; while :; do sleep 0.02; done'
	for options in --init --no-init "--only uts" "--share pid" "--boottime 1h --share pid"; do
		rm -f go got
		# shellcheck disable=SC2086
		start go $options -- sh -c "$handler"
		for name in HUP INT QUIT USR1 USR2 TERM WINCH ALRM; do
			kill "-$name" "$host"
			soon has_text got "$name"
		done
		kill -PWR "$host"
		status_of "$host"
		equal 33 "$(<status)"
	done
}

@test "signals: one that is not caught ends the command, and is told" {
	for name in HUP INT TERM USR1 USR2 QUIT; do
		rm -f go
		start go --rlimit core=0 -- "$python" -c 'import signal, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
open("go", "w").write("x"); time.sleep(600)'
		kill "-$name" "$host"
		status_of "$host"
		equal $((128 + $(kill -l "$name"))) "$(<status)"
	done
}

@test "signals: real-time ones" {
	start go -- "$python" -c 'import os, signal, time
def got(number, frame): open("got", "a").write("%d\n" % number)
for n in (signal.SIGRTMIN, signal.SIGRTMIN + 5, signal.SIGRTMAX): signal.signal(n, got)
open("go", "w").write("x")
while True: time.sleep(0.02)'
	for n in 34 39 64; do
		kill -$n "$host"
		soon has_text got "$n"
	done
}

@test "signals: stop and go on" {
	start go -- sh -c 'echo ready >go; while :; do sleep 0.02; date +%N >>ticks; done'
	kill -STOP "$host"
	kill -CONT "$host"
	soon has_text ticks
	kill -TERM "$host"
	status_of "$host"
	equal 143 "$(<status)"
}

is_cove() { # PID
	[ "$(cat "/proc/$1/comm")" = cove ]
}

@test "signals: sent before the command runs are not lost" {
	for i in 1 2 3 4 5 6 7 8; do
		"$cove" box -- sleep 600 3>&- &
		host=$!
		started+=("$host")
		soon is_cove "$host" # until then bash may take the signal, and drop it
		kill -TERM "$host"
		status_of "$host"
		equal 143 "$(<status)"
	done
}

@test "the box ends with its command: daemons, too" {
	for options in --init --no-init "--only pid"; do
		rm -f go
		# shellcheck disable=SC2086
		start go $options -- sh -c 'setsid sh -c "sleep 611 & sleep 612" & echo $$ >go; sleep 0.1; exec sleep 613'
		below=$(descendants "$host")
		kill -KILL "$(last_sleep 613)"
		status_of "$host"
		# shellcheck disable=SC2086
		soon gone $below
	done
}

last_sleep() { # SECONDS: the sleep of this number below $host
	local pid

	soon sleeping "$1" || return
	for pid in $(descendants "$host"); do
		[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep $1 " ] && echo "$pid"
	done
}

sleeping() { # SECONDS
	local pid

	for pid in $(descendants "$host"); do
		[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep $1 " ] && return
	done
	return 1
}

@test "when cove is killed, nothing inside lives on" {
	for options in --init --no-init "--only pid" "--only pid --init" "--only uts" "--share pid" \
		"--boottime 1h" "--boottime 1h --share pid" --root; do
		rm -f go
		# shellcheck disable=SC2086
		start go $options -- sh -c 'echo ready >go; exec sleep 600'
		below=$(descendants "$host")
		[ -n "$below" ]
		kill -KILL "$host"
		status_of "$host"
		# shellcheck disable=SC2086
		soon gone $below
	done
}

@test "when cove is killed, daemons in its pid namespace die" {
	for options in --init --no-init; do
		rm -f go
		start go $options -- sh -c 'setsid sleep 621 & setsid setsid sleep 622 & trap "" HUP TERM INT; sleep 0.1; echo ready >go
			while :; do sleep 0.1; done'
		soon sleeping 621
		soon sleeping 622
		below=$(descendants "$host")
		kill -KILL "$host"
		# shellcheck disable=SC2086
		soon gone $below
	done
}

@test "when cove-init is killed, cove says so" {
	start go -- sh -c 'echo ready >go; exec sleep 600'
	below=$(descendants "$host")
	kill -KILL "$(children "$host")"
	status_of "$host"
	equal 137 "$(<status)"
	# shellcheck disable=SC2086
	soon gone $below
}

@test "no process is left, and none becomes another's" {
	"$python" - "$cove" <<-'END'
		import ctypes, os, subprocess, sys
		ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # what loses its parent becomes our child
		for options in ([], ["--no-init"], ["--only", "uts"], ["--share", "pid"], ["--boottime", "1h"],
		                ["--boottime", "1h", "--share", "pid"], ["--cwd", "/nowhere"]):
		    for command in (["true"], ["sh", "-c", "sleep 0.01 & exit 3"], ["cove-no-such-command"]):
		        subprocess.run([sys.argv[1], "box", *options, "--", *command], stderr=subprocess.DEVNULL)
		        try:
		            pid, status = os.waitpid(-1, os.WNOHANG)
		            if options == ["--share", "pid"] or "uts" in options or "--share" in options:
		                while True:  # without a pid namespace a background process may live on
		                    os.waitpid(-1, 0)
		            raise SystemExit(f"{options} {command} left {pid} {status}")
		        except ChildProcessError:
		            pass
	END
}

@test "many boxes at once" {
	for i in $(seq 40); do
		box -- sh -c "exit $i" &
		pids[i]=$!
	done
	for i in $(seq 40); do
		status=0
		wait "${pids[i]}" || status=$?
		equal "$i" "$status"
	done
}

@test "boxes in boxes" {
	cp "$cove" ./cove-copy
	ends 0 box -- unshare -Ur true || skip "no user namespaces below the box's"
	equal "1 inner" "$(box -- ./cove-copy box --no-init --hostname inner -- sh -c 'echo $$ $(uname -n)')"
	ends 7 box -- ./cove-copy box -- ./cove-copy box -- sh -c 'exit 7'
}

@test "when cove is killed, nothing lives on though cove-init is stopped" {
	start go -- sh -c 'echo ready >go; exec sleep 600'
	below=$(descendants "$host")
	kill -STOP "$(children "$host")"
	kill -KILL "$host"
	# shellcheck disable=SC2086
	soon gone $below
}

@test "from /proc, /sys, /dev and a deleted directory" {
	for dir in /proc /proc/$$ /sys /dev; do
		cd "$dir"
		equal / "$(box -- pwd 2>/dev/null)"
	done
	mkdir "$BATS_TEST_TMPDIR/gone"
	cd "$BATS_TEST_TMPDIR/gone"
	rmdir "$BATS_TEST_TMPDIR/gone"
	equal / "$("$cove" box -- /bin/pwd 2>/dev/null)"
	cd "$BATS_TEST_TMPDIR"
}

@test "a caller that ignores SIGCHLD" {
	ends 5 "$python" -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "$cove" box -- sh -c 'exit 5'
}

# Failing to close is failing: a descriptor of the host must not come along.
@test "descriptors: where close_range is refused, no box is made" {
	cat >no-close.json <<-'END'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls":
		 [{"names": ["close_range"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}
	END
	ends 125 box --only none --seccomp no-close.json -- "$cove" box -- true
	holds "$error" "cannot close descriptors" "'fds'" close_range
}

@test "cove refuses to be a set-user-id program" {
	cp "$cove" ./setuid
	chmod 4755 setuid
	if is_root; then
		ends 125 setpriv --reuid 65534 --regid 65534 --clear-groups "$PWD/setuid" version ||
			skip "the test's folder cannot be reached by nobody"
	else
		skip "a user's own set-user-id program gives nothing"
	fi
	holds "$error" "refuses to run set-user-id"
}
