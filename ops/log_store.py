"""Bringing an Elasticsearch to what it is to have: lifecycle policies, index templates, one data stream.

Every request may be made again. A stream that exists takes a changed template over with its next backing index, so it
is rolled over once if its newest index was made by another template; which one it was, the mapping's ``_meta`` says.
API: Elasticsearch reference, "Index lifecycle management", "Create or update index template", "Data stream".
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
from pydantic import BaseModel, ConfigDict

PAUSE_SECONDS: Final = 2.0
NOT_FOUND: Final = 404
NOT_YET: Final = frozenset({401, 403, 429, 502, 503, 504})
"""A store that starts or is busy, or whose nodes have not read the users' file yet."""


class Desired(BaseModel):
    """The document that says what the store is to have; infrastructure writes it (``infra/logs/desired.py``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stream: str
    policies: dict[str, dict[str, Any]]
    """Name -> body of ``PUT _ilm/policy/<name>``."""
    templates: dict[str, dict[str, Any]]
    """Name -> body of ``PUT _index_template/<name>``; the stream's own has the stream's name."""


class StoreError(Exception):
    """The store refused a request; says which and why."""


class UnansweredError(StoreError):
    """The store was not ready in time."""


@dataclass(frozen=True)
class Store:
    """A log store behind ``client``, asked again for ``patience`` seconds while it is not ready."""

    client: httpx.Client
    patience: float

    def bring_to(self, desired: Desired) -> Iterator[str]:
        """Make what is missing or different, saying each thing done. Raises :class:`StoreError`."""
        for name, body in desired.policies.items():
            self._asked("PUT", f"/_ilm/policy/{name}", body)
            yield f"policy {name}"
        for name, body in desired.templates.items():
            self._asked("PUT", f"/_index_template/{name}", body)
            yield f"template {name}"
        yield from self._stream(desired)

    def _stream(self, desired: Desired) -> Iterator[str]:
        name = desired.stream
        path = f"/_data_stream/{name}"
        found = self._answer("GET", path)
        if found.status_code == NOT_FOUND:
            made = self._answer("PUT", path)
            if made.is_error and "resource_already_exists_exception" not in made.text:
                raise _refusal("PUT", path, made)
            yield f"stream {name}"
            return
        if found.is_error:
            raise _refusal("GET", path, found)
        newest = found.json()["data_streams"][0]["indices"][-1]["index_name"]
        mapping = self._asked("GET", f"/{newest}/_mapping").json()[newest]["mappings"]
        wanted = desired.templates[name]["template"]["mappings"].get("_meta")
        if mapping.get("_meta") != wanted:
            self._asked("POST", f"/{name}/_rollover")
            yield f"stream {name} goes on with the new template"

    def _asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """The answer to a request that may not be refused."""
        answer = self._answer(method, path, body)
        if answer.is_error:
            raise _refusal(method, path, answer)
        return answer

    def _answer(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        over = time.monotonic() + self.patience
        while True:
            try:
                answer = self.client.request(method, path, json=body)
                if answer.status_code not in NOT_YET:
                    return answer
                trouble = f"{answer.status_code}: {_reason(answer)}"
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__}: {error}"
            if time.monotonic() + PAUSE_SECONDS > over:
                raise UnansweredError(f"{method} {path}: not within {self.patience:.0f} s, last {trouble}")
            time.sleep(PAUSE_SECONDS)


def _refusal(method: str, path: str, answer: httpx.Response) -> StoreError:
    return StoreError(f"{method} {path} was refused with {answer.status_code}: {_reason(answer)}")


def _reason(answer: httpx.Response) -> str:
    """What Elasticsearch says of a refusal, in one line."""
    try:
        error: Any = answer.json()["error"]
        return f"{error['type']}: {error['reason']}" if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError):
        return answer.text[:200] or "no reason given"
