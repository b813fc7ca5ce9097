#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# Namespaces of `cove box`: which are new, shared and joined, and what is set in them.

load helpers

all="user mnt pid net ipc uts cgroup time"

setup() {
	cove_setup
}

teardown() {
	cove_teardown
}

links() { # [PROCESS]: one namespace a line
	local type

	for type in $all; do
		readlink "/proc/${1:-self}/ns/$type"
	done
}

inside='for type in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$type; done'

# The types whose namespaces are others inside than outside.
changed() { # OPTION...
	local here there type i=0 found=()

	mapfile -t here < <(links)
	mapfile -t there < <(box "$@" -- sh -c "$inside")
	[ "${#there[@]}" -eq 8 ] || return 1
	for type in $all; do
		[ "${here[i]}" = "${there[i]}" ] || found+=("$type")
		i=$((i + 1))
	done
	echo "${found[*]}"
}

# What --only makes new: without privilege, a user namespace as well.
with_user() { # TYPE
	if is_root || [ "$1" = user ]; then
		echo "$1"
	else
		echo "user $1"
	fi
}

# A namespace of a box belongs to its user namespace, through which we enter it.
joining() { # TYPE...
	local IFS=,

	echo "user,$*=$inner"
}

@test "default: all are new but time" {
	equal "user mnt pid net ipc uts cgroup" "$(changed)"
}

@test "default: two boxes share none" {
	start_box
	mapfile -t one < <(links "$inner")
	start_box
	mapfile -t two < <(links "$inner")
	for i in 0 1 2 3 4 5 6; do
		differ "${one[i]}" "${two[i]}"
	done
}

@test "--only TYPE: this one, and a user namespace without privilege" {
	for type in mnt pid net ipc uts cgroup time; do
		equal "$(with_user "$type")" "$(changed --only "$type")"
	done
	equal user "$(changed --only user)"
}

@test "--only takes several, in words and in options" {
	if is_root; then
		equal "ipc uts" "$(changed --only uts,ipc)"
		equal "net uts" "$(changed --only uts --only net)"
	else
		equal "user ipc uts" "$(changed --only uts,ipc)"
		equal "user net uts" "$(changed --only uts --only net)"
	fi
	equal "user mnt pid net ipc uts cgroup time" "$(changed --only user,mnt,pid,net,ipc,uts,cgroup,time)"
}

@test "--only leaves the rest alone" {
	marker=kept box --only uts -- sh -c 'echo "$marker $PWD $$"' >out
	equal "kept $PWD" "$(sed 's/ [0-9]*$//' out)"
	equal "$(id)" "$(box --only uts -- id)"
	[ -e "$HOME" ]
	equal "$(stat -c %i "$HOME")" "$(box --only uts -- stat -c %i "$HOME")"
	equal "$(id)" "$(box --only mnt,pid -- id)"
}

@test "--share: the host's" {
	equal "user mnt pid net ipc cgroup" "$(changed --share uts)"
	equal "user mnt pid uts cgroup" "$(changed --share net,ipc)"
	equal "user pid net ipc uts" "$(changed --share cgroup --share mnt)"
}

@test "--share pid: the processes of the host, no init" {
	equal "user mnt net ipc uts cgroup" "$(changed --share pid)"
	box --share pid -- sh -c 'echo $$; cat /proc/$$/comm' >out
	equal sh "$(tail -n 1 out)"
	[ "$(head -n 1 out)" -gt 2 ]
}

@test "--share user as root: no user namespace" {
	needs_root
	equal "mnt pid net ipc uts cgroup" "$(changed --share user)"
	equal "0 0 4294967295" "$(box --share user -- cat /proc/self/uid_map | tr -s ' ' | sed 's/^ //')"
}

@test "--share user without privilege is refused with the reason" {
	is_root && skip "for users"
	ends 125 box --share user -- true
	holds "$error" "user namespace" "step "
}

