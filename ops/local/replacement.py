"""The only things in which a process differs from its container: hosts, ports, paths and the database's TLS mode."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

LOOPBACK: Final = "127.0.0.1"
ANY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - what is searched for, not listened on
DEFAULT_PORTS: Final = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379}
MOUNT: Final = "mount"
"""Kind of a replaced mount path."""
_TLS_MODE: Final = re.compile(r"\bsslmode=(?!disable\b)([\w-]+)")


@dataclass(frozen=True, order=True)
class Replacement:
    """One thing that was replaced."""

    kind: str
    found: str
    put: str


@dataclass(frozen=True)
class Address:
    """A Service by its names inside the cluster, and where each of its ports is found on this machine."""

    service: str
    namespace: str
    ports: Mapping[int, int]


@dataclass
class Ledger:
    """What was replaced, and for which processes."""

    entries: dict[Replacement, list[str]] = field(default_factory=dict[Replacement, list[str]])

    def note(self, kind: str, found: str, put: str, process: str) -> None:
        """Record one replacement; one that changes nothing is none."""
        if found == put:
            return
        processes = self.entries.setdefault(Replacement(kind, found, put), [])
        if process not in processes:
            processes.append(process)

    def lines(self) -> list[str]:
        """Everything, one line each: kind, what stood in the object, what is used, and by whom."""
        return [
            f"{entry.kind:<4}  {entry.found} -> {entry.put}  ({', '.join(by)})"
            for entry, by in sorted(self.entries.items())
        ]

    def table(self) -> list[str]:
        """The same for a terminal: what differs only by process is one line, and mount paths are one together."""
        grouped: dict[tuple[str, str], list[tuple[str, list[str]]]] = {}
        mounted: dict[str, list[str]] = {}
        for entry, by in sorted(self.entries.items()):
            if entry.kind == MOUNT:
                mounted.setdefault(entry.found, []).extend(by)
            else:
                grouped.setdefault((entry.kind, entry.found), []).append((entry.put, by))
        rows: list[tuple[str, str, str, str]] = []
        for (kind, found), puts in grouped.items():
            by = [process for _, processes in puts for process in processes]
            rows.append((kind, found, ", ".join(put for put, _ in puts), _names(by)))
        if mounted:
            by = sorted({process for processes in mounted.values() for process in processes})
            rows.append(("path", f"{len(mounted)} mount paths", "below a directory of each process", _names(by)))
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
        return [
            f"{kind:<{widths[0]}}  {found:<{widths[1]}} -> {put:<{widths[2]}}  {by}".rstrip()
            for kind, found, put, by in rows
        ]


def _names(processes: list[str]) -> str:
    return ", ".join(processes) if len(processes) < 3 else f"{len(processes)} processes"


class Rewriter:
    """Replaces cluster names, mount paths and TLS modes in the strings of one process.

    Args:
        process: whose strings these are, for the ledger.
        addresses: every Service that a process on this machine stands behind.
        paths: mount path in the container -> directory or file on this machine.
        ledger: where replacements are recorded.
    """

    def __init__(self, process: str, addresses: Iterable[Address], paths: Mapping[str, str], ledger: Ledger) -> None:
        self._process = process
        self._ledger = ledger
        self._paths = dict(paths)
        self._addresses = {(each.service, each.namespace): each for each in addresses}
        self._host = _host_pattern(self._addresses)
        self._path = _path_pattern(self._paths)

    def text(self, value: str) -> str:
        """``value`` with hosts, paths and TLS mode replaced."""
        return self.hosts(self.path(value))

    def hosts(self, value: str) -> str:
        """``value`` with cluster names and the database's TLS mode replaced, paths untouched."""
        if self._host is not None:
            value = self._host.sub(self._local_host, value)
        return _TLS_MODE.sub(self._no_tls, value)

    def path(self, value: str) -> str:
        """``value`` with mount paths replaced."""
        if self._path is None:
            return value
        return self._path.sub(self._local_path, value)

    def port(self, name: str, container_port: int, local_port: int) -> None:
        """Record that a container's port is another one here."""
        if container_port != local_port:
            self._ledger.note("port", f"{name} {container_port}", str(local_port), self._process)

    def note(self, kind: str, found: str, put: str) -> None:
        """Record any other replacement."""
        self._ledger.note(kind, found, put, self._process)

    def _local_host(self, match: re.Match[str]) -> str:
        address = self._addresses[match["service"], match["namespace"]]
        scheme, port = match["scheme"], match["port"]
        wanted = int(port) if port else DEFAULT_PORTS.get(scheme or "")
        local = address.ports.get(wanted) if wanted else None
        put = f"{LOOPBACK}:{local}" if local else LOOPBACK + (f":{port}" if port else "")
        self._ledger.note("host", match["host"] + (f":{port}" if port else ""), put, self._process)
        return match["before"] + put

    def _local_path(self, match: re.Match[str]) -> str:
        put = self._paths[match[0]]
        self._ledger.note(MOUNT, match[0], put, self._process)
        return put

    def _no_tls(self, match: re.Match[str]) -> str:
        self._ledger.note("tls", match[0], "sslmode=disable", self._process)
        return "sslmode=disable"


def _host_pattern(addresses: Mapping[tuple[str, str], Address]) -> re.Pattern[str] | None:
    if not addresses:
        return None
    services = "|".join(sorted({re.escape(service) for service, _ in addresses}, key=len, reverse=True))
    namespaces = "|".join(sorted({re.escape(namespace) for _, namespace in addresses}, key=len, reverse=True))
    known = "|".join(
        rf"(?={re.escape(service)}\.{re.escape(namespace)}(?![\w-]))" for service, namespace in sorted(addresses)
    )
    return re.compile(
        r"(?P<before>(?:\b(?P<scheme>[a-z]+)://(?:[^@/\s\"']*@)?)?)(?<![\w.-])"
        rf"(?:{known})(?P<host>(?P<service>{services})\.(?P<namespace>{namespaces})(?:\.svc(?:\.cluster\.local)?)?)"
        r"(?![\w-]|\.\w)(?::(?P<port>\d+))?"
    )


def _path_pattern(paths: Mapping[str, str]) -> re.Pattern[str] | None:
    if not paths:
        return None
    longest_first = sorted(map(re.escape, paths), key=len, reverse=True)
    return re.compile(rf"(?<![\w./-])(?:{'|'.join(longest_first)})(?![\w.-])")
