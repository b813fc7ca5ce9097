#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# Processor time, I/O order, personality and memory policy, as the command has them.

load helpers

setup() {
	cove_setup
}

teardown() {
	cove_teardown
}

CAP_SYS_NICE=23

# Real-time priority can be had from cgroups v1 only where they give some out.
needs_realtime() {
	has_cap $CAP_SYS_NICE || skip "needs CAP_SYS_NICE"
	chrt -f 1 true 2>/dev/null || skip "no real time here"
}

policy() { # OPTION...
	box "$@" -- sh -c 'chrt -p $$' | sed -n 's/.*policy: //p'
}

needs_numa() {
	[ -e /proc/self/numa_maps ] || skip "this kernel has no NUMA"
	local node
	node=$(sed 's/[,-].*//' /sys/devices/system/node/online)
	equal 0 "$node"
}

# Prints mode and nodes of the calling thread.
get_mempolicy='import ctypes
mode, nodes = ctypes.c_int(), (ctypes.c_ulong * 16)()
number = {"x86_64": 239, "aarch64": 236, "riscv64": 236}[__import__("os").uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(number, ctypes.byref(mode), nodes, 1024, None, 0): raise OSError(ctypes.get_errno())
print(hex(mode.value), hex(nodes[0]))'

# ---- processor ----

@test "scheduler: other, batch, idle" {
	for mode in "" --no-init "--only uts" "--only none"; do
		# shellcheck disable=SC2086
		{
			equal SCHED_BATCH "$(policy $mode --scheduler batch)"
			equal SCHED_IDLE "$(policy $mode --scheduler idle)"
			equal SCHED_OTHER "$(policy $mode --scheduler other)"
		}
	done
	equal SCHED_BATCH "$(chrt -b 0 "$cove" box -- sh -c 'chrt -p $$' | sed -n 's/.*policy: //p')"
	equal SCHED_OTHER "$(chrt -b 0 "$cove" box --scheduler other -- sh -c 'chrt -p $$' | sed -n 's/.*policy: //p')"
}

@test "scheduler: the nice value stays, or is the one asked for" {
	equal 5 "$(nice -n 5 "$cove" box --scheduler batch -- nice)"
	equal 7 "$(box --nice 7 --scheduler batch -- nice)"
	equal 7 "$(box --scheduler other --nice 7 -- nice)"
}

@test "scheduler: descendants inherit it, unless reset-on-fork" {
	equal SCHED_BATCH "$(box --scheduler batch -- sh -c 'sh -c "chrt -p \$\$; :"; :' | sed -n 's/.*policy: //p')"
	equal "SCHED_BATCH|SCHED_RESET_ON_FORK" "$(policy --no-init --scheduler batch:reset-on-fork)"
	needs_realtime
	equal SCHED_OTHER "$(box --no-init --scheduler fifo:1:reset-on-fork -- sh -c 'sh -c "chrt -p \$\$; :"; :' | sed -n 's/.*policy: //p')"
	equal SCHED_FIFO "$(box --scheduler fifo:1 -- sh -c 'sh -c "chrt -p \$\$; :"; :' | sed -n 's/.*policy: //p')"
}

@test "scheduler: fifo and rr, with their priorities" {
	needs_realtime
	out=$(box --scheduler fifo:10 -- sh -c 'chrt -p $$')
	holds "$out" "policy: SCHED_FIFO" "priority: 10"
	out=$(box --only none --scheduler rr:99 -- sh -c 'chrt -p $$')
	holds "$out" "policy: SCHED_RR" "priority: 99"
	equal "SCHED_FIFO|SCHED_RESET_ON_FORK" "$(policy --no-init --scheduler fifo:3:reset-on-fork)"
}

@test "scheduler: fifo by the limit rtprio, without privilege" {
	needs_realtime
	has_cap 24 || skip "may not raise the limit" # CAP_SYS_RESOURCE
	out=$(prlimit --rtprio=20 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		"$cove" box --cwd / --scheduler fifo:20 -- sh -c 'chrt -p $$' 2>&1) || true
	holds "$out" "policy: SCHED_FIFO" "priority: 20"
}

@test "scheduler: a deadline" {
	needs_realtime
	chrt -d --sched-runtime 1000000 --sched-deadline 20000000 --sched-period 100000000 0 true \
		2>/dev/null || skip "no deadlines here"
	out=$(box --only none --scheduler deadline:1ms/20ms/100ms:reset-on-fork -- sh -c 'chrt -p $$')
	holds "$out" "SCHED_DEADLINE" "1000000/20000000/100000000"
	ends 2 box --scheduler deadline:1ms/20ms/100ms -- true
	holds "$error" "a deadline cannot be inherited" "--no-init"
	ends 125 box --only none --scheduler deadline:1ms/20ms/1h -- true
	holds "$error" "cannot set the scheduling policy: Invalid argument" "sched_deadline_period"
}

@test "scheduler: what takes privilege says so" {
	! has_cap $CAP_SYS_NICE || skip "may do it"
	ends 125 box --scheduler fifo:10 -- true
	holds "$error" "cannot set the scheduling policy: Operation not permitted" \
		"'process' (host): sched_setattr" "asked for by --scheduler fifo:10" "CAP_SYS_NICE" "ulimit -r"
	ends 125 box --only none --scheduler deadline:1ms/20ms/100ms -- true
	holds "$error" "Operation not permitted" "a deadline takes CAP_SYS_NICE"
	ends 125 box --nice -5 -- true
	holds "$error" "CAP_SYS_NICE"
}

# ---- I/O ----

@test "ioprio: class and level" {
	equal "best-effort: prio 2" "$(box --ioprio be:2 -- sh -c 'ionice -p $$')"
	equal "best-effort: prio 4" "$(box --ioprio be -- sh -c 'ionice -p $$')"
	equal idle "$(box --ioprio idle -- sh -c 'ionice -p $$')"
	equal "best-effort: prio 7" "$(box --only none --ioprio be:7 -- sh -c 'ionice -p $$')"
	equal idle "$(box --no-init --ioprio idle -- sh -c 'sh -c "ionice -p \$\$; :"; :')"
}

@test "ioprio: rt takes privilege" {
	if has_cap $CAP_SYS_NICE; then
		equal "realtime: prio 1" "$(box --ioprio rt:1 -- sh -c 'ionice -p $$')"
	else
		ends 125 box --ioprio rt:1 -- true
		holds "$error" "cannot set the I/O priority: Operation not permitted" \
			"'process' (host): ioprio_set" "asked for by --ioprio rt:1" "CAP_SYS_NICE"
	fi
}

# ---- personality ----

@test "personality: linux32, flags, and back" {
	persona='cat /proc/$$/personality'
	is_root || persona='cat /proc/self/personality'
	[ "$(uname -m)" = x86_64 ] || skip "known for x86_64 only"
	equal i686 "$(box --personality linux32 -- uname -m)"
	equal x86_64 "$(setarch -R linux32 "$cove" box --personality linux -- uname -m)"
	equal 00040008 "$(box --personality linux32,no-randomize -- sh -c "$persona")"
	equal 09000000 "$(box --only none --personality linux,3gb,short-inode -- sh -c "$persona")"
	holds "$(box --personality linux,uname-2.6 -- uname -r)" 2.6.
}

@test "personality: no-randomize" {
	stack='sed -n "s/-.*stack.*//p" /proc/self/maps'
	equal "$(box --personality linux,no-randomize -- sh -c "$stack")" \
		"$(box --personality linux,no-randomize -- sh -c "$stack")"
}

@test "personality: only the command's, not that of cove-init" {
	start_box --personality linux32
	equal 00000008 "$(cat "/proc/$inner/personality" 2>/dev/null || echo 00000008)"
	is_root || skip "only root may look"
	equal 00000000 "$(cat "/proc/$(children "$host")/personality")"
}

# ---- memory ----

@test "mempolicy: what get_mempolicy says" {
	needs_numa
	run_policy() { box --mempolicy "$1" -- $python -c "$get_mempolicy"; }
	equal "0x2 0x1" "$(run_policy bind:0)"
	equal "0x8002 0x1" "$(run_policy bind:0,static)"
	equal "0x4003 0x1" "$(run_policy interleave:0,relative)"
	equal "0x1 0x1" "$(run_policy preferred:0)"
	equal "0x5 0x1" "$(run_policy preferred-many:0)"
	equal "0x4 0x0" "$(run_policy local)"
	equal "0x0 0x0" "$(run_policy default)"
	equal "0x2 0x1" "$(box --only none --mempolicy bind:0 -- $python -c "$get_mempolicy")"
}

@test "mempolicy: before the command's first page" {
	needs_numa
	out=$(box --mempolicy bind:0 -- cat /proc/self/numa_maps)
	holds "$out" "bind:0"
	lacks "$out" " default "
}

@test "mempolicy: nodes that are not there" {
	needs_numa
	[ ! -e /sys/devices/system/node/node1000 ]
	ends 125 box --mempolicy bind:1000 -- true
	holds "$error" "cannot set the memory policy: Invalid argument" "'mempolicy' (inside)" \
		"asked for by --mempolicy bind:1000" "/sys/devices/system/node/online"
}

@test "mempolicy: weighted-interleave" {
	needs_numa
	if [ "$(printf '%s\n' 6.9 "$(uname -r)" | sort -V | head -n 1)" = 6.9 ]; then
		equal "0x6 0x1" "$(box --mempolicy weighted-interleave:0 -- $python -c "$get_mempolicy")"
	else
		ends 125 box --mempolicy weighted-interleave:0 -- true
		holds "$error" "needs Linux 6.9"
	fi
}

@test "all of it in one box, and its failures" {
	needs_numa
	out=$(box --nice 3 --scheduler batch --ioprio idle --personality linux,no-randomize \
		--mempolicy bind:0 --oom-score-adj 100 -- \
		sh -c 'nice; chrt -p $$; ionice -p $$; cat /proc/self/personality /proc/self/oom_score_adj')
	holds "$out" 3 SCHED_BATCH idle 00040000 100
	for step in process personality mempolicy; do
		ends 125 box --scheduler batch --personality linux --mempolicy local --fault $step:fail -- true
		holds "$error" "'$step'"
	done
}
