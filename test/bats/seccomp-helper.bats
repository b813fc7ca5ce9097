#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cove-seccomp: from a JSON profile to a BPF program, whose answers test/tools/bpf-sim works out.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	helper=${HELPER:-$top/build/cove-seccomp}
	profiles=$top/test/seccomp
	program=$BATS_TEST_TMPDIR/program
}

compile() { # PROFILE [OPTION...]
	"$helper" "${@:2}" <"$profiles/$1.json" >"$program"
}

answers() { # WANTED ARCH CALL [ARGUMENT...]
	local got
	got=$("$top/test/tools/bpf-sim" "$program" "${@:2}")
	[ "$got" = "$1" ] || { echo "${*:2}: $got, not $1"; return 1; }
}

only_x86_64() {
	[ "$(uname -m)" = x86_64 ] || skip "numbers of x86_64"
}

refused() { # TEXT WHAT POINTER LINE COLUMN [OPTION...]
	local status=0
	printf "$1" | "$helper" "${@:6}" >"$program" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	[ "$status" -eq 1 ]
	[ ! -s "$program" ]
	told "${@:2:4}"
}

told() { # WHAT POINTER LINE COLUMN
	python3 - "$BATS_TEST_TMPDIR/error" "$@" <<-'END'
		import json, sys
		lines = open(sys.argv[1]).read().splitlines()
		assert len(lines) == 1, lines
		error = json.loads(lines[0])
		assert set(error) == {"what", "pointer", "line", "column", "hint"}, error
		assert sys.argv[2] in error["what"], error
		place = [error["pointer"], str(error["line"]), str(error["column"])]
		assert place == sys.argv[3:], error
	END
}

@test "named calls are allowed, others denied with the default errno" {
	compile basic
	answers ALLOW native read
	answers ALLOW native openat2
	answers "ERRNO 13" native unshare
	answers "ERRNO 22" native setns
	answers KILL_PROCESS native mount
}

@test "calls newer than the newest one named are not implemented" {
	only_x86_64
	compile basic
	answers "ERRNO 13" native 436
	answers ALLOW native 437
	answers "ERRNO 38" native 438
	answers "ERRNO 38" native 1000
	answers "ERRNO 13" native -1
}

@test "a default action that lets calls through gets no such stub" {
	compile masked
	answers ALLOW native 100000
}

@test "a profile without rules is its default action" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW"}' | "$helper" >"$program"
	answers ALLOW native read
	echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": null}' | "$helper" >"$program"
	answers "ERRNO 1" native read
}

@test "masked comparison looks at all 64 bits and at no more than the mask" {
	compile masked
	answers "ERRNO 1" native ioctl 0 0x5412
	answers "ERRNO 1" native ioctl 0 0x100005412
	answers "ERRNO 1" native ioctl 0 0xffffffff00005412
	answers ALLOW native ioctl 0 0x5413
	answers "TRAP 0" native prctl 0 0 0x8000000000000000
	answers "TRAP 0" native prctl 0 0 0xfffffffffffffffe
	answers ALLOW native prctl 0 0 0x8000000000000001
	answers ALLOW native prctl 0 0 0x80000000
	answers KILL_THREAD native lseek 0 0xffffffffffffffff
	answers ALLOW native lseek 0 0xffffffff
}

@test "every operator and every action does what it says" {
	local row op yes no value
	for row in NE:6:5 LT:4:5 LE:5:6 EQ:5:6 GE:5:4 GT:6:5; do
		IFS=: read -r op yes no <<<"$row"
		value='{"index":0,"value":5,"op":"SCMP_CMP_'$op'"}'
		echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["close"],
			"action":"SCMP_ACT_LOG","args":['"$value"']}]}' | "$helper" >"$program"
		answers LOG native close "$yes"
		answers ALLOW native close "$no"
	done
	for row in KILL:KILL_THREAD KILL_PROCESS:KILL_PROCESS KILL_THREAD:KILL_THREAD "TRAP:TRAP 0" \
		"ERRNO:ERRNO 1" "TRACE:TRACE 1" LOG:LOG NOTIFY:NOTIFY; do
		echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"close",
			"action":"SCMP_ACT_'"${row%%:*}"'"}]}' | "$helper" >"$program"
		answers "${row#*:}" native close
	done
}

@test "two conditions on one argument: either; on two arguments: both" {
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
		{"names":["close"],"action":"SCMP_ACT_LOG","args":[
			{"index":0,"value":1,"op":"SCMP_CMP_EQ"},{"index":0,"value":2,"op":"SCMP_CMP_EQ"}]},
		{"names":["dup3"],"action":"SCMP_ACT_LOG","args":[
			{"index":0,"value":1,"op":"SCMP_CMP_EQ"},{"index":1,"value":2,"op":"SCMP_CMP_EQ"}]}
		]}' | "$helper" >"$program"
	answers LOG native close 1
	answers LOG native close 2
	answers ALLOW native close 3
	answers LOG native dup3 1 2
	answers ALLOW native dup3 1 1
	answers ALLOW native dup3 2 2
}

@test "an architecture that is not in the profile is killed" {
	only_x86_64
	compile basic
	answers KILL_PROCESS x86 read
	answers KILL_PROCESS x32 read
	answers KILL_PROCESS aarch64 read
}

@test "Docker: sub-architectures of the native one are in" {
	only_x86_64
	compile realistic
	answers ALLOW x86 read
	answers ALLOW x32 read
	answers "ERRNO 1" x32 mount
	answers "ERRNO 38" x32 0x40000fff
	answers ALLOW x86 socketcall
	answers KILL_PROCESS aarch64 read
}

