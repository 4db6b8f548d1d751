"""Reading an object's status, where anything may be missing yet."""

from typing import Any

from ops.controlplane.api import Json


def at(value: Any, *steps: str, default: Any = None) -> Any:
    """Return what stands below nested keys, or ``default``."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return default if value is None else value


def condition(live: Json, name: str) -> Json:
    """Return the condition of a type, empty where there is none."""
    conditions = at(live, "status", "conditions", default=[])
    return next((each for each in conditions if each.get("type") == name), {})


def holds(live: Json, name: str, reason: str | None = None) -> bool:
    """Say whether a condition is true, for ``reason`` where one is given."""
    found = condition(live, name)
    return found.get("status") == "True" and reason in (None, found.get("reason"))


def because(found: Json) -> str:
    """Write a condition's reason and message: ``[MinimumReplicasUnavailable] Deployment does not have …``."""
    reason, message = found.get("reason"), found.get("message")
    return " ".join(filter(None, (f"[{reason}]" if reason else "", message)))


def observed(live: Json) -> bool:
    """Say whether the controller has seen the object as it is now."""
    generation = at(live, "metadata", "generation", default=0)
    return at(live, "status", "observedGeneration", default=-1) >= generation


def owned_by(thing: Json, owner: Json) -> bool:
    """Say whether ``owner`` is one of the thing's owners."""
    owners = at(thing, "metadata", "ownerReferences", default=[])
    return any(each.get("uid") == owner["metadata"]["uid"] for each in owners)


def labels_of(selector: Json) -> str | None:
    """Write a selector's labels for a request; expressions are left to whoever looks at the answer."""
    labels = selector.get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in labels.items()) or None
