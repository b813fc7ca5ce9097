#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the defaults let a program do, seen from inside the box. The table in docs/security.md names
# these tests.

load helpers

setup() {
	cove_setup
	cp "$tree/test/tools/probe" .
}

teardown() {
	cove_teardown
}

only_x86_64() {
	[ "$(uname -m)" = x86_64 ] || skip "numbers and programs of x86_64"
}

# Each call that the default denies without looking at more than its arguments, and what it answers.
# '=' behind it: the kernel answers the same to a command without capabilities.
denied_calls() {
	cat <<-'END'
		mount 1 1 1 0 0: EPERM
		umount2 1 0: EPERM
		pivot_root 1 1: EPERM =
		open_tree -1 path 0: EPERM
		move_mount -1 path -1 path 0: EPERM =
		fsopen 1 0: EPERM =
		fsconfig -1 99 0 0 0: EPERM
		fsmount -1 0 0: EPERM =
		fspick -1 path 0: EPERM =
		mount_setattr -1 path 0 1 1: EPERM
		setns -1 0: EPERM
		unshare 0x80: EPERM =
		unshare 0x00020000: EPERM =
		unshare 0x02000000: EPERM =
		unshare 0x04000000: EPERM =
		unshare 0x08000000: EPERM =
		unshare 0x10000000: EPERM
		unshare 0x20000000: EPERM =
		unshare 0x40000000: EPERM =
		clone 0x10000011: EPERM
		clone 0x40000011: EPERM =
		clone 0xdeadbeef10000011: EPERM
		clone3 0 0: ENOSYS
		ptrace 99 self: EPERM
		process_vm_readv self 0 0 0 0 0: EPERM
		process_vm_writev self 0 0 0 0 0: EPERM
		process_madvise -1 0 0 0 0: EPERM
		pidfd_getfd -1 0 0: EPERM
		kcmp self self 0 0 0: EPERM
		keyctl 0 0xfffffffd 0: EPERM
		add_key 1 1 0 0 0: EPERM
		request_key 1 1 0 0: EPERM
		io_uring_setup 0 1: ENOSYS
		io_uring_enter -1 0 0 0: ENOSYS
		io_uring_register -1 0 0 0: ENOSYS
		bpf 99 0 0: EPERM =
		perf_event_open 1 0 0 -1 0: EPERM
		userfaultfd 1: EPERM
		memfd_secret 0: ENOSYS
		name_to_handle_at -1 path 1 1 0: EPERM
		open_by_handle_at -1 1 0: EPERM =
		init_module 1 0 1: EPERM =
		finit_module -1 1 0: EPERM =
		delete_module 1 0: EPERM =
		kexec_load 0 0 0 0: EPERM =
		reboot 0 0 0 0: EPERM =
		settimeofday 1 0: EPERM
		clock_settime 0 1: EPERM
		swapon 1 -1: EPERM
		swapoff 1: EPERM =
		quotactl -1 0 0 0: EPERM
		quotactl_fd -1 -1 0 0: EPERM
		fanotify_init -1 0: EPERM =
		acct 0: EPERM =
		syslog 99 0 0: EPERM =
		vhangup: EPERM =
		move_pages 0 0 0 0 0 -1: EPERM
		migrate_pages -1 0 0 0: EPERM
		vmsplice -1 0 0 -1: EPERM
		467 -1 path -1 0 0: ENOSYS
		1000: ENOSYS =
	END
	[ "$(uname -m)" != x86_64 ] || cat <<-'END'
		iopl 4: EPERM
		ioperm -1 -1 1: EPERM
		modify_ldt 0 0 0: EPERM
		ustat 0 1: EPERM
		sysfs 3: EPERM
	END
}

probe() { # OPTION... < calls
	"$cove" box "$@" -- "$python" ./probe
}

answers() { # ANSWERS OPTION...: each line "CALL...: ANSWER"
	local got

	got=$(sed 's/: .*//' <<<"$1" | probe "${@:2}") || return
	equal "$1" "$got"
}

