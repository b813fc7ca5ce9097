#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# How long a box lives, what is told of it, and life in the background.

load helpers

setup() {
	cove_setup
}

teardown() {
	cove_teardown
}

# Members of the events on standard input, one a line.
members() { # FILTER...
	jq -r "$1"
}

# ---- time ----

@test "time: what is not over in time is ended, all of it, with status 124" {
	begin=$EPOCHREALTIME
	ends 124 box --time 0.4s -- sh -c 'sleep 600 & trap "" TERM; echo begun; while :; do sleep 600; done'
	equal begun "$output"
	awk -v begin="$begin" -v end="$EPOCHREALTIME" 'BEGIN { exit !(end - begin >= 0.4 && end - begin < 5) }'
	equal '' "$error"
	ends 124 box --time 200ms --no-init -- sleep 600
	ends 124 box --time 200ms --only uts -- sleep 600
	ends 124 box --time 200ms --share pid -- sleep 600
}

@test "time: without a pid namespace the children end, too" {
	ends 124 box --share pid --time 300ms -- sh -c 'setsid sleep 612.34 & sh -c "sleep 612.34 & exec sleep 612.34"'
	soon gone_by_name 'sleep 612.34'
}

gone_by_name() {
	! pgrep -xf "$1" >/dev/null
}

@test "time: who is done before keeps the own status" {
	ends 7 box --time 60 -- sh -c 'exit 7'
	ends 143 box --time 1h -- sh -c 'kill -TERM $$'
}

@test "time: what was used until then counts" {
	ends 124 box --time 1 --status-fd 9 -- "$python" -c 'while True: pass' 9>events
	members 'select(.event == "exited")' <events | jq -e '.user_ns > 50000000 and .peak_process_bytes > 3000000'
	ends 0 box --status-fd 9 -- sh -c "$python -c 'while True: pass' & sleep 0.7" 9>events
	members 'select(.event == "exited")' <events | jq -e '.user_ns > 20000000'
}

# ---- events ----

@test "status-fd: started and exited" {
	ends 3 box --status-fd 9 --only none -- sh -c 'exit 3' 9>events
	equal 2 "$(wc -l <events)"
	equal 'started exited' "$(members .event <events | xargs)"
	equal '3 exit null' "$(members 'select(.event == "exited") | "\(.status) \(.reason) \(.signal)"' <events)"
	equal 8 "$(members 'select(.event == "started") | .namespaces | length' <events)"
	holds "$(members 'select(.event == "started") | .namespaces.net' <events)" \
		"$(readlink /proc/self/ns/net | tr -dc 0-9)"
}

@test "status-fd: the numbers are true" {
	"$cove" box --status-fd 9 -- sh -c 'for t in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$t; done; exec sleep 600' \
		9>events >namespaces 3>&- &
	host=$!
	started+=("$host")
	soon has_text events started
	soon has_text namespaces time
	equal "$(tr -dc '0-9\n' <namespaces | xargs)" \
		"$(members '.namespaces | [.user, .mnt, .pid, .net, .ipc, .uts, .cgroup, .time] | join(" ")' <events)"
	inner=$(members .pid <events)
	equal "$(innermost "$host")" "$inner"
	equal "$(children "$host")" "$(members .init_pid <events)"
	kill -KILL "$inner"
	wait "$host" || true
	equal '137 signal 9' "$(members 'select(.event == "exited") | "\(.status) \(.reason) \(.signal)"' <events)"
}

@test "status-fd: what was used" {
	ends 0 box --status-fd 9 -- "$python" -c 'x = bytearray(64 << 20)
import time
end = time.process_time() + 0.3
while time.process_time() < end: pass' 9>events
	members 'select(.event == "exited")' <events | jq -e '
		.peak_process_bytes > (64 * 1048576) and .peak_process_bytes < (256 * 1048576) and
		.user_ns + .system_ns >= 300000000 and .user_ns + .system_ns < 5000000000 and
		.wall_ns >= 300000000'
}

