# SPDX-License-Identifier: Apache-2.0
"""podman as root, with conmon, cgroups of its own and no network but lo."""

import json
import pathlib

from harness import (CGROUPS, IMAGE, PAUSE, WORK, Before, call, eventually, make_images, need,
                     on_terminal, processes, with_path)

COMMANDS = ["podman", "conmon"]

# As a distribution's containers.conf and storage.conf; cove's own lines come from contrib/.
# Without CAP_SYS_RESOURCE no limit may be raised: the default ones must fit. Of itself podman limits
# the number of processes.
CONF = f"""
[containers]
log_driver = "k8s-file"
PIDS_LIMIT
netns = "none"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
infra_image = "{PAUSE}"
"""
STORAGE = """
[storage]
driver = "overlay"
graphroot = "/var/lib/containers/storage"
runroot = "/run/containers/storage"
"""
PODMAN = ["podman", "--runtime", "cove"]


def configure(runtime):
    conf = pathlib.Path("/etc/containers")
    (conf / "containers.conf.d").mkdir()
    (conf / "containers.conf").write_text(CONF.replace(
        "PIDS_LIMIT", "pids_limit = 0" if runtime.no_limits() else ""))
    (conf / "storage.conf").write_text(STORAGE)
    (conf / "policy.json").write_text('{"default":[{"type":"insecureAcceptAnything"}]}')
    (conf / "containers.conf.d/cove.conf").write_text(with_path("podman/cove.conf", runtime.path))


def run(tap, runtime, cgroup):
    configure(runtime)
    for archive in make_images():
        need([*PODMAN, "load", "-q", "-i", archive])
    before = Before(cgroup, "libpod-*", f"/run/{runtime.kind}")  # others are podman's own
    here = ["--cgroup-parent", f"/{cgroup}"]
    once = [*PODMAN, "run", "--rm", *here]
    tap.expect("contrib's file names the runtime", [*PODMAN, "info", "--format",
               "{{.Host.OCIRuntime.Path}}"], output=f"^{runtime.path}$")
    running(tap, runtime, once)
    living(tap, runtime, here)
    stopping(tap, here)
    pod(tap, here)
    building(tap, runtime, once)
    need([*PODMAN, "rmi", "-af"])
    before.check(tap, "^podman")


def running(tap, runtime, once):
    tap.expect("run", [*once, IMAGE, "echo", "hello"], output="^hello$")
    for status in [0, 1, 7]:
        tap.expect(f"exit status {status}", [*once, IMAGE, "sh", "-c", f"exit {status}"], status)
    tap.expect("a program that is not there: 127", [*once, IMAGE, "/nope"], 127)
    tap.expect("one that is not in PATH: 127", [*once, IMAGE, "nope"], 127)
    tap.expect("one that cannot be executed: 126", [*once, IMAGE, "/etc/passwd"], 126)
    tap.expect("stdin", [*once, "-i", IMAGE, "cat"], stdin="fed", output="^fed$")
    tap.test("tty", lambda: has_terminal([*once, "-it", IMAGE, "tty"]))
    tap.expect("user, directory, environment", [*once, "-u", "1000", "-w", "/tmp", "-e", "K=v",
               IMAGE, "sh", "-c", "echo $(id -u) $PWD $K"], output="^1000 /tmp v$")
    tap.expect("no capability, no new privileges, a filter", [*once, "--cap-drop", "ALL",
               "--security-opt", "no-new-privileges", IMAGE, "sh", "-c",
               "echo $(grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status)"],
               output=r"^CapEff: 0+ NoNewPrivs: 1 Seccomp: 2$")
    tap.expect("read-only with a volume and a tmpfs", [*once, "--read-only", "--tmpfs", "/t", "-v",
               f"{WORK}:/w:ro", IMAGE, "sh", "-c",
               "exec 2>&1; touch /t/x; touch /x; touch /w/x; echo $(ls /t /w)"],
               output="(?s)Read-only.*Read-only.*^/t: x /w: box.tar pause.tar$")

    def limit():
        need([*once, "-m", "64m", IMAGE, "true"])
    tap.test("a limit of memory", limit, runtime.no_limits())

    def without_cgroup():
        need([*PODMAN, "run", "--rm", "--cgroups=disabled", IMAGE, "true"])
    tap.test("without a cgroup", without_cgroup,
             "runc cannot do without a cgroup" if runtime.kind == "runc" else None)


def has_terminal(argv):
    status, text = on_terminal(argv)
    assert status == 0 and "/dev/pts/" in text, f"status {status}: {text}"


