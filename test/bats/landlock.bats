#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# What Landlock holds back, seen from inside: files, ports, signals; with namespaces and without.

load helpers

setup() {
	cove_setup
	abi=$(landlock_abi)
	[ "$abi" -gt 0 ] || skip "this kernel has no Landlock"
	system=x=/usr,x=/bin,x=/lib
	[ ! -e /lib64 ] || system+=,x=/lib64
	python_may=$system,ro=/etc,dev=/dev/null,ro=/dev/urandom
}

teardown() {
	cove_teardown
}

landlock_abi() {
	$python -c 'import ctypes; print(max(0, ctypes.CDLL(None).syscall(444, None, 0, 1)))'
}

needs_abi() { # NUMBER
	[ "$abi" -ge "$1" ] || skip "Landlock ABI $abi, needs $1"
}

alone() { # RULES COMMAND...
	"$cove" box --only none --landlock "$1" -- "${@:2}"
}

# ---- files ----

@test "what is not listed cannot be read, listed, written or made" {
	mkdir open shut
	echo secret >shut/file
	ends 1 alone "$system,rw=open" cat shut/file
	holds "$error" "Permission denied"
	lacks "$output" secret
	ends 2 alone "$system,rw=open" ls shut
	ends 2 alone "$system,rw=open" sh -c 'echo x >shut/new'
	ends 1 alone "$system,rw=open" mkdir shut/dir
	ends 1 alone "$system,rw=open" rm -f shut/file
	ends 1 alone "$system,rw=open" mkfifo shut/fifo
	ends 1 alone "$system,rw=open" ln -s x shut/link
	equal file "$(ls shut)"
	equal secret "$(<shut/file)"
}

@test "ro: reads and lists, nothing else" {
	mkdir d
	echo text >d/file
	printf '#!/bin/sh\necho ran\n' >d/run
	chmod +x d/run
	equal text "$(alone "$system,ro=d" cat d/file)"
	equal "file run" "$(alone "$system,ro=d" ls d | xargs)"
	ends 2 alone "$system,ro=d" sh -c 'echo x >d/file'
	ends 2 alone "$system,ro=d" sh -c 'echo x >>d/file'
	ends 2 alone "$system,ro=d" sh -c 'echo x >d/new'
	ends 1 alone "$system,ro=d" rm -f d/file
	ends 1 alone "$system,ro=d" mv d/file d/other
	ends 126 alone "$system,ro=d" sh -c ./d/run
	ends 126 alone "$system,ro=d" ./d/run
	equal text "$(<d/file)"
}

@test "ro: a file is not truncated either" {
	needs_abi 3
	echo text >file
	ends 1 alone "$python_may,ro=." $python -c 'import os; os.truncate("file", 0)'
	holds "$error" "Permission denied"
	equal text "$(<file)"
}

@test "x: executes as well" {
	mkdir d
	printf '#!/bin/sh\necho ran\n' >d/run
	chmod +x d/run
	equal ran "$(alone "$system,x=d" ./d/run)"
	ends 2 alone "$system,x=d" sh -c 'echo x >d/run'
}

@test "rw: writes, makes, removes, renames; does not execute" {
	mkdir d e
	echo text >d/file
	alone "$system,rw=d" sh -ec 'echo more >>d/file; echo new >d/new; mkdir d/dir; ln -s x d/link
		mkfifo d/fifo; mv d/new d/newer; rm d/link d/fifo; rmdir d/dir; ln d/newer d/hard'
	equal "file hard newer" "$(ls d | xargs)"
	equal "text more" "$(xargs <d/file)"
	printf '#!/bin/sh\necho ran\n' >d/run
	chmod +x d/run
	ends 126 alone "$system,rw=d" ./d/run
	ends 0 alone "$system,rwx=d" ./d/run
	ends 1 alone "$system,rw=d" mv d/file e/file
	[ -e d/file ]
}

@test "rw: moves and links between its directories" {
	needs_abi 2
	mkdir -p d/a d/b
	echo text >d/a/file
	alone "$system,rw=d" sh -ec 'mv d/a/file d/b/moved; ln d/b/moved d/a/linked'
	equal text "$(<d/a/linked)"
}

@test "rw: makes no device node, for root neither" {
	needs_root
	mkdir d
	ends 1 alone "$system,rw=d" mknod d/null c 1 3
	[ ! -e d/null ]
}

@test "dev: uses what is there, makes nothing" {
	mkdir d
	echo old >d/file
	alone "$system,dev=d" sh -c 'echo new >d/file'
	equal new "$(<d/file)"
	ends 2 alone "$system,dev=d" sh -c 'echo x >d/other'
	alone "$system,dev=/dev/null" sh -c 'echo x >/dev/null'
	ends 2 alone "$system" sh -c 'echo x >/dev/null'
}

