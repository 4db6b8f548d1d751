"""The node as one thing that is started, asked for its health, and stopped.

node = Node(Path("state/node"), programs, runtime, api_port=16443)
node.start([pause.archive])        # does nothing where it runs already
node.forward([Forward(8000, "mcp-orchestration/orchestration-engine-service", 80)])
node.stop()
"""

import contextlib
import fcntl
import json
import shutil
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from ops.controlplane.api import Api, ApiError
from ops.controlplane.certificates import ensure_certificates
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.kubeconfig import write_kubeconfig
from ops.controlplane.ports import LOOPBACK, listens, require_free
from ops.controlplane.processes import (
    Lifetime,
    ProcessRecord,
    is_alive,
    require_alive,
    start,
    start_time,
    stop,
    tail,
    wait_until,
)
from ops.node.cgroups import remove_cgroups
from ops.node.configuration import write_configuration
from ops.node.failure import NodeError
from ops.node.forward import Forward, ForwardPlan
from ops.node.host import NAMESPACES
from ops.node.images import load
from ops.node.init import Spec
from ops.node.layout import ADDRESS, API_PORT, GATEWAY, HOSTNAME, INSIDE, SOCKET, Layout
from ops.node.namespaces import inside
from ops.node.servers import CLIENTS, NODE_SUBJECTS, NodePrograms, servers
from ops.toolchain.cache import Report

START_SECONDS: Final = 120.0
"""A node is ready after about ten on two idle cores."""
STOP_SECONDS: Final = 20.0
SPEC: Final = "init.json"
INIT: Final = Path(__file__).with_name("init.py")
HOLDER, FIRST, API_SERVER_PORT, SERVICE_PORTS = "node", "init", "forward-api", "forward-services"
"""Recorded processes: the one that holds the namespaces, the first one in them, and two that listen on the host."""


@dataclass(frozen=True)
class Health:
    """What of the node is there."""

    running: bool
    ready: bool
    """Kubernetes says so."""
    servers: dict[str, int]
    """Server -> times it was restarted; a server that is down is not in it."""


