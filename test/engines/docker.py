# SPDX-License-Identifier: Apache-2.0
"""A dockerd of its own, which starts a containerd of its own; with a bridge, but no iptables."""

import os
import pathlib

from harness import (IMAGE, WORK, Before, Daemon, call, eventually, make_images, missing,
                     need, on_terminal, processes, with_path)

COMMANDS = ["dockerd", "docker", "containerd"]
DAEMON_JSON = pathlib.Path("/etc/docker/daemon.json")
SOCKET = "unix:///run/docker.sock"
DOCKER = ["docker"]
OLDER_CLIENT = "1.41"  # the client may be newer than the daemon


def why_not():
    """dockerd refuses every container where it cannot load its profile."""
    enabled = pathlib.Path("/sys/module/apparmor/parameters/enabled")
    if enabled.exists() and enabled.read_text().startswith("Y"):
        return missing(["apparmor_parser"])
    return None


def start(cgroup):
    """The rest of the configuration; a daemon.json says only what concerns cove."""
    daemon = Daemon("dockerd", [
        "dockerd", "-H", SOCKET, "--default-runtime", "cove", "--cgroup-parent", f"/{cgroup}",
        "--iptables=false", "--ip6tables=false", "--bip", "172.31.255.1/24",
        "--exec-opt", "native.cgroupdriver=cgroupfs", "--live-restore", "--oom-score-adjust", "0",
        "--log-level", "warn"])
    daemon.wait_ready([*DOCKER, "version"], 30)
    return daemon


def run(tap, runtime, cgroup):
    os.environ.update(DOCKER_HOST=SOCKET, DOCKER_CONFIG=str(WORK / "docker"), DOCKER_BUILDKIT="0",
                      DOCKER_API_VERSION=OLDER_CLIENT)
    DAEMON_JSON.write_text(with_path("docker/daemon.json", runtime.path))
    daemon = start(cgroup)
    tap.expect("contrib's file names the runtime", [*DOCKER, "info", "-f", "{{.DefaultRuntime}}: "
               "{{range .Runtimes}}{{.Path}} {{end}}"], output=f"^cove: .*{runtime.path} ")
    need([*DOCKER, "load", "-q", "-i", make_images()[0]])
    before = Before(cgroup, "?" * 64, "/var/run/docker/runtime-runc/moby",
                    "/run/docker/runtime-runc/moby")
    once = [*DOCKER, "run", "--rm"]
    running(tap, runtime, once)
    living(tap, runtime)
    daemon = restarted(tap, daemon, cgroup)
    stopping(tap)
    shared(tap, once)
    building(tap, once)
    before.check(tap, "^(dockerd|containerd) ")
    daemon.stop()


def running(tap, runtime, once):
    tap.expect("run, with a bridge", [*once, IMAGE, "sh", "-c", "ip addr show eth0 && echo hello"],
               output="(?s)172.31.255.*^hello$")
    for status in [0, 1, 7]:
        tap.expect(f"exit status {status}", [*once, IMAGE, "sh", "-c", f"exit {status}"], status)
    once = [*once, "--network", "none"]
    tap.expect("a program that is not there: 127", [*once, IMAGE, "/nope"], 127,
               unless=runtime.no_errors())
    tap.expect("one that is not in PATH: 127", [*once, IMAGE, "nope"], 127,
               unless=runtime.no_errors())
    tap.expect("one that cannot be executed: 126", [*once, IMAGE, "/etc/passwd"], 126,
               unless=runtime.no_errors())
    tap.expect("stdin", [*once, "-i", IMAGE, "cat"], stdin="fed", output="^fed$")
    tap.test("tty", lambda: has_terminal([*once, "-it", IMAGE, "tty"]))
    tap.expect("user, groups, directory, environment", [
        *once, "-u", "1000:1000", "--group-add", "7", "-w", "/tmp", "-e", "K=v", IMAGE, "sh", "-c",
        "echo $(id -u) $(id -G) $PWD $K"], output="^1000 1000( 1000)? 7 /tmp v$")
    tap.expect("no capability, no new privileges, a filter", [
        *once, "--cap-drop", "ALL", "--security-opt", "no-new-privileges", IMAGE, "sh", "-c",
        "echo $(grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status)"],
        output=r"^CapEff: 0+ NoNewPrivs: 1 Seccomp: 2$")
    tap.expect("read-only with a volume and a tmpfs", [
        *once, "--read-only", "--tmpfs", "/t", "-v", f"{WORK}:/w:ro", "-v", "named:/n", IMAGE, "sh",
        "-c", "exec 2>&1; touch /t/x /n/x; touch /x; touch /w/x; echo $(ls /t /n)"],
        output="(?s)Read-only.*Read-only.*^/n: x /t: x$")
    tap.expect("name, size of /dev/shm, a sysctl, limits", [
        *once, "-h", "box", "--shm-size", "1m", "--sysctl", "net.ipv4.ip_forward=1", "--ulimit",
        "nofile=64:128", IMAGE, "sh", "-c", "echo $(hostname) $(df -k /dev/shm | awk 'NR==2{print "
        "$2}') $(cat /proc/sys/net/ipv4/ip_forward) $(ulimit -Sn) $(ulimit -Hn)"],
        output="^box 1024 1 64 128$")
    tap.expect("a device that was not given", [
        *once, "--cap-add", "MKNOD", IMAGE, "sh", "-c",
        "mknod /d b 254 0 && dd if=/d of=/dev/null count=1"], 1, output="not permitted")

    def limit():
        need([*once, "-m", "64m", IMAGE, "true"])
    tap.test("a limit of memory", limit, runtime.no_limits())


