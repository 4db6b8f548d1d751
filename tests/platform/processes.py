"""The whole application as processes: engines and one agent per role, as ``make up`` starts them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from contract.role import parse_role
from tests.app.environment import ROOT, TOKEN, engine_environment
from tests.servers.postgres import Database
from tests.servers.session import free_port

DEADLINE = 60.0
Answer = TypeVar("Answer")


@dataclass
class Platform:
    """Where it runs. ``engine_variables`` start one more engine."""

    directory: Path
    engine_variables: dict[str, str]
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, command: str, name: str, variables: dict[str, str]) -> "subprocess.Popen[bytes]":
        """Start a process of ours; its output goes to ``<name>.log``."""
        with (self.directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "app", command],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], **variables},
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def engine(self, name: str) -> tuple["subprocess.Popen[bytes]", str, str]:
        """Start an engine on ports of its own; returns it with its HTTP and WebSocket addresses, ready."""
        http, websocket = free_port(), free_port()
        ports = {"HTTP_PORT": str(http), "WEBSOCKET_PORT": str(websocket)}
        process = self.start("engine", name, self.engine_variables | ports)
        url = f"http://127.0.0.1:{http}"
        until(lambda: httpx.get(f"{url}/ready", trust_env=False).status_code == 200)
        return process, url, f"ws://127.0.0.1:{websocket}"

    def logs(self) -> str:
        """The end of every log."""
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.directory.glob("*.log")))


@contextmanager
def platform(directory: Path, database: Database, cache_url: str) -> Generator[Platform]:
    """Agents of every role, ready; no engine yet. Everything that was started is gone afterwards."""
    variables = engine_environment(directory, database.api_url, database.worker_url, cache_url)
    private = load_pem_private_key((directory / "SIGNING_KEY_FILE").read_bytes(), None)
    public = directory / "public.pem"
    public.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    made = Platform(directory, variables | {"LLM_PROVIDER_PREFERENCE": "offline"})
    try:
        urls: dict[str, str] = {}
        for file in sorted((ROOT / "roles").glob("*.yaml")):
            role, port = parse_role(file.read_text(), str(file)).id, free_port()
            agent = {
                "ROLE_ID": role,
                "ROLE_FILE": str(file),
                "VERIFY_KEY_FILE": str(public),
                "LLM_PROVIDER_PREFERENCE": "offline",
                "BIND_HOST": "127.0.0.1",
                "MCP_PORT": str(port),
            }
            made.start("agent", role, agent)
            urls[role] = f"http://127.0.0.1:{port}"
        for url in urls.values():
            until(lambda url=url: httpx.get(f"{url}/ready", trust_env=False).status_code == 200)
        endpoints = {role: f"{url}/mcp" for role, url in urls.items()}
        (directory / "AGENT_ENDPOINTS_FILE").write_text(json.dumps(endpoints))
        yield made
    finally:
        for process in made.processes:
            process.kill()
        for process in made.processes:
            process.wait(DEADLINE)


def until(check: Callable[[], Answer]) -> Answer:
    """The first true answer of ``check``."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            if answer := check():
                return answer
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("not in time")


def client(url: str) -> httpx.Client:
    """A client with the bootstrap token."""
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False, timeout=20)
