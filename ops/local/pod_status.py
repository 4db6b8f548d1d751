"""What runs on a cluster: its own servers, and every pod of the platform and its operators."""

import os
from datetime import UTC, datetime
from typing import Any

import httpx

from ops.controlplane.api import Api, ApiError, Json
from ops.controlplane.failure import ControlPlaneError
from ops.local.clusters.all_clusters import cluster
from ops.local.clusters.choice import running_kind
from ops.local.clusters.kinds import ClusterKind
from ops.local.ports import port_plan
from ops.local.state import State


def report(state: State) -> dict[str, Any]:
    """Everything that there is to say, as JSON."""
    kind = running_kind(state) or ClusterKind.NODE
    found = cluster(kind, state, port_plan(os.environ))
    try:
        about = dict(found.report())
        pods = every_pod(Api.from_kubeconfig(found.kubeconfig, timeout=10.0)) if about["running"] else []
    except (httpx.TransportError, ApiError, ControlPlaneError) as error:
        return {"ready": False, "node": {"running": False, "error": str(error)}, "pods": []}
    ready = bool(about["ready"]) and bool(pods) and all(is_good(each, pods) for each in pods)
    return {"ready": ready, "node": about, "kubeconfig": str(found.kubeconfig), "pods": pods}


def is_good(pod: dict[str, Any], pods: list[dict[str, Any]]) -> bool:
    """Ready, or done: a Job's pod that ended well, or that failed and was followed by one that ended well."""
    if pod["ready"] or pod["completed"]:
        return True
    return pod["phase"] == "Failed" and any(
        each["completed"] and each["owner"] == pod["owner"] and each["owner"] for each in pods
    )


def every_pod(api: Api) -> list[dict[str, Any]]:
    """Each pod's state, as `kubectl get pods` has it; closes the client."""
    try:
        return [pod_state(each) for each in api.list("v1", "Pod")]
    finally:
        api.close()


def pod_state(pod: Json) -> dict[str, Any]:
    """One pod: ready when each of its containers is; completed when it was a Job's and ended well."""
    status: Json = pod["status"]
    containers: list[Json] = status.get("containerStatuses", [])
    waiting = [
        str(part["reason"])
        for each in (*status.get("initContainerStatuses", []), *containers)
        for part in each["state"].values()
        if part.get("reason") not in (None, "Completed", "PodInitializing")
    ]
    started = datetime.fromisoformat(status["startTime"]) if "startTime" in status else datetime.now(UTC)
    return {
        "namespace": pod["metadata"]["namespace"],
        "name": pod["metadata"]["name"],
        "ready": bool(containers) and all(each["ready"] for each in containers),
        "completed": status["phase"] == "Succeeded",
        "phase": "Terminating" if "deletionTimestamp" in pod["metadata"] else status["phase"],
        "reason": ", ".join(dict.fromkeys(waiting)),
        "owner": next((str(each["uid"]) for each in pod["metadata"].get("ownerReferences", ())), ""),
        "restarts": sum(int(each["restartCount"]) for each in containers),
        "seconds": round((datetime.now(UTC) - started).total_seconds()),
    }


def table(document: dict[str, Any]) -> str:
    """The same for people."""
    node = document["node"]
    if not node["running"]:
        return f"cluster {document['cluster']} does not run: `make up` starts it"
    restarted = ", ".join(f"{name} {count}" for name, count in node["servers"].items() if count)
    lines = [f"cluster {document['cluster']}, {'ready' if node['ready'] else 'NOT READY'}"]
    if restarted:
        lines[0] += f"; restarted: {restarted}"
    lines.append(f"{'namespace':<20} {'pod':<50} {'condition':<12} {'restarts':>8} {'up':>8}")
    for each in document["pods"]:
        condition = "completed" if each["completed"] else "ready" if each["ready"] else each["reason"] or each["phase"]
        lines.append(
            f"{each['namespace']:<20} {each['name']:<50} {condition:<12} {each['restarts']:>8} {each['seconds']:>6} s"
        )
    return "\n".join(lines)
