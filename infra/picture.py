"""The architecture picture: a Mermaid flowchart drawn from the objects a stack makes.

Boxes are the workloads, grouped by namespace; arrows are the edges that network policies allow, with their ports.
Nothing is drawn by hand, so the picture cannot promise what the stack does not make.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

Object = Mapping[str, Any]

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
OPERATED: Final = {
    "Cluster": "cnpg.io/cluster",
    "Elasticsearch": "elasticsearch.k8s.elastic.co/cluster-name",
    "Kibana": "kibana.k8s.elastic.co/name",
}
"""Kinds whose pods an operator makes -> the label it gives them, with the object's name as value."""
INTERNET: Final = "ns_public_internet"
ANYWHERE: Final = "ns_any_address"
IDENTITY: Final = "ns_cloud_identity"
WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", *OPERATED)


@dataclass(frozen=True)
class Workload:
    """One box: pods that share labels."""

    namespace: str
    name: str
    kind: str
    labels: Mapping[str, str]
    ports: tuple[str, ...]

    @property
    def box(self) -> str:
        """Mermaid id."""
        return _box(f"{self.namespace}_{self.name}")


def mermaid(objects: Iterable[Object]) -> str:
    """Draw ``objects`` (Kubernetes manifests as plain dictionaries). The same objects give the same text."""
    everything = list(objects)
    workloads = sorted(
        (_workload(item) for item in everything if item.get("kind") in WORKLOADS), key=lambda w: (w.namespace, w.name)
    )
    edges = sorted(_edges([item for item in everything if item.get("kind") == "NetworkPolicy"], workloads))
    outside = sorted({end for edge in edges for end in edge[:2]} - {workload.box for workload in workloads})
    lines = ["flowchart LR"]
    lines += [f'  {end}(["{end.removeprefix("ns_").replace("_", "-")}"])' for end in outside]
    by_namespace: dict[str, list[Workload]] = defaultdict(list)
    for workload in workloads:
        by_namespace[workload.namespace].append(workload)
    for namespace, members in sorted(by_namespace.items()):
        lines.append(f"  subgraph {_box('in_' + namespace)} [{namespace}]")
        lines += [f'    {member.box}["{_caption(member)}"]' for member in members]
        lines.append("  end")
    lines += [f"  {source} -->|{ports}| {target}" for source, target, ports in edges]
    return "\n".join(lines) + "\n"


def _caption(workload: Workload) -> str:
    ports = f"<br/>{', '.join(workload.ports)}" if workload.ports else ""
    return f"{workload.name}<br/>{workload.kind}{ports}"


def _workload(item: Object) -> Workload:
    metadata, spec = item["metadata"], item["spec"]
    if item["kind"] in OPERATED:
        labels = {OPERATED[item["kind"]]: str(metadata["name"])}
        ports: tuple[str, ...] = (f"{_instances(spec)} instances",)
    else:
        template = spec.get("jobTemplate", {}).get("spec", spec)["template"]
        labels = cast("dict[str, str]", template["metadata"].get("labels", {}))
        ports = tuple(
            f"{_number(port['containerPort'])} {port.get('name', '')}".strip()
            for container in template["spec"]["containers"]
            for port in container.get("ports", ())
        )
    # A Job's name carries a digest of its pod; its label does not, so the picture outlives a new image.
    name = labels.get("app", metadata.get("name")) if item["kind"] == "Job" else metadata.get("name")
    return Workload(str(metadata["namespace"]), str(name), str(item["kind"]), labels, ports)


def _edges(policies: list[Object], workloads: list[Workload]) -> set[tuple[str, str, str]]:
    edges: set[tuple[str, str, str]] = set()
    for policy in policies:
        namespace, spec = policy["metadata"]["namespace"], policy["spec"]
        targets = _selected(spec.get("podSelector", {}), namespace, workloads)
        for rule in spec.get("egress", ()):
            blocks = [peer["ipBlock"] for peer in rule.get("to", ()) if "ipBlock" in peer]
            for block in blocks:
                beyond = _beyond(block)
                edges |= {(target.box, beyond, _ports(rule)) for target in targets}
        for rule in spec.get("ingress", ()):
            for peer in rule.get("from", ()):
                edges |= {
                    (source, target.box, _ports(rule))
                    for source in _peer(peer, namespace, workloads)
                    for target in targets
                    if source != target.box
                }
    return edges


def _beyond(block: Mapping[str, Any]) -> str:
    """The box outside the cluster that a block of addresses stands for; a single one is who gives out identities."""
    if str(block["cidr"]).endswith("/32"):
        return IDENTITY
    return INTERNET if block.get("except") else ANYWHERE


def _instances(spec: Mapping[str, Any]) -> str:
    nodes = [_number(each["count"]) for each in spec.get("nodeSets", ())]
    return "+".join(nodes) or _number(spec.get("instances", spec.get("count", 1)))


def _peer(peer: Mapping[str, Any], own: str, workloads: list[Workload]) -> list[str]:
    """Boxes a peer stands for; a namespace without workloads of ours is a box of its own."""
    labels = peer.get("namespaceSelector", {}).get("matchLabels", {})
    namespace = labels.get(NAMESPACE_LABEL, own)
    boxes = [workload.box for workload in _selected(peer.get("podSelector", {}), namespace, workloads)]
    return boxes or [_box(f"ns_{namespace}")]


def _selected(selector: Mapping[str, Any], namespace: str, workloads: list[Workload]) -> list[Workload]:
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    expressions: list[Mapping[str, Any]] = selector.get("matchExpressions", [])
    return [
        workload
        for workload in workloads
        if workload.namespace == namespace
        and all(workload.labels.get(key) == value for key, value in wanted.items())
        and all(_holds(expression, workload.labels) for expression in expressions)
    ]


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values", [])
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }[expression["operator"]]


def _box(name: str) -> str:
    return name.replace("-", "_").replace(".", "_")


def _ports(rule: Mapping[str, Any]) -> str:
    return ", ".join(_number(port["port"]) for port in rule.get("ports", ())) or "any"


def _number(value: object) -> str:
    """Pulumi hands numbers over as floats; ``8000.0`` is a port nobody knows."""
    return str(int(value)) if isinstance(value, float) else str(value)
