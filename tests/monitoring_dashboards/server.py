"""Prometheus itself, on loopback, reading the targets it is given as the monitors would label them."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.platform.processes import until
from tests.servers.session import free_port

STOP_SECONDS = 20


@dataclass(frozen=True)
class Scraped:
    """A process's address, and the labels that its monitor gives it."""

    address: str
    labels: dict[str, str]


@dataclass(frozen=True)
class Asked:
    """A running server."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Series that ``expression`` gives now. Raises :class:`httpx.HTTPStatusError` where it is refused."""
        answer = httpx.post(f"{self.url}/api/v1/query", data={"query": expression}, trust_env=False)
        answer.raise_for_status()
        result = answer.json()["data"]["result"]
        return result if isinstance(result, list) else []


@contextlib.contextmanager
def prometheus(program: Path, directory: Path, targets: list[Scraped]) -> Iterator[Asked]:
    """Started, and gone afterwards; it reads every quarter of a second."""
    configuration = directory / "prometheus.yaml"
    static = [{"targets": [each.address], "labels": each.labels} for each in targets]
    document = {
        "global": {"scrape_interval": "250ms", "scrape_timeout": "250ms"},
        "scrape_configs": [{"job_name": "all", "static_configs": static}],
    }
    configuration.write_text(yaml.safe_dump(document), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    options = [f"--storage.tsdb.path={directory / 'data'}", f"--web.listen-address={address}"]
    with (directory / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), f"--config.file={configuration}", *options], stdout=log, stderr=log, cwd=directory
        )
    try:
        until(lambda: httpx.get(f"http://{address}/-/ready", trust_env=False).status_code == 200)
        yield Asked(f"http://{address}")
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
