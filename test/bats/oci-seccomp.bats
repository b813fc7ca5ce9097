#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root
# Filters of config.json: what is refused before anything runs, where it is said to be wrong, and who
# listens.

load helpers
load oci

setup() {
	oci_setup
	[ -x "$tree/build/cove-seccomp" ] || skip "built without libseccomp"
	agent=
}

teardown() {
	[ -z "$agent" ] || kill "$agent" 2>/dev/null || true
	oci_teardown
}

profile() { # JQ-VALUE
	configure "$bundle" ".linux.seccomp = $1"
}

refused() { # TEXT...
	ends 1 oci run --bundle "$bundle" "$id"
	holds "$error" "$@"
	nothing_left
}

notifying() { # LISTENER
	profile '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["swapoff"], "action": "SCMP_ACT_NOTIFY"}]}'
	configure "$bundle" '.linux.seccomp.listenerPath = $path' --arg path "$1"
}

# Takes descriptors at a socket, and writes what comes with each.
listen_at() { # SOCKET
	"${COVE_PYTHON:-python3}" - "$1" >"$BATS_TEST_TMPDIR/told" 3>&- <<-'END' &
		import socket, sys

		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen()
		while True:
		    c, _ = s.accept()
		    data, extra, _, _ = c.recvmsg(65536, 1024)
		    print(len(extra), data.decode(), flush=True)
	END
	agent=$!
	until [ -S "$1" ]; do sleep 0.05; done
}

@test "a listener that is not there is found before anything is made" {
	notifying "$PWD/nowhere"
	command_is "$bundle" echo ran
	ends 1 create
	holds "$(<"$BATS_TEST_TMPDIR/errors")" "$PWD/nowhere" /linux/seccomp
	nothing_left
	refused "$PWD/nowhere"
	lacks "$output" ran
}

@test "a listener that does not answer is found before the command runs" {
	notifying "$PWD/socket"
	command_is "$bundle" echo ran
	listen_at "$PWD/socket"
	kill "$agent"
	refused "$PWD/socket" "onnection refused"
	lacks "$output" ran
	create
	ends 1 oci start "$id"
	holds "$error" "$PWD/socket"
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	status_is created
	rm "$PWD/socket"
	listen_at "$PWD/socket"
	oci start "$id"
	soon has_text "$BATS_TEST_TMPDIR/out" ran
	holds "$(<"$BATS_TEST_TMPDIR/told")" '1 {' seccompFd
	oci delete --force "$id"
	command_is "$bundle" sleep 600
	start
	equal more "$(oci exec "$id" echo more)"
	equal 3 "$(grep -c seccompFd "$BATS_TEST_TMPDIR/told")"
	kill "$agent"
	soon gone "$agent"
	ends 255 oci exec "$id" echo more
	equal "" "$output"
	holds "$error" "$PWD/socket"
	status_is running
}

@test "what nobody would answer is refused" {
	profile '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["swapoff"], "action": "SCMP_ACT_NOTIFY"}]}'
	refused "listenerPath is not set" "config.json:" "/linux/seccomp"
}

@test "a mistake is told with its place in config.json" {
	profile '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir"], "action": "SCMP_ACT_NO"}]}'
	line=$(grep -n SCMP_ACT_NO "$bundle/config.json" | cut -d: -f1)
	refused "config.json:$line:" ": /linux/seccomp/syscalls/0/action: unknown action 'SCMP_ACT_NO'" \
		SCMP_ACT_KILL, SCMP_ACT_NOTIFY
	configure "$bundle" '.' --compact-output
	column=$(($(head -c "$(grep -bo '"SCMP_ACT_NO"' "$bundle/config.json" | cut -d: -f1)" "$bundle/config.json" | wc -m) + 1))
	refused "config.json:1:$column: /linux/seccomp/syscalls/0/action"
	profile '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_NO"]}'
	refused /linux/seccomp/architectures/0 SCMP_ARCH_X86_64 SCMP_ARCH_RISCV64
	profile '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["NO"]}'
	refused /linux/seccomp/flags/0 SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_SPEC_ALLOW
}

@test "calls that are not known are passed over, which is noted where it allows them" {
	profile '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir", "mkdirat", "nosuchcall"], "action": "SCMP_ACT_ERRNO"}]}'
	configure "$bundle" '.process.args = ["sh", "-c", "busybox mkdir /tmp/made || echo denied"]'
	for again in 1 2; do
		output=$(oci --log "$PWD/log" run --bundle "$bundle" "$id" 2>/dev/null)
		equal denied "$output"
		holds "$(<log)" nosuchcall warning
		rm log
	done
	profile '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["nosuchcall"], "action": "SCMP_ACT_ALLOW"}]}'
	refused execve
}

@test "a filter that forbids to execute the command is refused" {
	profile '{"defaultAction": "SCMP_ACT_ERRNO"}'
	refused "forbids 'execve'" /linux/seccomp
	profile '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["execve", "execveat"], "action": "SCMP_ACT_KILL_PROCESS"}]}'
	refused "forbids 'execve'"
}

@test "where the filter lets nobody exit, a failure still ends" {
	profile '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["execve", "sendmsg"], "action": "SCMP_ACT_ALLOW"}]}'
	configure "$bundle" '.process.args = ["/dev/null"]'
	ends 1 timeout 20 "$cove" --root "$root" run --bundle "$bundle" "$id"
	nothing_left
	profile '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["execve"], "action": "SCMP_ACT_ALLOW", "args": [
			{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}'
	configure "$bundle" '.process.args = ["true"]'
	status=0
	timeout 20 "$cove" --root "$root" run --bundle "$bundle" "$id" || status=$?
	[ "$status" -ne 0 ] && [ "$status" -ne 124 ]
	oci delete --force "$id"
	nothing_left
}

@test "a wrong document is no wrong command line" {
	cp "$bundle/config.json" valid.json
	for wrong in \
		'.linux.uidMappings = [{"containerID": 0, "hostID": 1, "size": 5}, {"containerID": 1, "hostID": 9, "size": 5}] | .linux.gidMappings = [{"containerID": 0, "hostID": 1, "size": 5}] | .linux.namespaces += [{"type": "user"}]' \
		'.linux.uidMappings = [{"containerID": 0, "hostID": 0, "size": 5}] | .linux.gidMappings = [{"containerID": 0, "hostID": 0, "size": 5}] | .linux.namespaces += [{"type": "user"}] | .process.user.uid = 9' \
		'.linux.namespaces |= map(select(.type != "mount"))'; do
		cp valid.json "$bundle/config.json"
		configure "$bundle" "$wrong"
		refused '(/'
	done
	holds "$error" "'mount'" /linux/namespaces
	cp valid.json "$bundle/config.json"
	configure "$bundle" '.process.terminal = true'
	ends 2 oci create --bundle "$bundle" "$id"
}
