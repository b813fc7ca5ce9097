#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Cgroups that systemd makes: the scope of a container, as root and as a user with a systemd of its own.
# run as: root user, vm

load helpers
load oci

setup() {
	[ -d /run/systemd/system ] || skip "systemd does not run here"
	[ -e /sys/fs/cgroup/cgroup.procs ] || skip "needs a host with cgroup v2 alone"
	oci_setup
	user=()
	if ! is_root; then
		export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$EUID}
		[ -S "$XDG_RUNTIME_DIR/systemd/private" ] || skip "this user has no systemd of its own"
		user=(--user)
	fi
	"${cove%/*}/cove-systemd" 2>/dev/null || [ $? -eq 2 ] || skip "built without systemd"
	unit=cove-$id.scope
	configure "$bundle" '.linux.cgroupsPath = $path' --arg path ":cove:$id"
}

teardown() {
	[ ! -d /run/systemd/system ] || oci_teardown
}

oci() {
	"$cove" --root "$root" --systemd-cgroup "$@"
}

ctl() {
	systemctl "${user[@]}" "$@"
}

shows() { # PROPERTY VALUE
	equal "$1=$2" "$(ctl show -p "$1" "$unit")"
}

# Of the container's process, below the mount of the tree.
cgroup_dir() {
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of)/cgroup")"
}

fails() { # COMMAND...
	! "$@"
}

resources() { # JSON
	configure "$bundle" '.linux.resources = $r' --argjson r "$1"
}

no_unit() {
	equal "LoadState=not-found" "$(ctl show -p LoadState "$unit")"
	equal "" "$(find /sys/fs/cgroup -type d -name "$unit")"
}

