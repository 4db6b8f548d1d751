"""From a pod template to a process: same command, environment, files and probes, but this machine's places."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.names import Namespace
from ops.controlplane.api import Json
from ops.local.addresses import addresses
from ops.local.failure import LocalError
from ops.local.fields import listed, section, words
from ops.local.mounts import Mount, local_path
from ops.local.objects import Key, Objects, Workload
from ops.local.replacement import ANY_ADDRESS, LOOPBACK, Address, Ledger, Rewriter
from ops.local.spec import ExecCheck, HttpCheck, Probe, ProcessSpec, TcpCheck
from ops.local.variables import expand, variables
from ops.local.volumes import mounts

TIERS: Final = {Namespace.AGENTS.value: 1, Namespace.ORCHESTRATION.value: 2}
PORT_FLAGS: Final = ("--port", "-p")
CACHE_SERVERS: Final = ("valkey-server", "redis-server")


@dataclass(frozen=True)
class Machine:
    """What this machine offers to processes.

    Attributes:
        clone: the project, the working directory of every process.
        pods: directory below which mounted files are written.
        path: PATH of every process.
        code: digest of the code that our own processes run.
        ports: container port -> local port, of every workload.
        postgres: PostgreSQL's local port.
    """

    clone: Path
    pods: Path
    path: tuple[Path, ...]
    code: str
    ports: Mapping[Key, Mapping[int, int]]
    postgres: int


@dataclass(frozen=True)
class Translated:
    """A process, and the files that must be there before it starts."""

    spec: ProcessSpec
    root: Path
    mounts: tuple[Mount, ...]


class Translator:
    """Makes processes from the workloads of one set of objects."""

    def __init__(self, objects: Objects, machine: Machine, ledger: Ledger) -> None:
        self._objects = objects
        self._machine = machine
        self._ledger = ledger
        self._addresses: Sequence[Address] = addresses(objects, machine.ports, machine.postgres)

    def process(self, workload: Workload) -> Translated:
        """The process for one workload. Raises :class:`LocalError` for what a process cannot be."""
        container = workload.container
        for sidecar in workload.sidecars:
            self._ledger.note("part", f"container {sidecar}", "left out", workload.name)
        root = self._machine.pods / workload.name
        places = [str(mount["mountPath"]).rstrip("/") for mount in listed(container, "volumeMounts")]
        paths = {place: str(local_path(root, place)) for place in places if place}
        rewriter = Rewriter(workload.name, self._addresses, paths, self._ledger)
        ports = self._machine.ports.get((workload.namespace, workload.name), {})
        mounted = tuple(mounts(workload, self._objects, rewriter.hosts))
        given = variables(workload, self._objects)
        environment = self._image_environment(root, places) | {
            name: self._variable(name, value, ports, rewriter) for name, value in given.items()
        }
        line = [*words(container, "command"), *words(container, "args")]
        command = self._command([expand(word, given) for word in line], ports, rewriter, workload)
        grace: float = workload.template["spec"].get("terminationGracePeriodSeconds", 30)
        ours = "-".join(command[1:3]) == "-m-app"

        def probe(name: str) -> Probe | None:
            document = section(container, name)
            return _probe(document, container, ports, rewriter) if document else None

        spec = ProcessSpec(
            name=workload.name,
            source=workload.source,
            command=command,
            environment=environment,
            directory=str(self._machine.clone),
            ports=_named_ports(container, ports),
            startup=probe("startupProbe"),
            readiness=probe("readinessProbe"),
            liveness=probe("livenessProbe"),
            grace_seconds=grace,
            tier=TIERS.get(workload.namespace, 0),
            files="-".join([*(mount.digest() for mount in mounted), *([self._machine.code] if ours else [])]),
        )
        return Translated(spec, root, mounted)

    def _image_environment(self, root: Path, places: Sequence[str]) -> dict[str, str]:
        """What the image would set, and nothing of the caller's environment."""
        scratch = local_path(root, "/tmp") if "/tmp" in places else root  # noqa: S108 - the container's own
        return {
            "PATH": ":".join(str(path) for path in self._machine.path),
            "HOME": str(root),
            "TMPDIR": str(scratch),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }

    def _variable(self, name: str, value: str, ports: Mapping[int, int], rewriter: Rewriter) -> str:
        if value == ANY_ADDRESS:
            rewriter.note("host", value, LOOPBACK)
            return LOOPBACK
        if name.endswith("PORT") and value.isdigit() and int(value) in ports:
            rewriter.port(name, int(value), ports[int(value)])
            return str(ports[int(value)])
        return rewriter.text(value)

    def _command(
        self, line: list[str], ports: Mapping[int, int], rewriter: Rewriter, workload: Workload
    ) -> tuple[str, ...]:
        if not line:
            raise LocalError(f"{workload.source} names no command, and a process has no image to take it from.")
        program = shutil.which(line[0], path=":".join(str(path) for path in self._machine.path))
        if program is None:
            raise LocalError(
                f"{workload.source} runs {line[0]}, which is not on this machine: install it so that it is on PATH."
            )
        rewriter.note("path", line[0], program)
        arguments = [program, *(rewriter.text(word) for word in _with_ports(line[1:], ports, rewriter))]
        if line[0] in CACHE_SERVERS and "--port" not in arguments:
            for container_port, local in ports.items():
                rewriter.port("--port", container_port, local)
                arguments += ["--port", str(local)]
            arguments += ["--bind", LOOPBACK]
        return tuple(arguments)


