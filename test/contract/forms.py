# SPDX-License-Identifier: Apache-2.0
"""The forms of calls, caller by caller, each through a whole life of a container."""

import fcntl
import json
import os
import pathlib
import pwd
import shlex
import signal
import struct
import subprocess
import termios
import time

from bundle import WORK, Bundle, Caller, ConsoleSocket, Result, read_terminal
from harness import CONTRIB, eventually, unified_root

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
XDG = "/run/user/0"


def run(tap, runtime):
    pathlib.Path(XDG).mkdir(parents=True)
    conmon(tap, runtime)
    conmon_descriptors(tap, runtime)
    podman_probes(tap, runtime)
    containerd(tap, runtime)
    pods(tap, runtime)
    terminals(tap, runtime)
    buildkit(tap, runtime)
    docker(tap, runtime)
    crio(tap, runtime)
    buildah(tap, runtime)
    slurm(tap, runtime)


def no_freezer(runtime):
    return None if runtime.kind != "cove" or unified_root() else "there is no cgroup v2 here"


# ---- podman and its conmon ----


def conmon_of(runtime, name):
    log = WORK / f"{name}.oci-log"
    log.write_text("")
    env = {"PATH": PATH, "XDG_RUNTIME_DIR": XDG, "HOME": "/root", "_OCI_SYNCPIPE": "7"}
    return Caller(runtime.path, ["--log-format=json", "--log", str(log)], env, log)


def podman_of(runtime, path=False):
    """podman itself: no --root, and an environment that is nearly empty."""
    env = {"XDG_RUNTIME_DIR": XDG, **({"PATH": PATH} if path else {})}
    return Caller(runtime.path, [], env)


def conmon(tap, runtime):
    box = Bundle()
    create, bare = conmon_of(runtime, box.name), podman_of(runtime)
    starter = podman_of(runtime, path=True)

    def made():
        box.create(create).good(silent=False)
        pid = box.pid()
        assert bare.state(box.name)["status"] == "created"
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        assert int(stat[1]) == os.getpid(), "its parent is not the caller"
        assert create.log.read_text() == "", create.log.read_text()
    if not tap.test("conmon: create; pid file, parent, an empty log", made):
        return

    def started():
        starter("start", box.name).good()
        box.output(until="up")
        state = bare.state(box.name)
        assert (state["status"], state["pid"]) == ("running", box.pid()), state
    tap.test("podman: start, with PATH and XDG_RUNTIME_DIR only", started)
    tap.test("conmon: exec --detach; pid file of a child that it reaps",
             lambda: detached_exec(box, create))

    def frozen():
        bare("pause", box.name).good()
        assert bare.state(box.name)["status"] == "paused"
        bare("resume", box.name).good()
        assert bare.state(box.name)["status"] == "running"
    tap.test("podman: pause and resume, with XDG_RUNTIME_DIR only", frozen, no_freezer(runtime))

    def updated():
        file = box.path / "resources.json"
        file.write_text('{"cpu":{},"memory":{}}')
        starter("update", f"--resources={file}", box.name).good()
    tap.test("podman: update --resources=FILE", updated)
    tap.test("podman: kill, and the container's own status", lambda: ended(box, bare))
    tap.test("podman: delete --force, twice", lambda: deleted(box, bare))


def detached_exec(box, caller):
    file, pid_file = box.process_file(["sh", "-c", "exit 9"]), box.path / "exec-pid"
    pid_file.unlink(missing_ok=True)
    result, text = box.attached(caller, "exec", "--pid-file", pid_file, "--process", file,
                                "--detach", box.name)
    assert (result.status, text) == (0, ""), (str(result), text)
    status = box.reap(box.pid(pid_file))
    assert status == 9, status


def ended(box, caller):
    pid = box.pid()
    caller("kill", box.name, "15").good()
    status = box.reap(pid)
    assert status == 3, f"status {status}"
    state = caller.state(box.name)
    assert (state["status"], state["pid"]) == ("stopped", 0), state


def deleted(box, caller):
    caller("delete", "--force", box.name).good()
    assert caller("state", box.name).status == 1
    caller("delete", "--force", box.name).good()


