#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# The box's own terminal, in a real one: tmux shows it, a shell with job control starts cove in it.

load helpers

setup() {
	cove_setup
	export TMUX_TMPDIR=$BATS_TEST_TMPDIR COVE=$cove
	unset TMUX
	printf "PS1='%s'\n" 'ready> ' >rc
}

teardown() {
	tmux kill-server 2>/dev/null || true
	cove_teardown
}

# A terminal of 80 x 24 with a shell in it.
open_terminal() { # COMMAND
	tmux -f /dev/null new-session -d -x 80 -y 24 "${1:-bash --noprofile --rcfile rc -i}" 3>&-
	soon shows 'ready>'
}

# What is typed before the box has gone is the box's: a command for the shell waits for that.
type_line() {
	[[ $1 != *'$COVE box'* ]] || soon no_box_here
	tmux send-keys -l "$1"
	tmux send-keys Enter
}

screen() {
	tmux capture-pane -p -J
}

shows() { # TEXT
	screen | grep -qF -- "$1"
}

shows_line() { # LINE, whole
	screen | grep -qxF -- "$1"
}

# The cove that runs in this terminal: other suites have theirs at the same time.
box_here() {
	local pid

	for pid in $(descendants "$(tmux display-message -p '#{pane_pid}')"); do
		[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") != "$cove box"* ]] || {
			echo "$pid"
			return
		}
	done
	return 1
}

no_box_here() {
	! box_here >/dev/null
}

# The mode of the terminal, as the shell's stty says, into the file NAME.
save_mode() { # NAME
	type_line "stty -g >$1"
	soon has_text "$1"
}

same_mode() {
	save_mode after
	equal "$(<before)" "$(<after)"
	type_line 'echo still" "here'
	soon shows_line 'still here'
}

@test "terminal: of its own, in a session of its own, and pid 1 leads it" {
	open_terminal
	type_line '$COVE box -- sh -c "tty; test -t 0 && test -t 1 && test -t 2 && echo all; ps -o sid=,tpgid= \$\$; stty size"; echo "status $?"'
	soon shows 'status 0'
	soon shows_line '/dev/pts/0'
	soon shows_line 'all'
	screen | grep -qxE ' +1 +2'
	soon shows_line '24 80'
}

@test "terminal: pipes and files stay what they are" {
	open_terminal
	type_line '$COVE box -- sh -c "test -t 2 && ! test -t 1 && test -t 0 && echo right" | cat'
	soon shows_line 'right'
	type_line '$COVE box -- sh -c "test -t 0 && test -t 1 && ! test -t 2 && tty" 2>errors'
	soon shows_line '/dev/pts/0'
	type_line 'echo typed | $COVE box -- cat'
	soon shows_line 'typed'
	type_line '$COVE box -- sh -c "echo data; tty >&2" >out'
	soon has_text out data
	equal data "$(<out)"
}

@test "terminal: none where none is asked for, or with --only" {
	open_terminal
	type_line '$COVE box --no-tty -- sh -c "test -t 0 && ! test -e /dev/pts/0 && echo shared"'
	soon shows_line 'shared'
	type_line '$COVE box --only uts -- tty'
	soon shows_line "$(tmux display-message -p '#{pane_tty}')"
}

@test "terminal: --tty makes one of pipes" {
	ends 0 box --tty -- sh -c 'tty; read line; echo "read $line"' <<<'typed text'
	holds "$output" /dev/pts/0 'read typed text'
	ends 5 box --tty -- sh -c 'cat >/dev/null; exit 5' </dev/null
}

@test "terminal: --tty sees the end of a pipe" {
	ends 0 timeout 20 sh -c 'echo typed | "$1" box --tty -- sh -c "cat >/dev/null; echo over"' - "$cove"
	holds "$output" over
}

