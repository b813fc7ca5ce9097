#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# What cove says: explanations, configuration, traces, help, completion, errors for programs.

load helpers

setup() {
	cove_setup
}

teardown() {
	cove_teardown
}

rich=(--hostname web --boottime 1h --root --cap-add net_admin --ro /etc:/mnt --tmpfs /run/x:size=1M
	--symlink a:/run/b --file /run/c=text --env a=b --rlimit nofile=100 --umask 077 --nice 5)

@test "explain: the summary and every step, where it happens and why" {
	ends 0 "$cove" explain box --hostname web -- sh -c 'exit 3'
	holds "$output" "The command" "On the host" "Inside" spawn ids.map hostname mount.attach exec running \
		"host name web" "[--hostname web]" "[default]"
	equal "" "$error"
	steps=$(sed -n 's/^ *\([0-9][0-9]*\)  [a-z].*/\1/p' <<<"$output")
	equal "$(seq "$(wc -l <<<"$steps")")" "$steps"
}

@test "explain: box --explain is the same" {
	equal "$("$cove" explain box "${rich[@]}" -- true)" "$(box --explain "${rich[@]}" -- true)"
	equal "$("$cove" explain --json box "${rich[@]}" -- true)" "$(box --explain --json "${rich[@]}" -- true)"
	equal "$("$cove" explain --json box -- true)" "$("$cove" explain box --json -- true)"
}

@test "explain --json: valid, with numbered steps and origins" {
	"$cove" explain --json box "${rich[@]}" -- true >plan.json
	jq -e '.steps | length > 10 and ([.[].number] == [range(1; length + 1)])' plan.json
	jq -e 'all(.steps[]; (.step | type) == "string" and (.side == "host" or .side == "inside") and
		(.does | length > 0))' plan.json
	jq -e '[.steps[].does[].origin] | index("--hostname web") and index("--boottime 1h")' plan.json
	jq -e '.summary | map(.about) | index("runs") and index("network")' plan.json
}

@test "explain says what a run does: the steps of both are the same" {
	box --trace trace.json "${rich[@]}" -- true
	"$cove" explain --json box "${rich[@]}" -- true >plan.json
	equal "$(jq -r '.steps[].step' plan.json)" \
		"$(jq -r '[.traceEvents[] | select(.ph == "X" and .name != "command")] | .[].name' trace.json)"
}

@test "explain: texts from outside cannot break it" {
	name=$'a\e[31m\n"\\\x01é\xff'
	"$cove" explain --json box --env "x=$name" --ro "/etc:/mnt/$name" -- "$name" >plan.json
	jq -e . plan.json >/dev/null
	box --print-config --env "x=$name" -- "$name" | jq -e . >/dev/null
	ends 0 "$cove" explain box --ro "/etc:/mnt/$name" -- "$name"
	lacks "$output" $'\e' $'\x01'
	ends 125 box --ro "/nowhere/$name" -- true
	lacks "$error" $'\e' $'\x01'
}

@test "explain: nothing is forked, mounted, written or entered" {
	command -v strace >/dev/null || skip "needs strace"
	[ -z "${COVE_SANITIZED-}" ] || skip "an instrumented cove does more than cove"
	strace -f -o calls "$cove" explain box "${rich[@]}" -- true >/dev/null || skip "cannot trace here"
	equal 0 "$(grep -cE '(clone|fork|vfork|clone3|unshare|setns|mount|move_mount|fsopen|fsmount|open_tree|mount_setattr|pivot_root|chroot|mkdir|mkdirat|unlink|rename|symlink|sethostname|memfd_create|kill|prlimit64|capset|setuid|setresuid|connect)\(' \
		<(grep -v 'prlimit64(0, [A-Z_]*, NULL' calls))"
	equal 0 "$(grep -E 'open(at|at2)?\(' calls | grep -cE 'O_(WRONLY|RDWR|CREAT)')"
	for how in --print-config --help; do
		strace -f -o calls "$cove" box "$how" -- true >/dev/null
		equal 0 "$(grep -cE '(clone|fork|vfork|clone3|unshare|setns|mount|fsopen)\(' calls)"
	done
}

@test "explain: the user namespace that --only needs is said" {
	"$cove" explain box --only uts -- true >out
	if is_root; then
		lacks "$(<out)" "ids.map"
	else
		holds "$(<out)" "ids.map" "needed without privilege"
	fi
}

