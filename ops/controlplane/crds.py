"""Having CustomResourceDefinitions established: applied in parallel, then waited for."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ops.controlplane.api import Api, Json
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.processes import wait_until

DEADLINE = 30.0
_VERSION = "apiextensions.k8s.io/v1"
_KIND = "CustomResourceDefinition"


def apply_crds(api: Api, manifests: Sequence[dict[str, Any]], parallel: int = 8) -> int:
    """Apply definitions and wait until each is established; return their number.

    Definitions whose content is there already are left alone, so a second call is cheap.

    Raises:
        ControlPlaneError: one was not established within the deadline.
    """
    there = {each["metadata"]["name"]: each for each in api.list(_VERSION, _KIND)}
    missing = [each for each in manifests if not _same(there.get(each["metadata"]["name"]), each)]
    with ThreadPoolExecutor(parallel) as pool:
        list(pool.map(api.apply, missing))
    waiting = {each["metadata"]["name"] for each in missing}

    def established() -> bool:
        waiting.difference_update(
            each["metadata"]["name"] for each in api.list(_VERSION, _KIND) if _established(each)
        )
        return not waiting

    if waiting and not wait_until(established, DEADLINE, pause=0.2):
        raise ControlPlaneError(f"Not established after {DEADLINE:.0f} s: {', '.join(sorted(waiting))}.")
    return len(manifests)


def _same(live: Json | None, wanted: Json) -> bool:
    version = wanted["metadata"].get("annotations", {}).get("mcp-platform/module")
    return (
        live is not None
        and version is not None
        and live["metadata"].get("annotations", {}).get("mcp-platform/module") == version
        and _established(live)
    )


def _established(definition: Json) -> bool:
    conditions = definition.get("status", {}).get("conditions", [])
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
