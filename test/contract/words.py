# SPDX-License-Identifier: Apache-2.0
"""What callers read: errors and their places, the words that they look for, documents, statuses."""

import json
import os
import re

from bundle import TRAP, WORK, Bundle, Caller
from forms import PATH, conmon_of, shim_of
from harness import cgroups_below, eventually

# As Go's time.RFC3339 takes it.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
PLAIN = ["--root", "/run/words"]


def run(tap, runtime):
    unless = runtime.no_errors()
    refused_programs(tap, runtime, unless)
    refused_execs(tap, runtime, unless)
    unknown(tap, runtime, unless)
    wrong_states(tap, runtime, unless)
    versions(tap, runtime)
    features(tap, runtime)
    documents(tap, runtime)
    statuses(tap, runtime)


def plain_of(runtime):
    return Caller(runtime.path, PLAIN, {"PATH": PATH})


# ---- errors ----


def check_one_error(caller, words):
    """podman wants one object in the whole log; containerd refuses a time that is none."""
    text = caller.log.read_text()
    assert text.endswith("\n") and text.count("\n") == 1, f"not one line: {text!r}"
    entry = json.loads(text)
    assert entry["level"] == "error", entry
    assert TIME.fullmatch(entry["time"]), entry
    assert words in entry["msg"], entry
    return entry


def refused_programs(tap, runtime, unless):
    cases = [("/nope", 'exec: "/nope": stat /nope: no such file or directory'),
             ("nope", 'exec: "nope": executable file not found in $PATH'),
             ("/etc/plain", "permission denied"), ("/bin", "")]
    for program, words in cases:
        def refused(program=program, words=words):
            box = Bundle([program])
            caller = conmon_of(runtime, box.name)
            result = box.create(caller)
            said = box.output()
            assert result.status == 1, result.status
            entry = check_one_error(caller, words)
            if program == "/bin":
                assert re.search("is a directory|permission denied", entry["msg"]), entry
            assert entry["msg"] in said, f"not on stderr, too: {said!r}"
            assert caller("state", box.name).status == 1, "something is left"
            left = cgroups_below(os.environ["CONTRACT_CGROUP"], box.name)
            assert not left, left
            caller("delete", "--force", box.name).good()
        tap.test(f"create refuses {program}: an error of one line in the log and on stderr, "
                 "nothing left", refused, unless)


def refused_execs(tap, runtime, unless):
    box = Bundle()
    shim = shim_of(runtime, box)
    box.create(shim)
    shim("start", box.name)
    cases = [("/nope", "no such file or directory"),
             ("nope", "executable file not found in $PATH"), ("/etc/plain", "permission denied")]
    for program, words in cases:
        def refused(program=program, words=words):
            shim.log.write_text("")
            pid_file = box.path / "refused.pid"
            pid_file.unlink(missing_ok=True)
            result = shim("exec", "--process", box.process_file([program]), "--detach",
                          "--pid-file", pid_file, box.name)
            assert result.status != 0, str(result)
            assert words in result.err, str(result)
            last = [one for one in shim.errors() if one["level"] == "error"][-1]
            assert words in last["msg"] and TIME.fullmatch(last["time"]), last
        tap.test(f"exec refuses {program}: an error in the log and on stderr", refused, unless)
    shim("delete", "--force", box.name)
    box.reap(box.pid())


def unknown(tap, runtime, unless):
    caller = plain_of(runtime)

    def refused():
        for words in [["state"], ["start"], ["kill"], ["delete"], ["pause"], ["resume"],
                      ["ps", "--format", "json"]]:
            rest = ["15"] if words == ["kill"] else []
            result = caller(*words, "nobody-is-this", *rest)
            assert result.status == 1, (words, str(result))
            assert "does not exist" in result.err and result.out == "", (words, str(result))

    def container():
        result = caller("state", "nobody-is-this")
        assert "container does not exist" in result.err, str(result)
        caller("delete", "--force", "nobody-is-this").good()

    def names():
        for name in ["", "..", "a/b", "a b"]:
            box = Bundle(["true"])
            result = caller("create", "--bundle", box.path, "--", name, streams=null_streams())
            assert result.status != 0, (name, str(result))
    tap.test("an unknown container: status 1, 'does not exist'", refused, unless)
    tap.test("an unknown container: exactly the words 'container does not exist'; delete --force "
             "says nothing", container, unless)
    tap.test("names that are none are refused", names,
             "crun takes names with spaces" if runtime.kind == "crun" else None)


