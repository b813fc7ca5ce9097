# SPDX-License-Identifier: Apache-2.0
"""What the tests of all engines share: TAP, commands, terminals, an image without a registry, and
what may be left behind. They run in namespaces of their own (see run), so that whatever they start
ends with them."""

import hashlib
import io
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
CONTRIB = TREE / "contrib"
WORK = pathlib.Path("/run/engine")  # on a tmpfs of this test's own; short, for names of sockets
IMAGE, PAUSE = "localhost/box:1", "localhost/pause:1"
CGROUPS = pathlib.Path("/sys/fs/cgroup")


class Tap:
    """Runs tests one after the other; each is a function that asserts."""

    def __init__(self, prefix):
        self.prefix, self.number, self.failed = prefix, 0, 0

    def say(self, good, name, directive=""):
        self.number += 1
        prefix = f"{self.prefix}: " if self.prefix else ""
        print(f"{'' if good else 'not '}ok {self.number} - {prefix}{name}{directive}", flush=True)

    def test(self, name, function, unless=None):
        """Returns whether it passed. `unless`: why it cannot be tried here."""
        if unless:
            self.say(True, name, f" # SKIP {unless}")
            return False
        try:
            function()
        except Exception as error:  # pylint: disable=broad-except  # shown; the rest still runs
            self.failed += 1
            self.say(False, name)
            text = f"{type(error).__name__}: {error}"[:2000]
            print("# " + text.replace("\n", "\n# "), flush=True)
            return False
        self.say(True, name)
        return True

    def expect(self, name, argv, status=0, output=None, unless=None, **how):
        """The usual test: this command ends with that status, and what it prints matches."""
        def check():
            got, text = call(argv, **how)
            assert got == status, f"status {got} instead of {status}: {text}"
            assert output is None or re.search(output, text, re.M), f"no '{output}' in: {text}"
        return self.test(name, check, unless)

    def done(self):
        print(f"1..{self.number}", flush=True)
        return 1 if self.failed else 0


def call(argv, seconds=30, stdin=None, env=None, cwd="/"):
    """Returns the status and both streams of a command; one that hangs is an error."""
    try:
        done = subprocess.run([str(word) for word in argv], input=stdin, env=env, cwd=cwd,
                              stdin=None if stdin is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                              text=True, errors="replace", check=False)
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"no end after {seconds} s: {argv}: {error.stdout}") from error
    return done.returncode, done.stdout


def need(argv, **how):
    """A command that must succeed; returns what it printed, without the last newline."""
    status, text = call(argv, **how)
    assert status == 0, f"status {status} of {argv}: {text}"
    return text.rstrip("\n")


def on_terminal(argv, seconds=20):
    """Runs a command on a terminal of its own; returns its status and what it wrote there."""
    pid, master = pty.fork()
    if pid == 0:
        os.execvp(argv[0], [str(word) for word in argv])
    text, end = b"", time.monotonic() + seconds
    os.set_blocking(master, False)
    while time.monotonic() < end:
        try:
            piece = os.read(master, 4096)
            if not piece:
                break
            text += piece
        except BlockingIOError:
            time.sleep(0.02)
        except OSError:  # EIO: the other side is closed
            break
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text.decode(errors="replace")


