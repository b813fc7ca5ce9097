#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# Every step fails, dies and hangs in turn, on its side; each side is killed while it hangs.
# Afterwards there is an error that says so, and nothing is left.

load helpers

setup() {
	cove_setup
	mkdir tmp
	export TMPDIR=$PWD/tmp
}

teardown() {
	cove_teardown
}

# Runs all faults of all steps that the options want. What loses its parent becomes a child of this
# program, so that nothing can be left without being seen.
driver() { # BOX-OPTION...
	"$python" - "$cove" "$@" <<-'END'
		import ctypes, glob, json, os, signal, subprocess, sys, time

		COVE, OPTIONS = sys.argv[1], sys.argv[2:]
		COMMAND = ["--", "sh", "-c", "echo ran >ran; exit 7"]
		SUBREAPER, LIMIT, failures = 36, 20, []
		ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)

		def host():
		    """What must be as before."""
		    cgroups = sorted(root for root, _, _ in os.walk("/sys/fs/cgroup") if "cove" in root and "-test" not in root)
		    files = glob.glob("/tmp/*cove*") + glob.glob("/run/*cove*") + glob.glob("/dev/shm/*cove*")
		    return {"mounts": open("/proc/self/mountinfo").read(), "cgroups": cgroups,
		            "files": sorted(f for f in files if "-test" not in f and f not in ["/run/cove", "/run/cove-filters"]), "tmp": os.listdir(os.environ["TMPDIR"]),
		            "name": os.uname().nodename, "descriptors": os.listdir("/proc/self/fd")}

		def children(pid):
		    try:
		        return [int(p) for p in open(f"/proc/{pid}/task/{pid}/children").read().split()]
		    except OSError:
		        return []

		def soon(what, *arguments):
		    end = time.monotonic() + LIMIT
		    while time.monotonic() < end:
		        value = what(*arguments)
		        if value:
		            return value
		        time.sleep(0.002)
		    return None

		def reaped():
		    """True when there is no process below this one."""
		    try:
		        while os.waitpid(-1, os.WNOHANG)[0]:
		            pass
		    except ChildProcessError:
		        return True
		    return False

		def kill_rest(pid):
		    for child in children(pid):
		        kill_rest(child)
		        try:
		            os.kill(child, signal.SIGKILL)
		        except ProcessLookupError:
		            pass

		def check(name, condition, text):
		    if not condition:
		        failures.append(f"{name}: {text}")

		def start(fault):
		    return subprocess.Popen([COVE, "box", "--fault", fault, *OPTIONS, *COMMAND], text=True,
		                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

		def finish(process, name):
		    try:
		        _, error = process.communicate(timeout=LIMIT)
		        return process.returncode, error
		    except subprocess.TimeoutExpired:
		        check(name, False, f"no end within {LIMIT} s")
		        kill_rest(os.getpid())
		        return None, ""

		def clean(name, before):
		    if not soon(reaped):
		        check(name, False, f"left processes: {children(os.getpid())}")
		        kill_rest(os.getpid())
		        soon(reaped)
		    after = host()
		    for what in before:
		        check(name, before[what] == after[what], f"{what} changed")

		def asleep(pid):
		    """Waiting for a message, in pause(2), or (D) for a child that shares its memory; or ended."""
		    try:
		        return open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1][0] in "SDZ"
		    except OSError:
		        return False

		def hanging(process, side):
		    """The process that hangs in its step: cove, or the innermost below it."""
		    seen, end = 0, time.monotonic() + LIMIT
		    while seen < 4 and time.monotonic() < end:
		        chain = [process.pid]
		        while below := children(chain[-1]):
		            chain.append(below[-1])
		        if process.poll() is not None:
		            return None
		        seen = seen + 1 if all(asleep(p) for p in chain) else 0
		        time.sleep(0.003)
		    return chain

		def fail(step, side, before):
		    name = f"{step}:fail"
		    status, error = finish(start(name), name)
		    check(name, status == 125, f"status {status}: {error}")
		    check(name, f"'{step}' ({side})" in error and "fault" in error, f"error: {error}")
		    clean(name, before)

		def kill(step, side, before):
		    name = f"{step}:kill"
		    status, error = finish(start(name), name)
		    if side == "host":
		        check(name, status == -signal.SIGKILL, f"status {status}: {error}")
		    else:
		        check(name, status == 125 and "cove: " in error and "step " in error, f"status {status}: {error}")
		    clean(name, before)

		def hang(step, side, victim, before):
		    name = f"{step}:hang, {victim} killed"
		    process = start(f"{step}:hang")
		    chain = hanging(process, side)
		    if not chain:
		        check(name, False, f"it did not hang: {finish(process, name)}")
		        return clean(name, before)
		    if victim != "cove" and len(chain) == 1:
		        process.kill()
		        finish(process, name)
		        return clean(name, before)
		    began = time.monotonic()
		    os.kill(chain[0] if victim == "cove" else chain[-1], signal.SIGKILL)
		    if victim != "cove" and side == "host":
		        process.kill()  # what hangs itself cannot tell; only what is left counts
		    status, error = finish(process, name)
		    check(name, time.monotonic() - began < 10, "took long")
		    if victim != "cove" and side == "inside":
		        check(name, status in (125, 137) and (status == 137 or "cove: " in error), f"status {status}: {error}")
		    clean(name, before)

		def main():
		    plan = subprocess.run([COVE, "explain", "--json", "box", *OPTIONS, *COMMAND], check=True,
		                          stdout=subprocess.PIPE, text=True)
		    steps = [(s["step"], s["side"]) for s in json.loads(plan.stdout)["steps"]]
		    before = host()
		    for step, side in steps:
		        fail(step, side, before)
		        kill(step, side, before)
		        hang(step, side, "cove", before)
		        hang(step, side, "cove-init", before)
		        if os.path.exists("ran"):
		            # What fails after the command was started cannot make it unstarted.
		            check(step, step == "running", "the command ran")
		            os.unlink("ran")
		    print(len(steps), "steps")
		    if failures:
		        raise SystemExit("\n".join(failures))

		try:
		    main()
		finally:
		    kill_rest(os.getpid())
	END
}