def conmon_descriptors(tap, runtime):
    def preserved():
        """podman passes both the option and the variable; conmon writes the pid anew."""
        box = Bundle(["sh", "-c", "cat <&3; echo $LISTEN_FDS of $LISTEN_PID"])
        caller = conmon_of(runtime, box.name)
        reading, writing = os.pipe()
        os.write(writing, b"through 3\n")
        os.close(writing)
        os.dup2(reading, 3, inheritable=True)
        script = ["-c", 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"', "sh", runtime.path]
        shell = Caller("/bin/sh", [*script, *caller.words], caller.env, caller.log)
        box.create(shell, "--preserve-fds", "1", pass_fds=[3]).good(silent=False)
        os.close(3)
        caller("start", box.name).good(silent=False)
        text = box.output()
        assert text == "through 3\n1 of 1\n", text
        box.reap(box.pid())
        caller("delete", "--force", box.name).good(silent=False)

    def only_three():
        """Whatever else the caller has open stays outside."""
        box = Bundle(["sh", "-c", "ls /proc/1/fd; true"])
        caller = conmon_of(runtime, box.name)
        secret = os.open("/", os.O_RDONLY)
        os.set_inheritable(secret, True)
        box.create(caller, pass_fds=[secret]).good(silent=False)
        os.close(secret)
        caller("start", box.name).good(silent=False)
        assert box.output().split() == ["0", "1", "2"]
        box.reap(box.pid())
        caller("delete", "--force", box.name).good(silent=False)

    def without_cgroup():
        box = Bundle(cgroup=False)
        caller = conmon_of(runtime, box.name)
        caller.words = ["--cgroup-manager", "disabled", *caller.words]
        here = pathlib.Path("/proc/self/cgroup").read_text()
        box.create(caller).good(silent=False)
        caller("start", box.name).good(silent=False)
        box.output(until="up")
        assert pathlib.Path(f"/proc/{box.pid()}/cgroup").read_text() == here
        ended(box, caller)
        deleted(box, caller)
    tap.test("podman: --preserve-fds with LISTEN_FDS", preserved,
             "crun 1.8 does not set LISTEN_FDS" if runtime.kind == "crun" else None)
    tap.test("conmon: no other descriptor reaches the container", only_three)
    tap.test("podman: --cgroup-manager disabled, as two words", without_cgroup,
             "runc has no such option" if runtime.kind == "runc" else None)


def podman_probes(tap, runtime):
    bare = podman_of(runtime, path=True)

    def helped():
        assert bare("checkpoint", "--help").status == 0

    def context():
        result = bare("restore", "--lsm-mount-context")
        text = result.out + result.err
        assert "flag needs an argument" in text or "requires an argument" in text, str(result)
    unless = "Debian's crun has no checkpoint" if runtime.kind == "crun" else None
    tap.test("podman: checkpoint --help", helped, unless)
    tap.test("podman: restore --lsm-mount-context says that the word is missing", context, unless)


# ---- containerd's shim, by go-runc ----


def shim_of(runtime, box, verb_root="/run/containerd/runc/default"):
    log = box.path / "log.json"
    env = {"PATH": PATH, "XDG_RUNTIME_DIR": "/run", "GOMAXPROCS": "4"}
    return Caller(runtime.path, ["--root", verb_root, "--log", str(log), "--log-format", "json"],
                  env, log, cwd=box.path)


def merged(result):
    """go-runc reads both streams as one; nothing but JSON may be in it."""
    assert result.status == 0, str(result)
    return json.loads(result.err + result.out)


def containerd(tap, runtime):
    box = Bundle(["sh", "-c", "trap 'exit 3' TERM; trap 'echo got usr1' USR1; echo up; "
                  "while :; do sleep 0.05; done"])
    shim = shim_of(runtime, box)

    def started():
        box.create(shim).good(silent=False)
        shim("start", box.name).good()
        box.output(until="up")
        state = merged(shim("state", box.name))
        assert (state["status"], state["pid"]) == ("running", box.pid()), state
    if not tap.test("containerd: create and start below --root; state with both streams as one",
                    started):
        return
    tap.test("containerd: exec --detach of a file in XDG_RUNTIME_DIR",
             lambda: shim_exec(box, shim))

    def listed():
        pids = merged(shim("ps", "--format", "json", box.name))
        assert box.pid() in pids and all(isinstance(pid, int) for pid in pids), pids
    tap.test("containerd: ps --format json is an array of numbers", listed)

    def updated():
        shim("update", "--resources=-", box.name, stdin='{"cpu":{},"memory":{}}').good()
    tap.test("containerd: update --resources=- reads stdin", updated)

    def frozen():
        shim("pause", box.name).good()
        shim("resume", box.name).good()
    tap.test("containerd: pause and resume", frozen, no_freezer(runtime))

    def signalled():
        for word in ["10", "USR1", "SIGUSR1"]:
            shim("kill", box.name, word).good()
            box.output(until="got usr1")
    tap.test("containerd, CRI-O: kill by number, name, and name with SIG", signalled)

    def all_of_it():
        shim("kill", "--all", box.name, "9").good()
        status = box.reap(box.pid())
        assert status == -9, status
        shim("kill", "--all", box.name, "9").good()
    tap.test("containerd: kill --all, also of what is stopped", all_of_it)

    def gone():
        shim("delete", box.name).good()
        shim("delete", "--force", box.name).good()
        result = shim("delete", box.name)
        assert result.status == 1 and "does not exist" in result.err, str(result)
    tap.test("containerd: delete, delete --force again, and of an unknown one", gone,
             "crun says it in other words" if runtime.kind == "crun" else None)

    def single_dash():
        """Without an image it fails; but not since it knows no such option."""
        result = shim("restore", "--image-path", box.path / "none", "--work-path", box.path,
                      "--detach", "--pid-file", box.pid_file, "-no-subreaper", "--bundle",
                      box.path, box.name)
        text = (result.err + result.out).lower()
        assert result.status != 0, str(result)
        assert not any(word in text for word in ["unknown option", "unrecognized", "not defined",
                                                 "invalid option", "no such option"]), text
    tap.test("containerd: restore takes -no-subreaper", single_dash,
             "crun has no such option" if runtime.kind == "crun" else None)


def shim_exec(box, shim):
    file = pathlib.Path("/run/runc-process123")
    file.write_text(box.process_file(["sh", "-c", "echo $PWD; exit 9"], cwd="/tmp").read_text())
    pid_file = box.path / "exec.pid"
    result, text = box.attached(shim, "exec", "--process", file, "--detach", "--pid-file",
                                pid_file, box.name)
    assert (result.status, text) == (0, "/tmp\n"), (str(result), text)
    assert box.reap(box.pid(pid_file)) == 9


def pods(tap, runtime):
    """As a second container of a pod: namespaces by path, and a procfs of the joined one."""
    spaces = ["network", "ipc", "uts", "pid"]

    def same():
        first = Bundle(["sh", "-c", "echo up; exec sleep 777"])
        shim = shim_of(runtime, first)
        first.create(shim).good(silent=False)
        shim("start", first.name).good()
        first.output(until="up")

        def join(document):
            document["hostname"] = ""
            for one in document["linux"]["namespaces"]:
                if one["type"] in spaces:
                    kind = {"network": "net"}.get(one["type"], one["type"])
                    one["path"] = f"/proc/{first.pid()}/ns/{kind}"
        second = Bundle(["sh", "-c", "hostname; ps -o args"], change=join)
        second.create(shim).good(silent=False)
        shim("start", second.name).good()
        lines = second.output().splitlines()
        assert lines[0] == "contract" and "sleep 777" in lines, lines
        assert not any(runtime.path in line or "python" in line for line in lines), lines
        assert second.reap(second.pid()) == 0
        for box in [second, first]:
            shim("delete", "--force", box.name).good()
        assert first.reap(first.pid()) == -9
    tap.test("a pod: namespaces by path; /proc shows the pod, and nothing of the host", same)


def terminals(tap, runtime):
    box = Bundle(["sh", "-c", "tty; sleep 0.2; stty size; read line; echo got $line; exit 4"],
                 terminal=True, consoleSize={"height": 33, "width": 99})
    shim = shim_of(runtime, box)

    def received():
        console = ConsoleSocket(box.path)
        box.create(shim, "--console-socket", console.path).good(silent=False)
        master = console.receive()
        shim("start", box.name).good()
        read_terminal(master, "/dev/pts/0\r\n")
        read_terminal(master, "33 99\r\n")
        os.write(master, b"word\n")
        read_terminal(master, "got word\r\n")
        os.close(master)
        status = box.reap(box.pid())
        assert status == 4, status
        shim("delete", box.name).good()
    tap.test("console socket of create: the terminal, its size, its ends", received)
    tap.test("console socket of exec --tty", lambda: exec_terminal(runtime))


def exec_terminal(runtime):
    box = Bundle()
    caller = conmon_of(runtime, box.name)
    box.create(caller).good(silent=False)
    caller("start", box.name).good(silent=False)
    console, pid_file = ConsoleSocket(box.path), box.path / "exec.pid"
    file = box.process_file(["sh", "-c", "tty; read line; stty size; exit 6"], terminal=True)
    caller("exec", "--pid-file", pid_file, "--process", file, "--detach", "--tty",
           "--console-socket", console.path, box.name).good(silent=False)
    master = console.receive()
    read_terminal(master, "/dev/pts/0\r\n")
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 11, 22, 0, 0))
    os.write(master, b"\n")
    read_terminal(master, "11 22\r\n")
    assert box.reap(box.pid(pid_file)) == 6
    os.close(master)
    caller("delete", "--force", box.name).good(silent=False)
    box.reap(box.pid())


