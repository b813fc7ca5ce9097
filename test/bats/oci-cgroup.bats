#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The cgroup of a container on this host's own v2 tree, below a cgroup of this suite's own.
# run as: root

load helpers

setup() {
	cove_setup
	"$cove" help | grep -q '^  create ' || skip "this cove has no containers"
	tree_v2=/sys/fs/cgroup
	[ -e $tree_v2/cgroup.procs ] || tree_v2=/sys/fs/cgroup/unified
	[ -w $tree_v2/cgroup.procs ] || skip "there is no cgroup v2 tree to write to"
	top=/cove-test-$$-$BATS_TEST_NUMBER
	id=cgroup-$$-$BATS_TEST_NUMBER
	state=$BATS_TEST_TMPDIR/state
	bundle
}

teardown() {
	cove_teardown
	[ -z "$id" ] || "$cove" --root "$state" delete --force "$id" 2>/dev/null || true
	[ -z "$top" ] || find "$tree_v2$top" -depth -type d -exec rmdir {} \; 2>/dev/null || true
}

bundle() {
	local name

	mkdir -p rootfs/bin rootfs/proc rootfs/dev rootfs/sys
	cp "$(command -v busybox)" rootfs/bin/busybox || skip "needs busybox"
	for name in sh sleep cat head mknod mkdir rm kill; do
		ln -s busybox "rootfs/bin/$name"
	done
}

config() { # RESOURCES COMMAND: writes config.json
	cat >config.json <<-END
	{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
	 "process": {"cwd": "/", "args": ["/bin/sh", "-c", "$2"], "env": ["PATH=/bin"],
	  "user": {"uid": 0, "gid": 0},
	  "capabilities": {"bounding": ["CAP_MKNOD", "CAP_KILL"], "effective": ["CAP_MKNOD", "CAP_KILL"],
	   "permitted": ["CAP_MKNOD", "CAP_KILL"]}},
	 "mounts": [
	  {"destination": "/proc", "type": "proc", "source": "proc"},
	  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"]}],
	 "linux": {"cgroupsPath": "$top/c", "resources": $1,
	  "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
	   {"type": "network"}]}}
	END
}

oci() {
	"$cove" --root "$state" "$@"
}

begin() { # RESOURCES COMMAND: a running container
	config "$@"
	oci create "$id" </dev/null >out 2>err 3>&-
	oci start "$id"
}

procs() {
	cat "$tree_v2$top/c/cgroup.procs"
}

@test "it is born in its cgroup, and nothing is left of it" {
	config '{}' 'while read -r line; do case $line in 0::*) echo $line;; esac; done </proc/self/cgroup'
	ends 0 oci run "$id"
	equal "0::$top/c" "$output"
	[ ! -e "$tree_v2$top/c" ]
}

@test "no device rules: all are denied but the usual ones" {
	config '{}' 'head -c 1 /dev/zero >/dev/null && mknod /dev/mem2 c 1 1; cat /dev/mem2; mknod /dev/b b 8 0; cat /dev/b; mknod /dev/l b 7 0; cat /dev/l; mknod /dev/t c 10 200 && cat /dev/t; mknod /dev/k c 10 232; cat /dev/k; echo end'
	ends 0 oci run "$id"
	refused=$(grep -c 'not permitted' <<<"$output$error")
	holds "$output" end
	[ "$refused" -ge 4 ]
}

@test "rules are kept in their order: the last that fits counts" {
	config '{"devices": [{"allow": false, "access": "rwm"},
		{"allow": true, "type": "c", "major": 10, "access": "r"},
		{"allow": false, "type": "c", "major": 10, "minor": 201, "access": "r"}]}' \
		'mknod /dev/a c 10 200; mknod /dev/b c 10 201; (: </dev/a); (: >/dev/a); (: </dev/b); true'
	ends 0 oci run "$id"
	lacks "$error" "open /dev/a: Operation not permitted"
	holds "$error" "create /dev/a: Operation not permitted" "open /dev/b: Operation not permitted"
}

@test "pause and resume" {
	begin '{}' 'sleep 1000'
	ends 0 oci pause "$id"
	grep -q '^frozen 1$' "$tree_v2$top/c/cgroup.events"
	ends 0 oci state "$id"
	holds "$output$error" paused
	ends 0 oci resume "$id"
	grep -q '^frozen 0$' "$tree_v2$top/c/cgroup.events"
}

