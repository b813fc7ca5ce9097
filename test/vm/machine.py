# SPDX-License-Identifier: Apache-2.0
"""A throwaway machine: QEMU with an emulated processor, and what speaks to the agent inside.

Everything here ends with the process that made it, and has no name in any file system: sockets
without names, files in memory, and a snapshot that QEMU unlinks when it makes it.
"""

import base64
import os
import pathlib
import selectors
import shlex
import shutil
import socket
import stat
import subprocess
import time
from dataclasses import dataclass

import image

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
GUEST = pathlib.Path(__file__).resolve().parent / "guest"
TIMEOUT, BROKEN = 124, 125
PORTS = ["out", "err", "control"]  # in the order of their numbers, which begin with 1
CONSOLE_BYTES, CONSOLE_LINES = 65536, 40
# An oops is the end. The rest saves time: there is nobody to be defended against, and an emulated
# clock on a busy host looks broken.
KERNEL_WORDS = "console=ttyS0 quiet panic=-1 oops=panic mitigations=off nokaslr tsc=reliable " \
    "no_timer_check cryptomgr.notests"


@dataclass
class Settings:
    """What kind of machine. `user` is made in it, unless None; `tree` is shown at the same path.

    One processor is the fastest. Several take turns (thread=single): side by side, one may execute
    what another has patched halfway, and Linux patches itself, as when the first cpu.max is set."""

    flavour: str = "plain"  # or "systemd"
    kernel: str = "old"  # or "new"
    user: str = None
    tree: pathlib.Path = TREE
    memory: str = "2G"
    processors: int = 1