# ---- Docker and BuildKit ----


def buildkit(tap, runtime):
    """`run` in the foreground and in a process group of its own, `exec` that stays, too."""
    box = Bundle(["sh", "-c", "echo up; while [ ! -e /tmp/end ]; do sleep 0.05; done; exit 7"])
    words = ["--root", "/run/buildkit", "--log", str(box.path / "log.json"), "--log-format", "json"]
    caller = Caller(runtime.path, words, {"PATH": PATH})

    def ran():
        streams = box.streams()
        process = subprocess.Popen(
            [runtime.path, *words, "run", "--bundle", box.path, "--keep", box.name],
            env=caller.env, cwd="/", stdin=streams[0], stdout=streams[1], stderr=streams[2],
            start_new_session=False, process_group=0)
        os.close(streams[1])
        try:
            eventually("running", lambda: caller("state", box.name).status == 0 and
                       caller.state(box.name)["status"] == "running")
            assert (box.path / "config.json").read_text() == box.config
            box.output(until="up")
            foreground_exec(box, caller)
            assert process.wait(10) == 7, process.returncode
        finally:
            process.kill()
            process.wait()
        assert caller.state(box.name)["status"] == "stopped"
        caller("delete", box.name).good()
    tap.test("BuildKit: run --keep, polled state, exec in the foreground, status", ran,
             "crun 1.8 has no --keep" if runtime.kind == "crun" else None)