@test "kill --all reaches cgroups below, and delete removes them" {
	begin '{}' 'trap : TERM; sleep 1000 & sleep 1000 & while :; do wait; done'
	for _ in $(seq 50); do
		[ "$(procs | wc -l)" -ge 3 ] && break
		sleep 0.1
	done
	mkdir -p "$tree_v2$top/c/below/it"
	procs | tail -n 1 >"$tree_v2$top/c/below/it/cgroup.procs"
	sleeper=$(cat "$tree_v2$top/c/below/it/cgroup.procs")
	ends 0 oci kill --all "$id" TERM
	for _ in $(seq 50); do
		[ -e "/proc/$sleeper/exe" ] || break
		sleep 0.1
	done
	[ ! -e "/proc/$sleeper/exe" ]
	ends 0 oci delete --force "$id"
	[ ! -e "$tree_v2$top/c" ]
}

@test "delete --force of a paused one" {
	begin '{}' 'sleep 1000'
	oci pause "$id"
	ends 0 oci delete --force "$id"
	[ ! -e "$tree_v2$top/c" ]
}

@test "another's cgroup is refused and left alone" {
	mkdir -p "$tree_v2$top/c"
	sleep 1000 &
	started+=($!)
	other=$!
	echo "$other" >"$tree_v2$top/c/cgroup.procs"
	config '{}' 'true'
	ends 1 oci run "$id"
	holds "$output$error" "has processes in it already"
	oci delete --force "$id" || true
	kill -0 "$other"
	equal "$other" "$(procs)"
	kill "$other"
}

@test "an empty one that is there is used" {
	mkdir -p "$tree_v2$top/c"
	config '{}' 'echo fine'
	ends 0 oci run "$id"
	equal fine "$output"
}

@test "a path does not lead out of the tree" {
	config '{}' 'cat /proc/self/cgroup'
	sed -i 's#"cgroupsPath": "[^"]*"#"cgroupsPath": "'"/../..$top/a/../../../..$top/c"'"#' config.json
	ends 0 oci run "$id"
	holds "$output" "0::$top/c"
}

@test "a limit whose controller is bound to v1 is refused, and nothing is left" {
	[ "$tree_v2" != /sys/fs/cgroup ] || skip "this host has no trees of cgroup v1"
	config '{"memory": {"limit": 100000000}}' 'true'
	ends 1 oci run "$id"
	holds "$output$error" "cannot set memory.max: the memory controller is bound to cgroup v1 on this host"
	[ ! -e "$tree_v2$top" ]
	ends 1 oci state "$id"
	ends 0 oci --cgroup-manager disabled run "$id"
}

@test "a share whose controller is bound to v1 is left out with a note" {
	[ "$tree_v2" != /sys/fs/cgroup ] || skip "this host has no trees of cgroup v1"
	config '{"cpu": {"shares": 512}}' 'echo runs'
	ends 0 oci --log log run "$id"
	equal runs "$output"
	holds "$(<log)" "level=warning" \
		"cpu.weight is left out: the cpu controller is bound to cgroup v1 on this host"
	ends 0 oci --log errors --log-level error run "$id"
	[ ! -s errors ]
}

@test "an update that is refused changes nothing" {
	begin '{"unified": {"cgroup.max.depth": "5"}}' 'sleep 1000'
	equal 5 "$(cat "$tree_v2$top/c/cgroup.max.depth")"
	echo '{"unified": {"cgroup.max.depth": "6", "cgroup.max.descendants": "many"}}' >new.json
	ends 1 oci update --resources new.json "$id"
	holds "$output$error" cgroup.max.descendants
	equal 5 "$(cat "$tree_v2$top/c/cgroup.max.depth")"
	echo '{"unified": {"cgroup.max.depth": "6"}}' >new.json
	ends 0 oci update --resources new.json "$id"
	equal 6 "$(cat "$tree_v2$top/c/cgroup.max.depth")"
}

@test "an update of the device rules counts at once" {
	begin '{"devices": [{"allow": false, "access": "rwm"}]}' 'sleep 1000'
	ends 0 oci exec "$id" mknod /dev/a c 10 200
	ends 1 oci exec "$id" sh -c ': </dev/a'
	holds "$output$error" "not permitted"
	echo '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "access": "r"}]}' >new.json
	ends 0 oci update --resources new.json "$id"
	ends 0 oci exec "$id" sh -c '(: </dev/a); true'
	lacks "$output$error" "not permitted"
}

@test "what exec adds is born in the cgroup" {
	begin '{}' 'sleep 1000'
	ends 0 oci exec "$id" cat /proc/self/cgroup
	holds "$output$error" "0::$top/c"
}
