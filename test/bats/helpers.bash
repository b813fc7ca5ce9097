# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the command suites share. Each test is in a directory of its own, which the box shows.

cove_setup() {
	tree=${COVE_TREE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
	cove=${COVE:-$tree/build/cove}
	python=/usr/bin/python3
	host_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	started=()
	export PATH=$host_path
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
}

# For sh -c inside: the numbers of its open descriptors.
open_fds='n=0; while [ $n -lt 64 ]; do [ ! -e /proc/self/fd/$n ] || set -- "$@" $n; n=$((n + 1)); done; echo "$@"'

cove_teardown() {
	local pid

	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}

is_root() {
	[ "$EUID" -eq 0 ]
}

needs_root() {
	is_root || skip "needs root"
}

has_cap() { # NUMBER: in the effective set, outside
	[ $((0x$(status_field /proc/self/status CapEff) >> $1 & 1)) -eq 1 ]
}

needs_kernel() { # MAJOR.MINOR
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ] ||
		skip "needs Linux $1"
}

box() {
	"$cove" box "$@"
}

equal() { # WANTED GOT
	[ "$1" = "$2" ] || {
		printf 'wanted: %s\ngot:    %s\n' "$1" "$2"
		return 1
	}
}

differ() { # ONE OTHER
	[ "$1" != "$2" ] || {
		echo "both are: $1"
		return 1
	}
}

holds() { # TEXT PART...
	local text=$1 part

	for part in "${@:2}"; do
		[[ $text == *"$part"* ]] || {
			printf "no '%s' in:\n%s\n" "$part" "$text"
			return 1
		}
	done
}

lacks() { # TEXT PART...
	local text=$1 part

	for part in "${@:2}"; do
		[[ $text != *"$part"* ]] || {
			printf "'%s' is in:\n%s\n" "$part" "$text"
			return 1
		}
	done
}

# Runs a command whose end is known; leaves its output in $output and $error.
ends() { # STATUS COMMAND...
	local got=0

	"${@:2}" >"$BATS_TEST_TMPDIR/.out" 2>"$BATS_TEST_TMPDIR/.err" || got=$?
	output=$(<"$BATS_TEST_TMPDIR/.out")
	error=$(<"$BATS_TEST_TMPDIR/.err")
	[ "$got" -eq "$1" ] || {
		printf '%s\nstatus %s, not %s\n%s\n%s\n' "${*:2}" "$got" "$1" "$output" "$error"
		return 1
	}
}

# Waits for what comes soon; the limit only ends a broken test.
soon() { # COMMAND...
	local end=$((SECONDS + 20))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || {
			echo "not within 20 s: $*"
			return 1
		}
		sleep 0.02
	done
}

exists() { # PID
	[ -e "/proc/$1" ]
}

ended() { # PID: gone, or to be waited for
	local stat

	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	[[ $stat == *") Z "* ]]
}

# Ended, or a zombie: who reaps an orphan, and how soon, is the machine's business.
gone() { # PID...
	local pid

	for pid; do
		ended "$pid" || return 1
	done
}

has_text() { # FILE [TEXT]
	[ -s "$1" ] && grep -qF -- "${2-}" "$1"
}

children() { # PID
	pgrep -P "$1" || true
}

# The process below PID that has no child.
innermost() { # PID
	local pid=$1 next

	while next=$(children "$pid" | tail -n 1) && [ -n "$next" ]; do
		pid=$next
	done
	echo "$pid"
}

descendants() { # PID
	local pid

	for pid in $(children "$1"); do
		echo "$pid"
		descendants "$pid"
	done
}

# Starts a box that lives until the test ends. Sets, as seen from outside: $host (cove), $inner (its
# command).
start_box() { # OPTION...
	local ready=$BATS_TEST_TMPDIR/.ready.$RANDOM

	"$cove" box "$@" -- sh -c 'echo ready; exec sleep 600' >"$ready" 2>&1 3>&- &
	host=$!
	started+=("$host")
	soon has_text "$ready" || return
	equal ready "$(<"$ready")" || return
	inner=$(innermost "$host")
}

status_field() { # FILE FIELD
	sed -n "s/^$2:[[:space:]]*//p" "$1"
}

hash_tree() { # DIR
	(cd "$1" && find . -printf '%p %y %m %U %G %l %T@\n' | sort && find . -type f -exec cat {} +) |
		sha256sum
}