def foreground_exec(box, caller):
    pid_file = box.path / "exec.pid"
    pid_file.unlink(missing_ok=True)
    file = box.process_file(["sh", "-c", "cat; echo err >&2; echo >/tmp/end; exit 8"])
    result = caller("exec", "--process", file, "--pid-file", pid_file, box.name, stdin="fed\n")
    assert (result.status, result.out, result.err) == (8, "fed\n", "err\n"), str(result)
    box.pid(pid_file)


def docker(tap, runtime):
    def wrapped():
        """How dockerd calls a runtime that has arguments in daemon.json."""
        wrapper = WORK / "wrapper"
        wrapper.write_text(f"#!/bin/sh\n{runtime.path} --log-format text $@\n")
        wrapper.chmod(0o755)
        box = Bundle(["sh", "-c", "exit 5"])
        caller = Caller(str(wrapper), ["--root", "/run/docker/runtime-runc/moby"], {"PATH": PATH})
        box.create(caller).good(silent=False)
        caller("start", box.name).good()
        assert box.reap(box.pid()) == 5
        caller("delete", box.name).good()

    def hooked():
        """dockerd moves the network in by a prestart hook, which is told the pid on stdin."""
        seen = WORK / "hook-state"
        hook = {"path": "/bin/sh", "args": ["sh", "-c", f"cat >{seen}; readlink /proc/self/ns/net"
                                            f" >>{seen}.own"], "env": [f"PATH={PATH}"]}
        box = Bundle(["true"], change=lambda document: document.update(hooks={"prestart": [hook]}))
        caller = Caller(runtime.path, ["--root", "/run/docker/runtime-runc/moby"], {"PATH": PATH})
        box.create(caller).good(silent=False)
        state = json.loads(seen.read_text())
        assert state["id"] == box.name and state["pid"] == box.pid(), state
        assert state["bundle"] == str(box.path) and state["status"] in ("creating", "created")
        caller("delete", "--force", box.name).good()
        box.reap(box.pid())
    tap.test("Docker: through a script, with arguments of daemon.json", wrapped)
    tap.test("Docker: a prestart hook is told id, pid and bundle", hooked)


# ---- CRI-O ----


def crio(tap, runtime):
    box = Bundle()
    root = "/run/crio-root"
    env = {"CRI_O_EXTERNAL": "1", "XDG_RUNTIME_DIR": "/run", "PATH": PATH}
    monitor = Caller(runtime.path, [f"--root={root}"], env)
    direct = Caller(runtime.path, ["--root", root], env)

    def lived():
        box.create(monitor).good(silent=False)
        direct("start", box.name).good()
        box.output(until="up")
        result = direct("exec", "--process", box.process_file(["sh", "-c", "cat; exit 6"]),
                        box.name, stdin="probe\n")
        assert (result.status, result.out, result.err) == (6, "probe\n", ""), str(result)
        direct("update", "--resources", "-", box.name, stdin="{}").good()

    def ended_twice():
        direct("kill", box.name, "KILL").good()
        assert box.reap(box.pid()) == -9
        result = direct("kill", box.name, "SIGTERM")
        text = result.out + result.err
        assert result.status == 1, str(result)
        assert any(word in text for word in ["no such process", "container not running",
                                             "invalid process"]), text
        direct("kill", "-a", box.name, "9").good()
        direct("delete", "--force", box.name).good()
    if tap.test("CRI-O: create by conmon, exec in the foreground, update from stdin", lived):
        tap.test("CRI-O: kill by name; of what has ended the words that it knows", ended_twice,
                 "crun says it in other words" if runtime.kind == "crun" else None)