def has_terminal(argv):
    status, text = on_terminal(argv)
    assert status == 0 and "/dev/pts/" in text, f"status {status}: {text}"


def state(name):
    return need([*DOCKER, "inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name])


def living(tap, runtime):
    need([*DOCKER, "run", "-d", "--name", "one", "--network", "none", IMAGE, "sh", "-c",
          "trap 'exit 3' TERM; trap 'echo hup' HUP; echo out; echo err >&2; "
          "while :; do sleep 0.1; done"])
    tap.test("logs", lambda: eventually(
        "both lines", lambda: {"out", "err"} <= set(need([*DOCKER, "logs", "one"]).split())))
    tap.expect("exec", [*DOCKER, "exec", "-u", "1000", "one", "sh", "-c", "id -u; exit 9"], 9,
               output="^1000$")
    tap.expect("exec with stdin", [*DOCKER, "exec", "-i", "one", "cat"], stdin="fed",
               output="^fed$")
    tap.test("exec of what is not there", not_there, runtime.no_errors())
    tap.expect("exec of what cannot be executed: 126", [*DOCKER, "exec", "one", "/etc/passwd"], 126)
    tap.test("exec with a terminal", lambda: has_terminal([*DOCKER, "exec", "-it", "one", "tty"]))

    def in_background():
        need([*DOCKER, "exec", "-d", "one", "sleep", "777"])
        eventually("it runs", lambda: "sleep 777" in processes().values())
        assert "sleep 777" in need([*DOCKER, "top", "one"])
    tap.test("exec in the background, top", in_background)

    def hup():
        need([*DOCKER, "kill", "-s", "HUP", "one"])
        eventually("the trap", lambda: "hup" in need([*DOCKER, "logs", "one"]))
    tap.test("kill -s HUP", hup)

    def pause():
        need([*DOCKER, "pause", "one"])
        assert state("one").startswith("paused"), state("one")
        need([*DOCKER, "unpause", "one"])
        need([*DOCKER, "exec", "one", "true"])
    tap.test("pause and unpause", pause, runtime.no_freezer())


def not_there():
    """docker 20.10 says 126 here, newer ones 127."""
    status, text = call([*DOCKER, "exec", "one", "/nope"])
    assert status in (126, 127) and "no such file or directory" in text, f"status {status}: {text}"


def restarted(tap, daemon, cgroup):
    daemon.stop()
    daemon = start(cgroup)

    def lives():
        assert state("one").startswith("running"), state("one")
        need([*DOCKER, "exec", "one", "true"])
    tap.test("a container outlives dockerd", lives)
    return daemon


def stopping(tap):
    def stop():
        need([*DOCKER, "stop", "-t", "5", "one"])
        assert state("one") == "exited 3", state("one")
    tap.test("stop: TERM reaches the program", stop)

    def again():
        need([*DOCKER, "start", "one"])
        need([*DOCKER, "kill", "one"])
        assert need([*DOCKER, "wait", "one"]) == "137"
        need([*DOCKER, "rm", "one"])
    tap.test("start again, kill, wait", again)

    def deaf():
        need([*DOCKER, "run", "-d", "--name", "deaf", "--network", "none", IMAGE, "sh", "-c",
              "trap '' TERM; while :; do sleep 0.1; done"])
        need([*DOCKER, "stop", "-t", "1", "deaf"])
        assert state("deaf") == "exited 137", state("deaf")
        need([*DOCKER, "rm", "deaf"])
    tap.test("stop: KILL when TERM is ignored", deaf)

    def by_itself():
        need([*DOCKER, "run", "-d", "--name", "again", "--restart", "on-failure:2", IMAGE, "false"])
        eventually("restarted twice", lambda: need(
            [*DOCKER, "inspect", "-f", "{{.RestartCount}} {{.State.Status}}", "again"])
            == "2 exited")
        need([*DOCKER, "rm", "-f", "again"])
    tap.test("restarted when it fails", by_itself)


def shared(tap, once):
    """What a pod is made of: namespaces of another container."""
    def same():
        need([*DOCKER, "run", "-d", "--name", "first", "--ipc", "shareable", IMAGE, "sleep", "777"])
        show = ["sh", "-c", "cd /proc/self/ns; for n in net ipc pid; do readlink $n; done; ps"]
        joined = [f"--{name}=container:first" for name in ["net", "ipc", "pid"]]
        theirs = need([*DOCKER, "exec", "first", *show]).splitlines()
        ours = need([*once, *joined, IMAGE, *show]).splitlines()
        assert set(theirs[:3]) <= set(ours), (theirs, ours)
        assert any("sleep 777" in line for line in ours), ours
        assert not any("dockerd" in line for line in ours), ours
    tap.test("net, ipc and pid namespaces of another container", same)
    tap.expect("rm -f of a running one", [*DOCKER, "rm", "-f", "first"])


def building(tap, once):
    folder = WORK / "build"
    folder.mkdir()
    (folder / "Dockerfile").write_text(
        f'FROM {IMAGE}\nRUN echo built >/b\nUSER user\nCMD ["cat", "/b"]\n')
    tap.expect("build", [*DOCKER, "build", "-q", "--network", "none", "-t", "localhost/built",
                         folder])
    tap.expect("run what was built", [*once, "localhost/built"], output="^built$")
