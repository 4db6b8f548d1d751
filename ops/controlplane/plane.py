"""The control plane as one thing that is started, asked for its health, and stopped.

plane = ControlPlane(Path("state/control-plane"), programs, api_port=16443, etcd_port=12379)
plane.start()                      # does nothing where it runs already
api = plane.api()                  # or give plane.kubeconfig to any Kubernetes client
plane.stop()
"""

import contextlib
import fcntl
import json
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.controlplane.api import Api, Json
from ops.controlplane.certificates import Certificates, ensure_certificates
from ops.controlplane.crds import apply_crds
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.kubeconfig import write_kubeconfig
from ops.controlplane.ports import LOOPBACK, free_ports, require_free
from ops.controlplane.processes import Lifetime, ProcessRecord, is_alive, require_alive, start, stop, wait_until
from ops.controlplane.servers import (
    Programs,
    apiserver_command,
    controller_manager_command,
    etcd_command,
)

Report = Callable[[str], None]
START_DEADLINE = 120.0
"""Seconds one server may take until it is ready; 1 to 3 on two idle cores, half a minute on crowded ones."""

REQUEST_SECONDS = 60.0


@dataclass(frozen=True)
class Health:
    """What of the control plane is there."""

    servers: dict[str, bool]
    """Server name -> its process runs."""
    ready: bool
    """The API server answers and reports itself ready."""

    @property
    def healthy(self) -> bool:
        """All processes run and the API answers."""
        return self.ready and all(self.servers.values())


class ControlPlane:
    """Etcd, kube-apiserver and kube-controller-manager on loopback, with the operators' CRDs.

    Args:
        directory: certificates, etcd's data, logs and the record of processes; made with mode 0700.
        programs: paths of the three programs.
        api_port: port of the API server; None takes a free one at each start.
        etcd_port: port of etcd; None takes a free one at each start.
        lifetime: whether the servers end with the starting thread or live until ``stop``.
        durable: False lets etcd skip fsync; only for data that may be lost.
        crds: gives the CustomResourceDefinitions to have established before ``start`` returns, such as
            ``ops.controlplane.operators.operator_crds``.
    """

    def __init__(
        self,
        directory: Path,
        programs: Programs,
        api_port: int | None = None,
        etcd_port: int | None = None,
        lifetime: Lifetime = Lifetime.DETACHED,
        durable: bool = True,
        crds: Callable[[], list[Json]] | None = None,
    ) -> None:
        self.directory = directory.absolute()
        self.kubeconfig = self.directory / "kubeconfig"
        self.logs = self.directory / "logs"
        self._programs = programs
        self._wanted = (api_port, etcd_port)
        self._lifetime = lifetime
        self._durable = durable
        self._crds = crds
        self._state = self.directory / "processes.json"

    def start(self, report: Report = lambda _: None) -> None:
        """Start what does not run yet, and return when objects can be applied.

        Raises:
            ControlPlaneError: a port is taken, or a server ended or did not get ready; nothing is left running then.
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            if self.health().healthy:
                report("control plane runs already")
                return
            self._stop()
            try:
                self._start(report)
            except BaseException:
                self._stop()
                raise

    def stop(self) -> None:
        """End exactly the processes that ``start`` recorded; the data stays."""
        if self.directory.exists():
            with self._locked():
                self._stop()

    def health(self) -> Health:
        """Look at the processes and ask the API server."""
        servers = {record.name: is_alive(record) for record in self.processes()}
        if len(servers) < 3 or not all(servers.values()):
            return Health(servers, ready=False)
        with self._client() as api:
            return Health(servers, api.healthy())

    def processes(self) -> list[ProcessRecord]:
        """Return the recorded processes, whether they still run or not."""
        try:
            recorded = json.loads(self._state.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return []
        return [ProcessRecord(**each) for each in recorded]

    def api(self) -> Api:
        """Return a client with the administrator's rights; the caller closes it."""
        return Api.from_kubeconfig(self.kubeconfig, timeout=REQUEST_SECONDS)

    def _start(self, report: Report) -> None:
        tls = ensure_certificates(self.directory / "certificates")
        api_port, etcd_port = self._ports()
        server = f"https://{LOOPBACK}:{api_port}"
        write_kubeconfig(self.kubeconfig, server, tls.authority, tls.administrator)
        internal = self.directory / "controller-manager.kubeconfig"
        write_kubeconfig(internal, server, tls.authority, tls.controller_manager)
        report("starting etcd and kube-apiserver")
        data = self.directory
        etcd = etcd_command(self._programs.etcd, data, etcd_port, tls, durable=self._durable)
        self._launch("etcd", etcd)
        apiserver = self._launch(
            "kube-apiserver", apiserver_command(self._programs.apiserver, api_port, etcd_port, tls)
        )
        with self._client() as api:
            self._await(apiserver, api.healthy)
            if self._crds is not None:
                # Before the controller-manager: its garbage collector learns of later kinds only every 30 s.
                count = apply_crds(api, self._crds())
                report(f"{count} custom resource definitions established")
            report("starting kube-controller-manager")
            manager = self._launch("kube-controller-manager", self._controller_manager(internal, tls))
            self._await(manager, lambda: api.get("v1", "ServiceAccount", "default", "default") is not None)

    def _controller_manager(self, kubeconfig: Path, tls: Certificates) -> list[str]:
        return controller_manager_command(self._programs.controller_manager, kubeconfig, tls)

    def _ports(self) -> tuple[int, int]:
        api_port, etcd_port = self._wanted
        for port, purpose in ((api_port, "kube-apiserver"), (etcd_port, "etcd")):
            if port is not None:
                require_free(port, purpose)
        spare = free_ports(2)
        return api_port or spare[0], etcd_port or spare[1]

    def _launch(self, name: str, command: list[str]) -> ProcessRecord:
        record = start(name, command, self._log(name), self._lifetime)
        recorded = [*self.processes(), record]
        temporary = self._state.with_suffix(".new")
        temporary.write_text(json.dumps([asdict(each) for each in recorded], indent=1), encoding="utf-8")
        temporary.replace(self._state)
        return record

    def _await(self, record: ProcessRecord, ready: Callable[[], bool]) -> None:
        def check() -> bool:
            for each in self.processes():
                require_alive(each, self._log(each.name))
            return ready()

        if not wait_until(check, START_DEADLINE):
            raise ControlPlaneError(
                f"{record.name} was not ready after {START_DEADLINE:.0f} s: see {self._log(record.name)}, "
                "and free the machine's cores or memory before the next attempt."
            )

    def _stop(self) -> None:
        stop(self.processes()[::-1])
        self._state.unlink(missing_ok=True)

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    @contextlib.contextmanager
    def _client(self) -> Generator[Api]:
        api = self.api()
        try:
            yield api
        finally:
            api.close()

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        with (self.directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
