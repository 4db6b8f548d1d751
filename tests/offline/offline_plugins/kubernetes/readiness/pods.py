"""Pod: scheduled, initialized, ready; and what keeps one from it."""

from offline_plugins.kubernetes.readiness.status import at, because, condition, holds
from offline_plugins.kubernetes.readiness.verdict import READY, Around, Verdict, waiting
from ops.controlplane.api import Json

STARTING = ("ContainerCreating", "PodInitializing")
"""Reasons to wait that are no trouble."""


def pod(live: Json, around: Around) -> Verdict:
    """A pod that ran to success counts as ready, one that failed never does."""
    del around
    if not holds(live, "PodScheduled"):
        return waiting(_words("it is not scheduled", condition(live, "PodScheduled")))
    if not holds(live, "Initialized"):
        return waiting(_words("its init containers have not finished", condition(live, "Initialized")))
    if holds(live, "Ready") or at(live, "status", "phase") == "Succeeded":
        return READY
    return waiting(_words("its containers are not ready", condition(live, "Ready")))


def is_well(live: Json) -> bool:
    """Say whether a pod gives nobody a reason to look at it."""
    return holds(live, "Ready") or at(live, "status", "phase") == "Succeeded"


def troubles(live: Json) -> list[str]:
    """Return what is wrong with a pod: unschedulable, containers that wait, ended or start over again."""
    found: list[str] = []
    scheduled = condition(live, "PodScheduled")
    if scheduled.get("status") == "False":
        found.append(because(scheduled))
    status = at(live, "status", default={})
    if status.get("phase") == "Failed" and (status.get("reason") or status.get("message")):
        found.append(because(status))
    for each in (*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])):
        if not each.get("ready"):
            found += _container(each)
    return found


def _container(status: Json) -> list[str]:
    name = status["name"]
    found: list[str] = []
    held = at(status, "state", "waiting", default={})
    if held.get("reason") and held["reason"] not in STARTING:
        found.append(f"container {name} waits: {because(held)}")
    ended = at(status, "state", "terminated", default={})
    if ended and ended.get("exitCode") != 0:
        found.append(f"container {name} ended with exit code {ended.get('exitCode')}: {because(ended)}")
    before = at(status, "lastState", "terminated", default={})
    if before and not ended:
        found.append(f"container {name} ended before with exit code {before.get('exitCode')}: {because(before)}")
    return found


def _words(missing: str, found: Json) -> str:
    why = because(found) if found.get("status") == "False" else ""
    return f"{missing}: {why}" if why else missing
