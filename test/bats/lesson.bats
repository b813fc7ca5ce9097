#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# The lesson: each program of examples/ from both sides, and each command of docs/lesson.md.
#
# A frame of the lesson (```console) is typed into one shell, in a folder where build/ is ours: "$ "
# are an ordinary user's lines, "# " root's, "> " go on. What a line prints must be what stands below
# it, where "..." is any text, or any lines when alone; blanks count as one, empty lines at the end
# as none; numbers from 256 on and 0x... may differ, but equal ones must be equal and different ones
# different; the user, his group and the machine are called ann and laptop.

bats_require_minimum_version 1.5.0

setup() {
	COVE_TREE=${COVE_TREE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
	COVE_BUILD=${COVE_BUILD:-$COVE_TREE/build}
	export COVE_TREE COVE_BUILD
	export PATH=$COVE_BUILD:$PATH:/usr/sbin:/sbin
	cd "$BATS_TEST_TMPDIR"
}

example() { # NAME [ARG...]
	local program=$COVE_BUILD/examples/$1
	[ -x "$program" ] || skip "examples are not built"
	run timeout 20 "$program" "${@:2}"
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

box_of() { # PID of cove: sets box to the process in it, once that has become sleep
	local tries=100
	until box=$(pgrep -x -P "$1" sleep); do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}

no_queues() {
	! ipcs -q | grep -q ^0x || skip "this machine has message queues of its own"
}

section() { # NUMBER
	[ -x "$COVE_BUILD/examples/01-child" ] || skip "examples are not built"
	checker | python3 - "$COVE_TREE/docs/lesson.md" "$1"
}

checker() {
	cat <<-'END'
	import contextlib, grp, os, pathlib, pwd, re, signal, socket, subprocess, sys, tempfile

	ROOT = os.geteuid() == 0
	LOCAL = {pwd.getpwuid(os.geteuid()).pw_name: "ann", grp.getgrgid(os.getegid()).gr_name: "ann",
	         socket.gethostname(): "laptop"}
	LOCAL |= {name[:10]: called for name, called in LOCAL.items()}  # as ipcs prints it
	if ROOT:
	    del LOCAL["root"]
	PART = re.compile(r"0x[0-9a-f]+|\d+|\s+|[^\d\s]+?(?=0x|\d|\s|$)")

	def frames(text, number):
	    """The frames of a section: lists of (command, lines that it prints)."""
	    part = re.search(rf"^## {number}\. .*?(?=^## |\Z)", text, re.M | re.S).group()
	    for frame in re.findall(r"^```console\n(.*?)^```$", part, re.M | re.S):
	        commands = []
	        for line in frame.splitlines():
	            if line[:2] in ["$ ", "# "]:
	                commands.append(([line[2:]], []))
	            elif line[:2] == "> ":
	                commands[-1][0].append(line[2:])
	            else:
	                commands[-1][1].append(line)
	        yield frame[0], [("\n".join(command), lines) for command, lines in commands]

	SETTLE = 'n=0; until pgrep -x -P $! sleep >&9 || [ $((n += 1)) -gt 100 ]; do sleep 0.05; done\n'

	def type_in(commands):
	    """What each command prints. After one with '&' we wait, as people do, till the box sleeps."""
	    with tempfile.TemporaryFile() as out, tempfile.TemporaryDirectory() as place:
	        os.symlink(os.environ["COVE_BUILD"], place + "/build")
	        os.chmod(place, 0o755)
	        script = "exec 9>/dev/null\n"
	        for command, _ in commands:
	            script += command + "\n" + (SETTLE if command.endswith("&") else "")
	            script += 'status=$?; echo "@@@"; (exit $status)\n'
	        shell = subprocess.Popen(["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=out,
	                                 stderr=out, cwd=place, start_new_session=True)
	        try:
	            shell.wait(60)
	        finally:
	            with contextlib.suppress(ProcessLookupError):
	                os.killpg(shell.pid, signal.SIGKILL)
	        out.seek(0)
	        return out.read().decode(errors="replace").split("@@@\n")[:-1]

	def localize(text):
	    for name, called in LOCAL.items():
	        text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", called, text)
	    return text

	def pattern(lines):
	    """A regular expression for wanted lines, and which of its groups hold which numbers."""
	    expression, numbers = "", []
	    for line in lines:
	        if line == "...":
	            expression += r"(?:.*\n)*?"
	            continue
	        for part in re.split(r"(\.\.\.)", line.strip()):
	            if part == "...":
	                expression += ".*?"
	                continue
	            for word in PART.findall(part):
	                if word.isspace():
	                    expression += r"[ \t]+"
	                elif word[:2] == "0x" or word.isdigit() and int(word) >= 256:
	                    expression += r"(0x[0-9a-f]+|\d+)"
	                    numbers.append(word)
	                else:
	                    expression += re.escape(word)
	        expression += r"\n"
	    return expression, numbers

	def differs(commands, outputs):
	    there, here = {}, {}
	    for (command, lines), output in zip(commands, outputs):
	        text = "".join(line.strip() + "\n" for line in localize(output).rstrip().splitlines())
	        expression, numbers = pattern(lines)
	        found = re.fullmatch(expression, text)
	        pairs = zip(numbers, found.groups()) if found else []
	        if not found or not all(there.setdefault(a, b) == b and here.setdefault(b, a) == a
	                                for a, b in pairs):
	            return f"{command}\nwants:\n" + "\n".join(lines) + "\nbut prints:\n" + text
	    return None if len(outputs) == len(commands) else "the shell ended before its last command"

	def main(path, section):
	    failed = 0
	    for prompt, commands in frames(pathlib.Path(path).read_text(), section):
	        if (prompt == "#") == ROOT:
	            wrong = differs(commands, type_in(commands))
	            failed += wrong is not None
	            print(wrong or "")
	    return 1 if failed else 0

	if __name__ == "__main__":
	    sys.exit(main(*sys.argv[1:]))
	END
}

# ---- the programs ----

@test "01-child: a child, then the parent" {
	example 01-child
	[ "$output" = $'inside the container\nback at the parent' ]
}

@test "02-uts: two host names" {
	example 02-uts
	[ "$output" = "inside: container"$'\n'"outside: $(uname -n)" ]
}

@test "03-ipc: a queue inside, and no new one outside" {
	local before
	before=$(ipcs -q)
	example 03-ipc
	[ "$(sed -n '/^inside/,/^outside/p' <<<"$output" | grep -c ^0x)" -eq 1 ]
	[ "$(sed '1,/^outside/d' <<<"$output" | sed '/^$/d')" = "$(sed '/^$/d' <<<"$before")" ]
}

@test "04-pid: process 1 inside, another number outside" {
	example 04-pid
	[ "${lines[0]}" = "inside: process 1" ]
	[[ ${lines[1]} =~ ^outside:\ process\ [0-9]+$ ]]
	[ "${lines[1]}" != "outside: process 1" ]
}

@test "05-mount: a file inside, none outside" {
	example 05-mount
	[ "${lines[0]}" = "inside: /mnt/note says secret" ]
	[ "${lines[1]}" = "outside: /mnt/note does not exist" ]
	[ ! -e /mnt/note ]
}

@test "06-net: only lo inside, and that is up; outside all devices" {
	example 06-net
	[ "$(sed -n '/^inside/,/^outside/p' <<<"$output" | grep -vc side:)" -eq 1 ]
	[[ ${lines[1]} == lo*,UP,* ]]
	[ "$(sed '1,/^outside/d' <<<"$output" | wc -l)" -eq "$(ip -br link | wc -l)" ]
}

@test "07-user: user 0 inside, who we are outside" {
	example 07-user
	[[ ${lines[0]} =~ ^inside:\ user\ 0,\ map\ 0\ "$(id -u)"\ 1$ ]]
	[ "${lines[1]}" = "outside: user $(id -u)" ]
}

@test "08-cgroup: all groups are / inside, and what they are outside" {
	example 08-cgroup
	[ -z "$(sed -n '/^inside/,/^outside/p' <<<"$output" | grep -v side: | grep -v ':/$')" ]
	[ "$(sed '1,/^outside/d' <<<"$output")" = "$(cat /proc/self/cgroup)" ]
}

@test "09-time: 48 hours more inside" {
	example 09-time
	local inside=${lines[0]//[!0-9]/} outside=${lines[1]//[!0-9]/}
	[ $((inside - outside)) -ge $((48 * 3600 - 60)) ]
	[ $((inside - outside)) -le $((48 * 3600)) ]
}

@test "10-join: the second command is where the first one is" {
	example 10-join
	[ "$output" = "joined: container" ]
}

@test "tiny-container: all eight are new, it is small, and ends as its command does" {
	example tiny-container readlink /proc/self/ns/{user,mnt,pid,net,ipc,uts,cgroup,time}
	local mine ns
	for ns in user mnt pid net ipc uts cgroup time; do
		mine=$(readlink /proc/self/ns/$ns)
		[[ $output == *"$ns:["* && $output != *"$mine"* ]]
	done
	example tiny-container sh -c 'id -u; hostname; pwd; ls /proc | grep -c "^[0-9]"'
	[ "${lines[0]} ${lines[1]} ${lines[2]}" = "0 container /home" ]
	[ "${lines[3]}" -lt 6 ]
	run "$COVE_BUILD/examples/tiny-container" sh -c 'touch /usr/x'
	[ "$status" -ne 0 ]
	run "$COVE_BUILD/examples/tiny-container" sh -c 'exit 7'
	[ "$status" -eq 7 ]
	PATH=/usr/bin:/bin run -127 "$COVE_BUILD/examples/tiny-container" no-such-command
	[[ $output == *"cannot find the command 'no-such-command'"* ]]
}

@test "tiny-container from outside: all eight links differ, and it dies with the program" {
	[ -x "$COVE_BUILD/examples/tiny-container" ] || skip "examples are not built"
	local pid mine box tries ns
	"$COVE_BUILD/examples/tiny-container" sleep 30 3>&- &
	pid=$!
	for ((tries = 100; tries; tries--)); do
		box=$(pgrep -P $pid) && box=$(pgrep -x -P "$box" sleep) && break
		sleep 0.05
	done
	for ns in user mnt pid net ipc uts cgroup time; do
		mine=$(readlink /proc/self/ns/$ns)
		[ -n "$(readlink "/proc/$box/ns/$ns")" ]
		[ "$(readlink "/proc/$box/ns/$ns")" != "$mine" ]
	done
	kill -KILL $pid
	wait $pid || :
	for ((tries = 100; tries; tries--)); do
		[ -e "/proc/$box" ] || break
		sleep 0.05
	done
	[ ! -e "/proc/$box" ]
}

@test "one namespace is one: each --only changes its own link and no other but user" {
	local pid ns other link
	for ns in user mnt pid net ipc uts cgroup; do
		"$COVE_BUILD/cove" box --only $ns -- sleep 30 3>&- &
		pid=$!
		box_of $pid
		for other in user mnt pid net ipc uts cgroup time; do
			link=$(readlink "/proc/$box/ns/$other")
			if [ $other = $ns ]; then
				[ "$link" != "$(readlink /proc/self/ns/$other)" ]
			elif [ $other != user ] || [ "$(id -u)" -eq 0 ]; then
				[ "$link" = "$(readlink /proc/self/ns/$other)" ]
			fi
		done
		kill -KILL $pid "$box"
		wait $pid || :
	done
}

@test "programs are at most 40 lines, and compile by themselves without warnings" {
	local source
	for source in "$COVE_TREE"/examples/*.c; do
		[ "$(wc -l <"$source")" -le 40 ] || { echo "$source: too long"; return 1; }
		cc -std=gnu17 -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wswitch-enum \
			-Wvla -Werror -fsyntax-only -I"$COVE_TREE/include" "$source"
	done
}

# ---- the text ----

@test "lesson 1: a child" { section 1; }
@test "lesson 2: three calls" { section 2; }
@test "lesson 3: uts" { section 3; }
@test "lesson 4: ipc" { no_queues; section 4; }
@test "lesson 5: pid" { section 5; }
@test "lesson 6: mnt" { section 6; }
@test "lesson 7: net" { section 7; }
@test "lesson 8: user" { section 8; }
@test "lesson 9: cgroup" { section 9; }
@test "lesson 10: time" { section 10; }
@test "lesson 11: a container" { section 11; }

@test "lesson: no section without a test" {
	local titles
	titles=$(grep -c '^## ' "$COVE_TREE/docs/lesson.md")
	[ "$titles" -eq "$(grep -c '^@test .*section [0-9]' "$BATS_TEST_FILENAME")" ]
	grep -q "^## $titles\. " "$COVE_TREE/docs/lesson.md"
}

@test "lesson: quoted programs are as they are in examples/, each is quoted, all links lead somewhere" {
	python3 - "$COVE_TREE" <<-'END'
	import pathlib, re, sys
	tree = pathlib.Path(sys.argv[1])
	quoted, program = set(), None
	text = (tree / "docs/lesson.md").read_text()
	for link, code in re.findall(r"\]\(\.\./(examples/[\w-]+\.c)\)|^```c\n(.*?)^```$", text, re.M | re.S):
	    if link:
	        program = link
	    else:
	        assert code in (tree / program).read_text(), f"not in {program}:\n{code}"
	        quoted.add(program)
	there = {f"examples/{path.name}" for path in (tree / "examples").glob("*.c")}
	assert quoted == there, quoted ^ there
	titles = {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in re.findall(r"^## (.*)$", text, re.M)}
	links = set(re.findall(r"\]\(#(.*?)\)", text))
	assert links == titles, links ^ titles
	END
}

@test "lesson: the comparison sees what is wrong" {
	checker >checker.py
	python3 - <<-'END'
	from checker import differs
	two = [("x", ["uts:[4026531838]", "uts:[4026532177]"])]
	assert not differs(two, ["uts:[5000]\nuts:[6000]\n"])
	assert differs(two, ["uts:[5000]\nuts:[5000]\n"])
	assert differs([("x", ["uts:[5000]", "uts:[5000]"])], ["uts:[5000]\nuts:[6000]\n"])
	assert differs(two, ["uts:[5000]\n"])
	assert differs(two, ["uts:[5000]\nuts:[6000]\nmore\n"])
	assert differs(two, [])
	assert differs([("x", ["143"])], ["0\n"])
	assert differs([("x", ["a"])], ["b\n"])
	assert differs([("x", [])], ["b\n"])
	assert not differs([("x", ["a  1...c", "...", "z"])], ["a 1 b c\nanything\nat all\nz\n"])
	assert differs([("x", ["a", "...", "z"])], ["a\nanything\n"])
	END
}