@test "ro and rw on devices: ioctl" {
	needs_abi 5
	script='import fcntl, os; f = os.open("/dev/ptmx", os.O_RDWR if MODE else os.O_RDONLY | os.O_NOCTTY)
fcntl.ioctl(f, 0x5401, bytes(64))'
	ends 1 alone "$python_may,ro=/dev" $python -c "MODE = 0; $script"
	holds "$error" "Permission denied"
	ends 0 alone "$python_may,dev=/dev" $python -c "MODE = 1; $script"
	ends 0 alone "$python_may,rw=/dev" $python -c "MODE = 1; $script"
}

@test "a rule for a file is for that file" {
	echo one >one
	echo two >two
	equal one "$(alone "$system,ro=one" cat one)"
	ends 1 alone "$system,ro=one" cat two
	alone "$system,rw=two" sh -c 'echo more >>two'
	equal "two more" "$(xargs <two)"
}

@test "a rule for a link is for what it leads to" {
	mkdir d
	echo text >d/file
	ln -s d link
	equal text "$(alone "$system,ro=link" cat d/file)"
}

@test "rules add up, and cover what lies below" {
	mkdir -p d/e/f
	echo text >d/e/f/file
	equal text "$(box --only none --landlock "$system" --landlock ro=d -- cat d/e/f/file)"
	box --only none --landlock "$system,ro=d,rw=d/e" -- sh -c 'echo x >d/e/f/file'
	ends 2 box --only none --landlock "$system,ro=d,rw=d/e" -- sh -c 'echo x >d/new'
}

@test "descendants are held back, too, and cannot take it off" {
	mkdir shut
	ends 2 alone "$system" sh -c 'sh -c "sh -c \"ls shut\""'
	equal 1 "$(alone "$system,ro=/proc" sed -n 's/^NoNewPrivs:[[:space:]]*//p' /proc/self/status)"
	ends 2 alone "$system,x=$(dirname "$cove"),ro=/proc" "$cove" box --only none -- ls shut
}

@test "mounting is forbidden with it, for root in a namespace too" {
	ends 1 box --only user,mnt --map root --landlock x=/ -- unshare -m true
	holds "$error" "Operation not permitted"
}

@test "what is not held back: metadata, and descriptors that are open" {
	mkdir shut
	echo text >shut/file
	equal 5 "$(alone "$system" stat -c %s shut/file)"
	alone "$system" chmod 600 shut/file
	equal text "$(alone "$system" cat <shut/file)"
}

# ---- with the rest of a box ----

@test "in the default box: paths are those of the box" {
	mkdir -p d
	equal here "$(box --landlock "$system,rw=." -- sh -c 'echo here >f && cat f')"
	ends 2 box --landlock "$system,rw=." -- ls /tmp
	ends 2 box --landlock "$system" -- sh -c 'echo x >f2'
	equal text "$(box --file /run/x=text --landlock "$system,ro=/run/x" -- cat /run/x)"
	ends 125 box --landlock "$system,ro=$HOME/.." --hide "$PWD/d" --landlock ro=d/below -- true
	holds "$error" "step" "'landlock' (inside)" "d/below"
}

@test "with a root of its own" {
	mkdir -p root/bin root/data
	cp "$(command -v busybox)" root/bin/busybox
	echo text >root/data/file
	equal text "$(box --rootfs root --landlock x=/bin,ro=/data -- /bin/busybox cat /data/file)"
	ends 1 box --rootfs root --landlock x=/bin -- /bin/busybox cat /data/file
	ends 1 box --rootfs root:rw --landlock x=/bin,ro=/data -- /bin/busybox touch /data/new
}

@test "an init that stays passes signals on, and ends with the box" {
	needs_abi 6
	status=0
	"$cove" box --landlock "x=/,rw=.,scope" -- sh -c 'trap "exit 7" USR1; echo ready >ready; sleep 60 & wait' 3>&- &
	host=$!
	started+=("$host")
	soon has_text ready
	kill -USR1 "$host"
	wait "$host" || status=$?
	equal 7 "$status"
}

@test "with --no-init, a joined pid namespace, and seccomp's companions" {
	equal ok "$(box --no-init --landlock "$system" -- echo ok)"
	start_box
	equal ok "$(box --only none --join "user,pid=$inner" --landlock "$system" -- echo ok)"
	ends 2 box --only none --join "user,pid=$inner" --landlock "$system" -- ls .
}

@test "it takes away what the command's user could do, not more rights" {
	needs_root
	mkdir d
	echo text >d/file
	chmod 700 d
	ends 1 box --map 0:100000:65536 --landlock "$system,ro=/srv" -- cat "$PWD/d/file"
}

# ---- TCP ----

serve='import socket, sys
s = socket.socket()
try:
    s.bind(("127.0.0.1", int(sys.argv[1])))
    print("bound")
except PermissionError: print("refused")'

connect='import socket, sys
s = socket.socket()
try:
    s.connect(("127.0.0.1", int(sys.argv[1])))