def wrong_states(tap, runtime, unless):
    """A container in every state, and what is not allowed in it."""
    caller, box = plain_of(runtime), Bundle(["sh", "-c", TRAP])

    def says(words, *argv, **how):
        result = caller(*argv, **how)
        assert result.status != 0, str(result)
        assert words in result.err, f"no {words!r}: {result}"

    def twice():
        box.create(caller).good(silent=False)
        other = Bundle(["true"])
        says("container with given ID already exists", "create", "--bundle", other.path, box.name)

    def running():
        caller("start", box.name).good()
        says("cannot start an already running container", "start", box.name)
        says("container not paused", "resume", box.name)
        says(f"cannot delete container {box.name} that is not stopped: running", "delete",
             box.name)

    def stopped():
        caller("kill", box.name, "KILL").good()
        box.reap(box.pid())
        eventually("stopped", lambda: caller.state(box.name)["status"] == "stopped")
        says("container not running", "kill", box.name, "15")
        says("cannot exec in a stopped container", "exec", "--process",
             box.process_file(["true"]), box.name)
        says("cannot start a container that has stopped", "start", box.name)
        says("container not running", "pause", box.name)
        caller("delete", box.name).good()
    if tap.test("a second container of the same name", twice, unless):
        tap.test("what a running container is not", running)
        tap.test("what a stopped container is not", stopped)


# ---- documents ----


def versions(tap, runtime):
    def version():
        """Docker takes the text behind the last 'version' of any line; so there may be one."""
        result = Caller(runtime.path, [], {})("--version")
        assert result.status == 0 and result.err == "", str(result)
        lines = result.out.splitlines()
        assert re.fullmatch(rf"{runtime.kind} version \d\S*", lines[0]), lines
        assert not any("version" in line for line in lines[1:]), lines
        assert any(re.fullmatch(r"spec: \d+\.\d+\.\d+\S*", line) for line in lines), lines
        assert Caller(runtime.path, [], {})("-v").out == result.out
    tap.test("--version: NAME version X, commit, spec; the word 'version' once", version)


def features(tap, runtime):
    def fields():
        """Without any option, in an empty environment; CRI-O reads both streams as one."""
        result = Caller(runtime.path, [], {})("features")
        assert result.status == 0 and result.err == "", str(result)
        found = json.loads(result.out)
        assert re.fullmatch(r"\d+\.\d+\.\d+\S*", found["ociVersionMin"]), found
        assert re.fullmatch(r"\d+\.\d+\.\d+\S*", found["ociVersionMax"]), found
        assert {"prestart", "createRuntime", "poststop"} <= set(found["hooks"]), found["hooks"]
        assert {"bind", "ro", "rbind", "rro"} <= set(found["mountOptions"]), found["mountOptions"]
        linux = found["linux"]
        assert {"pid", "user", "mount", "network"} <= set(linux["namespaces"]), linux
        assert "CAP_KILL" in linux["capabilities"], linux
        assert linux["cgroup"]["v2"] is True and linux["seccomp"]["enabled"] is True, linux

    def order():
        found = json.loads(Caller(runtime.path, [], {})("features").out)
        for name in ["mountOptions"]:
            assert found[name] == sorted(found[name]), f"{name} is not sorted"
        for name in ["namespaces"]:
            assert found["linux"][name] == sorted(found["linux"][name]), f"{name} is not sorted"

    def idmaps():
        """By this the kubelet's node says that pods can have user namespaces."""
        found = json.loads(Caller(runtime.path, [], {})("features").out)
        assert found["linux"]["mountExtensions"]["idmap"]["enabled"] is True, found["linux"]
    unless = None
    if Caller(runtime.path, [], {})("features").status != 0 and runtime.kind == "crun":
        unless = "crun 1.8 has no features"
    tap.test("features: what the engines read", fields, unless)
    tap.test("features: sorted lists", order, unless)
    tap.test("features: idmapped mounts", idmaps,
             unless or ("runc 1.1 has none" if runtime.kind == "runc" else None))