def _with_ports(line: Sequence[str], ports: Mapping[int, int], rewriter: Rewriter) -> list[str]:
    """``line`` with the number after a port flag replaced, also inside the text of a shell command."""
    replaced: list[str] = []
    for index, word in enumerate(line):
        text = word
        for container_port, local in ports.items():
            after_flag = index > 0 and line[index - 1] in PORT_FLAGS and word == str(container_port)
            if after_flag:
                text = str(local)
            for flag in PORT_FLAGS:
                for joint in (" ", "="):
                    padded = f"{text} ".replace(f"{flag}{joint}{container_port} ", f"{flag}{joint}{local} ")
                    text = padded[:-1]
            if text != word:
                rewriter.port("port", container_port, local)
        replaced.append(text)
    return replaced


def _probe(document: Json, container: Json, ports: Mapping[int, int], rewriter: Rewriter) -> Probe:
    return Probe(
        check=_check(document, container, ports, rewriter),
        initial_delay=document.get("initialDelaySeconds", 0),
        period=document.get("periodSeconds", 10),
        timeout=document.get("timeoutSeconds", 1),
        success_threshold=document.get("successThreshold", 1),
        failure_threshold=document.get("failureThreshold", 3),
    )


def _check(
    document: Json, container: Json, ports: Mapping[int, int], rewriter: Rewriter
) -> HttpCheck | TcpCheck | ExecCheck:
    if "httpGet" in document:
        get: Json = document["httpGet"]
        headers = {str(header["name"]): str(header["value"]) for header in listed(get, "httpHeaders")}
        port = _probe_port(get["port"], container, ports)
        return HttpCheck(port=port, path=get.get("path", "/"), headers=headers)
    if "tcpSocket" in document:
        return TcpCheck(port=_probe_port(document["tcpSocket"]["port"], container, ports))
    line = _with_ports(words(document["exec"], "command"), ports, rewriter)
    return ExecCheck(command=tuple(rewriter.text(word) for word in line))


def _probe_port(port: int | str, container: Json, ports: Mapping[int, int]) -> int:
    if isinstance(port, str) and not port.isdigit():
        number = next(int(each["containerPort"]) for each in container["ports"] if each.get("name") == port)
    else:
        number = int(port)
    return ports.get(number, number)


def _named_ports(container: Json, ports: Mapping[int, int]) -> dict[str, int]:
    return {
        port.get("name", str(port["containerPort"])): ports[int(port["containerPort"])]
        for port in listed(container, "ports")
        if int(port["containerPort"]) in ports
    }