@test "a container is born in a cgroup below its scope, and nothing of it is left" {
	local dir

	start
	dir=$(cgroup_dir)
	holds "$dir" "/$unit/container"
	shows Delegate yes
	shows Description "cove container $id"
	shows Slice "$(is_root && echo system.slice || echo user.slice)"
	equal "/sys/fs/cgroup$(ctl show -p ControlGroup --value "$unit")/container" "$dir"
	oci exec "$id" true
	holds "$(<"${dir%/*}/cgroup.controllers")" "$(<"$dir/cgroup.controllers")"
	status_is running
	oci kill "$id" KILL
	oci delete --force "$id"
	[ ! -e "$dir" ]
	no_unit
}

@test "systemd knows the limits, and the container sees them" {
	local dir

	resources '{"memory": {"limit": 67108864, "reservation": 33554432}, "pids": {"limit": 30},
		"cpu": {"quota": 25000, "period": 50000, "shares": 512}}'
	start
	shows MemoryMax 67108864
	shows MemoryLow 33554432
	shows TasksMax 30
	shows CPUQuotaPerSecUSec 500ms
	shows CPUQuotaPeriodUSec 50ms
	dir=$(cgroup_dir)
	equal "$(ctl show -p CPUWeight --value "$unit")" "$(<"${dir%/*}/cpu.weight")"
	for dir in "$dir" "${dir%/*}"; do
		equal 67108864 "$(<"$dir/memory.max")"
		equal 30 "$(<"$dir/pids.max")"
		equal "25000 50000" "$(<"$dir/cpu.max")"
	done
}

@test "processors are allowed by number" {
	holds "$(ctl show -p ControlGroup --value user.slice 2>/dev/null; cat "/sys/fs/cgroup$(
		ctl show -p ControlGroup --value -- -.slice)/cgroup.controllers")" cpuset ||
		skip "cpuset is not handed down"
	resources '{"cpu": {"cpus": "0", "mems": "0"}}'
	start
	shows AllowedCPUs 0
	shows AllowedMemoryNodes 0
	equal 0 "$(<"$(cgroup_dir)/cpuset.cpus.effective")"
}

@test "what takes too much memory is killed" {
	resources '{"memory": {"limit": 16777216, "swap": 16777216}}'
	command_is "$bundle" sh -c 'x=a; while :; do x=$x$x; done'
	ends 137 oci run --bundle "$bundle" "$id"
	no_unit
}

@test "a limit of one process is enough for one" {
	resources '{"pids": {"limit": 1}}'
	start
	status_is running
}

@test "what the scope has no property for is in its files" {
	resources '{"unified": {"cpu.weight": "50", "memory.oom.group": "1"}}'
	start
	shows CPUWeight 50
	equal 1 "$(<"$(cgroup_dir)/memory.oom.group")"
}

@test "an update reaches the unit and the files" {
	local dir

	resources '{"memory": {"limit": 67108864}, "pids": {"limit": 30}}'
	start
	oci update --memory 33554432 --pids-limit 40 "$id"
	shows MemoryMax 33554432
	shows TasksMax 40
	dir=$(cgroup_dir)
	equal 33554432 "$(<"$dir/memory.max")"
	equal 40 "$(<"${dir%/*}/pids.max")"
	ctl daemon-reload
	equal 33554432 "$(<"${dir%/*}/memory.max")"
	# Engines do not say who manages the cgroup then.
	"$cove" --root "$root" update --pids-limit 50 "$id"
	shows TasksMax 50
}

@test "device rules outlive a reload of systemd" {
	needs_root
	resources '{"devices": [{"allow": false, "access": "rwm"},
		{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}]}'
	command_is "$bundle" sh -c 'sleep 600'
	configure "$bundle" '.process.capabilities |= map_values(["CAP_MKNOD"])'
	ln -sf busybox "$bundle/rootfs/bin/mknod"
	start
	shows DevicePolicy strict
	holds "$(ctl show -p DeviceAllow "$unit")" "/dev/char/10:229 rw" "/dev/char/1:3 rwm" "char-136 rwm"
	for _ in 1 2; do
		oci exec "$id" sh -c 'echo x >/dev/null'
		run oci exec --cap CAP_MKNOD "$id" sh -c 'mknod /tmp/d c 1 1 && busybox head -c 1 /tmp/d'
		differ 0 "$status"
		holds "$output" "Operation not permitted"
		oci exec "$id" busybox rm -f /tmp/d
		ctl daemon-reload
		ctl set-property --runtime "$unit" CPUWeight=77
	done
}

@test "properties of the unit come from annotations" {
	configure "$bundle" '.annotations = {
		"org.systemd.property.TimeoutStopUSec": "uint64 7000000",
		"org.systemd.property.SendSIGHUP": "true",
		"org.systemd.property.RuntimeMaxSec": "uint64 3600",
		"org.systemd.property.Documentation": "@as [\"man:cove(1)\"]",
		"org.systemd.property.CollectMode": "\"inactive\""}'
	start
	shows TimeoutStopUSec 7s
	shows SendSIGHUP yes
	shows RuntimeMaxUSec 1h
	shows Documentation '"man:cove(1)"'
	shows CollectMode inactive
}

@test "a property that is none, or has no such value, is refused" {
	configure "$bundle" '.annotations = {"org.systemd.property.NoSuchThing": "true"}'
	fails create
	holds "$(<"$BATS_TEST_TMPDIR/errors")" NoSuchThing
	configure "$bundle" '.annotations = {"org.systemd.property.SendSIGHUP": "[1, true"}'
	fails create
	holds "$(<"$BATS_TEST_TMPDIR/errors")" "not a value for the property SendSIGHUP"
	[ ! -e "$root/$id" ]
	no_unit
}

@test "the cgroup below the scope can be chosen, or be the scope itself" {
	configure "$bundle" '.annotations = {"run.oci.systemd.subgroup": "inner/most"}'
	start
	holds "$(cgroup_dir)" "/$unit/inner/most"
	oci delete --force "$id"
	no_unit
	configure "$bundle" '.annotations = {"run.oci.systemd.subgroup": ""}'
	start
	equal "$unit" "$(basename "$(cgroup_dir)")"
	oci exec "$id" true
	oci delete --force "$id"
	no_unit
}

@test "slices lie in one another as their names say" {
	configure "$bundle" '.linux.cgroupsPath = $path' --arg path "covea-b.slice::$id"
	unit=$id.scope
	start
	holds "$(cgroup_dir)" "/covea.slice/covea-b.slice/$id.scope/container"
	shows Slice covea-b.slice
	configure "$bundle" '.linux.cgroupsPath = $path' --arg path "a--b.slice:cove:$id"
	id=$id-2 fails create
	holds "$(<"$BATS_TEST_TMPDIR/errors")" "'a--b.slice' is no name of a slice"
}

@test "without a path the scope has the container's name" {
	configure "$bundle" 'del(.linux.cgroupsPath)'
	start
	holds "$(cgroup_dir)" "/cove-$id.scope/container"
}

@test "a unit that is there is not taken" {
	systemd-run "${user[@]}" --scope --quiet --unit "$unit" sleep 600 3>&- &
	started+=($!)
	until [ "$(ctl is-active "$unit")" = active ]; do sleep 0.1; done
	fails create
	holds "$(<"$BATS_TEST_TMPDIR/errors")" "systemd has a unit of that name already: $unit"
	[ ! -e "$root/$id" ]
	equal active "$(ctl is-active "$unit")"
	ctl stop "$unit"
}

@test "a container that is stopped by systemd has ended" {
	start
	ctl stop "$unit"
	for _ in {1..50}; do
		! status_is stopped || break
		sleep 0.1
	done
	status_is stopped
	oci delete "$id"
	no_unit
}

@test "who fails leaves no scope" {
	local step

	for step in cgroup spawn mount.attach created; do
		fails create --fault "$step:fail"
		[ ! -e "$root/$id" ]
		no_unit
	done
}

# A socket where nobody answers, at the place of systemd's.
silence() { # DIR
	mkdir -p "$1/systemd"
	systemd-socket-activate -l "$1/systemd/private" sleep 600 2>/dev/null 3>&- &
	started+=($!)
	until [ -S "$1/systemd/private" ]; do sleep 0.1; done
}

@test "a systemd that never answers ends with the time" {
	! is_root || skip "its socket is the machine's"
	silent=$(mktemp -d /tmp/cove-bats.XXXXXX)
	silence "$silent"
	XDG_RUNTIME_DIR=$silent fails create
	holds "$(<"$BATS_TEST_TMPDIR/errors")" "systemd did not answer within 10 s: asking for its cgroup"
	[ ! -e "$root/$id" ]
	no_unit

	# The same when the process is there already.
	mkdir "$BATS_TEST_TMPDIR/bin"
	cp "$cove" "$BATS_TEST_TMPDIR/bin/cove"
	printf '#!/bin/sh\n[ "$2" != start ] || XDG_RUNTIME_DIR=%s\nexec %s "$@"\n' "$silent" \
		"${cove%/*}/cove-systemd" >"$BATS_TEST_TMPDIR/bin/cove-systemd"
	chmod +x "$BATS_TEST_TMPDIR/bin/cove-systemd"
	cove=$BATS_TEST_TMPDIR/bin/cove
	fails create
	holds "$(<"$BATS_TEST_TMPDIR/errors")" "systemd did not answer within 10 s: "
	[ ! -e "$root/$id" ]
	equal "" "$(pgrep -u "$EUID" cove-init || true)"
	rm -rf "$silent"
	no_unit
}

@test "podman of a user has systemd make the cgroups" {
	! is_root || skip "as a user"
	command -v podman >/dev/null || skip "needs podman"
	local dir name=cove-$id

	podman() {
		env podman --runtime "$cove" --cgroup-manager systemd --root "$BATS_TEST_TMPDIR/storage" \
			--runroot "$XDG_RUNTIME_DIR/$id" --storage-driver vfs "$@"
	}
	podman run -d --name "$name" --network none --memory 64m --pids-limit 40 --rootfs \
		"$bundle/rootfs" sleep 600 3>&-
	unit=libpod-$(podman inspect --format '{{.Id}}' "$name").scope
	shows MemoryMax 67108864
	shows TasksMax 40
	dir=$(sed -n 's/^0:://p' "/proc/$(podman inspect --format '{{.State.Pid}}' "$name")/cgroup")
	holds "$dir" "/user.slice/$unit/container"
	podman exec "$name" true
	if podman update --help >/dev/null 2>&1; then # since 4.3
		podman update --memory 32m "$name" >/dev/null
		shows MemoryMax 33554432
	fi
	podman kill "$name"
	podman rm -f "$name"
	no_unit
}
