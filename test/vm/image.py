# SPDX-License-Identifier: Apache-2.0
"""What machines are made of: kernels and disks, made once from Debian's packages and kept in a cache.

An entry of the cache is a folder that is complete or not there. Its name ends in a digest of what it
was made from, so a changed recipe makes a new one, and the old one goes.
"""

import fcntl
import hashlib
import os
import pathlib
import platform
import re
import shutil
import struct
import subprocess
import sys

# The oldest and the newest kernel that Debian 12 supports. They are unpacked, never installed.
KERNELS = {"old": "linux-image-cloud-amd64", "new": "linux-image-6.12-cloud-amd64"}
UNPACKERS = {b"\x02\x21\x4c\x18": "lz4", b"\x28\xb5\x2f\xfd": "zstd"}  # by their magic
EARLY_MODULES = ["virtio_pci", "virtio_blk", "virtio_console", "virtiofs", "overlay"]
RELEASE = "bookworm"
IMAGE_PACKAGES = """
    bats bsdutils busybox-static conmon crun dbus dbus-user-session iproute2 jq kmod libcap2-bin
    libpam-systemd mount podman procps python3-minimal runc strace systemd uidmap
""".split()
IMAGE_FILES = {
    "etc/hostname": "bed\n",
    "etc/hosts": "127.0.0.1 localhost bed\n",
    "etc/fstab": "",
    "etc/machine-id": "5eed" * 8 + "\n",
    "etc/systemd/journald.conf.d/bed.conf": "[Journal]\nStorage=volatile\n",
    "etc/systemd/system/user@.service.d/bed.conf":
        "[Service]\nDelegate=cpu cpuset io memory pids\n",
}
# They take time to start, and what they do is of no use to a machine that is thrown away.
IMAGE_MASKED = """
    kmod-static-nodes.service modprobe@configfs.service modprobe@drm.service
    modprobe@efi_pstore.service proc-sys-fs-binfmt_misc.automount sys-kernel-config.mount
    sys-kernel-debug.mount sys-kernel-tracing.mount systemd-binfmt.service systemd-firstboot.service
    systemd-journal-flush.service systemd-pstore.service systemd-random-seed.service
    systemd-remount-fs.service systemd-repart.service systemd-sysusers.service
    systemd-update-utmp.service
""".split()
DISK_MEGABYTES = 8192  # of a sparse file
VIRTIOFSD = pathlib.Path("/usr/lib/qemu/virtiofsd")
# A program, and the package that has it.
PROGRAMS = {
    "apt-get": "apt", "busybox": "busybox-static", "depmod": "kmod", "lz4": "lz4",
    "mke2fs": "e2fsprogs", "mmdebstrap": "mmdebstrap", "qemu-system-x86_64": "qemu-system-x86",
    "setpriv": "util-linux", "strip": "binutils", "unshare": "util-linux", "xz": "xz-utils",
    "zstd": "zstd",
}


class Unavailable(Exception):
    """What a machine needs cannot be had here. The text is the reason."""


def say(*words):
    print("vm:", *words, file=sys.stderr, flush=True)


def check_host():
    """Raises Unavailable when this host cannot run the bed, whatever is in the cache."""
    if platform.machine() != "x86_64":
        raise Unavailable(f"the machines are x86_64, this one is {platform.machine()}")
    if os.geteuid() != 0:
        raise Unavailable("needs root")
    missing = {package for program, package in PROGRAMS.items() if not shutil.which(program)}
    if not VIRTIOFSD.exists():
        missing.add("qemu-system-common, the one with virtiofsd")
    if missing:
        raise Unavailable(f"missing packages: {', '.join(sorted(missing))}")


def call(command, **options):
    """Runs a command and returns what it printed. Its words are shown when it fails, and it ends
    with us."""
    options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run(["setpriv", "--pdeathsig", "KILL", *map(str, command)], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()[-5:]
        raise Unavailable(f"'{command[0]}' failed with status {done.returncode}: {'; '.join(words)}")
    return done.stdout


# ---- the cache ----


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base).resolve() / "cove-vm"


def cached(name, recipe, make):
    """The folder of this name that `make(folder)` fills. It is called when there is none."""
    digest = hashlib.sha256(repr(recipe).encode()).hexdigest()[:12]
    folder = cache_folder() / f"{name}-{digest}"
    try:
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with open(folder.parent / "lock", "w", encoding="utf-8") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not folder.is_dir():  # another process may have made it while we waited
                    replace(folder, folder.parent.glob(f"{name}-*"), make)
    except OSError as error:
        raise Unavailable(f"cannot make '{folder}': {error}") from None
    return folder


def replace(folder, older, make):
    unfinished = folder.parent / "unfinished"
    for old in [*older, unfinished]:
        shutil.rmtree(old, ignore_errors=True)
    unfinished.mkdir()
    try:
        say(f"making '{folder}', once")
        make(unfinished)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


# ---- kernels ----