@test "--net host is --share net, --net none the default" {
	equal "user mnt pid ipc uts cgroup" "$(changed --net host)"
	equal "user mnt pid net ipc uts cgroup" "$(changed --net none)"
	ends 2 box --net bridge -- true
	holds "$error" "unknown network 'bridge'" "hint:"
}

@test "wrong types are refused with the nearest" {
	for option in --only --share; do
		ends 2 box "$option" utz -- true
		holds "$error" "unknown namespace type 'utz'" "did you mean 'uts'"
	done
	ends 2 box --join utz=1 -- true
	holds "$error" "unknown namespace type 'utz'"
	ends 2 box --only "" -- true
	ends 2 box --join uts -- true
	holds "$error" "names no target"
	ends 2 box --join uts=nobody -- true
}

@test "host name: box, --hostname, --name, --domainname; the host keeps its own" {
	before=$(uname -n)
	equal box "$(box -- uname -n)"
	equal container "$(box --hostname container -- uname -n)"
	equal web "$(box --name web -- uname -n)"
	equal two "$(box --name one --hostname two -- uname -n)"
	equal two "$(box --hostname two --name one -- uname -n)"
	equal container "$(box --only uts --hostname container -- uname -n)"
	equal lan "$(box --domainname lan -- cat /proc/sys/kernel/domainname)"
	equal "$before" "$(box --only uts -- uname -n)"
	equal "$before" "$(uname -n)"
}

@test "a host name needs a uts namespace, and a length the kernel takes" {
	ends 2 box --share uts --hostname x -- true
	long=$(printf 'x%.0s' $(seq 64))
	equal "$long" "$(box --hostname "$long" -- uname -n)"
	box --hostname "${long}x" -- true && false
	ends 2 box --hostname "" -- true
	ends 2 box --name a/b -- true
}

@test "network: only a loopback, which works" {
	box -- "$python" - <<-'END'
		import socket, threading
		server = socket.create_server(("127.0.0.1", 0))
		client = socket.create_connection(server.getsockname())
		peer, _ = server.accept()
		client.sendall(b"through")
		assert peer.recv(7) == b"through"
		udp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
		udp.bind(("::1", 0))
		udp.listen()
		socket.create_connection(udp.getsockname()[:2])
		try:
		    socket.create_connection(("192.0.2.1", 80), 1)
		except OSError as error:
		    assert error.errno == 101, error
		else:
		    raise SystemExit("reached the outside")
	END
	equal "" "$(box -- sh -c 'tail -n +2 /proc/net/route')"
}

@test "--only net: no loopback is brought up" {
	ends 0 box --only net -- "$python" -c 'import socket
s = socket.socket()
try: s.connect(("127.0.0.1", 9))
except OSError as error: print(error.errno)'
	equal 101 "$output"
}

@test "abstract sockets of the host cannot be reached" {
	"$python" -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind("\0" + sys.argv[1]); s.listen(); print("ready", flush=True)
time.sleep(600)' "cove-test-$$" >ready 3>&- &
	started+=($!)
	soon has_text ready
	connect='import socket, sys; socket.socket(socket.AF_UNIX).connect("\0" + sys.argv[1])'
	"$python" -c "$connect" "cove-test-$$"
	box --net host -- "$python" -c "$connect" "cove-test-$$"
	ends 1 box -- "$python" -c "$connect" "cove-test-$$"
	holds "$error" ConnectionRefused
}

@test "ipc: a queue made inside is seen inside only" {
	before=$(ipcs -q)
	box -- sh -c 'ipcmk -Q >/dev/null && ipcs -q' >out
	equal 1 "$(grep -c '^0x' out)"
	box --only ipc -- sh -c 'ipcmk -Q >/dev/null && ipcs -q' >out
	equal 1 "$(grep -c '^0x' out)"
	equal "$before" "$(ipcs -q)"
}

