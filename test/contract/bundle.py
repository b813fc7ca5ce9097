# SPDX-License-Identifier: Apache-2.0
"""Bundles of busybox, and calls of the runtime as its callers make them: exactly these words, this
environment, directory and descriptors, with both streams kept apart."""

import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import time

WORK = pathlib.Path("/run/contract")
APPLETS = ["sh", "cat", "echo", "env", "false", "hostname", "id", "kill", "ls", "ps", "sleep",
           "stty", "true", "tty"]
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None, use_errno=True)
TRAP = "trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done"


def become_subreaper():
    """As conmon, shims and buildah are: what the runtime leaves behind becomes a child of ours."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __str__(self):
        return f"status {self.status}, stdout {self.out!r}, stderr {self.err!r}"

    def good(self, silent=True):
        """Checks that it succeeded, and (for what returns no text) that it said nothing."""
        assert self.status == 0, str(self)
        assert not silent or (self.out, self.err) == ("", ""), str(self)
        return self


class Caller:
    """A program that calls the runtime: the words before the verb, the environment, and whether
    errors are read from a log (`--log`, of which the word is in `words`)."""

    def __init__(self, runtime, words=(), env=None, log=None, cwd="/"):
        self.runtime, self.words, self.log, self.cwd = runtime, list(words), log, cwd
        self.env = {} if env is None else env

    def __call__(self, *argv, stdin=None, streams=None, seconds=20, env=None, **how):
        """`streams`: three descriptors for the call; without them what it prints is returned."""
        words = [self.runtime, *self.words, *(str(word) for word in argv)]
        with subprocess.Popen(words, env=self.env if env is None else env, cwd=self.cwd,
                              preexec_fn=die_with_caller, text=True, errors="replace",
                              **self.descriptors(stdin, streams), **how) as process:
            try:
                out, err = process.communicate(stdin, timeout=seconds)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise AssertionError(f"no end after {seconds} s: {words}") from error
        return Result(process.returncode, out, err)

    @staticmethod
    def descriptors(stdin, streams):
        if streams:
            return dict(zip(["stdin", "stdout", "stderr"], streams))
        return {"stdin": subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

    def state(self, name):
        result = self("state", name).good(silent=False)
        assert result.err == "", f"state wrote to stderr: {result}"
        return json.loads(result.out)

    def errors(self):
        """The objects of the log, parsed as a stream, as containerd does."""
        text, found, decoder = self.log.read_text(), [], json.JSONDecoder()
        while text.strip():
            value, end = decoder.raw_decode(text.lstrip())
            found.append(value)
            text = text.lstrip()[end:]
        return found


def die_with_caller():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


# ---- bundles ----


def make_rootfs(path):
    (path / "bin").mkdir(parents=True)
    for folder in ["dev", "etc", "proc", "sys", "tmp"]:
        (path / folder).mkdir()
    shutil.copy(pathlib.Path(shutil.which("busybox")).resolve(), path / "bin/busybox")
    for applet in APPLETS:
        (path / "bin" / applet).symlink_to("busybox")
    (path / "etc/plain").write_text("no program\n")


def config(args, **process):
    """A small config.json; more members of `process` by name."""
    caps = ["CAP_KILL", "CAP_CHOWN"]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False, "user": {"uid": 0, "gid": 0}, "cwd": "/", "args": args,
            "env": ["PATH=/bin", "HOME=/"], "noNewPrivileges": True,
            "capabilities": {"bounding": caps, "effective": caps, "permitted": caps}, **process},
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "contract",
        "annotations": {"org.example.key": "value"},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}],
        "linux": {"namespaces": [{"type": name} for name in
                                 ["pid", "network", "ipc", "uts", "mount"]],
                  "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"]}}


class Bundle:
    """One container's folder, and what it was given as standard streams."""

    made = 0

    def __init__(self, args=("sh", "-c", TRAP), change=None, cgroup=True, owner=None, **process):
        Bundle.made += 1
        self.name = f"box-{Bundle.made}"
        self.path = WORK / "bundles" / self.name
        make_rootfs(self.path / "rootfs")
        document = config(list(args), **process)
        if cgroup:
            document["linux"]["cgroupsPath"] = f"/{os.environ['CONTRACT_CGROUP']}/{self.name}"
        if change:
            change(document)
        self.config = json.dumps(document)
        (self.path / "config.json").write_text(self.config)
        if owner:
            subprocess.run(["chown", "-R", f"{owner}:{owner}", self.path], check=True)
        self.pid_file = self.path / "pid"
        self.reading = None

    def streams(self):
        """Descriptors for a call: /dev/null, and a pipe twice, whose reading end is kept."""
        self.reading, writing = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.reading, False)
        return [subprocess.DEVNULL, writing, writing]

    def create(self, caller, *options, **how):
        """As conmon and the shims do it. Returns the result; the container writes into the pipe."""
        streams = self.streams()
        try:
            return caller("create", "--bundle", self.path, "--pid-file", self.pid_file, *options,
                          self.name, streams=streams, **how)
        finally:
            os.close(streams[1])

    def output(self, until=None, seconds=10):
        """What came through the pipe: to its end, or to a word."""
        text, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            if until and until.encode() in text:
                break
            if select.select([self.reading], [], [], 0.1)[0]:
                piece = os.read(self.reading, 4096)
                if not piece:
                    break
                text += piece
        else:
            raise AssertionError(f"no end of the output within {seconds} s; so far {text!r}")
        return text.decode(errors="replace")

    def attached(self, caller, *argv):
        """A call with a pipe of its own; returns the result and all that came through it."""
        before = self.reading
        streams = self.streams()
        try:
            result = caller(*argv, streams=streams)
            os.close(streams[1])
            return result, self.output()
        finally:
            os.close(self.reading)
            self.reading = before

    def pid(self, path=None):
        """Digits, and no newline: callers do not trim."""
        text = (path or self.pid_file).read_text()
        assert text.isascii() and text.isdigit(), f"the pid file holds {text!r}"
        return int(text)

    def reap(self, pid, seconds=10):
        """Waits for it as its parent; returns the exit status, negative for a signal."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        raise AssertionError(f"process {pid} has not ended within {seconds} s")

    def process_file(self, args, **more):
        path = self.path / "process.json"
        process = json.loads(self.config)["process"]
        process.update(args=list(args), **more)
        path.write_text(json.dumps(process))
        return path


class ConsoleSocket:
    """Where the runtime sends the master of the container's terminal."""

    def __init__(self, folder):
        self.path = folder / "console.sock"
        self.path.unlink(missing_ok=True)
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.listening.bind(str(self.path))
        self.listening.listen(1)
        self.listening.settimeout(10)

    def receive(self):
        """One message with one descriptor, and a name that is not empty."""
        connection, _ = self.listening.accept()
        with connection:
            connection.settimeout(10)
            name, descriptors, _, _ = socket.recv_fds(connection, 4096, 4)
        self.listening.close()
        assert len(descriptors) == 1, f"{len(descriptors)} descriptors"
        assert name, "the message is empty"
        assert os.isatty(descriptors[0]), "it is no terminal"
        return descriptors[0]


def read_terminal(master, until, seconds=10):
    text, end = b"", time.monotonic() + seconds
    while time.monotonic() < end and until.encode() not in text:
        if select.select([master], [], [], 0.1)[0]:
            try:
                text += os.read(master, 4096)
            except OSError:  # EIO: nobody is on the other side
                break
    assert until.encode() in text, f"no {until!r} on the terminal: {text!r}"
    return text.decode(errors="replace")