def kernel(name):
    """A folder with `vmlinux`, all `modules` (a folder of versions), and `early`: those to be loaded
    before there is a root, in their order."""
    package = KERNELS[name]
    return cached(f"kernel-{name}", (package, UNPACKERS, EARLY_MODULES),
                  lambda folder: make_kernel(folder, package))


def newest_package(metapackage):
    """What the metapackage stands for at present."""
    pattern = re.compile(r"Depends: (linux-image-\S+)")
    ask = ["apt-cache", "depends", metapackage]
    found = pattern.search(subprocess.run(ask, capture_output=True, text=True, check=False).stdout)
    if not found:  # the lists of a fresh machine are empty
        call(["apt-get", "-qq", "update"])
        found = pattern.search(call(ask).decode())
    if not found:
        raise Unavailable(f"the package '{metapackage}' is not known")
    return found.group(1)


def download(package, folder):
    """Fetches a package without installing it. The lists may name a version that is gone."""
    fetch = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package]
    try:
        call(fetch, cwd=folder)
    except Unavailable:
        call(["apt-get", "-qq", "update"])
        call(fetch, cwd=folder)
    return next(folder.glob("*.deb"))


def make_kernel(folder, metapackage):
    archive = download(newest_package(metapackage), folder)
    unpacked = folder / "unpacked"
    call(["dpkg-deb", "--extract", archive, unpacked])
    archive.unlink()
    image = next((unpacked / "boot").glob("vmlinuz-*")).read_bytes()
    (folder / "vmlinux").write_bytes(uncompressed_kernel(image))
    version = next((unpacked / "lib/modules").iterdir()).name
    prepare_modules(unpacked, version)
    copy_early_modules(unpacked / "lib/modules" / version, folder / "early")
    (unpacked / "lib/modules").rename(folder / "modules")
    shutil.rmtree(unpacked)


def uncompressed_kernel(image):
    """The ELF file inside of a bzImage. QEMU starts that as well, and unpacking it here takes a
    fraction of what it takes an emulated processor. The offsets are those of the boot protocol."""
    setup_sectors = image[0x1F1] or 4
    start, length = struct.unpack_from("<II", image, 0x248)
    start += (setup_sectors + 1) * 512
    payload = image[start:start + length]
    for magic, program in UNPACKERS.items():
        if payload.startswith(magic):  # what follows the data is its size
            return call([program, "-d", "-c"], stdin=None, input=payload[:-4])
    return image


def prepare_modules(root, version):
    """Unpacks them, as busybox cannot, and takes off the signatures: checking one costs an emulated
    processor a tenth of a second."""
    modules = root / "lib/modules" / version
    each = ["xargs", "-0", "-r", "-n", "64"]
    for suffix, command in [(".ko.xz", ["xz", "--decompress"]), (".ko", ["strip", "--strip-debug"])]:
        paths = "\0".join(str(path) for path in modules.rglob(f"*{suffix}"))
        call([*each, *command], stdin=None, input=paths.encode())
    call(["depmod", "--basedir", root, version])


def copy_early_modules(modules, folder):
    needs = {}
    for line in (modules / "modules.dep").read_text(encoding="utf-8").splitlines():
        path, _, others = line.partition(":")
        needs[pathlib.Path(path).stem.replace("-", "_")] = [path, *others.split()]
    order = []
    for name in EARLY_MODULES:  # one that is not there is part of the kernel
        order += [path for path in reversed(needs.get(name, [])) if path not in order]
    folder.mkdir()
    for number, path in enumerate(order):
        shutil.copy(modules / path, folder / f"{number:02}-{pathlib.Path(path).name}")


# ---- disks ----


def make_disk(path, tree=None):
    """An ext4 file system for a machine that never crashes twice: no journal."""
    content = ["-d", tree] if tree else []
    call(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0",
          "-E", "lazy_itable_init=1", *content, path, f"{DISK_MEGABYTES}M"])


def empty_disk():
    """A folder with `disk`: room for what is written in a machine that shows the host's root."""
    return cached("empty", DISK_MEGABYTES, lambda folder: make_disk(folder / "disk"))


def debian_disk():
    """A folder with `disk`: the root of a machine with systemd."""
    recipe = (RELEASE, IMAGE_PACKAGES, IMAGE_FILES, IMAGE_MASKED, DISK_MEGABYTES)
    return cached("debian", recipe, make_debian_disk)


def make_debian_disk(folder):
    root = folder / "root"
    # In a pid namespace everything that it starts ends with it, and no mount is left.
    call(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
          "mmdebstrap", "--quiet", "--mode=root", "--variant=essential",
          "--include=" + ",".join(IMAGE_PACKAGES),
          *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ["doc", "man", "locale"]),
          RELEASE, root])
    for name, text in IMAGE_FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for unit in IMAGE_MASKED:
        path = root / "etc/systemd/system" / unit
        path.unlink(missing_ok=True)
        path.symlink_to("/dev/null")
    make_disk(folder / "disk", root)
    shutil.rmtree(root)