class Node:
    """One node in namespaces of its own.

    Args:
        directory: data, certificates, configuration, logs; for root alone.
        programs: paths of Kubernetes' programs.
        runtime: the container runtime's root directory (:func:`ops.node.runtime.ensure_runtime`).
        api_port: port of the host's loopback that leads to the API server.
        lifetime: whether the node ends with the starting thread or lives until ``stop``.
    """

    def __init__(
        self,
        directory: Path,
        programs: NodePrograms | None,
        runtime: Path | None,
        api_port: int,
        lifetime: Lifetime = Lifetime.DETACHED,
    ) -> None:
        self.layout = Layout(directory.absolute())
        self.kubeconfig = self.layout.kubeconfig
        self._programs = programs
        self._runtime = runtime
        self._api_port = api_port
        self._lifetime = lifetime
        self._records = self.layout.run / "processes.json"

    def start(self, images: Sequence[Path] = (), report: Report = lambda _: None) -> None:
        """Start what does not run, load ``images`` and return when Kubernetes calls the node ready.

        Raises:
            NodeError: it did not get ready; nothing is left running then.
        """
        self.layout.make()
        with self._locked():
            if self.health().ready:
                report("the node runs already")
                self._load(images, report)
                return
            self._stop()
            try:
                self._start(images, report)
            except BaseException:
                self._stop()
                raise

    def stop(self) -> None:
        """End the node and everything in it; its data stays."""
        if self.layout.run.exists():
            with self._locked():
                self._stop()

    def wipe(self) -> None:
        """Stop it and remove its data."""
        self.stop()
        shutil.rmtree(self.layout.directory, ignore_errors=True)

    def health(self) -> Health:
        """Look at the processes and ask the API server."""
        records = self.processes()
        running = FIRST in records and is_alive(records[FIRST])
        if not running:
            return Health(running=False, ready=False, servers={})
        return Health(running=True, ready=self._is_ready(), servers=self._servers())

    def processes(self) -> dict[str, ProcessRecord]:
        """The recorded processes of the host, whether they still run or not."""
        try:
            recorded = json.loads(self._records.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return {each["name"]: ProcessRecord(**each) for each in recorded}

    def api(self) -> Api:
        """A client with the administrator's rights; the caller closes it."""
        return Api.from_kubeconfig(self.kubeconfig, timeout=60.0)

    def inside(self, *command: str) -> list[str]:
        """The command line that runs ``command`` inside the node. Raises :class:`NodeError` where none runs."""
        return inside(self._require_first().pid, command)

    def forward(self, forwards: Sequence[Forward]) -> None:
        """Have these ports of the host lead into the node, beside the API server's. Raises :class:`NodeError`."""
        self._require_first()
        self._forward(SERVICE_PORTS, forwards)

    def load(self, images: Sequence[Path], report: Report = lambda _: None) -> None:
        """Have containerd know these image archives; those it was given before are skipped."""
        with self._locked():
            self._load(images, report)

    # ------------------------------------------------------------------------------------------------------------

    def _start(self, images: Sequence[Path], report: Report) -> None:
        if self._programs is None or self._runtime is None:
            raise NodeError("The node's programs are not known here.")
        tls = ensure_certificates(self.layout.certificates, NODE_SUBJECTS)
        write_configuration(self.layout)
        own = f"https://127.0.0.1:{API_PORT}"
        for client in CLIENTS:
            path = self.layout.configuration / f"{client}.kubeconfig"
            write_kubeconfig(path, own, tls.authority, tls.pair(client))
        write_kubeconfig(self.kubeconfig, f"https://{LOOPBACK}:{self._api_port}", tls.authority, tls.administrator)
        spec = Spec(
            directory=str(self.layout.directory),
            inside=str(INSIDE),
            runtime=str(self._runtime),
            hostname=HOSTNAME,
            address=ADDRESS,
            gateway=GATEWAY,
            cgroup=self.layout.cgroup,
            api=own,
            socket=SOCKET,
            servers=servers(self._programs),
        )
        path = self.layout.run / SPEC
        path.write_text(spec.to_json(), encoding="utf-8")
        report("starting containerd, etcd and Kubernetes")
        # `unshare` is killed, not asked, when its parent goes: the kernel then ends the node with it.
        command = ["unshare", *NAMESPACES, sys.executable, "-I", str(INIT), str(path)]
        holder = start(HOLDER, command, self.layout.log(FIRST), self._lifetime, signal.SIGKILL)
        self._record({HOLDER: holder})
        first = self._first(holder)
        self._record({HOLDER: holder, FIRST: first})
        self._forward(API_SERVER_PORT, [Forward(self._api_port, ADDRESS, API_PORT)])
        self._await(lambda: self._socket().exists(), "containerd")
        self._load(images, report)
        self._await(self._is_ready, "the node")
        report("the node is ready")

    def _forward(self, name: str, forwards: Sequence[Forward]) -> None:
        records = self.processes()
        plan = ForwardPlan(records[FIRST].pid, str(self.kubeconfig), tuple(forwards)).to_json()
        path = self.layout.run / f"{name}.json"
        current = records.get(name)
        if current is not None and is_alive(current) and path.exists() and path.read_text(encoding="utf-8") == plan:
            return
        if current is not None:
            stop([current])
            # Its first thread is gone; the others hold its ports for a moment more.
            wait_until(lambda: not any(listens(each.port) for each in forwards), STOP_SECONDS)
        try:
            for each in forwards:
                require_free(each.port, each.host)
        except ControlPlaneError as error:
            raise NodeError(str(error)) from error
        path.write_text(plan, encoding="utf-8")
        command = [sys.executable, "-m", "ops.node.forward", str(path)]
        record = start(name, command, self.layout.log(name), self._lifetime)
        self._record({**records, name: record})

        def listening() -> bool:
            require_alive(record, self.layout.log(name))
            return all(listens(each.port) for each in forwards)

        if not wait_until(listening, START_SECONDS):
            raise NodeError(f"The ports of the node were not open in time: see {self.layout.log(name)}.")

    def _require_first(self) -> ProcessRecord:
        record = self.processes().get(FIRST)
        if record is None or not is_alive(record):
            raise NodeError("The node does not run: `make up CLUSTER=node` starts it.")
        return record

    def _first(self, holder: ProcessRecord) -> ProcessRecord:
        children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children")
        if not wait_until(lambda: not is_alive(holder) or children.read_text(encoding="ascii").split() != [], 10):
            raise NodeError(f"The node's first process did not start: see {self.layout.log(FIRST)}.")
        found = children.read_text(encoding="ascii").split() if is_alive(holder) else []
        if not found:
            raise NodeError(f"The node did not start: {tail(self.layout.log(FIRST))}")
        return ProcessRecord(FIRST, int(found[0]), start_time(int(found[0])) or "")

    def _socket(self) -> Path:
        return Path(f"/proc/{self.processes()[FIRST].pid}/root{SOCKET}")

    def _await(self, ready: Callable[[], bool], what: str) -> None:
        def check() -> bool:
            first = self.processes()[FIRST]
            if not is_alive(first):
                raise NodeError(f"The node has ended: {tail(self.layout.log(FIRST))}")
            return ready()

        if not wait_until(check, START_SECONDS, 0.1):
            raise NodeError(f"{what} was not ready after {START_SECONDS:.0f} s: see the logs in {self.layout.logs}.")

    def _is_ready(self) -> bool:
        try:
            api = Api.from_kubeconfig(self.kubeconfig, timeout=5.0)
            try:
                node = api.get("v1", "Node", HOSTNAME)
            finally:
                api.close()
        except (ApiError, httpx.TransportError, ControlPlaneError):
            return False
        conditions = (node or {}).get("status", {}).get("conditions", [])
        begun = datetime.fromtimestamp(int((self.layout.run / SPEC).stat().st_mtime), UTC)
        return any(
            each["type"] == "Ready"
            and each["status"] == "True"
            and datetime.fromisoformat(each["lastHeartbeatTime"]) >= begun  # or it tells of an earlier life
            for each in conditions
        )

    def _servers(self) -> dict[str, int]:
        try:
            told = json.loads((self.layout.run / "servers.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return {name: int(each["restarts"]) for name, each in told.items() if each["running"]}

    def _load(self, images: Sequence[Path], report: Report) -> None:
        load(self.layout, self.processes()[FIRST].pid, images, report)

    def _record(self, records: dict[str, ProcessRecord]) -> None:
        fresh = self._records.with_suffix(".new")
        fresh.write_text(json.dumps([asdict(each) for each in records.values()], indent=1), encoding="utf-8")
        fresh.replace(self._records)

    def _stop(self) -> None:
        records = self.processes()
        stop(
            [records[name] for name in (SERVICE_PORTS, API_SERVER_PORT, FIRST, HOLDER) if name in records], STOP_SECONDS
        )
        self._records.unlink(missing_ok=True)
        (self.layout.run / "servers.json").unlink(missing_ok=True)
        if not remove_cgroups(self.layout.cgroup):
            raise NodeError(f"Control group {self.layout.cgroup} is still in use: see `systemd-cgls` or reboot.")

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        with (self.layout.run / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
