#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# The life of a container: what each verb does in each state, what it says when it may not, what
# happens when two come at once, and that nothing is left when cove is killed at any step.

load helpers
load oci

setup() {
	oci_setup
}

teardown() {
	oci_teardown
}

@test "created, running, stopped, deleted" {
	command_is "$bundle" sh -c 'echo began; exec sleep 600'
	create --pid-file pid
	status_is created
	equal "$(pid_of)" "$(cat pid)"
	equal "$(wc -l <pid)" 0
	[ ! -s out ]
	oci start "$id"
	soon has_text out began
	status_is running
	oci kill "$id" KILL
	soon status_is stopped
	equal "$(pid_of)" 0
	oci delete "$id"
	nothing_left
}

@test "the state document" {
	configure "$bundle" '.annotations = {"a.b": "c\nd\"e", "x": ""}'
	create
	oci state "$id" >state.json 2>errors
	[ ! -s errors ]
	equal "$id" "$(jq -r .id state.json)"
	equal "$bundle" "$(jq -r .bundle state.json)"
	equal "$bundle/rootfs" "$(jq -r .rootfs state.json)"
	equal "$(jq -r .ociVersion "$bundle/config.json")" "$(jq -r .ociVersion state.json)"
	equal "$(jq -c .annotations "$bundle/config.json")" "$(jq -c .annotations state.json)"
	[[ $(jq -r .created state.json) =~ ^20[0-9-]+T[0-9:]+\.[0-9]{9}Z$ ]]
}

@test "what engines look for in messages" {
	ends 1 oci state "$id"
	holds "$error" "container does not exist"
	ends 1 oci start "$id"
	holds "$error" "container does not exist"
	ends 1 oci delete "$id"
	holds "$error" "container does not exist"
	ends 0 oci delete --force "$id"
	equal "" "$error"
	create
	ends 1 oci create --bundle "$bundle" "$id"
	holds "$error" "container with given ID already exists"
	ends 1 oci resume "$id"
	holds "$error" "container not paused"
	oci start "$id"
	ends 1 oci start "$id"
	holds "$error" "cannot start an already running container"
	ends 1 oci delete "$id"
	holds "$error" "cannot delete container $id that is not stopped: running"
	oci kill "$id" 9
	soon status_is stopped
	ends 1 oci start "$id"
	holds "$error" "cannot start a container that has stopped"
	ends 1 oci kill "$id"
	holds "$error" "container not running"
	ends 0 oci kill --all "$id" KILL
	ends 255 oci exec "$id" true
	holds "$error" "cannot exec in a stopped container"
}

@test "a command that is not there is told when the container is created" {
	command_is "$bundle" nowhere
	ends 1 oci create --bundle "$bundle" "$id"
	holds "$error" 'exec: "nowhere": executable file not found in $PATH'
	nothing_left
	command_is "$bundle" /nowhere
	ends 1 oci run --bundle "$bundle" "$id"
	holds "$error" 'exec: "/nowhere": stat /nowhere: no such file or directory'
	nothing_left
}

@test "the log has one JSON object for the error" {
	ends 1 oci --log log --log-format json start "$id"
	equal 1 "$(wc -l <log)"
	equal error "$(jq -r .level log)"
	holds "$(jq -r .msg log)" "container does not exist"
	jq -e '.time | test("^20.*Z$")' log
	for more in --debug --log-level=debug --log-level=error; do
		rm log
		ends 1 oci --log log --log-format json $more start "$id"
		equal error "$(jq -r .level log)"
	done
	ends 0 oci --log log --log-format json --debug list
	equal "error debug debug" "$(jq -r .level log | xargs)"
	ends 1 oci --log debug.text --debug start "$id"
	holds "$(head -n 1 debug.text)" level=debug " start $id"
	holds "$(tail -n 1 debug.text)" level=error
	lacks "$error" level=debug
	ends 0 oci --debug list
	holds "$error" "level=debug" " ms"
	ends 2 oci --log-level much list
	ends 1 oci --log=text start "$id"
	holds "$(cat text)" 'level=error msg="container does not exist'
}

@test "run returns the command's status and leaves nothing" {
	command_is "$bundle" sh -c 'exit 7'
	ends 7 oci run --bundle "$bundle" "$id"
	nothing_left
	command_is "$bundle" sh -c 'kill -9 $$; exit 3'
	configure "$bundle" '.linux.namespaces |= map(select(.type != "pid"))'
	is_root || return 0
	ends 137 oci run --bundle "$bundle" "$id"
	nothing_left
}