@test "terminal: ^C ends the command, and only that" {
	open_terminal
	save_mode before
	type_line 'for i in 1 2; do $COVE box -- sh -c "echo run\"\"ning $i; exec sleep 600"; done'
	soon shows_line 'running 1'
	tmux send-keys C-c
	soon no_box_here
	type_line 'echo "status $?"'
	soon shows 'status 130'
	! shows 'running 2'
	same_mode
}

@test "terminal: ^Z stops the command and cove, fg goes on" {
	open_terminal
	save_mode before
	type_line '$COVE box -- sh -c "trap \"echo go\"\"es on; exit 3\" CONT; echo run\"\"ning; while :; do sleep 0.1; done"; echo "status $?"'
	soon shows_line 'running'
	tmux send-keys C-z
	soon shows 'Stopped'
	soon shows_line 'status 148'
	same_mode
	type_line 'fg; echo "status $?"'
	soon shows_line 'goes on'
	soon shows_line 'status 3'
	same_mode
}

@test "terminal: ^Z in a shell of the box stops that shell's job" {
	open_terminal
	type_line '$COVE box -e PS1="in> " -- bash --norc --noprofile -i'
	soon shows 'in>'
	type_line 'sleep 600'
	sleep 0.3
	tmux send-keys C-z
	soon shows 'Stopped'
	type_line 'jobs; kill %1; echo ob"ey"ed'
	soon shows_line 'obeyed'
	type_line "exec sh -c 'exit 9'"
	soon no_box_here # else it gets the next line, too
	type_line 'echo "status $?"'
	soon shows_line 'status 9'
}

@test "terminal: in the background it shows but takes nothing, and fg gives it the keyboard" {
	open_terminal
	save_mode before
	type_line '$COVE box -- sh -c "sleep 0.3; echo sho\"\"wn; read line; echo \"read \$line\"" &'
	soon shows 'shown'
	same_mode
	type_line 'fg'
	sleep 0.5
	type_line 'something'
	soon shows_line 'read something'
	rm after
	same_mode
}

@test "terminal: another size is told" {
	open_terminal
	type_line '$COVE box -- sh -c "trap \"stty size\" WINCH; echo wait\"\"ing; while :; do sleep 0.1; done"'
	soon shows_line 'waiting'
	tmux resize-window -x 100 -y 40
	soon shows_line '40 100'
}

@test "terminal: after SIGKILL of cove the mode is as before, and nothing lives" {
	printf 'stty -g >before; echo "ready> "; $COVE box -- sh -c "echo run\"\"ning; exec sleep 600"\necho "status $?"; stty -g >after; exec sleep 600' >script
	open_terminal "dash script"
	soon shows_line 'running'
	host=$(box_here)
	inside=$(descendants "$host")
	kill -KILL "$host"
	soon shows 'status 137'
	soon has_text after
	# dash does not look after the terminal; the guard is as quick as dash is.
	sleep 0.2
	equal "$(<before)" "$(stty -g <"$(tmux display-message -p '#{pane_tty}')")"
	for pid in $inside; do
		soon gone "$pid"
	done
}

@test "terminal: the time is over, a signal comes, the set-up fails: the mode is as before" {
	open_terminal
	save_mode before
	type_line '$COVE box --time 0.3 -- sleep 600; echo "status $?"'
	soon shows_line 'status 124'
	same_mode
	rm after
	type_line '$COVE box -- sleep 600; echo "status $?"'
	soon box_here
	sleep 0.2
	kill -TERM "$(box_here)"
	soon shows_line 'status 143'
	same_mode
	rm after
	for step in session caps fork exec; do
		type_line "clear; \$COVE box --fault $step:fail -- true; echo \"status \$?\""
		soon shows_line 'status 125'
	done
	same_mode
}

@test "terminal: what is written last is shown, much or little" {
	open_terminal
	type_line '$COVE box -- sh -c "seq 20000; echo the last line"; echo "status $?"'
	soon shows_line 'the last line'
	soon shows_line 'status 0'
	ends 0 box --tty -- sh -c 'seq 100000' </dev/null
	equal "$(seq 100000 | tr -d '\n' | md5sum)" "$(tr -d '\r\n' <.out | md5sum)"
}