differs() { # LINES OPTION...: no call is answered as in the line
	local got

	got=$(sed 's/: .*//' <<<"$1" | probe "${@:2}") || return
	equal "$(wc -l <<<"$1")" "$(wc -l <<<"$got")"
	! grep -Fx -f <(echo "$1") <<<"$got"
}

# ---- the filter ----

@test "system calls: what the default denies is denied" {
	answers "$(denied_calls | sed 's/ =$//')"
	answers "$(denied_calls | sed 's/ =$//')" --root
}

@test "system calls: without the filter it is not, or by the kernel itself" {
	local calls
	# These two the kernel itself may not have.
	calls=$(denied_calls | grep -v ' =$' | grep -v '^467 \|^memfd_secret ')
	differs "$calls" --seccomp off --allow userns
}

@test "system calls: calls newer than the profile are not implemented" {
	answers $'467 -1 path -1 0 0: ENOSYS\n468 -1 path 0 0 0: ENOSYS\n900: ENOSYS\n424 -1 0 0 0: EBADF'
}

@test "system calls: a word of --allow, or the call's name, opens what it is for" {
	local word calls
	while IFS='|' read -r word calls; do
		answers "${calls//;/$'\n'}" || { echo "by default: $word"; return 1; }
		differs "${calls//;/$'\n'}" --allow "$word" || { echo "with $word"; return 1; }
	done <<-'END'
		userns|unshare 0x10000000: EPERM;clone 0x10000011: EPERM;mount 1 1 1 0 0: EPERM;clone3 0 0: ENOSYS;setns -1 0: EPERM
		debug|ptrace 99 self: EPERM;process_vm_readv self 0 0 0 0 0: EPERM;kcmp self self 0 0 0: EPERM;pidfd_getfd -1 0 0: EPERM
		keyring|keyctl 0 0xfffffffd 0: EPERM;add_key 1 1 0 0 0: EPERM;request_key 1 1 0 0: EPERM
		io_uring|io_uring_setup 0 1: ENOSYS;io_uring_enter -1 0 0 0: ENOSYS
		perf|perf_event_open 1 0 0 -1 0: EPERM
	END
	differs 'vmsplice -1 0 0 -1: EPERM' --seccomp +vmsplice
	answers 'getppid: EPERM' --seccomp -getppid
	answers $'getppid: EPERM\nvmsplice -1 0 0 -1: EINVAL' --seccomp +vmsplice,-getppid
	answers $'getppid: EPERM\nvmsplice -1 0 0 -1: EINVAL' --seccomp +vmsplice --seccomp -getppid
}

@test "system calls: bpf, by its word or its capability" {
	[ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled 2>/dev/null)" = 0 ] ||
		skip "the kernel denies bpf to users itself"
	answers 'bpf 99 0 0: EPERM'
	differs 'bpf 99 0 0: EPERM' --allow bpf
}

@test "system calls: a capability opens what it is for" {
	answers 'settimeofday 1 0: EFAULT' --cap-add sys_time
	answers $'ptrace 99 self: ESRCH\nkeyctl 0 0xfffffffd 0: EPERM' --cap-add sys_ptrace
	answers $'unshare 0x04000000: OK\nfsopen 1 0: EFAULT' --cap-add sys_admin
}