except PermissionError: print("refused")
except ConnectionRefusedError: print("nobody")'

@test "tcp-bind, tcp-connect: these ports and no others" {
	needs_abi 4
	equal bound "$(box --landlock x=/,tcp-bind=8080 -- $python -c "$serve" 8080)"
	equal refused "$(box --landlock x=/,tcp-bind=8080 -- $python -c "$serve" 8081)"
	equal nobody "$(box --landlock x=/,tcp-bind=8080 -- $python -c "$connect" 8081)"
	equal nobody "$(box --landlock x=/,tcp-connect=443 -- $python -c "$connect" 443)"
	equal refused "$(box --landlock x=/,tcp-connect=443 -- $python -c "$connect" 80)"
	equal refused "$(box --landlock tcp-connect=none,tcp-bind=none -- $python -c "$connect" 80)"
	equal refused "$(box --landlock tcp-connect=none,tcp-bind=none -- $python -c "$serve" 8080)"
	equal bound "$(box --landlock tcp-bind=0 -- $python -c "$serve" 0)"
}

# ---- processes outside ----

@test "scope: no signals, no abstract sockets outside" {
	needs_abi 6
	sleep 60 3>&- &
	started+=("$!")
	ends 1 alone x=/,scope kill -0 "$!"
	ends 0 alone x=/ kill -0 "$!"
	ends 0 alone x=/,scope-sockets kill -0 "$!"
	ends 1 alone x=/,scope-signals kill -0 "$!"
	ends 0 alone x=/,scope sh -c 'sleep 60 & kill $!'
	$python -c 'import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind("\0cove-test-%d" % os.getppid())
s.listen()
print("ready", flush=True)
time.sleep(60)' >listening 3>&- &
	started+=("$!")
	soon has_text listening
	script='import socket, sys; socket.socket(socket.AF_UNIX).connect("\0cove-test-" + sys.argv[1])'
	ends 0 alone x=/ $python -c "$script" $$
	ends 0 alone x=/,scope-signals $python -c "$script" $$
	ends 1 alone x=/,scope $python -c "$script" $$
	holds "$error" "Operation not permitted"
}

# ---- without namespaces ----

@test "alone where user namespaces are forbidden" {
	script='set -e; echo 0 >/proc/sys/user/max_user_namespaces
		[ "$(cat /proc/sys/user/max_user_namespaces)" = 0 ]
		if "$1" box -- true 2>default; then exit 3; fi
		"$1" box --only none --landlock "$2,rw=." -- sh -c "echo x >inside; ! ls /root 2>/dev/null"'
	ends 0 unshare -Ur sh -c "$script" sh "$cove" "$system"
	equal x "$(<inside)"
	holds "$(<default)" "the limit user.max_user_namespaces is 0" \
		"--only none --landlock RULES works without namespaces"
}

# ---- errors ----

@test "a path that is missing is named, with the option and the step" {
	ends 125 alone "$system,ro=/nowhere/at/all" true
	holds "$error" "cannot open '/nowhere/at/all' in the box: No such file or directory" \
		"'landlock' (inside)" "asked for by --landlock" "hint: a Landlock rule needs"
	ends 125 alone "$system,ro=nowhere" true
	holds "$error" "'$PWD/nowhere'"
}

@test "a command that no rule lets be executed" {
	ends 126 alone ro=/usr,ro=/bin,ro=/lib true
	holds "$error" "cannot execute" "Permission denied" "no Landlock rule lets it"
	ends 126 alone ro=/etc true
	holds "$error" "no Landlock rule lets it be read and executed"
	cp "$(command -v busybox)" ./busybox
	ends 126 alone rw=. ./busybox true
	holds "$error" "no Landlock rule lets it be read and executed"
	ends 0 alone x=. ./busybox true
	printf '#!/bin/sh\n' >script
	chmod +x script
	ends 126 alone x=script ./script
	holds "$error" "/bin/sh', which it needs"
	chmod -x script
	ends 126 alone "$system,x=." ./script
	holds "$error" "chmod +x"
}

@test "more sets than the kernel takes" {
	command=(true)
	for _ in {1..17}; do
		command=("$cove" box --only none --landlock x=/,dev=/dev/null -- "${command[@]}")
	done
	ends 0 "${command[@]:7}"
	ends 125 "${command[@]}"
	holds "$error" "the kernel refuses the Landlock rules" "16 sets of rules bind this process already"
}

@test "required: the same box, where the kernel has it all" {
	needs_abi 6
	equal ok "$(box --landlock "$system,scope" --require landlock -- echo ok)"
	equal "" "$(box --landlock "$system,scope" --require all -- true 2>&1)"
}

@test "each step of it can fail, and nothing is left" {
	ends 125 box --only none --landlock "$system" --fault landlock:fail -- true
	holds "$error" "'landlock' (inside)"
	ends 125 box --landlock "$system" --fault landlock:kill -- true
}