@test "terminal: who lets go of it can open it again" {
	ends 0 box --tty -- sh -c 'exec 0<&- 1>&- 2>&-; sleep 0.3; seq 5000 >/dev/tty' </dev/null
	equal 5000 "$(tail -n 1 <<<"$output" | tr -d '\r')"
}

@test "terminal: characters pushed into it reach no shell outside" {
	open_terminal
	type_line "\$COVE box -- $python -c 'import fcntl
for fd in (0, 1, 2):
    for c in \"touch pushed\\n\":
        try: fcntl.ioctl(fd, 0x5412, c.encode())
        except OSError: pass
'; echo \"status \$?\""
	soon shows 'status 0'
	type_line 'echo the n"e"xt'
	soon shows_line 'the next'
	[ ! -e pushed ]
}

@test "terminal: with the output elsewhere it is out of reach, and so is the process group" {
	open_terminal
	cat >script <<-END
		"$cove" box -- sh -c 'kill -USR1 0; sleep 0.2; echo no' </dev/null >out 2>&1
		echo alive >>out
		"$cove" box -- sh -c 'echo x >/dev/tty || echo none' </dev/null >>out 2>&1
		"$cove" box --same-session -- sh -c 'echo seen >/dev/tty' </dev/null >>out 2>&1
		echo end >>out
	END
	type_line 'bash script'
	soon has_text out end
	equal "alive none end" "$(grep -x 'no\|alive\|none\|end' out | xargs)"
	soon shows_line 'seen'
}

@test "terminal: ^C and ^Z reach a command whose output is piped" {
	open_terminal
	save_mode before
	type_line '$COVE box -- sh -c "echo run\"\"ning >&2; exec sleep 600" | cat'
	soon shows_line 'running'
	tmux send-keys C-z
	soon shows 'Stopped'
	type_line 'fg'
	sleep 0.3
	tmux send-keys C-c
	soon no_box_here
	type_line 'echo "status ${PIPESTATUS[0]}"'
	soon shows 'status 130'
	same_mode
}

@test "terminal: a command that stops cove gains no time" {
	open_terminal
	type_line '$COVE box --time 1 -- sh -c "(while :; do sleep 0.2; date >>ticks; done) & kill -STOP \$\$"'
	soon shows 'Stopped'
	sleep 1.5
	before=$(wc -l <ticks)
	sleep 0.7
	equal "$before" "$(wc -l <ticks)"
	type_line 'fg; echo "status $?"'
	soon shows_line 'status 124'
}

@test "terminal: keys for a pager whose input is piped" {
	open_terminal
	type_line 'echo data | $COVE box -- sh -c "read line; read key </dev/tty; echo \"got \$line, \$key\""'
	sleep 0.7
	type_line 'typed'
	soon shows_line 'got data, typed'
}

@test "terminal: it belongs to the command's user" {
	needs_root
	open_terminal
	type_line '$COVE box --user 1234:1234 -- sh -c "stat -c %u \$(tty); echo wri\"\"ten >/dev/tty"'
	soon shows_line '1234'
	soon shows_line 'writen'
}

@test "terminal: a session of its own without one" {
	ends 0 box --new-session --no-tty -- sh -c 'ps -o sid= $$'
	equal 1 $((output))
	ends 0 box --only uts --new-session -- sh -c 'ps -o sid=,pid= $$'
	read -r sid pid <<<"$output"
	equal "$pid" "$sid"
}

@test "terminal: a box without a /dev says so" {
	mkdir -p root/bin
	cp "$(command -v busybox)" root/bin/
	ends 125 box --only mnt --rootfs "$PWD/root" --tty -- /bin/busybox true
	holds "$error" "'session' (inside)" /dev/ptmx --no-tty
}