@test "a default box" {
	driver
}

@test "a box without init" {
	driver --no-init
}

@test "only some namespaces" {
	driver --only uts,ipc
}

@test "a time namespace, limits, settings, a filter" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW"}' >profile.json
	driver --boottime 1h --rlimit nofile=100 --umask 077 --nice 3 --seccomp profile.json
}

@test "scheduling, personality, memory policy" {
	driver --only none --scheduler batch --ioprio idle --personality linux --mempolicy local
}

@test "Landlock alone, and in a box" {
	$python -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)' ||
		skip "this kernel has no Landlock"
	driver --only none --landlock x=/,rw=.,scope
	driver --only uts,pid --init --landlock x=/,rw=.,scope
}

@test "the processes of the host, and a clock of its own" {
	driver --boottime 1h --share pid
}

@test "a root of its own" {
	mkdir -p root/{bin,proc,sys,dev,tmp,run}
	cp "$(type -P busybox)" root/bin/
	ln -s busybox root/bin/sh
	driver --rootfs root --root
	driver --rootfs root:rw --user 5 --ro /etc:/mnt/etc
	rm -f root/ran # of the command, where a fault comes after it has begun
	equal "bin dev mnt proc run sys tmp" "$(cd root && echo *)"
	equal "busybox sh" "$(cd root/bin && echo *)"
}

@test "ids of a range" {
	if is_root; then
		chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" .
		mkdir -m 777 open
		cd open
		driver --map 0:100000:65536 --user 0
	else
		grep -q "^$(id -un):" /etc/subuid || skip "no subordinate ids"
		driver --map auto --root
	fi
}

@test "joined namespaces, and new ones after them" {
	start_box
	driver --join "user,net,uts=$inner"
	exists "$inner"
}

@test "a joined pid namespace" {
	start_box
	driver --join "user,pid=$inner"
	exists "$inner"
	equal 2 "$(box --join "all=$inner" --cwd / -- sh -c 'ls -d /proc/[0-9]*' | grep -cE '/(1|2)$')"
}

@test "a fault that does not exist is refused" {
	for wrong in root root:explode nothing:fail :fail root: ""; do
		ends 2 box --fault "$wrong" -- true
	done
}

@test "overlays, private and kept: the layer can be used again" {
	mkdir low other
	driver --overlay "$PWD/low=$PWD/keep" --overlay "$PWD/other"
	ends 0 box --overlay "$PWD/low=$PWD/keep" -- true
	equal "" "$(ls -A low other | grep -v :)"
}