def eventually(what, condition, seconds=10):
    """Waits until the condition holds. What it raises meanwhile counts as not yet."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (AssertionError, OSError) as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}: {last}")


# ---- daemons ----


class Daemon:
    def __init__(self, name, argv, env=None):
        self.log = WORK / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=env, cwd="/")

    def wait_ready(self, probe, seconds=20):
        def ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"it ended: {self.tail()}")
            return call(probe)[0] == 0
        try:
            eventually("ready", ready, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.tail()}") from error

    def tail(self):
        return self.log.read_text(errors="replace")[-1500:]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


# ---- the runtime and this host ----


class Runtime:
    """What is tested; COVE names it. runc and crun may stand in, to test the tests."""

    def __init__(self):
        self.path = os.environ["COVE"]
        text = call([self.path, "--version"])[1]
        self.kind = text.split()[0] if text else "?"

    # Why something cannot be tried with it here, or None.

    def no_limits(self):
        if self.kind == "cove" and not (CGROUPS / "cgroup.controllers").exists():
            return "the controllers are bound to cgroup v1 here, and cove sets those of v2 only"
        return None

    def no_freezer(self):
        if self.kind == "cove" and not unified_root():
            return "there is no cgroup v2 here"
        return None

    def no_errors(self):
        return "crun words its errors in a way that engines do not know" \
            if self.kind == "crun" else None


def unified_root():
    for place in [CGROUPS, CGROUPS / "unified"]:
        if (place / "cgroup.procs").exists() and (place / "cgroup.controllers").exists():
            return place
    return None


def without_unified():
    """crun refuses a host with both versions of cgroups: a folder with those of version 1 only."""
    own = pathlib.Path("/var/lib/cgroup")
    own.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", own], check=True)
    for hierarchy in CGROUPS.iterdir():
        if hierarchy.name != "unified" and hierarchy.is_mount():
            (own / hierarchy.name).mkdir()
            subprocess.run(["mount", "--move", hierarchy, own / hierarchy.name], check=True)
    subprocess.run(["mount", "--move", own, CGROUPS], check=True)


def with_path(file, path):
    """A file of contrib/ for a cove that lies elsewhere."""
    text = (CONTRIB / file).read_text()
    assert "/usr/bin/cove" in text, f"contrib/{file} does not name /usr/bin/cove"
    return text.replace("/usr/bin/cove", path)


def missing(commands):
    """Why this engine cannot be tested, or None."""
    absent = [name for name in commands if not shutil.which(name)]
    return "not installed: " + ", ".join(absent) if absent else None


# ---- an image, as an archive that every engine loads ----

PASSWD = "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n"
GROUP = "root:x:0:\nuser:x:1000:\n"
PAUSE_SCRIPT = "#!/bin/sh\ntrap 'exit 0' TERM INT\nwhile :; do sleep 1000 & wait $!; done\n"


def add_file(tar, name, data, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    tar.addfile(entry, io.BytesIO(data))


def layer():
    """A root with busybox, and a pause program that ends at TERM."""
    out = io.BytesIO()
    busybox = pathlib.Path(shutil.which("busybox")).resolve()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for folder in ["bin", "dev", "etc", "proc", "root", "run", "sys", "tmp"]:
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        add_file(tar, "bin/busybox", busybox.read_bytes(), 0o755)
        for applet in need([busybox, "--list"]).split():
            if applet != "busybox":
                entry = tarfile.TarInfo(f"bin/{applet}")
                entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(entry)
        add_file(tar, "etc/passwd", PASSWD.encode())
        add_file(tar, "etc/group", GROUP.encode())
        add_file(tar, "pause", PAUSE_SCRIPT.encode(), 0o755)
    return out.getvalue()


def make_image(path, name, entrypoint=None):
    """Writes an archive in the format of 'docker save'."""
    data = layer()
    config = json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Cmd": None if entrypoint else ["/bin/sh"], "Entrypoint": entrypoint,
                   "Env": ["PATH=/bin"], "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(data).hexdigest()]},
        "history": [{"created": "1970-01-01T00:00:00Z"}],
    }).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as tar:
        add_file(tar, config_name, config)
        add_file(tar, "layer.tar", data)
        add_file(tar, "manifest.json", json.dumps(manifest).encode())
    return path


def make_images():
    return (make_image(WORK / "box.tar", IMAGE),
            make_image(WORK / "pause.tar", PAUSE, ["/pause"]))


# ---- what is left ----


def processes():
    """The command lines of this pid namespace, by pid; without zombies."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if words:
            found[int(entry.name)] = words.strip()
    return found


def cgroups_below(name, pattern):
    """The cgroups of containers below one of that name, in every hierarchy."""
    return [str(path) for top in [CGROUPS, *CGROUPS.glob("*")]
            for path in (top / name).rglob(pattern) if path.is_dir()]


def remove_cgroups(name):
    for top in [CGROUPS, *CGROUPS.glob("*")]:
        for path in sorted((top / name).rglob("*"), reverse=True) + [top / name]:
            if path.is_dir():
                try:
                    path.rmdir()
                except OSError:
                    pass


def mounts():
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return {line.split()[4] for line in file}


class Before:
    """What there is before any container; nothing more may be there at the end."""

    def __init__(self, cgroup, pattern, *states):
        """`pattern`: how the engine names cgroups of containers; `states`: the runtime's roots."""
        self.cgroup, self.pattern = cgroup, pattern
        self.states = [pathlib.Path(state) for state in states]
        self.mounts = mounts()

    def check(self, tap, allowed):
        """`allowed`: a pattern of the command lines of daemons that stay."""
        def no_process():
            left = {pid: words for pid, words in processes().items()
                    if pid not in (1, os.getpid()) and not re.search(allowed, words)}
            assert not left, left

        def no_state():
            left = [str(path) for state in self.states if state.is_dir()
                    for path in state.iterdir() if path.is_dir()]  # files are a cache
            assert not left, left

        def nothing(what, found):
            def check():
                left = found()
                assert not left, f"{what}: {left}"
            return check

        tap.test("rm leaves no process", lambda: eventually_none(no_process))
        tap.test("rm leaves no state of the runtime", no_state)
        tap.test("rm leaves no cgroup", nothing("left", lambda: cgroups_below(self.cgroup,
                                                                               self.pattern)))
        tap.test("rm leaves no mount", nothing("left", lambda: mounts() - self.mounts))


def eventually_none(check):
    def holds():
        check()
        return True
    eventually("nothing is left", holds, 5)


if __name__ == "__main__":
    sys.exit("this is no program: see run")
