"""Fetching over HTTPS, giving up quickly and for the whole run where there is no internet."""

import socket
import threading
from pathlib import Path
from urllib.request import getproxies

import httpx

from ops.toolchain.cache import Report

CONNECT_SECONDS = 3.0
STALL_SECONDS = 20.0


class OfflineError(Exception):
    """A file cannot be had from the internet now."""


class Internet:
    """HTTPS downloads; once one host was out of reach, the run counts as having no internet."""

    def __init__(self) -> None:
        self._reachable: dict[str, bool] = {}

    def text(self, url: str) -> str:
        """Return a small text.

        Raises:
            OfflineError: it cannot be had.
        """
        self._require(url)
        try:
            with self._client() as client:
                response = client.get(url)
                response.raise_for_status()
                return response.text
        except httpx.HTTPError as error:
            raise OfflineError(f"{url}: {error}") from error

    def download(self, url: str, target: Path, report: Report) -> None:
        """Write a file, reporting each further tenth.

        Raises:
            OfflineError: it cannot be had; what arrived is left for the caller to remove.
        """
        self._require(url)
        try:
            with self._client() as client, client.stream("GET", url) as response, target.open("wb") as file:
                response.raise_for_status()
                total = int(response.headers.get("content-length") or 0)
                told = 0
                for chunk in response.iter_bytes(1 << 20):
                    file.write(chunk)
                    if total and file.tell() * 10 // total > told:
                        told = file.tell() * 10 // total
                        report(f"{url.rpartition('/')[2]}: {file.tell() >> 20} of {total >> 20} MiB")
        except httpx.HTTPError as error:
            raise OfflineError(f"{url}: {error}") from error

    def _client(self) -> httpx.Client:
        return httpx.Client(follow_redirects=True, timeout=httpx.Timeout(STALL_SECONDS, connect=CONNECT_SECONDS))

    def _require(self, url: str) -> None:
        host = httpx.URL(url).host
        proxy = getproxies().get("https")
        if proxy:
            host = httpx.URL(proxy).host
        if not all(self._reachable.values()):
            raise OfflineError("there is no internet here")
        if host not in self._reachable:
            self._reachable[host] = reaches(host, 443 if not proxy else httpx.URL(proxy).port or 80)
        if not self._reachable[host]:
            raise OfflineError(f"{host} is out of reach")


def reaches(host: str, port: int) -> bool:
    """Connect within a deadline that also bounds the name's resolution, which has none of its own."""
    reached = threading.Event()

    def connect() -> None:
        try:
            socket.create_connection((host, port), CONNECT_SECONDS).close()
        except OSError:
            return
        finally:
            finished.set()
        reached.set()

    finished = threading.Event()
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    return reached.is_set()
