#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root
# Mounts that are added to a container that is there, and removed again: `cove mounts`.

load helpers
load oci

setup() {
	oci_setup
	out=$PWD/shared
	mkdir -p "$out/sub"
	echo marker >"$out/file"
	before=$(hash_tree "$out")
}

teardown() {
	oci_teardown
}

add() { # JSON [ID]
	printf %s "$1" | oci mounts add "${2:-$id}" -
}

remove() { # JSON
	printf %s "$1" | oci mounts remove "$id" -
}

bind() { # DESTINATION SOURCE [OPTION...]
	jq -nc '[{destination: $ARGS.positional[0], source: $ARGS.positional[1], type: "bind",
		options: (["rbind"] + $ARGS.positional[2:])}]' --args -- "$@"
}

inside() {
	oci exec "$id" "$@"
}

@test "a directory and a file of the host appear in a running container, and go again" {
	start
	add "$(bind /new/place "$out" ro)"
	[ "$(inside cat /new/place/file)" = marker ]
	ends 1 inside touch /new/place/x
	add "$(bind /etc/one "$out/file")"
	[ "$(inside cat /etc/one)" = marker ]
	remove '[{"destination":"/new/place"},{"destination":"/etc/one"}]'
	ends 1 inside cat /new/place/file
	ends 0 inside ls /new/place
	equal "$before" "$(hash_tree "$out")"
	lacks "$(</proc/self/mountinfo)" "$out"
}

@test "a created and a container that is not there" {
	create
	add "$(bind /new "$out")"
	oci start "$id"
	[ "$(inside cat /new/file)" = marker ]
	oci kill "$id" KILL
	soon status_is stopped
	ends 1 add "$(bind /new "$out")"
	holds "$error" "container not running"
	ends 1 add "$(bind /new "$out")" nobody
	holds "$error" "does not exist"
}

@test "new filesystems belong to the container's namespaces" {
	start
	add '[{"destination":"/t","type":"tmpfs","source":"tmpfs","options":["size=1m","noexec"]},
	      {"destination":"/p","type":"proc","source":"proc"},
	      {"destination":"/s","type":"sysfs","source":"sysfs","options":["ro"]}]'
	holds "$(inside cat /p/self/mountinfo)" " /t rw,noexec"
	holds "$(inside cat /p/1/cmdline | tr '\0' ' ')" "sleep 600"
	[ "$(inside ls /s/class/net)" = "$(inside ls /sys/class/net)" ]
}

@test "a container with a user namespace: what is made for it is its root's" {
	configure "$bundle" '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings | .linux.namespaces += [{type: "user"}]'
	chown -R 100000:100000 "$bundle/rootfs"
	chmod 755 "$BATS_TEST_TMPDIR"
	start
	add "$(bind /new/place "$out")"
	[ "$(inside cat /new/place/file)" = marker ]
	[ "$(stat -c %u "$bundle/rootfs/new")" = 100000 ]
	add '[{"destination":"/t","type":"tmpfs","source":"tmpfs"}]'
	inside touch /t/x
	mkdir ids && mount -t tmpfs tmpfs ids && touch ids/x
	add "$(bind /own "$PWD/ids" idmap)"
	umount ids
	[ "$(inside stat -c %u /own/x)" = 0 ]
	remove '[{"destination":"/new/place"},{"destination":"/t"}]'
	ends 1 inside cat /new/place/file
}

@test "links of the container lead nowhere outside, and nothing comes into /proc or /sys" {
	start
	ln -s / "$bundle/rootfs/up"
	ln -s "$out/sub" "$bundle/rootfs/link"
	ln -s /proc/sys "$bundle/rootfs/settings"
	add "$(bind /up/below "$out")"
	[ "$(inside cat /below/file)" = marker ]
	ends 1 add "$(bind /settings/kernel "$out")"
	holds "$error" "inside /proc or /sys"
	ends 1 add "$(bind /proc/sys "$out")"
	holds "$error" "inside /proc or /sys"
	add "$(bind /link/deep "$out")"
	[ "$(inside cat "$out/sub/deep/file")" = marker ]
	[ -d "$bundle/rootfs$out/sub/deep" ]
	equal "$before" "$(hash_tree "$out")"
}

@test "the host's files are what the caller sees, not the container" {
	start
	echo inner >"$bundle/rootfs/etc/file"
	ends 1 add "$(bind /new /etc/file-that-is-not-there)"
	holds "$error" "file-that-is-not-there"
	ends 1 add "$(bind /new "$BATS_TEST_TMPDIR/none")"
	holds "$error" "/0"
}

@test "only what is mounted is removed, and no mask is" {
	start
	ends 1 remove '[{"destination":"/etc"}]'
	holds "$error" "nothing is mounted at '/etc'"
	ends 1 remove '[{"destination":"/none/there"}]'
	holds "$error" "/none"
	ends 1 remove '[{"destination":"/proc/kcore"}]'
	holds "$error" "inside /proc or /sys"
	ln -s dev "$bundle/rootfs/other"
	ends 1 remove '[{"destination":"/other/shm"}]'
	inside ls /dev/shm
	remove '[{"destination":"/dev/shm"}]'
}

@test "a document that is wrong" {
	start
	ends 1 add '{"destination":"/x"}'
	holds "$error" "array"
	ends 1 add '[{"destination":"/x","typ":"tmpfs"}]'
	holds "$error" "'type' is missing"
	ends 0 oci --log log mounts add "$id" - <<<'[{"destination":"/tmp","type":"tmpfs","typo":1}]'
	holds "$(<log)" level=warning typo
	ends 1 add '[{"destination":"x/..","type":"tmpfs","source":"t"}]'
	holds "$error" "root itself"
	ends 2 oci mounts change "$id" -
	ends 1 oci mounts add "$id" "$PWD/none"
	bind /new "$out" >list
	oci mounts add "$id" list
	add '[]'
}

@test "kinds that depend on others, in a container that is paused" {
	start
	oci pause "$id"
	add '[{"destination":"/cg","type":"cgroup","source":"cgroup","options":["ro"]},
	      {"destination":"/ro","type":"tmpfs","source":"t","options":["ro"]},
	      {"destination":"/ro/below","type":"tmpfs"}, {"destination":"/q","type":"mqueue"},
	      {"destination":"/ro","options":["remount","noexec"]}]'
	mounts=$(<"/proc/$(pid_of)/mountinfo")
	holds "$mounts" " /cg ro" " /ro ro,noexec" " /ro/below rw" " /q rw"
	remove '[{"destination":"/q"},{"destination":"/ro"},{"destination":"/cg"}]'
	lacks "$(<"/proc/$(pid_of)/mountinfo")" " /cg" " /ro" " /q"
	oci resume "$id"
}

@test "a container that changes its tree meanwhile gets nothing into /proc" {
	command_is "$bundle" sh -c 'mkdir -p /a; while :; do mkdir -p /a/x/k; rm -rf /a/x
		ln -s /proc/sys /a/x; rm /a/x; done 2>/dev/null'
	ln -sf busybox "$bundle/rootfs/bin/rm"
	ln -sf busybox "$bundle/rootfs/bin/ln"
	ln -sf busybox "$bundle/rootfs/bin/mkdir"
	start
	for ((i = 0; i < 100; i++)); do
		add "$(bind /a/x/kernel "$out" ro)" 2>/dev/null || true
	done
	holds "$(grep -v ' /proc/' "/proc/$(pid_of)/mountinfo")" ' /a/'
	lacks "$(grep ' /proc/' "/proc/$(pid_of)/mountinfo")" "$out" shared
	equal "$before" "$(hash_tree "$out")"
}