@test "ipc: POSIX message queues and shared memory are private" {
	box -- sh -c 'grep -q " /dev/mqueue mqueue " /proc/mounts && echo x >/dev/shm/cove-x && ls /dev/shm' >out
	equal cove-x "$(<out)"
	[ ! -e /dev/shm/cove-x ]
}

@test "pid: only the box's processes are in /proc" {
	equal "1 2" "$(box -- sh -c 'cd /proc; echo [0-9]*')"
	equal 2 "$(box -- sh -c 'echo $$')"
	equal 1 "$(box --no-init -- sh -c 'echo $$')"
	equal 1 "$(box --only pid -- sh -c 'echo $$')"
	equal 2 "$(box --only pid --init -- sh -c 'echo $$')"
}

@test "cgroup: the box sees itself at the root" {
	if [ -e /sys/fs/cgroup/cgroup.controllers ] || grep -q '^0::' /proc/self/cgroup; then
		equal 0::/ "$(box -- grep ^0:: /proc/self/cgroup)"
	fi
	equal "" "$(box -- sh -c 'grep -v ":/$" /proc/self/cgroup')"
}

@test "--join by process: uts, net, ipc, mnt, cgroup" {
	start_box --hostname target --tmpfs /mnt
	for type in uts net ipc cgroup; do
		equal "$(readlink "/proc/$inner/ns/$type")" \
			"$(box --join "$(joining "$type")" -- readlink "/proc/self/ns/$type")"
	done
	# Its /proc shows the processes of its own pid namespace.
	equal "$(readlink "/proc/$inner/ns/mnt")" \
		"$(box --join "$(joining mnt pid)" -- readlink /proc/self/ns/mnt)"
	equal target "$(box --join "$(joining uts)" -- uname -n)"
}

@test "--join as root needs no user namespace of the target's" {
	needs_root
	start_box --hostname target
	equal target "$(box --join "uts=$inner" -- uname -n)"
	equal "user mnt pid net ipc uts cgroup" "$(changed --join "uts=$inner")"
	equal "net uts" "$(changed --only net --join "uts=$inner")"
}

@test "--join without its user namespace is refused with a hint" {
	is_root && skip "root may"
	start_box
	ends 125 box --join "uts=$inner" -- true
	holds "$error" "cannot join the uts namespace" "ns.join" "--join uts=$inner" "hint:"
}

@test "--join one, the rest new" {
	start_box --hostname target
	there=$(readlink "/proc/$inner/ns/net")
	mapfile -t got < <(box --join "$(joining net)" -- sh -c "$inside; uname -n")
	equal "$there" "${got[3]}"
	equal "$(readlink "/proc/$inner/ns/user")" "${got[0]}"
	equal box "${got[8]}"
	for i in 1 2 4 5 6; do
		lacks "$(links; links "$inner")" "${got[i]}"
	done
}

@test "--join net and a user namespace of its own below the target's" {
	needs_root
	start_box
	there=$(readlink "/proc/$inner/ns/net")
	mapfile -t got < <(box --join "net=$inner" -- sh -c "$inside")
	equal "$there" "${got[3]}"
	lacks "$(links; links "$inner")" "${got[0]}"
}

@test "--join by path and by descriptor" {
	start_box --hostname target
	path=/proc/$inner/ns
	equal target "$(box --join "user=$path/user" --join "uts=$path/uts" -- uname -n)"
	exec 7<"$path/user" 8<"$path/uts"
	equal target "$(box --join user=fd:7 --join uts=fd:8 -- uname -n)"
	equal "0 1 2" "$(box --join user=fd:7 --join uts=fd:8 -- sh -c "$open_fds")"
	exec 7<&- 8<&-
}

@test "--join by descriptor what outlives its processes" {
	needs_root
	start_box --hostname target
	exec 7<"/proc/$inner/ns/uts"
	kill -KILL "$host"
	soon gone "$inner"
	equal target "$(box --join uts=fd:7 -- uname -n)"
	exec 7<&-
}