class Failure(Exception):
    """The machine is of no use any more. `status` is TIMEOUT or BROKEN."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


# ---- the initramfs ----


def cpio(entries):
    """An archive as the kernel reads it ("newc") of (name, mode, content, device number)."""
    archive = bytearray()
    for inode, (name, mode, content, device) in enumerate([*entries, ("TRAILER!!!", 0, b"", 0)], 1):
        fields = [inode, mode, 0, 0, 1, 0, len(content), 0, 0, os.major(device), os.minor(device),
                  len(name) + 1, 0]
        archive += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        archive += bytes(-len(archive) % 4) + content
        archive += bytes(-len(archive) % 4)
    return archive


def initramfs(settings, kernel):
    def file(name, path):
        return name, stat.S_IFREG | 0o755, pathlib.Path(path).read_bytes(), 0

    words = {"flavour": settings.flavour, "user": settings.user or "", "tree": settings.tree,
             "modules": kernel / "modules"}
    text = "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in words.items())
    folders = [(name, stat.S_IFDIR | 0o755, b"", 0) for name in ["bin", "dev", "bed", "bed/early"]]
    return cpio([
        *folders,
        ("dev/console", stat.S_IFCHR | 0o600, b"", os.makedev(5, 1)),
        ("bed/settings", stat.S_IFREG | 0o644, text.encode(), 0),
        file("bin/busybox", shutil.which("busybox")),
        file("init", GUEST / "init"),
        file("bed/agent", GUEST / "agent"),
        *(file(f"bed/early/{path.name}", path) for path in sorted((kernel / "early").iterdir())),
    ])


def memory_file(name, content=b""):
    descriptor = os.memfd_create(name)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    return descriptor


# ---- the machine ----


class Machine:
    """One that has been started; `with` sees to its end."""

    def __init__(self, settings, show_console=None):
        if set(str(settings.tree)) & set(",:\\"):
            raise image.Unavailable("the path of the tree has a comma, colon or backslash")
        self.settings, self.show_console = settings, show_console
        self.kernel = image.kernel(settings.kernel)
        disk = image.debian_disk() if settings.flavour == "systemd" else image.empty_disk()
        self.disk = disk / "disk"
        self.processes, self.ports = [], {}
        self.console, self.replies = bytearray(), bytearray()
        self.selector = selectors.DefaultSelector()
        self.words = memory_file("words")  # of QEMU and virtiofsd

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    # -- starting --

    def start(self):
        theirs = {name: self.open_port(name) for name in [*PORTS, "console"]}
        theirs["initramfs"] = memory_file("initramfs", initramfs(self.settings, self.kernel))
        theirs["host"] = self.start_virtiofsd()
        try:
            self.spawn(self.qemu_command(theirs), theirs.values())
        finally:
            for descriptor in theirs.values():
                os.close(descriptor)

    def open_port(self, name):
        """Keeps one end, returns the other one."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self.ports[name] = ours
        self.selector.register(ours, selectors.EVENT_READ, name)
        return theirs.detach()

    def spawn(self, command, descriptors):
        self.processes.append(subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command], pass_fds=descriptors,
            stdin=subprocess.DEVNULL, stdout=self.words, stderr=self.words,
        ))

    def start_virtiofsd(self):
        """Serves the host's root, which is read-only for it whatever the guest asks for. Returns the
        connection."""
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as connection:
            listener.bind("")  # the kernel finds a name that nobody has, outside of all directories
            listener.listen(1)
            connection.connect(listener.getsockname())
            script = 'mount -o remount,bind,ro / && exec "$@"'
            self.spawn(["unshare", "--mount", "sh", "-c", script, "sh", str(image.VIRTIOFSD),
                        f"--fd={listener.fileno()}", "-o", "source=/", "-o", "sandbox=chroot",
                        "-o", "xattr", "-o", "cache=always", "-o", "log_level=err"],
                       [listener.fileno()])
            return connection.detach()

    def qemu_command(self, descriptors):
        settings = self.settings
        command = [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot",
            "-display", "none", "-accel", "tcg,thread=single", "-cpu", "max",
            "-machine", "q35,memory-backend=memory", "-m", settings.memory,
            "-smp", str(settings.processors),
            "-object", f"memory-backend-memfd,id=memory,size={settings.memory},share=on",
            "-kernel", str(self.kernel / "vmlinux"), "-append", KERNEL_WORDS,
            "-initrd", f"/dev/fd/{descriptors['initramfs']}",
            "-drive", f"file={self.disk},format=raw,if=virtio,snapshot=on,cache=unsafe",
            "-chardev", f"socket,id=console,fd={descriptors['console']}",
            "-serial", "chardev:console",
            "-chardev", f"socket,id=host,fd={descriptors['host']}",
            "-device", "vhost-user-fs-pci,chardev=host,tag=host",
            "-device", "virtio-serial-pci",
        ]
        for number, name in enumerate(PORTS, 1):
            command += ["-chardev", f"socket,id={name},fd={descriptors[name]}",
                        "-device", f"virtserialport,chardev={name},nr={number}"]
        return command

    # -- speaking with it --

    def wait_until_ready(self, seconds):
        if self.next_reply(time.monotonic() + seconds, lambda name, data: None) is None:
            raise self.failure(TIMEOUT, f"nothing can be run in it after {seconds:g} s")

    def run(self, command, sink, user="root", directory="/", seconds=600):
        """Runs a command and returns its status as a shell tells it. `sink(name, data)` takes what
        it writes; name is "out" or "err"."""
        script = f"cd {shlex.quote(str(directory))} || exit {BROKEN}\nexec {shlex.join(command)}\n"
        line = f"{user} {base64.b64encode(script.encode()).decode()}\n"
        self.ports["control"].setblocking(True)
        self.ports["control"].sendall(line.encode())
        self.ports["control"].setblocking(False)
        reply = self.next_reply(time.monotonic() + seconds, sink)
        if reply is None:
            raise self.failure(TIMEOUT, f"the command did not end within {seconds:g} s")
        for name in ["out", "err"]:  # all of it was sent before the reply
            while self.take(name, sink):
                pass
        return int(reply.split()[1])

    def next_reply(self, deadline, sink):
        """The next line of the agent, or None when time is over."""
        while b"\n" not in self.replies:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if not self.selector.get_map():
                raise self.failure(BROKEN, "the machine ended by itself")
            for key, _ in self.selector.select(left):
                self.take(key.data, sink)
        line, _, self.replies = self.replies.partition(b"\n")
        return line.decode()

    def take(self, name, sink):
        """Takes what has come by one port. Returns False when it was nothing."""
        try:
            data = self.ports[name].recv(65536)
        except BlockingIOError:
            return False
        except ConnectionError:
            data = b""
        if not data:
            if self.ports[name] in self.selector.get_map():
                self.selector.unregister(self.ports[name])
            return False
        if name == "control":
            self.replies += data
        elif name == "console":
            self.console = (self.console + data)[-CONSOLE_BYTES:]
            if self.show_console:
                self.show_console(data)
        else:
            sink(name, data)
        return True

    def failure(self, status, text):
        """Says with it what the console and the programs said last."""
        console = self.console.decode(errors="replace").replace("\r", "").splitlines()
        words = os.pread(self.words, 4096, 0).decode(errors="replace").splitlines()
        lines = [f"  | {line}" for line in [*console[-CONSOLE_LINES:], *words]]
        return Failure(status, "\n".join([f"{text}; the console:", *(lines or ["  | (empty)"])]))

    def end(self):
        for process in reversed(self.processes):
            process.kill()
        for process in self.processes:
            process.wait()
        self.selector.close()
        for port in self.ports.values():
            port.close()
        os.close(self.words)


def boot(settings, seconds, show_console=None):
    """A machine that takes commands. One that does not come up gets a second try, as an emulated
    machine on a busy host may hang; Failure tells of the second one."""
    for last in [False, True]:
        machine = Machine(settings, show_console)
        try:
            machine.start()
            machine.wait_until_ready(seconds)
            return machine
        except Failure as failure:
            machine.end()
            if last:
                raise Failure(BROKEN, f"did not boot, twice: {failure}") from None
            image.say(f"did not boot, trying once more: {failure}")
        except BaseException:
            machine.end()
            raise
    return None