@test "system calls: threads, processes and sockets of ordinary programs work" {
	equal "12 3 hello" "$(box -- "$python" -c '
import socket, subprocess, threading
numbers = []
threads = [threading.Thread(target=numbers.append, args=(n,)) for n in (5, 7)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
out = subprocess.run(["sh", "-c", "echo a b c | wc -w"], capture_output=True, text=True).stdout
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
server.accept()[0].sendall(b"hello")
print(sum(numbers), out.strip(), client.recv(9).decode())')"
}

@test "system calls: a name that is none is refused with the nearest" {
	ends 2 box --seccomp +ptrac -- true
	holds "$error" "'ptrac'" "did you mean 'ptrace'?" "--seccomp +ptrac"
	ends 2 box --seccomp=-xyzzyxyzzy -- true
	holds "$error" "'xyzzyxyzzy'"
}

@test "system calls: --only has no filter unless asked" {
	equal 0 "$(box --only uts -- sed -n 's/^Seccomp:\t//p' /proc/self/status)"
	equal 2 "$(box --only uts --seccomp default -- sed -n 's/^Seccomp:\t//p' /proc/self/status)"
	equal 2 "$(box -- sed -n 's/^Seccomp:\t//p' /proc/self/status)"
	equal 0 "$(box --seccomp off -- sed -n 's/^Seccomp:\t//p' /proc/self/status)"
}

@test "system calls: explain says what is denied, and what is allowed" {
	output=$("$cove" explain box --allow debug,tty --seccomp -getppid -- true)
	holds "$output" "default filter, which denies" "changed by -getppid" "allowed: debug, tty"
	holds "$("$cove" explain --json box --allow debug -- true)" "allowed: debug"
}

# ---- other ABIs ----

@test "32-bit programs: killed, and said why; with --allow 32bit they run" {
	only_x86_64
	./probe --elf32 >elf32
	chmod +x elf32
	local status=0
	./elf32 || status=$?
	[ "$status" -eq 42 ] || skip "this kernel runs no 32-bit programs"
	ends 159 box -- ./elf32
	holds "$error" "note" "--allow 32bit"
	ends 42 box --allow 32bit -- ./elf32
	ends 42 box --seccomp off -- ./elf32
	ends 159 box --seccomp off -- sh -c 'kill -SYS $$'
	lacks "$error" "32bit"
}

# ---- single calls ----

@test "terminal: nothing can be typed into it" {
	cat >type.py <<-'END'
		import ctypes, errno, fcntl, os, pty, termios
		master, slave = pty.openpty()
		if os.fork() == 0:
		    os.setsid()
		    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
		    libc = ctypes.CDLL(None, use_errno=True)
		    for request in 0x5412, 0x5412 | 1 << 32, 0x541c, 0x541c | 0xffffffff << 32:
		        result = libc.syscall(ctypes.c_long(16 if os.uname().machine == "x86_64" else 29),
		                              ctypes.c_long(slave), ctypes.c_ulong(request), b"x")
		        print(errno.errorcode[ctypes.get_errno()] if result < 0 else "OK", flush=True)
		    os._exit(0)
		os.wait()
	END
	equal "EPERM EPERM EPERM EPERM" "$(box -- "$python" type.py | xargs)"
	output=$(box --allow tty -- "$python" type.py | xargs)
	lacks "${output% * *}" EPERM
}

sockets() { # OPTION...
	box "$@" -- "$python" -c '
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
answers = []
number = 41 if __import__("os").uname().machine == "x86_64" else 198
for family in 1, 2, 10, 16, 17, 38, 40, 38 | 1 << 32, 40 | 0xffffffff << 32, 1 | 1 << 32:
    fd = libc.syscall(ctypes.c_long(number), ctypes.c_ulong(family), 3 if family == 16 else 2, 0)
    answers.append("OK" if fd >= 0 else errno.errorcode[ctypes.get_errno()])
print(*answers)'
}

@test "sockets: only of the families unix, inet, inet6 and netlink" {
	local no=EAFNOSUPPORT
	equal "OK OK OK OK $no $no $no $no $no OK" "$(sockets)"
	equal "OK OK OK OK OK $no $no $no $no OK" "$(sockets --cap-add net_raw)"
}

@test "user namespaces: denied by the filter, and by the limit" {
	ends 1 box -- unshare -U true
	holds "$error" "Operation not permitted"
	ends 1 box --seccomp off -- unshare -U true
	holds "$error" "No space left"
	ends 1 box --cap-add sys_admin -- unshare -U true
	holds "$error" "No space left"
	equal 0 "$(box -- cat /proc/sys/user/max_user_namespaces)"
	box --allow userns -- unshare -U true
	box --root --allow userns -- unshare -Urm mount -t tmpfs tmpfs /tmp
	differ 0 "$(cat /proc/sys/user/max_user_namespaces)"
}

@test "user namespaces: a box in a box says what it takes" {
	[ -z "${COVE_SANITIZED-}" ] || skip "the leak checker traces its own process"
	cp "$cove" .
	ends 125 box -- ./cove box -- true
	holds "$error" clone3 "--allow userns"
	# Root's box has a /proc that is protected, and so not fully visible to an inner one.
	is_root || equal nested "$(box --allow userns -- ./cove box -- echo nested)"
}

@test "user namespaces: a /proc that hides the limit is an error with a remedy" {
	local hide='mount -t tmpfs tmpfs /proc/sys && exec "$@"'
	local new=(unshare --mount --propagation private)
	is_root || new=(unshare --user --map-root-user --mount)
	ends 125 "${new[@]}" sh -c "$hide" sh "$cove" box -- true
	holds "$error" ns.limit max_user_namespaces "--allow userns"
}

@test "keyring: the caller's session keys are out of reach" {
	equal "EPERM" "$(echo 'keyctl 11 0xfffffffd 0 0' | probe | sed 's/.*: //')"
}

# ---- the rest of the policy ----

@test "files: read-only, homes hidden, private places vanish, the current directory writable" {
	ends 1 box -- touch /usr/x /etc/x /var/x
	equal 3 "$(grep -c 'Read-only' <<<"$error")"
	box -- sh -c 'echo here >here; touch /tmp/gone /run/gone /dev/shm/gone'
	equal here "$(<here)"
	[ ! -e /tmp/gone ] && [ ! -e /run/gone ] && [ ! -e /dev/shm/gone ]
	equal "" "$(box -- sh -c 'ls -A /root 2>/dev/null')"
}

@test "network: a loopback device and nothing else" {
	equal lo "$(box -- ls /sys/class/net)"
	ends 1 box -- "$python" -c 'import socket; socket.create_connection(("192.0.2.1", 9), 2)'
	holds "$error" "unreachable"
}

@test "processes: only those of the box are seen and signalled" {
	start_box
	equal "1" "$(box -- sh -c 'ls -d /proc/[0-9]*' | head -n 1 | xargs basename)"
	ends 1 box -- sh -c "kill -0 $host"
	ends 1 box -- sh -c "[ -e /proc/$host ]"
}

@test "IPC: queues, semaphores and shared memory are the box's own" {
	differ "$(readlink /proc/self/ns/ipc)" "$(box -- readlink /proc/self/ns/ipc)"
	equal "" "$(box -- sh -c 'tail -n +2 /proc/sysvipc/shm; ls -A /dev/mqueue')"
}

@test "rights: no capability in any set, for good" {
	output=$(box -- sed -n 's/^\(Cap...\|NoNewPrivs\):\t//p' /proc/self/status | xargs)
	equal "0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 1" \
		"$output"
}

@test "devices: the harmless ones, and no node can be made" {
	equal "full null random tty urandom zero" \
		"$(box -- sh -c 'cd /dev && for node in *; do [ ! -c $node ] || [ -L $node ] || echo $node; done' | xargs)"
	ends 1 box -- mknod node c 1 3
	holds "$error" "not permitted"
}

@test "kernel: its settings, messages and memory are out of reach" {
	local file
	for file in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/kcore /sys/power/state; do
		ends 1 box -- sh -c "[ -w $file ] && true >>$file"
	done
	ends 1 box -- dmesg
	holds "$error" "not permitted"
	ends 1 box -- head -c 1 /proc/kcore
}

@test "descriptors, environment: none but what is said" {
	exec 9</etc/passwd
	export SECRET=1
	equal "0 1 2" "$(box -- sh -c "$open_fds" 2>&1 </dev/null)"
	lacks "$(box -- env)" SECRET
	exec 9<&-
}

@test "the table in docs/security.md names tests that exist" {
	local name count=0
	while read -r name; do
		count=$((count + 1))
		grep -qF "@test \"$name" "$tree"/test/bats/*.bats || { echo "no test '$name'"; return 1; }
	done < <(sed -n '/^## The default box/,/^## The system/s/^|.*| `\([^`]*\)` |$/\1/p' "$tree/docs/security.md")
	[ "$count" -gt 10 ]
}