@test "--join what is not there, or of another kind, is refused" {
	dead=$(sh -c 'echo $$')
	ends 125 box --join "net=$dead" -- true
	holds "$error" "--join net=$dead" ns.open
	ends 125 box --join net=/nowhere/x -- true
	holds "$error" /nowhere/x
	ends 125 box --join net=fd:77 -- true
	ends 125 box --join net=/proc/self/ns/uts -- true
	holds "$error" net
	ends 125 box --join net=/etc/passwd -- true
	holds "$error" /etc/passwd
}

@test "--join pid: visible in the target, with a number of there" {
	start_box
	"$cove" box --join "$(joining pid)" -- sh -c 'echo $$ $(readlink /proc/self/ns/pid); echo ready >go; exec sleep 600' >out 3>&- &
	joined=$!
	started+=("$joined")
	soon has_text go
	read -r number link <out
	equal "$(readlink "/proc/$inner/ns/pid")" "$link"
	[ "$number" -gt 2 ]
	equal "$number" "$(awk '/^NSpid:/ { print $NF }' "/proc/$(innermost "$joined")/status")"
	equal "1 2 $number" "$(box --join "all=$inner" -- sh -c 'cd /proc; echo [0-9]*' | tr ' ' '\n' |
		sort -n | head -n 3 | tr '\n' ' ' | sed 's/ $//')"
}

@test "--join pid: status and signals reach through" {
	start_box
	ends 7 box --join "$(joining pid)" -- sh -c 'exit 7'
	ends 143 box --join "$(joining pid)" -- sh -c 'kill -TERM $$'
	"$cove" box --join "$(joining pid)" -- sh -c 'trap "exit 9" USR1; echo ready >go; while :; do sleep 0.05; done' 3>&- &
	joined=$!
	started+=("$joined")
	soon has_text go
	kill -USR1 "$joined"
	status=0
	wait "$joined" || status=$?
	equal 9 "$status"
}

@test "--join pid: ends with cove, and with the target's init" {
	start_box
	"$cove" box --join "$(joining pid)" -- sh -c 'echo ready >go; exec sleep 600' 3>&- &
	joined=$!
	started+=("$joined")
	soon has_text go
	below=$(descendants "$joined")
	[ -n "$below" ]
	kill -KILL "$joined"
	soon gone $below
	exists "$inner"
	rm go
	"$cove" box --join "$(joining pid)" -- sh -c 'echo ready >go; exec sleep 600' 3>&- &
	joined=$!
	started+=("$joined")
	soon has_text go
	kill -KILL "$host"
	status=0
	wait "$joined" || status=$?
	equal 137 "$status"
}

@test "--join pid alone: a working box, or a reason" {
	needs_root
	start_box
	status=0
	box --join "pid=$inner" -- readlink /proc/self/ns/pid >out 2>err || status=$?
	if [ "$status" -eq 0 ]; then
		equal "$(readlink "/proc/$inner/ns/pid")" "$(<out)"
	else
		equal 125 "$status"
		holds "$(<err)" hint: "--join"
	fi
}

@test "--join all: everything of the target's" {
	start_box --hostname target --tmpfs /mnt
	mapfile -t got < <(box --join "all=$inner" -- sh -c "$inside; uname -n; cat /proc/mounts")
	mapfile -t wanted < <(links "$inner")
	equal "${wanted[*]}" "${got[*]:0:8}"
	equal target "${got[8]}"
	equal "$(sort "/proc/$inner/mounts")" "$(printf '%s\n' "${got[@]:9}" | sort)"
}

@test "--join time: the target's clock" {
	start_box --boottime 1h
	uptime=$(cut -d. -f1 /proc/uptime)
	there=$(box --join "$(joining time)" -- cut -d. -f1 /proc/uptime)
	[ "$((there - uptime))" -ge 3600 ]
	[ "$((there - uptime))" -lt 3700 ]
	equal "$(readlink "/proc/$inner/ns/time")" "$(box --join "$(joining time)" -- readlink /proc/self/ns/time)"
}

