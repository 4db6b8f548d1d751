"""Why an object is not ready: its conditions, its pods' containers, and warnings about all of them."""

from collections import Counter

import httpx

from offline_plugins.kubernetes.readiness.deployments import revision
from offline_plugins.kubernetes.readiness.pods import is_well, troubles
from offline_plugins.kubernetes.readiness.rules import RULES
from offline_plugins.kubernetes.readiness.status import at, because, labels_of, owned_by
from ops.controlplane.api import Api, ApiError, Json, UnknownKindError

PODS, WARNINGS = 3, 5
"""How many of each are shown."""
WITHOUT_PODS = ("Ingress", "PersistentVolumeClaim", "ResourceQuota", "Secret")
BAD_WHEN_TRUE = ("Failed", "FailureTarget", "ReplicaFailure", "Stalled")


def reasons(api: Api, live: Json) -> list[str]:
    """Return what can be found out, the object's own words first."""
    found = _conditions(live)
    try:
        families = _families(api, live)
        pods = [each for each in _pods(api, live, families) if not is_well(each)]
        for each in pods[:PODS]:
            why = troubles(each) or [f"it is {at(each, 'status', 'phase', default='not there yet')}"]
            found += [f"Pod {each['metadata']['name']}: {trouble}" for trouble in why]
        found += _warnings(api, live, [*families, *pods])
    except (ApiError, UnknownKindError, httpx.TransportError) as error:
        found.append(f"no more could be found out: {error}")
    return found


def pod_reasons(api: Api, live: Json) -> list[str]:
    """Return what is wrong with the object's pods at present."""
    try:
        pods = _pods(api, live, _families(api, live))
    except (ApiError, UnknownKindError, httpx.TransportError):
        return []
    return [f"Pod {each['metadata']['name']}: {why}" for each in pods if not is_well(each) for why in troubles(each)]


def _conditions(live: Json) -> list[str]:
    shown: list[str] = []
    for each in at(live, "status", "conditions", default=[]):
        bad = each.get("status") == "True" if each.get("type") in BAD_WHEN_TRUE else each.get("status") != "True"
        if bad:
            shown.append(f"condition {each.get('type')} is {each.get('status')}: {because(each)}".removesuffix(": "))
    return shown


def _families(api: Api, live: Json) -> list[Json]:
    """Return what stands between an object and its pods: a Deployment's newest ReplicaSet, a custom resource's Jobs."""
    namespace = live["metadata"].get("namespace")
    if live["kind"] == "Deployment":
        found = api.list("apps/v1", "ReplicaSet", namespace, labels_of(live["spec"]["selector"]))
        return [each for each in found if owned_by(each, live) and revision(each) == revision(live)]
    if namespace and f"{live['apiVersion']}/{live['kind']}" not in RULES:
        return [each for each in api.list("batch/v1", "Job", namespace) if owned_by(each, live)]
    return []


def _pods(api: Api, live: Json, families: list[Json]) -> list[Json]:
    namespace = live["metadata"].get("namespace")
    if live["kind"] == "Pod":
        return [live]
    if not namespace or live["kind"] in WITHOUT_PODS:
        return []
    selector = at(live, "spec", "selector", default={})
    if live["kind"] == "Service":
        return api.list("v1", "Pod", namespace, labels_of({"matchLabels": selector})) if selector else []
    found = api.list("v1", "Pod", namespace)
    return [each for each in found if any(owned_by(each, owner) for owner in (live, *families))]


def _warnings(api: Api, live: Json, related: list[Json]) -> list[str]:
    uids = {each["metadata"]["uid"] for each in (live, *related)}
    path = api.kind("v1", "Event").path(live["metadata"].get("namespace"))
    events = api.request("GET", path, query={"fieldSelector": "type=Warning"})["items"]
    events = [each for each in events if at(each, "involvedObject", "uid") in uids]
    events.sort(key=lambda each: str(each.get("lastTimestamp") or each.get("eventTime") or ""))
    counted: Counter[str] = Counter()
    for each in events:
        about = each["involvedObject"]
        counted[f"{each.get('reason')} of {about['kind']} {about['name']}: {each.get('message')}"] += (
            each.get("count") or 1
        )
    latest = list(counted)[-WARNINGS:]
    return [text + (f" ({counted[text]} times)" if counted[text] > 1 else "") for text in latest]
