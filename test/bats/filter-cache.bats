#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Compiled filters are kept below /run, and never taken from where somebody else could have put them.

load helpers

setup() {
	cove_setup
	cat >mounts.sh <<-'END'
		mount -t tmpfs -o mode=755 tmpfs /run
		mkdir -m 700 /run/user
	END
	cat >inside.sh <<-'END'
		runtime=/run/user
		export XDG_RUNTIME_DIR=$runtime
		dir=$runtime/cove-filters
		[ "$(id -u)" -ne 0 ] || dir=/run/cove-filters
		denied() { # by a filter that is compiled
			"$cove" box --seccomp -mkdir -- sh -c 'mkdir made 2>/dev/null && rmdir made && exit 3; exit 0'
		}
		file() {
			ls "$dir"/*
		}
		# The last program in the file becomes one that allows everything.
		weaken() {
			"$python" - "$(file)" <<-'PY'
				import struct, sys
				data = open(sys.argv[1], "rb").read()
				magic, key, program = struct.unpack_from("QQQ", data)
				weak = struct.pack("HBBI", 6, 0, 0, 0x7fff0000) * (program // 8)
				open(sys.argv[1], "r+b").write(data[:24 + key] + weak)
			PY
		}
	END
}

teardown() {
	cove_teardown
}

# In mounts of its own, where /run is new and ours.
privately() { # SCRIPT
	local new=(unshare --mount --propagation private)
	is_root || new=(unshare --user --map-current-user --keep-caps --mount)
	export cove python
	"${new[@]}" bash -euo pipefail -c '. ./mounts.sh; exec setpriv --inh-caps=-all --ambient-caps=-all \
		bash -euo pipefail -c ". ./inside.sh; $0"' "$1"
}

@test "a compiled filter is kept, for us alone, and used again" {
	privately '
		denied
		[ "$(stat -c "%a %u" "$dir")" = "700 $(id -u)" ]
		[ "$(stat -c "%a %u" "$(file)")" = "600 $(id -u)" ]
		before=$(stat -c %i "$(file)")
		denied
		[ "$(stat -c %i "$(file)")" = "$before" ]
		weaken
		status=0; denied || status=$?
		[ "$status" -eq 3 ]'
}

@test "each variant has a file of its own, the default none" {
	privately '
		"$cove" box -- true
		[ ! -e "$dir" ]
		"$cove" box --seccomp -mkdir -- true
		"$cove" box --seccomp -rmdir -- true
		"$cove" box --allow debug -- true
		"$cove" box --cap-add sys_time -- true
		[ "$(file | wc -l)" -eq 4 ]
		"$cove" box --cap-add sys_time,chown -- true
		[ "$(file | wc -l)" -eq 4 ]'
}

@test "a file that others may write is not used, and written again" {
	privately 'denied; weaken; chmod 620 "$(file)"; denied; [ "$(stat -c %a "$(file)")" = 600 ]; denied'
	privately 'denied; weaken; chmod 606 "$(file)"; denied'
}

@test "a file of somebody else is not used" {
	needs_root
	privately 'denied; weaken; chown 65534 "$(file)"; denied; [ "$(stat -c %u "$(file)")" = 0 ]'
}

@test "a file with another key, another size or nothing in it is not used" {
	privately 'denied; weaken
		printf X | dd of="$(file)" bs=1 seek=30 conv=notrunc status=none; denied'
	privately 'denied; weaken; printf 12345678 >>"$(file)"; denied'
	privately 'denied; weaken; truncate -s -8 "$(file)"; denied'
	privately 'denied; : >"$(file)"; denied'
	privately 'denied; printf XXXXXXXX | dd of="$(file)" bs=1 seek=16 conv=notrunc status=none; denied'
}

@test "a link instead of the file, or of the directory, is not followed" {
	privately 'denied; weaken; name=$(basename "$(file)"); mv "$(file)" /run/weak
		ln -s /run/weak "$dir/$name"; denied; [ ! -L "$dir/$name" ]'
	privately 'denied; weaken; mv "$dir" /run/elsewhere; ln -s /run/elsewhere "$dir"; denied'
}

@test "a directory that others may enter, or put something into, is not used" {
	privately 'denied; weaken; chmod 755 "$dir"; denied'
	privately 'denied; weaken; chmod 770 "$(dirname "$dir")"; denied'
}

@test "no directory: compiled each time, and nothing is said" {
	privately 'rm -rf "$runtime"; chmod 777 /run; denied 2>err; [ ! -s err ]; [ ! -e /run/cove-filters ]'
}

@test "nothing is kept outside of /run" {
	is_root && skip "root's is always /run/cove-filters"
	privately 'export XDG_RUNTIME_DIR=$PWD/runtime; mkdir -m 700 runtime; denied
		[ -z "$(ls -A runtime)" ]
		export XDG_RUNTIME_DIR=/run/user/..$PWD/runtime; denied; [ -z "$(ls -A runtime)" ]'
}

@test "explain keeps nothing" {
	privately '"$cove" explain box --seccomp -mkdir -- true >/dev/null; [ ! -e "$dir" ]'
}

@test "a box does not see the directory" {
	privately 'denied; [ -z "$("$cove" box -- sh -c "ls -A /run")" ]'
}
