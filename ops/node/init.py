"""The node's first process: prepares its namespaces, starts its servers, restarts those that end.

Run as a script (``python -I init.py SPEC``) by ``unshare`` in new mount, network, process, host-name and IPC
namespaces.
It needs the standard library only, so that it begins at once. When it ends, the kernel ends everything with it.
"""

import contextlib
import dataclasses
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final

PAUSE_SECONDS: Final = 0.05
BACKOFF_SECONDS: Final = 1.0
"""A server that ended is started again after this long."""
GRACE_SECONDS: Final = 5.0
"""Told to end, containers and servers get this long."""
SHADOWED: Final = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""Settings that kubelet demands of a machine and that are the machine's: the node sees copies of its own."""


class Need(Enum):
    """What a server waits for."""

    NOTHING = "nothing"
    API = "api"
    RUNTIME_AND_API = "runtime and api"


@dataclass
class Server:
    """One server of the node."""

    name: str
    command: list[str]
    need: Need = Need.NOTHING


@dataclass
class Spec:
    """All that the first process must know; paths are the host's but for those below ``inside``."""

    directory: str
    inside: str
    runtime: str
    hostname: str
    address: str
    gateway: str
    cgroup: str
    api: str
    """URL of the API server as the node sees it."""
    socket: str
    """containerd's."""
    servers: list[Server]

    def to_json(self) -> str:
        """As :func:`read_spec` takes it."""
        document = dataclasses.asdict(self)
        for server in document["servers"]:
            server["need"] = server["need"].value
        return json.dumps(document, indent=1)


def read_spec(text: str) -> Spec:
    """The inverse of :meth:`Spec.to_json`."""
    document: dict[str, Any] = json.loads(text)
    servers = [Server(each["name"], each["command"], Need(each["need"])) for each in document.pop("servers")]
    return Spec(**document, servers=servers)


def main(arguments: list[str]) -> int:
    """Prepare, then look after the servers until told to end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # a first process without handlers ignores signals
    spec = read_spec(Path(arguments[0]).read_text(encoding="utf-8"))
    os.umask(0o022)
    socket.sethostname(spec.hostname)
    mount_everything(spec)
    shadow_settings()
    make_network(spec)
    make_cgroups(spec.cgroup)
    return Household(spec).keep()


def _leave(_number: int, _frame: object) -> None:
    sys.exit(1)


def call(*command: str) -> None:
    """Run a program of the system; its complaint ends the node."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=30)