@test "status-fd: time is over, or no box was made" {
	ends 124 box --status-fd 9 --time 100ms -- sleep 600 9>events
	equal '124 time' "$(members 'select(.event == "exited") | "\(.status) \(.reason)"' <events)"
	ends 125 box --status-fd 9 --ro /nowhere -- true 9>events
	equal 'failed mount.open 125' "$(members '"\(.event) \(.error.step) \(.error.status)"' <events)"
	ends 127 box --status-fd 9 -- no-such-command 9>events
	equal 'failed exec 127' "$(members '"\(.event) \(.error.step) \(.error.status)"' <events)"
}

@test "status-fd: one that is not open, or that nobody reads" {
	ends 2 box --status-fd 77 -- touch made
	holds "$error" 'descriptor 77 is not open' --status-fd
	[ ! -e made ]
	ends 4 box --status-fd 9 -- sh -c 'sleep 0.2; exit 4' 9> >(true)
}

@test "status-fd: the command does not get it" {
	ends 0 box --status-fd 9 -- sh -c "$open_fds" 9>events
	lacks "$output" 9
}

@test "stats: for people" {
	ends 0 box --stats -- true
	[[ $error =~ ^cove:\ [0-9.]+\ s,\ .*\ user\ and\ .*\ system\;\ largest\ process\ .*iB\;\ disk: ]]
	ends 124 box --stats --time 100ms -- sleep 600
	holds "$error" 'its time was over'
}

# ---- detach ----

@test "detach: goes on, with its number told, and takes signals" {
	ends 0 box --detach --status-fd 9 -- sh -c 'trap "echo ended >said; exit 6" TERM; echo up >said; while :; do sleep 0.05; done' 9>events
	[[ $output =~ ^[0-9]+$ ]]
	started+=("$output")
	soon has_text said up
	equal "$output" "$(members 'select(.event == "started") | .init_pid' <events)"
	kill -TERM "$output"
	soon has_text events exited
	equal 6 "$(members 'select(.event == "exited") | .status' <events)"
	has_text said ended
	soon gone "$output"
}

@test "detach: no pipe and no terminal is held on to" {
	pid=$(echo input | "$cove" box --detach -- sh -c 'cat >got; ls -l /proc/self/fd >fds; exec sleep 600' | cat)
	started+=("$pid")
	soon has_text fds
	equal '' "$(<got)"
	lacks "$(<fds)" pipe
	kill -KILL "$pid"
	"$cove" box --detach -- sh -c 'echo kept; echo kept too >&2; exec sleep 600' >out 2>err
	soon has_text out kept
	started+=("$(grep -x '[0-9]*' out)")
	soon has_text err 'kept too'
}

@test "detach: what cannot be made is said" {
	ends 125 box --detach --ro /nowhere -- sleep 600
	holds "$error" /nowhere mount.open
	equal '' "$output"
	ends 127 box --detach -- no-such-command
	holds "$error" no-such-command
}

@test "detach: outlives the caller, but not its own cove" {
	pid=$(sh -c "'$cove' box --detach -- sleep 600")
	started+=("$pid")
	exists "$pid"
	kill -KILL "$(awk '{ print $4 }' "/proc/$pid/stat")"
	soon gone "$pid"
}

# ---- the parent ----

@test "die-with-parent: the box ends with the one that started cove" {
	sh -c "'$cove' box --die-with-parent -- sh -c 'echo \$\$ >up; exec sleep 613.7' & soon=0; while ! [ -s up ]; do sleep 0.02; done; kill -KILL \$\$" || true
	soon gone_by_name 'sleep 613.7'
	sh -c "'$cove' box -- sh -c 'echo \$\$ >up2; exec sleep 613.8' & while ! [ -s up2 ]; do sleep 0.02; done; kill -KILL \$\$" 3>&- || true
	sleep 0.2
	pgrep -xf 'sleep 613.8'
	kill -KILL "$(pgrep -f "^$cove box -- sh -c echo \\\$\\\$ >up2")"
	soon gone_by_name 'sleep 613.8'
}
