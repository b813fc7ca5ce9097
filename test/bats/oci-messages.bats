#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root
# What a person is told whose container cannot be: what was wrong with which value, and what to do
# about it in the words of the configuration, not of cove box.

load helpers
load oci

setup() {
	oci_setup
	cp "$bundle/config.json" "$BATS_TEST_TMPDIR/plain.json"
}

teardown() {
	oci_teardown
}

# With the configuration changed, `run` fails with all these words, and none of a box's.
told() { # JQ-FILTER WORDS...
	cp "$BATS_TEST_TMPDIR/plain.json" "$bundle/config.json"
	configure "$bundle" "$1"
	ends 1 timeout 20 "$cove" --root "$root" run --bundle "$bundle" "$id" </dev/null ||
		return
	holds "$error" "${@:2}" || return
	plain_words "$error"
}

plain_words() { # TEXT
	lacks "$1" " --ro" "--tmpfs" "--rw" "--hide" "--map" "--cwd" "--symlink" "cove explain" "namei" \
		"--no-tty" "--landlock" "--only" "--share" "--join"
}

@test "no word of a box: commands" {
	rm "$bundle/rootfs/bin/ls"
	told '.process.args = ["ls"]' 'exec: "ls": executable file not found in $PATH'
	told '.process.args = ["/nope"]' 'stat /nope: no such file or directory'
	printf '#!/bin/nothing\n' >"$bundle/rootfs/bin/script"
	chmod 755 "$bundle/rootfs/bin/script"
	told '.process.args = ["/bin/script"]' "it is a script for '/bin/nothing'" "not in the container"
	cp "$(command -v bash)" "$bundle/rootfs/bin/bash"
	told '.process.args = ["/bin/bash"]' "it needs the loader" "not in the container"
	cp "$BATS_TEST_TMPDIR/plain.json" "$bundle/config.json"
	start
	ends 127 oci exec "$id" ls || ends 255 oci exec "$id" ls
	holds "$error" "executable file not found"
	plain_words "$error"
	oci exec --cwd /nope "$id" true 2>error && return 1
	plain_words "$(<error)"
}

@test "no word of a box: mounts, ids" {
	told '.mounts += [{"destination": "/proc/self/x", "type": "tmpfs", "source": "t"}]' "/proc"
	ln -s console "$bundle/rootfs/loop"
	ln -s loop "$bundle/rootfs/console"
	told '.mounts += [{"destination": "/loop/x", "type": "tmpfs", "source": "t"}]' "lead in a circle"
	chown -R 100000:100000 "$bundle/rootfs"
	told '.linux.namespaces += [{"type": "user"}] | .process.user.uid = 70000 |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 10}] |
		.linux.gidMappings = .linux.uidMappings' "70000" "/linux/uidMappings"
	told '.linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 1}] |
		.linux.gidMappings = .linux.uidMappings' "gid=5" "no such id is mapped" "gidMappings"
}

@test "values are named that were refused" {
	told '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 20000, "hard": 99999999999}]' \
		"RLIMIT_NOFILE" "20000" "99999999999"
	told '.linux.sysctl = {"net.ipv4.ip_forward": "many"}' \
		"cannot write 'many' to '/proc/sys/net/ipv4/ip_forward': invalid argument"
	told '.process.scheduler = {"policy": "SCHED_FIFO"}' "priority from 1 to 99"
	told '.process.scheduler = {"policy": "SCHED_RR", "priority": 100}' "priority from 1 to 99"
	told '.hooks.prestart = [{"path": "/no/such/hook"}]' \
		"cannot execute '/no/such/hook'" "no such file or directory"
	told '.hooks.createContainer = [{"path": "/no/such/hook"}]' "cannot execute '/no/such/hook'"
	told '.root.path = "gone"' "the root of the bundle is missing" "$bundle/gone"
	lacks "$error" "cannot share"
}

@test "namespaces that are named by a path" {
	local join='(.linux.namespaces[] | select(.type == "network")).path = '

	told "$join"'"/proc/self/ns/uts"' "'/proc/self/ns/uts' is not a net namespace"
	told "$join"'"/etc/passwd"' "'/etc/passwd' is not a net namespace" "no namespace file"
	sleep 0 &
	wait $!
	told "$join\"/proc/$!/ns/net\"" "/proc/$!/ns/net" "no such file" "ended?"
}

@test "a name that is none, and a long one" {
	ends 1 oci state "a b"
	holds "$error" "invalid container ID: 'a b'"
	id=$(printf '%0300d' 0)
	ends 1 oci run --bundle "$bundle" "$id"
	holds "$error" "cove: invalid container ID: it is too long: '0000000" "000...'" "at most 255"
	[ ${#error} -lt 200 ]
	id=$(printf '%0255d' 0)
	create
	status_is created
}

@test "a paused container is not started" {
	create
	oci pause "$id" || skip "no cgroup that can be frozen"
	ends 1 oci start "$id"
	holds "$error" "cannot start a container in the paused state"
	oci resume "$id"
	oci start "$id"
}

@test "root's configuration without root" {
	command -v runuser >/dev/null || skip "needs runuser"
	open=$(mktemp -d)
	chmod 755 "$open"
	mkdir -m 700 "$open/state"
	cp -a "$bundle" "$open/bundle"
	configure "$open/bundle" '.linux.namespaces += [{"type": "user"}] | del(.linux.resources) |
		.linux.uidMappings = [{"containerID": 0, "hostID": 65534, "size": 1}] |
		.linux.gidMappings = .linux.uidMappings'
	chmod 644 "$open/bundle/config.json"
	cp "$cove" "$open/cove"
	chown -R nobody:nogroup "$open/state" "$open/bundle"
	ends 1 timeout 20 runuser -u nobody -- "$open/cove" --root "$open/state" \
		--cgroup-manager disabled run --bundle "$open/bundle" "$id" || error=
	rm -rf "$open"
	holds "$error" "gid=5" "for a container without root: cove spec --rootless"
}