def mount_everything(spec: Spec) -> None:
    """Lay writable copies over what servers write to, so that nothing outside the node's directory changes."""
    base = Path(spec.inside).parent
    call("mount", "-t", "tmpfs", "-o", "mode=711", "tmpfs", str(base))
    inside, layers = Path(spec.inside), base / "layers"
    inside.mkdir()
    call("mount", "--bind", spec.directory, str(inside))
    call("mount", "--bind", spec.runtime, str(_made(base / "runtime")))
    for path, below in (("/etc", ""), ("/usr", f"{base}/runtime/usr:"), ("/var/lib", ""), ("/var/log", "")):
        name = path.replace("/", "-")
        upper, work = _made(layers / f"{name}-upper"), _made(layers / f"{name}-work")
        options = f"lowerdir={below}{path},upperdir={upper},workdir={work}"
        call("mount", "-t", "overlay", "overlay", "-o", options, path)
    call("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    for name in ("containerd", "kubelet"):
        call("mount", "--bind", str(inside / "data" / name), str(_made(Path("/var/lib") / name)))
    for path in ("/var/log/pods", "/var/log/containers"):
        _made(Path(path))
    call("mount", "--make-rshared", "/")
    Path("/etc/hosts").write_text(f"127.0.0.1 localhost\n{spec.address} {spec.hostname}\n", encoding="ascii")


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def shadow_settings() -> None:
    """Give the node copies of settings that are the whole machine's."""
    copies = _made(Path("/run/settings"))
    for name, value in SHADOWED.items():
        copy = copies / name.replace("/", "-")
        copy.write_text(f"{value}\n", encoding="ascii")
        call("mount", "--bind", str(copy), f"/proc/sys/{name}")


def make_network(spec: Spec) -> None:
    """A link with the node's address and a default route, in a network of its own that leads nowhere else."""
    call("ip", "link", "set", "lo", "up")
    call("ip", "link", "add", "node0", "type", "veth", "peer", "name", "node1")
    call("ip", "link", "set", "node1", "up")
    call("ip", "addr", "add", f"{spec.address}/24", "dev", "node0")
    call("ip", "link", "set", "node0", "up")
    call("ip", "route", "add", "default", "via", spec.gateway, "dev", "node0")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")


def make_cgroups(name: str) -> None:
    """A group of the node's own in every hierarchy that is mounted."""
    for controller in Path("/sys/fs/cgroup").iterdir():
        if controller.is_symlink() or not (controller / "cgroup.procs").exists() or controller.name == "unified":
            continue
        group = _made(controller / name)
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if (group / setting).exists():
                (group / setting).write_text((controller / setting).read_text(encoding="ascii"), encoding="ascii")


@dataclass
class Household:
    """The servers and what became of them."""

    spec: Spec
    running: dict[str, int] = field(default_factory=dict[str, int])
    """Name -> process id inside the node."""
    ended: dict[str, float] = field(default_factory=dict[str, float])
    starts: dict[str, int] = field(default_factory=dict[str, int])
    ending: bool = False
    api_ready: bool = False

    def keep(self) -> int:
        """Start, restart and reap until told to end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        while not self.ending:
            self._reap()
            for server in self.spec.servers:
                if server.name not in self.running and self._may_start(server):
                    self._start(server)
            time.sleep(PAUSE_SECONDS)
        self._end_everything()
        return 0

    def _end(self, _number: int, _frame: object) -> None:
        self.ending = True

    def _may_start(self, server: Server) -> bool:
        if time.monotonic() - self.ended.get(server.name, -BACKOFF_SECONDS) < BACKOFF_SECONDS:
            return False
        if server.need is Need.NOTHING:
            return True
        if server.need is Need.RUNTIME_AND_API and not Path(self.spec.socket).exists():
            return False
        self.api_ready = self.api_ready or self._asks_api()
        return self.api_ready

    def _asks_api(self) -> bool:
        tls = Path(self.spec.inside) / "certificates"
        context = ssl.create_default_context(cafile=str(tls / "ca.crt"))
        context.load_cert_chain(tls / "administrator.crt", tls / "administrator.key")
        try:
            with urllib.request.urlopen(f"{self.spec.api}/readyz", context=context, timeout=2) as answer:  # noqa: S310 - our own
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _start(self, server: Server) -> None:
        log = Path(self.spec.inside) / "logs" / f"{server.name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                server.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd="/"
            )
        process.returncode = 0  # or subprocess itself collects it, unheard, and `_reap` never learns that it ended
        self.running[server.name] = process.pid
        self.starts[server.name] = self.starts.get(server.name, 0) + 1
        self._tell()

    def _reap(self) -> None:
        """Collect every process that ended: servers, and orphans of containers, whose parent this process becomes."""
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                for name, pid in list(self.running.items()):
                    if pid == found[0]:
                        del self.running[name]
                        self.ended[name] = time.monotonic()
                        self._tell()

    def _tell(self) -> None:
        report = Path(self.spec.inside) / "run" / "servers.json"
        fresh = report.with_suffix(".new")
        document = {
            name: {"running": name in self.running, "restarts": count - 1} for name, count in self.starts.items()
        }
        fresh.write_text(json.dumps(document), encoding="ascii")
        fresh.replace(report)

    def _end_everything(self) -> None:
        """Ask every process of the node to end; those that do not are ended with this one."""
        os.kill(-1, signal.SIGTERM)
        end = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < end:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(PAUSE_SECONDS)
            except ChildProcessError:
                return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