@test "run: kept, detached" {
	command_is "$bundle" sh -c 'exit 7'
	ends 7 oci run --keep --bundle "$bundle" "$id"
	status_is stopped
	equal 7 "$(oci wait "$id")"
	oci delete "$id"
	command_is "$bundle" sleep 600
	oci run -d --bundle "$bundle" "$id" </dev/null >out 2>&1 3>&-
	status_is running
}

@test "exec: its status, environment, user and place" {
	start
	ends 3 oci exec "$id" sh -c 'exit 3'
	ends 143 oci exec "$id" sh -c 'kill -TERM $$; sleep 5'
	ends 255 oci exec "$id" nowhere
	holds "$error" 'executable file not found in $PATH'
	equal "b /tmp" "$(oci exec --env A=b --cwd /tmp "$id" sh -c 'echo $A $PWD')"
	equal "-x" "$(oci exec "$id" echo -x)"
	ends 255 oci exec --user root "$id" true
	holds "$error" "a user is a number"
	is_root || return 0
	equal "7 8" "$(oci exec --user 7:8 "$id" sh -c 'echo $(id -u) $(id -g)')"
}

@test "exec: a process document, detached" {
	start
	jq '.process | .args = ["sh", "-c", "echo here; exec sleep 600"]' "$bundle/config.json" >process.json
	oci exec --process process.json --detach --pid-file pid "$id" </dev/null >out2 2>&1 3>&-
	soon has_text out2 here
	exists "$(cat pid)"
	oci delete --force "$id"
	soon gone "$(cat pid)"
}

@test "signals by number and by name" {
	command_is "$bundle" sh -c 'for s in USR1 USR2 HUP TERM; do trap "echo got $s" $s; done; echo ready; while :; do sleep 0.05; done'
	start
	soon has_text out ready
	oci kill "$id" SIGUSR1
	soon has_text out "got USR1"
	oci kill "$id" usr2
	soon has_text out "got USR2"
	oci kill "$id" 1
	soon has_text out "got HUP"
	oci kill "$id"
	soon has_text out "got TERM"
	ends 2 oci kill "$id" NOTHING
	holds "$error" "unknown signal"
}

@test "list, in all forms; regular expressions" {
	equal "[]" "$(oci list -f json)"
	create
	id=$prefix-b
	create
	equal "$prefix $prefix-b" "$(oci list -q | xargs)"
	equal "ID PID STATUS BUNDLE CREATED OWNER" "$(oci list | head -n 1 | xargs)"
	equal "created created" "$(oci list --format json | jq -r '.[].status' | xargs)"
	oci delete --force --regex "^$prefix"
	equal "" "$(oci list -q)"
}

@test "names that are no names" {
	for name in . .. a/b "" "a b" "$(printf '%0300d' 0)"; do
		ends 1 oci state "$name"
		holds "$error" "invalid container ID"
	done
}

@test "eight create one container" {
	local n

	for n in 1 2 3 4 5 6 7 8; do
		(
			exec 3>&-
			oci create --bundle "$bundle" "$id" </dev/null >/dev/null 2>"err$n" && echo won >>won
		) &
	done
	wait
	equal 1 "$(wc -l <won)"
	equal 7 "$(grep -l 'already exists' err? | wc -l)"
	status_is created
}

@test "two start, one wins" {
	local n

	for n in 1 2 3; do
		create
		(oci start "$id" 2>err1 && echo won >>won.$n) &
		(oci start "$id" 2>err2 && echo won >>won.$n) &
		wait
		equal 1 "$(wc -l <won.$n)"
		holds "$(cat err1 err2)" "cannot start an already running container"
		oci delete --force "$id"
	done
}

@test "start, exec and kill while it is deleted" {
	local n verb

	for verb in "start $id" "kill $id KILL" "exec $id true"; do
		for n in 1 2 3; do
			create
			[ "${verb%% *}" = start ] || oci start "$id"
			# shellcheck disable=SC2086
			(oci $verb >/dev/null 2>&1 3>&- || true) &
			oci delete --force "$id"
			wait
			nothing_left
		done
	done
}

@test "a number that somebody else has got is not signalled" {
	create
	sleep 0.05 # the time at which a process began is told by the hundredth of a second
	sleep 600 3>&- &
	started+=("$!")
	kill -KILL "$(pid_of)"
	soon status_is stopped
	sed -i "s/^pid=.*/pid=$!/" "$root/$id/record"
	status_is stopped
	ends 1 oci kill "$id" KILL
	oci delete --force "$id"
	exists "$!"
}

@test "after a reboot it has stopped" {
	create
	local pid
	pid=$(pid_of)
	sed -i "s/^boot=.*/boot=another/" "$root/$id/record"
	status_is stopped
	oci delete "$id"
	kill -KILL "$pid"
	soon gone "$pid"
}