# ---- buildah ----


def buildah(tap, runtime):
    box = Bundle(["sh", "-c", "echo built; exit 2"])
    caller = Caller(runtime.path, [], {"PATH": PATH, "HOME": "/root"}, cwd=box.path)

    def built():
        streams = box.streams()
        caller("create", "--bundle", box.path, "--pid-file", box.path / "pid",
               "--no-new-keyring", "--no-pivot", box.name, streams=streams).good(silent=False)
        os.close(streams[1])
        assert caller.state(box.name)["status"] == "created"
        caller("start", box.name).good()
        assert box.reap(box.pid()) == 2
        assert box.output() == "built\n"
        eventually("stopped", lambda: caller.state(box.name)["status"] == "stopped")
        caller("delete", box.name).good()
        assert caller("state", box.name).status == 1
    tap.test("buildah: in the bundle, without a pivot; it waits for the pid itself", built)


# ---- Slurm ----


def slurm_words(runtime, bundle, name):
    """The command lines of contrib/slurm/oci.conf, by what they are for."""
    found = {}
    for line in (CONTRIB / "slurm/oci.conf").read_text().splitlines():
        if line.startswith("RunTime"):
            key, words = line.split("=", 1)
            for pattern, value in [("%n.%u.%j.%s.%t", name), ("%b", str(bundle)), ("%u", "nobody"),
                                   ("/usr/bin/cove", runtime.path),
                                   ("/run/cove-slurm", "/run/slurm")]:
                words = words.replace(pattern, value)
            found[key] = shlex.split(words.strip('"'))
    return found


def rootless(document):
    """As `spec --rootless`: one mapped id, the network of the host."""
    nobody = pwd.getpwnam("nobody")
    linux = document["linux"]
    linux["namespaces"] = [{"type": name} for name in ["pid", "ipc", "uts", "mount", "user"]]
    linux["uidMappings"] = [{"containerID": 0, "hostID": nobody.pw_uid, "size": 1}]
    linux["gidMappings"] = [{"containerID": 0, "hostID": nobody.pw_gid, "size": 1}]
    for mount in document["mounts"]:
        mount["options"] = [one for one in mount.get("options", []) if not one.startswith("gid")]


def slurm(tap, runtime):
    nobody = pwd.getpwnam("nobody")
    pathlib.Path("/run/slurm").mkdir()
    os.chmod("/run/slurm", 0o1777)
    who = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    reachable = subprocess.run([*who, "test", "-x", runtime.path], check=False).returncode == 0
    unless = None if reachable else f"the user nobody cannot reach {runtime.path}"

    def job(script):
        box = Bundle(["sh", "-c", script], change=rootless, cgroup=False, owner=nobody.pw_uid)
        return box, slurm_words(runtime, box.path, f"n1.nobody.7.0.{box.name}")

    def call(words, as_user=True):
        done = subprocess.run([*(who if as_user else []), *words], env={"PATH": PATH}, cwd="/",
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=20, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def ran():
        _, words = job("hostname; id -u; exit 7")
        result = call(words["RunTimeRun"])
        assert (result.status, result.out) == (7, "contract\n0\n"), str(result)
        assert call(words["RunTimeQuery"], as_user=False).status == 1
        call(words["RunTimeDelete"]).good()

    def cancelled():
        box, words = job("trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done")
        streams = box.streams()
        process = subprocess.Popen([*who, *words["RunTimeRun"]], env={"PATH": PATH}, cwd="/",
                                   stdin=streams[0], stdout=streams[1], stderr=streams[2])
        os.close(streams[1])
        box.output(until="up")
        eventually("running", lambda: json.loads(
            call(words["RunTimeQuery"], as_user=False).out)["status"] == "running")
        time.sleep(0.1)  # the trap is set by now
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 9, process.returncode
        assert call(words["RunTimeQuery"], as_user=False).status == 1
    tap.test("Slurm: run by the user as contrib's file says, query by root", ran, unless)
    tap.test("Slurm: scancel signals `run`, which passes it on and leaves nothing", cancelled,
             unless)