@test "Docker: without SYS_ADMIN" {
	compile realistic
	answers ALLOW native read
	answers "ERRNO 1" native mount
	answers "ERRNO 1" native setns
	answers "ERRNO 38" native clone3
	answers ALLOW native clone 0x11
	answers "ERRNO 1" native clone 0x10000011
	answers ALLOW native socket 2
	answers "ERRNO 1" native socket 40
	answers ALLOW native personality 0xffffffff
	answers "ERRNO 1" native personality 1
}

@test "Docker: with SYS_ADMIN, by either name" {
	for cap in SYS_ADMIN CAP_SYS_ADMIN; do
		compile realistic --cap CHOWN --cap "$cap"
		answers ALLOW native mount
		answers ALLOW native setns
		answers ALLOW native clone3
		answers ALLOW native clone 0x10000011
	done
}

@test "Docker: kernel version" {
	compile realistic --kernel 4.7
	answers "ERRNO 1" native ptrace
	compile realistic --kernel 4.8
	answers ALLOW native ptrace
	compile realistic --kernel 5.14
	answers ALLOW native ptrace
}

@test "unknown action is refused, with its place" {
	refused "$(cat "$profiles/unknown-action.json")" "unknown action 'SCMP_ACT_DENY'" \
		/syscalls/0/action 4 35
}

@test "duplicate key is refused, also when it is escaped" {
	local status=0
	"$helper" <"$profiles/duplicate-key.json" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	[ "$status" -eq 1 ]
	told "duplicate key 'action'" /syscalls/0/action 5 5
}

@test "broken texts are refused, with their place" {
	refused '{"defaultAction": "SCMP_ACT_ALLOW"}\n x' "unexpected bytes" "" 2 2
	refused '{"defaultAction": "SCMP\\u0000"}' "NUL" /defaultAction 1 24
	refused '{"é":\n"\\ud800"}' "surrogate" /é 2 2
	refused '{"é" 1}' "expected ':'" "" 1 6
	refused '{"a": [1,]}' "expected a JSON value" /a/1 1 10
	refused '{"a": 18446744073709551616}' "64 bits" /a 1 7
	refused '{"a": 01}' "superfluous 0" /a 1 7
	refused '{"a": "\xff"}' "UTF-8" /a 1 8
	refused '' "too early" "" 1 1
	refused "$(printf '[%.0s' {1..65})" "too deep" "$(printf '/0%.0s' {1..64})" 1 65
}

@test "a text of more than 16 MiB is refused" {
	local status=0
	head -c $((16 * 1024 * 1024 + 1)) /dev/zero | tr '\0' ' ' |
		"$helper" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	[ "$status" -eq 1 ]
	told "longer than" "" None None
}

@test "wrong values are refused, with their place" {
	local rule='{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["close"],"action":"SCMP_ACT_ERRNO",'
	refused '[]' "a JSON object" "" 1 1
	refused '{}' "'defaultAction' is missing" "" 1 1
	refused '{"defaultAction":1}' "expected a string, found an integer" /defaultAction 1 18
	refused '{"defaultAction":"SCMP_ACT_NOTIFY"}' "cannot be the default" /defaultAction 1 18
	refused '{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1}' "takes no errno" \
		/defaultErrnoRet 1 53
	refused '{"defaultAction":"SCMP_ACT_ALLOW","flags":["X"]}' "unknown flag" /flags/0 1 44
	refused '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["X"]}' "unknown architecture" \
		/architectures/0 1 52
	refused "$rule"'"errnoRet":4096}]}' "between 0 and 4095" /syscalls/0/errnoRet 1 103
	refused "$rule"'"errnoRet":-1}]}' "between 0 and 4095" /syscalls/0/errnoRet 1 103
	refused "$rule"'"errnoRet":1.0}]}' "found a fraction" /syscalls/0/errnoRet 1 103
	refused "$rule"'"args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]}]}' "between 0 and 5" \
		/syscalls/0/args/0/index 1 109
	refused "$rule"'"args":[{"index":0,"op":"SCMP_CMP_EQ"}]}]}' "'value' is missing" \
		/syscalls/0/args/0 1 100
	refused "$rule"'"includes":{"minKernel":"5"}}]}' "kernel version" \
		/syscalls/0/includes/minKernel 1 116
}

@test "unknown calls and members: skipped, refused when strict" {
	local text='{"defaultAction":"SCMP_ACT_ALLOW","x":1,"syscalls":[{"names":["clsoe"],"action":"SCMP_ACT_LOG"}]}'
	echo "$text" | "$helper" --check
	refused "${text/SCMP_ACT_LOG/SCMP_ACT_ERRNO}" "unknown system call 'clsoe'" /syscalls/0/names/0 1 63
	refused "$text" "unknown system call 'clsoe'" /syscalls/0/names/0 1 63 --strict
	refused '{"defaultAction":"SCMP_ACT_ALLOW","x":1}' "unknown member 'x'" /x 1 39 --strict
}

@test "--check writes nothing; wrong options end with 2" {
	compile basic --check
	[ ! -s "$program" ]
	local option
	local status
	for option in --bogus --cap --cap= --kernel=x argument; do
		status=0
		"$helper" "$option" </dev/null >"$program" 2>"$BATS_TEST_TMPDIR/error" || status=$?
		[ "$status" -eq 2 ]
		[ ! -s "$program" ]
		python3 -m json.tool "$BATS_TEST_TMPDIR/error" >/dev/null
	done
}