@test "whatever a record looks like, delete --force removes it" {
	local how

	for how in ': >' 'echo nonsense >' 'rm -f' 'head -c 20 /dev/urandom >'; do
		mkdir -p "$root/$id"
		eval "$how $root/$id/record"
		ends 1 oci state "$id"
		oci delete --force "$id"
		nothing_left
	done
}

@test "a lock that is held is told with its holder" {
	create
	flock --close "$root/$id" sleep 30 3>&- &
	started+=("$!")
	soon flocked
	ends 1 oci start "$id"
	holds "$error" "kept busy by process" "flock"
	status_is created
}

flocked() {
	! flock --nonblock "$root/$id" true
}

# SIGKILL for cove at every step on the host's side, and failures on both.
steps="record cgroup spawn ids.map hostname mount.private mount.open root mount.attach root.pivot cwd caps fds command created gate exec running"

@test "killed at any step of create, nothing is left" {
	local step

	for step in $steps; do
		oci create --fault "$step:kill" --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1 3>&- || true
		oci delete --force "$id"
		soon nothing_left
	done
}

@test "failing at any step of create, nothing is left at once" {
	local step

	for step in $steps; do
		oci create --fault "$step:fail" --bundle "$bundle" "$id" </dev/null >/dev/null 2>errors 3>&- && {
			oci delete --force "$id"
			continue
		}
		holds "$(cat errors)" "a fault was asked for" "$step"
		nothing_left
	done
}

@test "killed at any step of run, nothing is left" {
	local step

	command_is "$bundle" true
	for step in $steps; do
		oci run --fault "$step:kill" --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1 3>&- || true
		oci delete --force "$id"
		soon nothing_left
	done
}

@test "pause, resume" {
	needs_root
	start
	oci pause "$id"
	status_is paused
	ends 1 oci pause "$id"
	ends 255 oci exec "$id" true
	holds "$error" "cannot exec in a paused container"
	oci resume "$id"
	status_is running
	oci pause "$id"
	oci delete --force "$id"
	nothing_left
}

@test "ps" {
	needs_root
	start
	equal "[$(pid_of)]" "$(oci ps --format json "$id")"
	[ -x /usr/bin/ps ] || [ -x /bin/ps ] || skip "needs ps"
	ends 0 env -u PATH "$cove" --root "$root" ps "$id"
	equal 2 "$(wc -l <<<"$output")"
	holds "$(head -n 1 <<<"$output")" UID PID CMD
	holds "$(tail -n 1 <<<"$output")" " $(pid_of) " "sleep 600"
	ends 0 oci ps "$id" -A -o ppid,pid,args
	holds "$(tail -n 1 <<<"$output")" " $(pid_of) sleep 600"
	ends 1 oci ps "$id" -A -o args
	holds "$error" "column PID"
	ends 1 oci ps "$id" --no-such
	holds "$error" "ps failed with status"
	ends 2 oci ps
}

@test "schemata of a class of service" {
	[ ! -e /sys/fs/resctrl/schemata ] || skip "resctrl is mounted"
	start
	ends 1 oci update --l3-cache-schema 'L3:0=7f0' --mem-bw-schema 'MB:0=20' "$id"
	holds "$error" "resctrl is not mounted"
	ends 2 oci update --mem-bw-schema 'L3:0=1' "$id"
	holds "$error" "begins with 'MB:'" "--mem-bw-schema"
}

@test "a container without a cgroup has none to be paused by" {
	oci --cgroup-manager disabled create --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1 3>&-
	oci --cgroup-manager disabled start "$id"
	ends 1 oci pause "$id"
	holds "$error" "has no cgroup of its own"
	equal "[$(pid_of)]" "$(oci ps --format json "$id")"
}

@test "options as engines write them" {
	ends 0 "$cove" checkpoint --help
	ends 1 oci checkpoint "$id"
	ends 2 "$cove" restore --lsm-mount-context
	holds "$error" "requires an argument"
	ends 1 "$cove" restore --lsm-mount-context system_u:object_r:x "$id"
	holds "$error" "not implemented"
	oci --log-format=json --rootless=true create -bundle "$bundle" --no-pivot=false "$id" </dev/null >/dev/null 2>&1 3>&- || true
	oci delete -f "$id"
	oci create "$id" -b "$bundle" </dev/null >/dev/null 2>&1 3>&-
	status_is created
	equal "cove version" "$("$cove" --version | grep version | cut -d ' ' -f 1,2)"
}