@test "explain of nothing, or of something else" {
	ends 1 "$cove" explain nothing
	holds "$error" "container does not exist: 'nothing'" "cove explain box"
	for arguments in "" "--json" "box --nonsense" "--nonsense box"; do
		# shellcheck disable=SC2086
		ends 2 "$cove" explain $arguments
		[ -n "$error" ]
	done
}

@test "--print-config: an OCI configuration" {
	box --print-config "${rich[@]}" -- sh -c 'exit 3' >config.json
	jq -e '.ociVersion | startswith("1.")' config.json
	jq -e '.process.args == ["sh", "-c", "exit 3"] and .process.noNewPrivileges and .process.user.uid == 0' config.json
	jq -e '.process.env | index("a=b")' config.json
	jq -e '.process.rlimits == [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 100}]' config.json
	jq -e '.process.capabilities | .bounding == .permitted and (.effective | index("CAP_NET_ADMIN"))' config.json
	jq -e '.process.user.umask == 63' config.json
	jq -e '.hostname == "web" and (.root.path | type) == "string"' config.json
	jq -e '[.linux.namespaces[].type] | sort == ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]' config.json
	jq -e --argjson uid "$(id -u)" '.linux.uidMappings == [{"containerID": 0, "hostID": $uid, "size": 1}]' config.json
	jq -e '.linux.timeOffsets.boottime.secs == 3600' config.json
	jq -e '.mounts | map(select(.destination == "/mnt"))[0] | .source == "/etc" and (.options | index("ro") or index("rro"))' config.json
	jq -e 'all(.mounts[]; (.destination | startswith("/")) and (.options | type) == "array")' config.json
}

@test "--print-config: a root of its own, and what is not asked for is not there" {
	mkdir root
	box --print-config --rootfs root -- true >config.json
	jq -e --arg root "$PWD/root" '.root == {"path": $root, "readonly": true}' config.json
	box --print-config --rootfs root:rw -- true >config.json
	jq -e '.root.readonly != true' config.json
	jq -e '.process | has("rlimits") | not' config.json
	jq -e '.linux | has("timeOffsets") | not' config.json
	jq -e '[.linux.namespaces[].type] | index("time") | not' config.json
	box --print-config --share net,uts -- true >config.json
	jq -e '[.linux.namespaces[].type] | (index("network") or index("uts")) | not' config.json
}

@test "--trace FILE: a Chrome trace of both sides and the command" {
	ends 3 box --trace trace.json -- sh -c 'exit 3'
	equal "" "$output$error"
	jq -e '.traceEvents | map(select(.ph == "M").args.name) | sort == ["host", "inside"]' trace.json
	jq -e '[.traceEvents[] | select(.ph == "X")] | all(.[]; .ts >= 0 and .dur >= 0 and (.tid | type) == "number")' trace.json
	jq -e '[.traceEvents[] | select(.ph == "X").name] | index("spawn") and index("exec") and index("running") and index("command")' trace.json
	box --trace trace.json --no-init -- true
	jq -e '[.traceEvents[] | select(.ph == "X").name] | index("exec")' trace.json
	box --trace trace.json --boottime 1h --share pid -- true
	jq -e '[.traceEvents[] | select(.ph == "X").name] | index("exec")' trace.json
}

@test "--trace -: a table on standard error" {
	ends 0 box --trace - -- echo through
	equal through "$output"
	holds "$error" spawn exec running "the box was made in"
	"$cove" explain --json box -- true | jq -r '.steps[].step' >steps
	equal "$(<steps)" "$(awk '$1 == "host" || $1 == "inside" { print $2 }' <<<"$error")"
	lacks "$error" " -"
}

@test "--trace into a place that is not there" {
	ends 125 box --trace /nowhere/x -- true
	holds "$error" /nowhere/x
}

@test "errors for programs: --json" {
	ends 125 box --json --ro /nowhere -- true
	equal "" "$output"
	equal "125 mount.open inside --ro /nowhere ENOENT /nowhere" \
		"$(jq -r '[.status, .step, .side, .origin, .errno, .object] | join(" ")' <<<"$error")"
	ends 127 box --json -- cove-no-such-command
	equal "127 exec ENOENT" "$(jq -r '[.status, .step, .errno] | join(" ")' <<<"$error")"
	ends 2 box --json --net bridge -- true
	equal 2 "$(jq -r .status <<<"$error")"
}