@test "--join the namespaces that one is in already changes nothing, but all is a mistake" {
	ends 125 box --join "all=$$" -- true
	holds "$error" "nothing to join" "hint:"
	mapfile -t here < <(links)
	mapfile -t got < <(box --join "uts,ipc=$$" -- sh -c "$inside")
	equal "${here[4]} ${here[5]}" "${got[4]} ${got[5]}"
}

clock() { # OPTION...: seconds of both clocks
	box "$@" -- "$python" -c 'import time
print(int(time.clock_gettime(time.CLOCK_MONOTONIC)), int(time.clock_gettime(time.CLOCK_BOOTTIME)))'
}

near() { # WANTED GOT
	[ "$2" -ge "$1" ] && [ "$2" -le "$(($1 + 30))" ] || {
		echo "$2 is not near $1"
		return 1
	}
}

@test "time offsets: both clocks, both directions" {
	now=$(cut -d. -f1 /proc/uptime)
	read -r monotonic boottime < <(clock --monotonic 1000s)
	near $((now + 1000)) "$monotonic"
	near "$now" "$boottime"
	read -r monotonic boottime < <(clock --boottime 2h)
	near "$now" "$monotonic"
	near $((now + 7200)) "$boottime"
	read -r monotonic boottime < <(clock --monotonic -20.5s --boottime 20.5s)
	near $((now - 21)) "$monotonic"
	near $((now + 20)) "$boottime"
	equal "user mnt pid net ipc uts cgroup time" "$(changed --boottime 1s)"
}

@test "time offsets with --init, --no-init and --only" {
	now=$(cut -d. -f1 /proc/uptime)
	for options in --init --share=pid "--only time" "--only pid,time --init" "--only time --share pid"; do
		# shellcheck disable=SC2086
		near $((now + 3600)) "$(box --boottime 1h $options -- cut -d. -f1 /proc/uptime)"
	done
	needs_kernel 6.1
	near $((now + 3600)) "$(box --boottime 1h --no-init -- cut -d. -f1 /proc/uptime)"
	near $((now + 3600)) "$(box --boottime 1h --only pid -- cut -d. -f1 /proc/uptime)"
	equal 1 "$(box --boottime 1h --no-init -- sh -c 'echo $$')"
}

@test "a clock cannot become negative" {
	ends 125 box --boottime -1000000h -- true
	holds "$error" "--boottime" hint:
	ends 2 box --boottime soon -- true
	holds "$error" "no duration"
}

@test "the host's own clocks and names are untouched" {
	before=$(links; uname -n; cat /proc/self/timens_offsets)
	box --boottime 1h --hostname x -- true
	equal "$before" "$(links; uname -n; cat /proc/self/timens_offsets)"
}

# Else it would be the host's root, seen by who is root there.
@test "--join user, as root: becomes the root of that namespace" {
	is_root || skip "for root"
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		unshare -Urpf --mount-proc sh -c 'exec sleep 600' 3>&- &
	started+=("$!")
	soon has_child "$!"
	target=$(children "$!")
	equal "0 0" "$(box --join "user,pid,mnt=$target" -- sh -c 'echo $(id -u) $(id -g)')"
	ends 1 box --join "user,pid,mnt=$target" -- test -w /proc/sys/kernel/core_pattern
	"$cove" box --join "user,pid,mnt=$target" -- sh -c 'exec sleep 600' 3>&- &
	started+=("$!")
	soon has_child_of 65534 "$!"
}

has_child_of() { # UID PID
	[ "$1" = "$(status_field "/proc/$(children "$2")/status" Uid | awk '{ print $1 }')" ]
}

has_child() { # PID
	[ -n "$(children "$1")" ]
}
