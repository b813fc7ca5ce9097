#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user, vm
# What a container may use: its cgroup, and that the kernel holds it to that.

load helpers

# One root for all of them: nothing is written to it.
setup_file() {
	local name

	rootfs=$BATS_FILE_TMPDIR/rootfs
	mkdir -p "$rootfs"/{bin,dev,proc,sys}
	cp "$(command -v busybox)" "$rootfs/bin/busybox"
	for name in head sh sleep tail; do
		ln -s busybox "$rootfs/bin/$name"
	done
	export rootfs
}

setup() {
	cove_setup
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	[[ $own != */session-*.scope ]] || skip "the cgroup of a login is systemd's"
	container=limits-$BATS_TEST_NUMBER
	path=${own%/*}/$container
	cgroup=/sys/fs/cgroup$path
}

teardown() {
	[ -z "${container-}" ] || oci delete --force "$container" >/dev/null 2>&1 || true
	cove_teardown
}

oci() {
	"$cove" --root "$BATS_TEST_TMPDIR/state" "$@" 3>&-
}

# Writes config.json: a command, and the resources (JSON) that it gets. A user is root inside.
config() { # RESOURCES COMMAND...
	jq -n --arg path "$path" --argjson resources "$1" --arg rootfs "$rootfs" \
		--argjson uid "$EUID" --argjson gid "$(id -g)" '{
		ociVersion: "1.0.2",
		root: { path: $rootfs },
		process: {
			args: $ARGS.positional, cwd: "/", env: ["PATH=/bin"],
			user: { uid: 0, gid: 0 }, noNewPrivileges: true,
			capabilities: ({} | .bounding = ["CAP_KILL"] | .permitted = .bounding | .effective = .bounding)
		},
		mounts: [
			{ destination: "/proc", type: "proc", source: "proc" },
			{ destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] }
		],
		linux: {
			cgroupsPath: $path,
			resources: $resources,
			namespaces: [["pid", "mount", "ipc", "uts", "cgroup"][] | { type: . }]
		}
	} | if $uid != 0 then
		.linux.namespaces += [{ type: "user" }] |
		.linux.uidMappings = [{ containerID: 0, hostID: $uid, size: 1 }] |
		.linux.gidMappings = [{ containerID: 0, hostID: $gid, size: 1 }]
	else . end' --args -- "${@:2}" >config.json
}

# Starts what config has described, and comes back.
begin() {
	oci create --pid-file pid "$container" >log 2>&1 </dev/null || {
		cat log
		return 1
	}
	oci start "$container"
	pid=$(<pid)
}

holds_value() { # FILE VALUE
	equal "$1 $2" "$1 $(<"$cgroup/$1")"
}

is_in() { # STATUS
	equal "$1" "$(oci state "$container" | jq -r .status)"
}

counted() { # FILE WORD: more than nothing
	[ "$(sed -n "s/^$2 //p" "$cgroup/$1")" -gt 0 ]
}

cgroup_is_gone() {
	[ ! -e "$cgroup" ]
}

# ---- what is written ----

@test "limits: each is where the kernel reads it" {
	config '{
		"memory": { "limit": 67108864, "reservation": 33554432, "swap": 134217728 },
		"cpu": { "quota": 50000, "period": 100000, "cpus": "0" },
		"pids": { "limit": 17 }
	}' sleep 600
	begin
	holds_value memory.max 67108864
	holds_value memory.low 33554432
	holds_value memory.swap.max 67108864
	holds_value cpu.max '50000 100000'
	holds_value cpuset.cpus 0
	holds_value pids.max 17
	holds_value cgroup.procs "$pid"
}

@test "limits: none is set that was not asked for" {
	config '{}' sleep 600
	begin
	holds_value memory.max max
	holds_value pids.max max
	holds_value cpu.max 'max 100000'
}

@test "limits: unified names files of the kernel" {
	config '{ "unified": { "memory.high": "40960000", "cpu.weight": "250" } }' sleep 600
	begin
	holds_value memory.high 40960000
	holds_value cpu.weight 250
}

@test "limits: what the kernel has no file for is an error, and leaves nothing" {
	config '{ "unified": { "memory.nonsense": "1" } }' sleep 600
	ends 1 oci create "$container"
	holds "$error" memory.nonsense
	cgroup_is_gone
}

@test "limits: inside, the cgroup is the root of all" {
	config '{}' head /proc/self/cgroup
	ends 0 oci run "$container"
	equal '0::/' "$output"
	cgroup_is_gone
}

# ---- what the kernel does ----

@test "memory: who takes more is killed" {
	config '{ "memory": { "limit": 16777216, "swap": 16777216 } }' \
		sh -c 'head -c 100m /dev/zero | tail -c 99m >/dev/null'
	ends 137 oci run "$container"
	cgroup_is_gone
}

@test "memory: who takes less is not" {
	config '{ "memory": { "limit": 67108864 } }' sh -c 'head -c 9m /dev/zero | tail -c 8m | head -c 1'
	ends 0 oci run "$container" | cat
}

@test "pids: no more than so many processes" {
	config '{ "pids": { "limit": 5 } }' \
		sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 600 & done; sleep 600'
	begin
	soon counted pids.events max
	[ "$(<"$cgroup/pids.current")" -le 5 ]
}

@test "cpu: who wants more waits" {
	config '{ "cpu": { "quota": 5000, "period": 100000 } }' sh -c 'while :; do :; done'
	begin
	soon counted cpu.stat nr_throttled
}

@test "devices: only those of the rules are opened" {
	needs_root
	config '{ "devices": [{ "allow": false, "access": "rwm" }] }' \
		sh -c 'head -c 1 /dev/zero >/dev/null && : </dev/fuse'
	jq '.linux.devices = [{ path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438 }]' \
		<config.json >with && mv with config.json
	ends 1 oci run "$container"
	holds "$error" 'Operation not permitted'
	jq '.linux.resources.devices += [{ allow: true, type: "c", major: 10, minor: 229, access: "r" }]' \
		<config.json >with && mv with config.json
	ends 0 oci run "$container"
}

# ---- what is done with all of it ----

@test "pause: nothing runs until it is resumed" {
	config '{}' sh -c 'while :; do :; done'
	begin
	oci pause "$container"
	is_in paused
	holds "$(<"$cgroup/cgroup.events")" 'frozen 1'
	used=$(grep usage_usec "$cgroup/cpu.stat")
	sleep 1
	equal "$used" "$(grep usage_usec "$cgroup/cpu.stat")"
	oci resume "$container"
	is_in running
	holds "$(<"$cgroup/cgroup.events")" 'frozen 0'
}

@test "update: another limit for who runs already" {
	config '{ "memory": { "limit": 67108864 }, "pids": { "limit": 17 } }' sleep 600
	begin
	oci update --memory 50331648 --pids-limit 9 "$container"
	holds_value memory.max 50331648
	holds_value pids.max 9
	echo '{ "cpu": { "quota": 20000, "period": 100000 } }' | oci update --resources - "$container"
	holds_value cpu.max '20000 100000'
	holds_value memory.max 50331648
}

@test "kill: all that is in it, and its cgroup goes with it" {
	config '{}' sh -c 'sleep 600 & sleep 600 & sleep 600'
	begin
	soon has_processes 3
	inside=$(<"$cgroup/cgroup.procs")
	oci kill --all "$container" KILL
	# shellcheck disable=SC2086 # numbers
	soon gone $inside
	soon is_in stopped
	oci delete "$container"
	cgroup_is_gone
}

@test "delete --force: the same at once, even of what is frozen" {
	config '{}' sh -c 'sleep 600 & sleep 600'
	begin
	soon has_processes 2
	inside=$(<"$cgroup/cgroup.procs")
	oci pause "$container"
	oci delete --force "$container"
	# shellcheck disable=SC2086 # numbers
	soon gone $inside
	cgroup_is_gone
}

has_processes() { # COUNT
	[ "$(wc -l <"$cgroup/cgroup.procs")" -ge "$1" ]
}
