"""The pods that workloads make."""

from typing import Any

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job")


def pod_of(document: dict[str, Any]) -> dict[str, Any] | None:
    """A Pod as the workload's controller would make it, or None for what is no workload."""
    match document["kind"]:
        case "Pod":
            template, claims = document, []
        case "CronJob":
            template, claims = document["spec"]["jobTemplate"]["spec"]["template"], []
        case kind if kind in WORKLOADS:
            spec = document["spec"]
            template, claims = (
                spec["template"],
                [each["metadata"]["name"] for each in spec.get("volumeClaimTemplates", ())],
            )
        case _:
            return None
    described = template.get("metadata", {})
    metadata = {key: described[key] for key in ("labels", "annotations") if key in described}
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    spec = template["spec"] | {"volumes": [*template["spec"].get("volumes", ()), *volumes]}
    name = {"name": "tried", "namespace": document["metadata"].get("namespace", "default")}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata | name, "spec": spec}
