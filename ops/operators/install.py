"""Applying an operator's objects in an order that works, waiting until it serves, and taking it away again."""

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from ops.controlplane.api import Api, ApiError, Json, UnknownKindError
from ops.controlplane.operators import slim
from ops.operators.failure import OperatorError
from ops.toolchain.cache import Report

READY_SECONDS: Final = 180.0
REMOVE_SECONDS: Final = 60.0
SERVED_SECONDS: Final = 30.0
PAUSE: Final = 0.25
MANAGER: Final = "mcp-platform-operators"
BOOK: Final = ("kube-system", "mcp-platform-operators")
"""ConfigMap that says which operators were installed, by digest of their objects."""
DEFINITION: Final = "CustomResourceDefinition"
ORDER: Final = ("Namespace", DEFINITION, "ServiceAccount", "ConfigMap", "Secret")
"""Kinds that others need, first to last; everything else comes after them."""
LAST: Final = ("APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
"""Kinds that make the API server call an operator: not before it can answer."""


@dataclass(frozen=True)
class Release:
    """One operator: what it is made of.

    Attributes:
        name: how people name it.
        version: the module's.
        objects: in any order.
    """

    name: str
    version: str
    objects: tuple[Json, ...]

    @classmethod
    def of(cls, name: str, version: str, objects: Iterable[Json]) -> "Release":
        """A release whose definitions have lost their descriptions: nine tenths of the text, and nobody reads them."""
        origin = f"{name}@{version}"
        return cls(
            name,
            version,
            tuple(slim(each, origin) if each["kind"] == DEFINITION else each for each in objects),
        )

    @property
    def digest(self) -> str:
        """Changes with anything in it."""
        return hashlib.sha256(json.dumps(self.objects, sort_keys=True).encode()).hexdigest()[:16]


def install(api: Api, releases: Sequence[Release], report: Report) -> None:
    """Apply what is not there as it should be, all at once, and wait until each serves. Others are left as they are.

    Raises:
        OperatorError: one did not get ready in time; the sentence says what it waits for.
    """
    book = _read_book(api)
    fresh = [each for each in releases if book.get(each.name) != each.digest or _lacks_a_deployment(api, each)]
    if fresh:
        report(f"installing {', '.join(each.name for each in fresh)}")
    _apply(api, [each for release in fresh for each in release.objects if _rank(each) < len(ORDER)])
    _established(api, fresh)
    _apply(api, [each for release in fresh for each in release.objects if _rank(each) >= len(ORDER)])
    end = time.monotonic() + READY_SECONDS
    for release in releases:
        while (missing := _missing(api, release)) is not None:
            report(f"{release.name}: waiting for {missing}")
            if time.monotonic() > end:
                raise OperatorError(
                    f"{release.name} was not ready after {READY_SECONDS:.0f} s, it waits for {missing}: "
                    "see `make status`, then run `make up` again."
                )
            time.sleep(PAUSE)
    _write_book(api, book | {each.name: each.digest for each in releases})


def remove(api: Api, release: Release) -> None:
    """Delete everything of an operator, what depends on it first. Its custom resources must be gone already.

    Raises:
        OperatorError: an object is still there after a minute.
    """
    for each in sorted(release.objects, key=_rank, reverse=True):
        try:
            api.delete(each["apiVersion"], each["kind"], each["metadata"]["name"], each["metadata"].get("namespace"))
        except UnknownKindError:
            continue
    end = time.monotonic() + REMOVE_SECONDS
    for each in release.objects:
        while _there(api, each):
            if time.monotonic() > end:
                raise OperatorError(
                    f"{each['kind']} {each['metadata']['name']} of {release.name} is still there after "
                    f"{REMOVE_SECONDS:.0f} s: delete the custom resources it waits for."
                )
            time.sleep(PAUSE)
    _write_book(api, {name: digest for name, digest in _read_book(api).items() if name != release.name})


def installed(api: Api) -> dict[str, str]:
    """Operators that were installed here -> digest of their objects."""
    return _read_book(api)


def _apply(api: Api, objects: Iterable[Json]) -> None:
    """Webhooks of an operator refuse objects until it serves, so a refusal that tells of one is asked again.

    So is one of a kind that is not served: the API server lists a definition a moment after it is established.
    """
    begun = time.monotonic()
    for each in sorted(objects, key=_rank):
        while True:
            try:
                api.apply(each, MANAGER)
                break
            except (ApiError, UnknownKindError) as error:
                unserved = isinstance(error, UnknownKindError)
                passes = unserved or "webhook" in str(error)
                if not passes or time.monotonic() - begun > (SERVED_SECONDS if unserved else READY_SECONDS):
                    raise OperatorError(f"{each['kind']} {each['metadata']['name']} was refused: {error}") from error
                time.sleep(PAUSE)


def _rank(each: Json) -> int:
    if each["kind"] in ORDER:
        return ORDER.index(each["kind"])
    return len(ORDER) + (1 + LAST.index(each["kind"]) if each["kind"] in LAST else 0)


def _established(api: Api, releases: Iterable[Release]) -> None:
    names = [each["metadata"]["name"] for release in releases for each in release.objects if each["kind"] == DEFINITION]
    end = time.monotonic() + READY_SECONDS
    for name in names:
        while not _condition(api.get("apiextensions.k8s.io/v1", DEFINITION, name), "Established"):
            if time.monotonic() > end:
                raise OperatorError(f"CustomResourceDefinition {name} was not established: run `make up` again.")
            time.sleep(PAUSE)


def _missing(api: Api, release: Release) -> str | None:
    """What a release still waits for."""
    for each in release.objects:
        kind, name = each["kind"], each["metadata"]["name"]
        if kind not in ("Deployment", "Prometheus", *LAST):
            continue
        try:
            live = api.get(each["apiVersion"], kind, name, each["metadata"].get("namespace"))
        except httpx.TransportError:
            return "the API server"
        if kind == "Deployment" and not _rolled_out(live):
            return f"Deployment {name}"
        if kind == "Prometheus" and not _condition(live, "Available"):
            return f"Prometheus {name}"
        if kind == "APIService" and not _condition(live, "Available"):
            return f"API {name}"
        if kind in LAST[1:] and not _certified(live):
            return f"the certificate of {kind} {name}"
    return None


def _lacks_a_deployment(api: Api, release: Release) -> bool:
    """Whether somebody deleted one, whatever the book says."""
    return any(each["kind"] == "Deployment" and not _there(api, each) for each in release.objects)


def _rolled_out(live: Json | None) -> bool:
    status: dict[str, Any] = (live or {}).get("status", {})
    return (
        live is not None
        and status.get("observedGeneration") == live["metadata"]["generation"]
        and status.get("updatedReplicas") == status.get("availableReplicas") == live["spec"]["replicas"]
        and status.get("replicas") == live["spec"]["replicas"]
    )


def _certified(live: Json | None) -> bool:
    return live is not None and all(hook["clientConfig"].get("caBundle") for hook in live.get("webhooks", []))


def _condition(live: Json | None, name: str) -> bool:
    conditions: list[Json] = (live or {}).get("status", {}).get("conditions") or []  # null in a new definition
    return any(each["type"] == name and each["status"] == "True" for each in conditions)


def _there(api: Api, each: Json) -> bool:
    try:
        return (
            api.get(each["apiVersion"], each["kind"], each["metadata"]["name"], each["metadata"].get("namespace"))
            is not None
        )
    except UnknownKindError:
        return False


def _read_book(api: Api) -> dict[str, str]:
    namespace, name = BOOK
    return ((api.get("v1", "ConfigMap", name, namespace)) or {}).get("data") or {}


def _write_book(api: Api, operators: dict[str, str]) -> None:
    namespace, name = BOOK
    api.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace},
            "data": operators,
        },
        MANAGER,
    )
