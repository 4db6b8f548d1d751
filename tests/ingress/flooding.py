"""More requests than a limit lets through, as fast as one connection after the other gives them."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import count

from tests.ingress.asking import Client

KEPT = 900
"""Requests on one connection; NGINX closes it after 1000."""


@dataclass(frozen=True)
class Flood:
    """How many answers had which status, and how long it took in seconds."""

    statuses: Counter[int]
    seconds: float


def at_once(client: Client, path: str, requests: int) -> Flood:
    """That many requests."""
    left = iter(range(requests))
    return _flood(client, path, lambda: next(left, None) is not None)


def for_seconds(client: Client, path: str, seconds: float) -> Flood:
    """Requests without a pause for so long."""
    end = time.monotonic() + seconds
    return _flood(client, path, lambda: time.monotonic() < end)


def _flood(client: Client, path: str, more: Callable[[], bool]) -> Flood:
    began = time.monotonic()
    statuses: Counter[int] = Counter()
    connection = client.connection()
    for number in count(1):
        if not more():
            break
        statuses[client.on(connection, path).status] += 1
        if number % KEPT == 0:
            connection.close()
            connection = client.connection()
    with closing(connection):
        return Flood(statuses, time.monotonic() - began)
