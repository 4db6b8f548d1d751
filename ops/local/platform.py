"""The platform as processes: what of it comes first, what is written to disk for it, what is recorded for others."""

import json
from dataclasses import dataclass
from typing import Final

from contract.names import ENGINE, Namespace, SecretName
from ops.local.cluster import DatabaseCluster, database_cluster
from ops.local.failure import LocalError
from ops.local.machine import this_machine
from ops.local.mounts import materialise
from ops.local.objects import Objects, Workload
from ops.local.ports import PortPlan
from ops.local.postgres import Server, process
from ops.local.replacement import LOOPBACK, Ledger
from ops.local.spec import ProcessSpec
from ops.local.state import ROOT, State, write_private
from ops.local.templates import Translated, Translator

CONNECTION: Final = ROOT / ".local" / "platform.json"
"""What `mcp-ops` reads."""


@dataclass(frozen=True)
class Platform:
    """Every process of one platform, in the order in which they are needed."""

    database: DatabaseCluster
    data: tuple[ProcessSpec, ...]
    """PostgreSQL and cache."""
    jobs: tuple[tuple[Workload, ProcessSpec], ...]
    app: tuple[ProcessSpec, ...]
    """Engine and agents."""
    ledger: Ledger

    @property
    def engine(self) -> ProcessSpec:
        """The engine."""
        return next(spec for spec in self.app if spec.name == ENGINE)

    @property
    def http_url(self) -> str:
        """Address of the API."""
        return f"http://{LOOPBACK}:{self.engine.ports['http']}"

    @property
    def ws_url(self) -> str:
        """Address of the event streams."""
        return f"ws://{LOOPBACK}:{self.engine.ports['websocket']}"


def platform(state: State, objects: Objects, ports: PortPlan, server: Server) -> Platform:
    """Translate every object, and write the files that its processes mount. Raises :class:`LocalError`."""
    if len(objects.clusters) != 1:
        raise LocalError(f"The stack has {len(objects.clusters)} PostgreSQL clusters, and one is run here.")
    ledger = Ledger()
    translator = Translator(objects, this_machine(state, objects, ports), ledger)
    database = database_cluster(objects.clusters[0], objects)
    translated = [translator.process(each) for each in objects.workloads]
    jobs = [translator.process(each) for each in objects.jobs]
    for each in (*translated, *jobs):
        write_files(each)
    cache = [each.spec for each in translated if each.spec.tier == 0]
    app = [each.spec for each in translated if each.spec.tier > 0]
    if not any(spec.name == ENGINE for spec in app):
        raise LocalError(f"The stack has no Deployment {ENGINE}: run `make up` again.")
    return Platform(
        database=database,
        data=(process(server, database, ports.postgres, ledger), *cache),
        jobs=tuple(zip(objects.jobs, (each.spec for each in jobs), strict=True)),
        app=tuple(app),
        ledger=ledger,
    )


def write_files(process: Translated) -> None:
    """Write what a process mounts, and have its home and scratch directories."""
    process.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for mount in process.mounts:
        materialise(process.root, mount)


def write_connection(state: State, running: Platform, objects: Objects) -> str:
    """Write the API token and `.local/platform.json`, both for the owner alone; the token."""
    secret = objects.secret(Namespace.ORCHESTRATION, SecretName.API_TOKEN) or {}
    token = secret.get("token", b"").decode()
    if not token:
        raise LocalError(f"Secret {SecretName.API_TOKEN} holds no token: run `make up` again.")
    write_private(state.token, token)
    record_connection(state, running.http_url, running.ws_url)
    return token


def record_connection(state: State, http_url: str, ws_url: str) -> None:
    """Write `.local/platform.json`, for the owner alone."""
    document = {
        "http_url": http_url,
        "ws_url": ws_url,
        "token_file": str(state.token),
        "state_dir": str(state.directory),
    }
    CONNECTION.parent.mkdir(exist_ok=True)
    write_private(CONNECTION, json.dumps(document, indent=2) + "\n")