def documents(tap, runtime):
    caller, box = plain_of(runtime), Bundle(["sh", "-c", TRAP])

    def state():
        box.create(caller).good(silent=False)
        found = caller.state(box.name)
        assert re.fullmatch(r"1\.\d+\.\d+\S*", found["ociVersion"]), found
        assert (found["id"], found["status"], found["pid"]) == (box.name, "created", box.pid())
        assert found["bundle"] == str(box.path), found
        assert TIME.fullmatch(found["created"]), found
        assert found["annotations"] == {"org.example.key": "value"}, found

    def listing():
        found = json.loads(caller("list", "--format", "json").good(silent=False).out)
        mine = [one for one in found if one["id"] == box.name]
        assert len(mine) == 1 and mine[0]["status"] == "created", found
        assert TIME.fullmatch(mine[0]["created"]) and mine[0]["pid"] == box.pid(), mine
        assert box.name in caller("list", "-q").out.splitlines()
        caller("delete", "--force", box.name).good()
        box.reap(box.pid())
        assert box.name not in caller("list", "-q").out.splitlines()

    def written():
        folder = WORK / "spec"
        folder.mkdir()
        caller("spec", "--bundle", folder).good(silent=False)
        found = json.loads((folder / "config.json").read_text())
        assert found["ociVersion"] and found["process"]["args"] == ["sh"], found
        assert caller("spec", "--bundle", folder).status != 0, "it was written over"
    if tap.test("state: what the engines read", state):
        tap.test("list: the same as an array; names by -q", listing)
    tap.test("spec writes a config.json, and only where there is none", written)


# ---- statuses ----


def statuses(tap, runtime):
    caller = plain_of(runtime)

    def foreground(script, wanted):
        box = Bundle(["sh", "-c", script])
        result = caller("run", "--bundle", box.path, box.name)
        assert (result.status, result.out, result.err) == (wanted, "out\n", ""), str(result)
        assert caller("state", box.name).status == 1, "something is left"

    def executed():
        box = Bundle()
        caller("run", "--detach", "--bundle", box.path, "--pid-file", box.pid_file, box.name,
               streams=null_streams()).good(silent=False)
        result = caller("exec", box.name, "sh", "-c", "echo $0 -x --y; exit 5")
        assert (result.status, result.out) == (5, "sh -x --y\n"), str(result)
        result = caller("exec", "--env", "K=v", "--cwd", "/tmp", "--user", "7:8", box.name, "sh",
                        "-c", "echo $K $PWD $(id -u) $(id -g)")
        assert result.out == "v /tmp 7 8\n", str(result)
        result = caller("exec", box.name, "sh", "-c", "kill -9 $$")
        assert result.status == 137, str(result)
        caller("delete", "--force", box.name).good()
        box.reap(box.pid())
    for script, wanted in [("echo out", 0), ("echo out; exit 3", 3)]:
        tap.test(f"run: status {wanted} of the container",
                 lambda script=script, wanted=wanted: foreground(script, wanted))
    tap.test("exec ID COMMAND: words behind the ID are the command's; its status, 128 and the "
             "signal", executed,
             "crun forgets PATH with --env" if runtime.kind == "crun" else None)


def null_streams():
    null = os.open("/dev/null", os.O_RDWR)
    return [null, null, null]