def state(name):
    return need([*PODMAN, "inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name])


def living(tap, runtime, here):
    """A container in the background, and what is done with it."""
    need([*PODMAN, "run", "-d", "--name", "one", *here, IMAGE, "sh", "-c",
          "trap 'exit 3' TERM; echo out; echo err >&2; while :; do sleep 0.1; done"])
    tap.test("logs", lambda: eventually(
        "both lines", lambda: {"out", "err"} <= set(need([*PODMAN, "logs", "one"]).split())))
    tap.expect("exec", [*PODMAN, "exec", "-u", "1000", "one", "sh", "-c", "id -u; exit 9"], 9,
               output="^1000$")
    tap.expect("exec of what is not there: 127", [*PODMAN, "exec", "one", "/nope"], 127)
    tap.expect("exec of what cannot be executed: 126", [*PODMAN, "exec", "one", "/etc/passwd"], 126)
    tap.test("exec with a terminal", lambda: has_terminal([*PODMAN, "exec", "-it", "one", "tty"]))
    tap.test("exec in the background", lambda: in_background("one"))
    tap.expect("top", [*PODMAN, "top", "one", "args"], output="sleep 777")

    def pause():
        need([*PODMAN, "pause", "one"])
        assert state("one").startswith("paused"), state("one")
        need([*PODMAN, "unpause", "one"])
        need([*PODMAN, "exec", "one", "true"])
    tap.test("pause and unpause", pause, runtime.no_freezer())


def in_background(name):
    need([*PODMAN, "exec", "-d", name, "sleep", "777"])
    eventually("it runs", lambda: "sleep 777" in processes().values())


def stopping(tap, here):
    def stop():
        need([*PODMAN, "stop", "-t", "5", "one"])
        assert state("one") == "exited 3", state("one")
    tap.test("stop: TERM reaches the program", stop)

    def again():
        need([*PODMAN, "start", "one"])
        need([*PODMAN, "kill", "-s", "KILL", "one"])
        assert need([*PODMAN, "wait", "one"]) == "137"
        need([*PODMAN, "rm", "one"])
    tap.test("start again, kill, wait", again)

    def deaf():
        need([*PODMAN, "run", "-d", "--name", "deaf", *here, IMAGE, "sh", "-c",
              "trap '' TERM; while :; do sleep 0.1; done"])
        need([*PODMAN, "stop", "-t", "1", "deaf"])
        assert state("deaf") == "exited 137", state("deaf")
        need([*PODMAN, "rm", "deaf"])
    tap.test("stop: KILL when TERM is ignored", deaf)

    def by_force():
        need([*PODMAN, "run", "-d", "--name", "gone", *here, IMAGE, "sleep", "1000"])
        need([*PODMAN, "rm", "-f", "-t", "0", "gone"])
        assert call([*PODMAN, "inspect", "gone"])[0] != 0
    tap.test("rm -f of a running one", by_force)


def no_pods():
    """podman 4.3 makes the cgroup of a pod by itself, with a filter that denies every device."""
    version = need(["podman", "--version"]).split()[-1]
    if version.startswith("4.3.") and (CGROUPS / "cgroup.controllers").exists():
        return f"podman {version} denies its pods all devices with cgroup v2"
    return None


def pod(tap, here):
    def make():
        need([*PODMAN, "pod", "create", "--name", "pod", *here, "--share", "net,ipc,uts,pid",
              "--network", "none", "--hostname", "shared"])
        need([*PODMAN, "run", "-d", "--pod", "pod", "--name", "a", IMAGE, "sh", "-c",
              "echo web >/tmp/index.html; exec httpd -f -p 8080 -h /tmp"])
        need([*PODMAN, "run", "-d", "--pod", "pod", "--name", "b", IMAGE, "sleep", "1000"])
    if not tap.test("a pod of two", make, no_pods()):
        return
    inside = [*PODMAN, "exec", "b"]
    tap.test("the pod shares the network", lambda: eventually("the page", lambda: need(
        [*inside, "wget", "-qO-", "http://127.0.0.1:8080/"]) == "web"))

    def pids():
        seen = need([*inside, "ps"])
        assert "httpd" in seen and "conmon" not in seen, seen
    tap.test("and the pids, not those of the host", pids)
    tap.expect("and the name", [*inside, "hostname"], output="^shared$")

    def ipc():
        links = [need([*PODMAN, "exec", name, "readlink", "/proc/self/ns/ipc"]) for name in "ab"]
        assert links[0] == links[1], links
    tap.test("and ipc", ipc)
    tap.expect("pod stop", [*PODMAN, "pod", "stop", "-t", "1", "pod"])

    def restart():
        need([*PODMAN, "pod", "start", "pod"])
        found = json.loads(need([*PODMAN, "pod", "inspect", "pod"]))
        states = {one["State"] for one in found["Containers"]}
        assert states == {"running"}, states
    tap.test("pod start", restart)
    tap.expect("pod rm", [*PODMAN, "pod", "rm", "-f", "-t", "0", "pod"])


def building(tap, runtime, once):
    """buildah in podman, which calls the runtime itself: without conmon, in the bundle."""
    folder = WORK / "build"
    folder.mkdir()
    (folder / "Containerfile").write_text(
        f'FROM {IMAGE}\nRUN echo built >/b && id -u >>/b\nUSER user\nCMD ["cat", "/b"]\n')
    tap.expect("build", [*PODMAN, "build", "-q", "--runtime", runtime.path, "--network", "none",
                         "--isolation", "oci", "-t", "localhost/built:1", folder])
    tap.expect("run what was built", [*once, "localhost/built:1"], output="^built$")