@test "errors for people: what, where, why, what to do" {
	ends 125 box --ro /nowhere -- true
	holds "$error" "cove: cannot share '/nowhere': No such file or directory" "'mount.open' (inside)" \
		"asked for by --ro /nowhere"
	number=$("$cove" explain --json box --ro /nowhere -- true | jq '.steps[] | select(.step == "mount.open").number')
	holds "$error" "step $number "
}

@test "help: of cove, of every command, on standard output" {
	ends 0 "$cove" help
	holds "$output" "Usage: cove" box explain
	equal "$output" "$("$cove" --help)"
	equal "$output" "$("$cove" -h)"
	for arguments in "box --help" "box -h" "help box"; do
		# shellcheck disable=SC2086
		ends 0 "$cove" $arguments
		holds "$output" Namespaces Identity Files Process --only --hostname --rootfs --seccomp
		lacks "$output" --fault
		[ "$(awk 'length > 100' <<<"$output" | wc -l)" -eq 0 ]
	done
	ends 0 "$cove" help explain
	holds "$output" --json
	ends 2 "$cove"
	ends 2 "$cove" help nothing
}

@test "help: every option that is offered is known, and takes what it says" {
	"$cove" help box | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u >options
	[ "$(wc -l <options)" -gt 35 ]
	while read -r option; do
		"$cove" explain box "$option" 2>err >/dev/null || true
		lacks "$(<err)" "unknown option"
	done <options
}

@test "version" {
	ends 0 "$cove" version
	[[ $output =~ ^"cove version "[0-9]+\.[0-9]+ ]]
	equal 1 "$(grep -c version <<<"$output")" # engines read every line with that word
	holds "$output" "commit: " "spec: 1."
	equal "$output" "$("$cove" --version)"
}

@test "output that cannot be written is an error" {
	for arguments in version help "box --help" "explain box" "box --print-config"; do
		# shellcheck disable=SC2086
		ends 125 sh -c '"$0" "$@" >/dev/full' "$cove" $arguments
		holds "$error" "cannot write"
	done
}

@test "did you mean: commands and options" {
	ends 2 "$cove" bos
	holds "$error" "unknown command 'bos'" "did you mean 'cove box'?"
	ends 2 "$cove" zzzzzzzz
	holds "$error" "unknown command 'zzzzzzzz'" "cove help"
	ends 2 box --hostnam x -- true
	holds "$error" "unknown option '--hostnam'" "did you mean '--hostname'?"
	ends 2 box -X -- true
	ends 2 box --hostname
	holds "$error" "--hostname"
	ends 2 box --root=1 -- true
	holds "$error" "--root"
}

@test "options in both ways of writing" {
	equal web "$(box --hostname=web -- uname -n)"
	equal web "$(box --hostname web -- uname -n)"
	equal "5 /" "$(box -u5 -C/ -- sh -c 'echo $(id -u) $PWD')"
	equal web "$(box --hostname first --hostname web uname -n)"
}

@test "completion: scripts that the shells can read" {
	"$cove" completion bash >bash
	bash -n bash
	holds "$(<bash)" --hostname box
	lacks "$(grep options= bash)" --fault
	"$cove" completion zsh >zsh
	holds "$(<zsh)" "#compdef cove" --hostname
	! command -v zsh >/dev/null || zsh -n zsh
	"$cove" completion fish >fish
	holds "$(<fish)" "complete -c cove" hostname
	! command -v fish >/dev/null || fish -n fish
	ends 2 "$cove" completion tcsh
	ends 2 "$cove" completion
}

@test "completion: bash offers commands, options and choices" {
	"$cove" completion bash >script
	offers() { # WORD...: what is offered for the last one
		bash --norc -c 'source ./script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"
			COMP_POINT=${#COMP_LINE}
			$(complete -p cove | sed "s/.*-F \([^ ]*\).*/\1/") cove "${@: -1}" "${@: -2:1}"
			printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sed 's/ *$//'
	}
	equal box "$(offers cove bo)"
	holds "$(offers cove box --host)" --hostname
	holds "$(offers cove box --net '')" none host
	holds "$(offers cove box --only '')" uts pid
	holds "$(offers cove explain --js)" --json
}
