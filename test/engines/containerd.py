# SPDX-License-Identifier: Apache-2.0
"""A containerd of its own, and its client ctr."""

import pathlib
import re

from harness import (IMAGE, WORK, Before, Daemon, call, eventually, make_images, need,
                     on_terminal, with_path)

COMMANDS = ["containerd", "ctr", "containerd-shim-runc-v2"]
CONFIG = pathlib.Path("/etc/containerd/config.toml")
SOCKET = "/run/containerd/containerd.sock"
ROOT = "/run/roots"  # of the runtime
CTR = ["ctr", "-a", SOCKET]


def start():
    daemon = Daemon("containerd", ["containerd", "-c", CONFIG, "-l", "warn"])
    daemon.wait_ready([*CTR, "version"])
    return daemon


def run(tap, runtime, cgroup):
    CONFIG.write_text("version = 2\n" + with_path("containerd/cove.toml", runtime.path))
    daemon = start()
    need([*CTR, "image", "import", "--digests=false", make_images()[0]])
    before = Before(cgroup, "*", f"{ROOT}/default")
    how = ["--runtime", "io.containerd.runc.v2", "--runc-binary", runtime.path, "--runc-root", ROOT,
           "--cgroup"]
    once = [*CTR, "run", "--rm", *how, f"/{cgroup}/once"]
    running(tap, runtime, once)
    living(tap, runtime, [*CTR, "run", "-d", *how, f"/{cgroup}/one"])
    daemon = restarted(tap, daemon, [*CTR, "run", "-d", *how, f"/{cgroup}/two"])
    before.check(tap, "^containerd ")
    daemon.stop()


def running(tap, runtime, once):
    tap.expect("run", [*once, IMAGE, "a", "echo", "hello"], output="^hello$")
    for status in [0, 1, 7]:
        tap.expect(f"exit status {status}", [*once, IMAGE, "a", "sh", "-c", f"exit {status}"],
                   status)
    tap.expect("a program that is not there", [*once, IMAGE, "a", "/nope"], 1,
               output="no such file or directory", unless=runtime.no_errors())
    tap.expect("one that is not in PATH", [*once, IMAGE, "a", "nope"], 1,
               output=r"executable file not found in \$PATH", unless=runtime.no_errors())
    tap.expect("one that cannot be executed", [*once, IMAGE, "a", "/etc/passwd"], 1,
               output="permission denied", unless=runtime.no_errors())
    tap.expect("nothing is left of what failed", [*CTR, "task", "ls", "-q"], output=r"^\Z")
    tap.test("tty", lambda: has_terminal([*once, "-t", IMAGE, "a", "tty"]))
    tap.expect("directory, environment", [*once, "--env", "K=v", "--cwd", "/tmp", IMAGE, "a", "sh",
               "-c", "echo $PWD $K"], output="^/tmp v$")
    tap.expect("a filter, capabilities", [*once, "--seccomp", IMAGE, "a", "sh", "-c",
               "echo $(grep -E 'CapEff|Seccomp:' /proc/self/status)"],
               output="^CapEff: 00000000a80425fb Seccomp: 2$")
    tap.expect("read-only with a bind", [
        *once, "--read-only", "--mount", f"type=bind,src={WORK},dst=/w,options=rbind:ro", IMAGE,
        "a", "sh", "-c", "exec 2>&1; touch /x; touch /w/x; ls /w"],
        output="(?s)Read-only.*Read-only.*box.tar")
    tap.expect("the network of the host", [*once, "--net-host", IMAGE, "a", "readlink",
               "/proc/self/ns/net"], output=re.escape(need(["readlink", "/proc/self/ns/net"])))
    tap.expect("privileged", [*once, "--privileged", IMAGE, "a", "sh", "-c",
               "mount -t tmpfs none /tmp && echo mounted"], output="^mounted$")

    def limit():
        need([*once, "--memory-limit", "67108864", IMAGE, "a", "true"])
    tap.test("a limit of memory", limit, runtime.no_limits())


def has_terminal(argv):
    status, text = on_terminal(argv)
    assert status == 0 and "/dev/pts/" in text, f"status {status}: {text}"


def status_is(name, wanted):
    return re.search(rf"^{name} +\d+ +{wanted}$", need([*CTR, "task", "ls"]), re.M)


def execute(name, *argv, options=()):
    execute.number = getattr(execute, "number", 0) + 1
    return [*CTR, "task", "exec", "--exec-id", f"e{execute.number}", *options, name, *argv]


def living(tap, runtime, start_it):
    need([*start_it, IMAGE, "one", "sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.1; done"])
    tap.test("run -d", lambda: eventually("running", lambda: status_is("one", "RUNNING")))
    tap.expect("exec", execute("one", "sh", "-c", "id -u; exit 9", options=["--user", "1000"]), 9,
               output="^1000$")
    tap.expect("exec of what is not there", execute("one", "/nope"), 1,
               output="no such file or directory", unless=runtime.no_errors())
    tap.test("exec with a terminal", lambda: has_terminal(execute("one", "tty", options=["-t"])))

    def in_background():
        need(execute("one", "sleep", "777", options=["-d"]))
        pids = need([*CTR, "task", "ps", "one"]).splitlines()[1:]
        assert len(pids) >= 2, pids
        eventually("it is seen", lambda: "sleep 777" in need(execute("one", "ps")))
    tap.test("exec in the background, ps", in_background)
    tap.expect("metrics", [*CTR, "task", "metrics", "one"])

    def pause():
        need([*CTR, "task", "pause", "one"])
        assert status_is("one", "PAUSED"), need([*CTR, "task", "ls"])
        need([*CTR, "task", "resume", "one"])
        assert status_is("one", "RUNNING"), need([*CTR, "task", "ls"])
    tap.test("pause and resume", pause, runtime.no_freezer())

    def stop():
        need([*CTR, "task", "kill", "-s", "TERM", "one"])
        eventually("stopped", lambda: status_is("one", "STOPPED"))
        text = need([*CTR, "task", "rm", "one"])
        assert "3" in text, text
        need([*CTR, "container", "rm", "one"])
    tap.test("kill TERM, and the exit status", stop)


def restarted(tap, daemon, start_it):
    need([*start_it, IMAGE, "two", "sh", "-c", "sleep 777 & trap '' TERM; wait; wait"])
    daemon.stop()
    daemon = start()

    def lives():
        assert status_is("two", "RUNNING"), need([*CTR, "task", "ls"])
        need(execute("two", "true"))
    tap.test("a container outlives containerd", lives)

    def kill_all():
        need([*CTR, "task", "kill", "-a", "-s", "KILL", "two"])
        eventually("stopped", lambda: status_is("two", "STOPPED"))
    tap.test("kill --all KILL", kill_all)

    def remove():
        call([*CTR, "task", "rm", "two"])
        need([*CTR, "container", "rm", "two"])
    tap.test("rm", remove)
    return daemon
