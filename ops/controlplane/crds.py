"""Having CustomResourceDefinitions established: applied in parallel, then waited for."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ops.controlplane.api import Api, Json
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.processes import wait_until

DEADLINE = 90.0
MODULE_ANNOTATION = "mcp-platform/module"
"""Says which module and version a definition comes from."""
_KIND = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


def apply_crds(api: Api, manifests: Sequence[Json], parallel: int = 8) -> int:
    """Apply definitions and wait until each is established; return their number.

    Definitions of the same origin that are established are left alone, so a second call is cheap.

    Raises:
        ControlPlaneError: one was not established within the deadline.
    """
    live = {_name(each): each for each in api.list(*_KIND)}
    missing = [each for each in manifests if not _same(live.get(_name(each)), each)]
    # An API server that was killed in between never establishes a definition it had half accepted.
    half_made = [_name(each) for each in missing if _name(each) in live and not _established(live[_name(each)])]
    with ThreadPoolExecutor(parallel) as pool:
        list(pool.map(partial(api.delete, *_KIND), half_made))
        _await(half_made, lambda name: api.get(*_KIND, name) is None, "removed")
        list(pool.map(api.apply, missing))
    _await(list(map(_name, missing)), lambda name: _established(api.get(*_KIND, name)), "established")
    return len(manifests)


def _await(names: Sequence[str], done: Callable[[str], bool], what: str) -> None:
    waiting = list(names)

    def all_done() -> bool:
        while waiting and done(waiting[-1]):
            waiting.pop()
        return not waiting

    if not wait_until(all_done, DEADLINE, pause=0.1):
        raise ControlPlaneError(f"Definitions were not {what} within {DEADLINE:.0f} s: {', '.join(sorted(waiting))}.")


def _same(live: Json | None, wanted: Json) -> bool:
    def origin(definition: Json) -> str | None:
        return definition["metadata"].get("annotations", {}).get(MODULE_ANNOTATION)

    return live is not None and origin(wanted) is not None and origin(live) == origin(wanted) and _established(live)


def _established(definition: Json | None) -> bool:
    conditions: list[Json] = (definition or {}).get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _name(definition: Json) -> str:
    return definition["metadata"]["name"]