@test "explain: a bundle, even with a terminal, and a container; nothing is made" {
	configure "$bundle" '.process.terminal = true'
	ends 0 oci explain "$bundle/."
	holds "$output" "runs            sleep 600" "one of its own" "gate" "console"
	[ -z "$(oci list -q 2>/dev/null)" ]
	configure "$bundle" '.process.terminal = false'
	create
	ends 0 oci explain "$id"
	holds "$output" "runs            sleep 600" "record of container $id"
	lacks "$output" "console"
	ends 0 oci explain --json "$id"
	equal gate "$(jq -r '.steps[] | select(.step == "gate") | .step' <<<"$output")"
}

@test "in a user's directory root does what that user could" {
	needs_root
	create
	pid=$(pid_of)
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	chown -R 65534:65534 "$root"
	ends 0 oci list
	ends 1 oci kill "$id" KILL
	ends 1 oci delete --force "$id"
	exists "$pid"
	ends 1 oci create --bundle "$bundle" "$id-2"
	holds "$error" "belongs to user 65534"
	chown -R 0:0 "$root"
	oci delete --force "$id"
	gone "$pid"
}

@test "the user namespace of another container: files are made, exec works in both" {
	needs_root
	chown -R 100000:100000 "$bundle/rootfs"
	configure "$bundle" '.linux.namespaces += [{"type": "user"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	start
	one=$id
	configure "$bundle" 'del(.linux.uidMappings, .linux.gidMappings) | (.linux.namespaces[] |
		select(.type == "user")).path = $path' --arg path "/proc/$(pid_of)/ns/user"
	id=$prefix-two
	start
	for id in "$one" "$prefix-two"; do
		equal 0 "$(oci exec "$id" id -u)"
		equal "7 8" "$(oci exec --user 7:8 "$id" sh -c 'echo $(id -u) $(id -g)')"
		oci exec "$id" sh -c 'touch /dev/shm/x && test "$(stat -c %u /dev/shm)" = 0'
		equal 100000 "$(stat -c %u "/proc/$(pid_of)")"
	done
	equal "$(readlink "/proc/$(pid_of)/ns/user")" "$(oci exec "$one" busybox readlink /proc/self/ns/user)"
}

@test "only what the caller has open is passed on" {
	command_is "$bundle" sh -c 'cd /proc/self/fd; for fd in *; do [ ! -e $fd ] || echo $fd; done'
	# Of bats' own nothing stays open.
	local only='for fd in /proc/self/fd/*; do fd=${fd##*/}; [ "$fd" -le 2 ] || eval "exec $fd>&-"; done; "$@"'

	ends 2 bash -c "$only" bash "$cove" --root "$root" run --preserve-fds 1 --bundle "$bundle" "$id"
	holds "$error" "descriptor 3 is not open (--preserve-fds)"
	ends 2 bash -c "$only 3</dev/null" bash "$cove" --root "$root" run --preserve-fds 2 --bundle "$bundle" "$id"
	holds "$error" "descriptor 4 is not open"
	ends 0 bash -c "$only 3</dev/null" bash "$cove" --root "$root" run --preserve-fds 1 --bundle "$bundle" "$id"
	equal "0 1 2 3" "$(xargs <<<"$output")"
	ends 0 bash -c "export LISTEN_FDS=1; $only 3</dev/null" bash sh -c 'export LISTEN_PID=$$; exec "$@"' sh \
		"$cove" --root "$root" run --preserve-fds 1 --bundle "$bundle" "$id"
	equal "0 1 2 3" "$(xargs <<<"$output")"
}

@test "what a terminal shows is added to a file" {
	configure "$bundle" '.process.terminal = true'
	command_is "$bundle" echo middle
	{
		echo first
		oci run --bundle "$bundle" "$id" </dev/null
		echo last
	} >shown
	equal "first middle last" "$(tr -d '\r' <shown | xargs)"
}

@test "what is left out is said, on standard error or in the log" {
	configure "$bundle" '.process.capabilities.bounding += ["CAP_BOGUS"]'
	command_is "$bundle" true
	ends 0 oci run --bundle "$bundle" "$id"
	holds "$error" "cove: warning:" CAP_BOGUS
	ends 0 oci --log log run --bundle "$bundle" "$id"
	equal "" "$error"
	holds "$(<log)" level=warning CAP_BOGUS
}

@test "no limit is nothing to refuse" {
	configure "$bundle" '.linux.resources.pids.limit = -1 | .linux.resources.memory = {limit: -1, swap: -1}'
	command_is "$bundle" true
	ends 0 oci run --bundle "$bundle" "$id"
	configure "$bundle" '.linux.resources.pids.limit = 0'
	ends 0 oci run --bundle "$bundle" "$id"
}
