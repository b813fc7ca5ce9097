# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the suites of the OCI runtime share, behind helpers.bash: a bundle with busybox, and a root for
# containers of its own.

oci_setup() {
	cove_setup
	command -v jq >/dev/null || skip "needs jq"
	root=$BATS_TEST_TMPDIR/state
	bundle=$BATS_TEST_TMPDIR/bundle
	prefix=t$$-$BATS_TEST_NUMBER
	id=$prefix
	make_bundle "$bundle"
}

oci_teardown() {
	local name

	cove_teardown # who holds a lock comes first
	for name in $(oci list -q 2>/dev/null); do
		oci delete --force "$name" 2>/dev/null || true
	done
}

oci() {
	"$cove" --root "$root" "$@"
}

make_bundle() { # DIR
	local name

	mkdir -p "$1"/rootfs/{bin,proc,dev,sys,tmp,etc}
	cp "$(command -v busybox)" "$1/rootfs/bin/busybox"
	for name in sh sleep id cat ls echo ps mount env true false kill touch test stat; do
		ln -sf busybox "$1/rootfs/bin/$name"
	done
	"$cove" spec --bundle "$1" $(is_root || echo --rootless)
	configure "$1" '.process.terminal = false | .root.readonly = false'
	command_is "$1" sleep 600
}

configure() { # DIR JQ-FILTER [JQ-ARGUMENT...]
	jq "$2" "$1/config.json" "${@:3}" >"$1/config.new" && mv "$1/config.new" "$1/config.json"
}

command_is() { # DIR WORD...
	configure "$1" '.process.args = $ARGS.positional' --args -- "${@:2}"
}

# Its output goes to a file: the container holds what it is given.
create() { # [OPTION...]
	oci create --bundle "$bundle" "$@" "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/errors" 3>&-
}

start() {
	create "$@" && oci start "$id"
}

status_is() { # STATUS
	[ "$(oci state "$id" | jq -r .status)" = "$1" ]
}

pid_of() {
	oci state "$id" | jq .pid
}

# Nothing of the container is there any more.
nothing_left() {
	[ ! -e "$root/$id" ] && [ -z "$(find /sys/fs/cgroup -type d -name "$id" 2>/dev/null)" ]
}
