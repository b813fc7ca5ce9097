# SPDX-License-Identifier: Apache-2.0
"""containerd's CRI, driven as a kubelet does: pods, containers in them, probes, grace times. This
is what Kubernetes asks of a runtime; it is not Kubernetes."""

import importlib
import pathlib
import sys
import time

from harness import (IMAGE, PAUSE, WORK, Before, Daemon, call, eventually,
                     make_images, need, with_path)

COMMANDS = ["containerd", "ctr", "containerd-shim-runc-v2", "protoc"]
SOCKET = "/run/containerd/containerd.sock"
ROOT = "/run/containerd/runc/k8s.io"

# What a distribution's config.toml would say besides cove's part. Without CAP_SYS_RESOURCE no
# score may be lowered. Without cgroups of their own: containerd gives every pod shares of the cpu,
# which cove refuses where that controller is bound to cgroup v1.
CONFIG = f"""
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_cgroup = NO_CGROUPS
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "cove"
"""
RUNNING, EXITED = 1, 2


class Client:
    """Calls by the name of the method; pods and containers in few words."""

    def __init__(self, cgroup):
        folder = WORK / "wire"
        folder.mkdir()
        here = pathlib.Path(__file__).resolve().parent
        need(["protoc", "-I", here, "--python_out", folder, here / "cri.proto"])
        sys.path.insert(0, str(folder))
        self.pb = importlib.import_module("cri_pb2")
        self.grpc = importlib.import_module("grpc")
        self.cgroup, self.made = cgroup, 0
        self.channel = self.grpc.insecure_channel(f"unix://{SOCKET}",
                                                  options=[("grpc.enable_http_proxy", 0)])

    def ask(self, method, question=None, answer="Empty", seconds=20):
        shape = getattr(self.pb, answer)
        stub = self.channel.unary_unary(
            f"/runtime.v1.RuntimeService/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=shape.FromString)
        return stub(question or self.pb.Empty(), timeout=seconds)

    def pod(self, name, pid="CONTAINER", network="NODE", **linux):
        pb = self.pb
        self.made += 1
        logs = WORK / "logs" / name
        logs.mkdir(parents=True)
        security = pb.PodSecurity(namespaces=pb.Namespaces(
            network=pb.Mode.Value(network), pid=pb.Mode.Value(pid)))
        config = pb.Pod(
            metadata=pb.Name(name=name, uid=str(self.made), namespace="tests"),
            hostname="" if network == "NODE" else name, log_directory=str(logs),
            linux=pb.PodLinux(cgroup_parent=self.cgroup, security=security, **linux))
        question = pb.RunPod(config=config, handler="cove")
        return self.ask("RunPodSandbox", question, "PodId").id, config

    def run(self, pod, name, *command, resources=None, tty=False, **security):
        pb, (pod_id, config) = self.pb, pod
        spaces = config.linux.security.namespaces
        linux = pb.ContainerLinux(
            resources=pb.Resources(oom_score_adj=500, **(resources or {})),
            security=pb.Security(namespaces=spaces, masked_paths=["/proc/keys"],
                                 readonly_paths=["/proc/sys"], **security))
        container = pb.Container(
            metadata=pb.ContainerName(name=name), image=pb.Image(image=IMAGE), command=command,
            envs=[pb.Pair(key="K", value="v")], log_path=f"{name}.log", tty=tty, linux=linux)
        made = self.ask("CreateContainer", pb.Create(pod_id=pod_id, config=container, pod=config),
                        "ContainerId").id
        self.ask("StartContainer", pb.ContainerId(id=made))
        return made

    def exec(self, container, *argv, timeout=10):
        return self.ask("ExecSync", self.pb.Exec(id=container, cmd=argv, timeout=timeout),
                        "Executed")

    def state(self, container):
        return self.ask("ContainerStatus", self.pb.ContainerId(id=container),
                        "ContainerStatus").status

    def exited(self, container):
        eventually("exited", lambda: self.state(container).state == EXITED)
        return self.state(container)

    def stop(self, container, grace):
        self.ask("StopContainer", self.pb.ContainerId(id=container, timeout=grace))
        return self.exited(container).exit_code

    def remove_pod(self, pod):
        self.ask("StopPodSandbox", self.pb.PodId(id=pod[0]))
        self.ask("RemovePodSandbox", self.pb.PodId(id=pod[0]))


def configure(runtime):
    file = pathlib.Path("/etc/containerd/config.toml")
    without = "true" if runtime.no_limits() else "false"
    file.write_text(CONFIG.replace("NO_CGROUPS", without) +
                    with_path("containerd/cove.toml", runtime.path))
    return file


def run(tap, runtime, cgroup):
    daemon = Daemon("containerd", ["containerd", "-c", configure(runtime), "-l", "warn"])
    daemon.wait_ready(["ctr", "version"])
    for archive in make_images():
        need(["ctr", "-n", "k8s.io", "image", "import", archive])
    before = Before(cgroup, "*", ROOT)
    client = Client(f"/{cgroup}")

    def ready():
        answer = client.ask("Status", answer="Status").status.conditions
        assert any(one.type == "RuntimeReady" and one.status for one in answer), answer
    eventually("the CRI answers", lambda: call(["ctr", "version"])[0] == 0)
    tap.test("ready", ready)
    one_pod(tap, runtime, client)
    shared_pod(tap, client)
    before.check(tap, "^containerd ")
    daemon.stop()


def one_pod(tap, runtime, client):
    held = {}

    def start():
        held["pod"] = client.pod("web")
        held["id"] = client.run(held["pod"], "web", "sh", "-c", "trap 'exit 5' TERM; echo out; "
                                "echo err >&2; while :; do sleep 0.1; done")
        assert client.state(held["id"]).state == RUNNING
    if not tap.test("a pod and a container", start):
        return
    pod, container = held["pod"], held["id"]
    probes(tap, runtime, client, container)

    def logs():
        text = (WORK / "logs/web/web.log").read_text()
        assert " stdout F out" in text and " stderr F err" in text, text
    tap.test("logs of the CRI", logs)

    def limit():
        other = client.run(pod, "limit", "sleep", "777", resources={"memory": 64 << 20})
        done = client.exec(other, "sh", "-c", "cd /sys/fs/cgroup; cat memory.max || "
                           "cat memory/memory.limit_in_bytes")
        assert done.stdout == b"67108864\n", done
        assert client.stop(other, 0) == 137
    tap.test("a limit of memory", limit, runtime.no_limits())

    def stop():
        code = client.stop(container, 5)
        assert code == 5, code
    tap.test("StopContainer: TERM", stop)
    kinds(tap, runtime, client, pod)

    def remove():
        client.remove_pod(pod)
        left = client.ask("ListContainers", answer="Containers").containers
        assert not left, left
    tap.test("the pod is stopped and removed", remove)


def probes(tap, runtime, client, container):
    def output():
        done = client.exec(container, "sh", "-c", "echo $K; echo no >&2; exit 4")
        assert (done.stdout, done.stderr, done.exit_code) == (b"v\n", b"no\n", 4), done

    def late():
        began = time.monotonic()
        try:
            client.exec(container, "sleep", "777", timeout=1)
        except client.grpc.RpcError as error:
            assert error.code() == client.grpc.StatusCode.DEADLINE_EXCEEDED, error
        else:
            raise AssertionError("it ended")
        assert time.monotonic() - began < 8
        assert b"sleep 777" not in client.exec(container, "ps").stdout

    def hidden():
        done = client.exec(container, "sh", "-c", "wc -c </proc/keys; cat /proc/1/oom_score_adj; "
                           "echo x >/proc/sys/kernel/hostname || echo refused")
        assert done.stdout.split() == [b"0", b"500", b"refused"], done

    def absent():
        try:
            done = client.exec(container, "/nope")
            assert done.exit_code != 0, done
        except client.grpc.RpcError as error:
            assert "no such file or directory" in error.details(), error.details()
    tap.test("ExecSync: both streams and the exit status", output)
    tap.test("ExecSync: its time is over", late)
    tap.test("ExecSync: of what is not there", absent, runtime.no_errors())
    tap.test("masked and read-only paths, the score for memory", hidden)


def kinds(tap, runtime, client, pod):
    pb = client.pb

    def statuses():
        for wanted in [0, 1]:
            one = client.run(pod, f"s{wanted}", "sh", "-c", f"exit {wanted}")
            assert client.exited(one).exit_code == wanted, client.state(one)

    def refused():
        try:
            client.run(pod, "nope", "/nope")
        except client.grpc.RpcError as error:
            assert "no such file or directory" in error.details(), error.details()
        else:
            raise AssertionError("it was started")

    def user():
        one = client.run(pod, "user", "sh", "-c", "id -u; touch /x || echo RO; tty; sleep 777",
                         tty=True, user=pb.Number(value=1000), readonly_rootfs=True,
                         no_new_privs=True)
        log = WORK / "logs/web/user.log"
        eventually("its words", lambda: all(
            word in log.read_text() for word in ["1000", "RO", "/dev/pts/0"]))
        began = time.monotonic()
        code = client.stop(one, 1)
        assert code == 137 and time.monotonic() - began < 6, code
    tap.test("exit statuses", statuses)
    tap.test("a program that is not there is refused with the reason", refused, runtime.no_errors())
    tap.test("a user, read-only, a tty; KILL after the grace time", user)


def shared_pod(tap, client):
    """One pid namespace for the pod. Its network is that of the node: no plugin is needed."""
    held = {}

    def start():
        held["pod"] = client.pod("pair", pid="POD")
        held["a"] = client.run(held["pod"], "a", "sh", "-c", "echo web >/tmp/index.html; exec "
                               "httpd -f -p 8080 -h /tmp")
        held["b"] = client.run(held["pod"], "b", "sleep", "777")
    if not tap.test("a pod with one pid namespace", start):
        return
    pod, a, b = held["pod"], held["a"], held["b"]

    def see():
        seen = client.exec(b, "ps").stdout
        assert b"httpd" in seen and b"containerd" not in seen, seen
        eventually("the page", lambda: client.exec(
            b, "wget", "-qO-", "http://127.0.0.1:8080/").stdout == b"web\n")

    def ipc():
        links = {client.exec(one, "readlink", "/proc/self/ns/ipc").stdout for one in [a, b]}
        assert len(links) == 1, links
        assert client.exec(b, "ls", "/tmp").stdout == b"", "the mounts are shared, too"

    def crash():
        one = client.run(pod, "c", "sh", "-c", "exit 1")
        assert client.exited(one).exit_code == 1
        client.ask("RemoveContainer", client.pb.ContainerId(id=one))

    def end():
        client.remove_pod(pod)
        left = client.ask("ListContainers", answer="Containers").containers
        assert not left, left
    tap.test("pids and the network are shared", see)
    tap.test("ipc is shared, mounts are not", ipc)
    tap.test("crash and removal while the pod goes on", crash)
    tap.test("the end of the pod ends its containers", end)
