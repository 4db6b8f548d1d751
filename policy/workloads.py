"""What a workload's pods may be and must have."""

from collections.abc import Iterator
from typing import Final

from policy.pods import SERVING, containers, named_containers, pod_of
from policy.resources import UNKNOWN, Item, Object, differs, entries, under, values
from policy.rules import ResourceRule

VOLUMES: Final = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)
"""Volumes that Pod Security ``restricted`` allows (Kubernetes, "Pod Security Standards")."""


def pods_are_restricted(item: Item) -> Iterator[str]:
    """Pods keep Pod Security `restricted`, and their root file system is read-only."""
    pod = pod_of(item)
    if pod is None:
        return
    yield from _host(item.name, pod)
    for volume in entries(pod, "volumes"):
        for kind in set(volume) - VOLUMES - {"name"}:
            yield f"{item.name} mounts volume {volume.get('name')} of type {kind}: use {', '.join(sorted(VOLUMES))}"
    for name, container in named_containers(item):
        yield from _user(name, under(pod, "securityContext"), under(container, "securityContext"))
        yield from _container(name, container)


def _host(name: str, pod: Object) -> Iterator[str]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if differs(pod.get(key), None, False):
            yield f"{name} joins the node's namespaces: leave out {key}"
    for container in containers(pod):
        for port in entries(container, "ports"):
            if differs(port.get("hostPort"), None, 0):
                yield f"{name} takes port {port.get('hostPort')} of its node: leave out hostPort, make a Service"


def _user(name: str, pod: Object, container: Object) -> Iterator[str]:
    def chosen(key: str) -> object:
        return container.get(key, pod.get(key))

    if differs(chosen("runAsNonRoot"), True) or chosen("runAsUser") == 0:
        yield f"{name} may run as root: set securityContext.runAsNonRoot and no runAsUser 0"
    if differs(_seccomp(container) or _seccomp(pod), "RuntimeDefault", "Localhost"):
        yield f"{name} has no seccomp profile: set securityContext.seccompProfile.type to RuntimeDefault"


def _seccomp(context: Object) -> object:
    kind = under(context, "seccompProfile").get("type")
    return "RuntimeDefault" if kind is UNKNOWN else kind


def _container(name: str, container: Object) -> Iterator[str]:
    context = under(container, "securityContext")
    if differs(context.get("privileged"), None, False):
        yield f"{name} is privileged: leave out securityContext.privileged"
    if differs(context.get("allowPrivilegeEscalation"), False):
        yield f"{name} may gain privileges: set allowPrivilegeEscalation to false"
    if differs(context.get("readOnlyRootFilesystem"), True):
        yield f"{name} may write to its image: set readOnlyRootFilesystem and mount scratch directories"
    capabilities = under(context, "capabilities")
    if capabilities is not UNKNOWN and "ALL" not in values(capabilities, "drop"):
        yield f"{name} keeps capabilities: drop ALL"
    if added := [each for each in values(capabilities, "add") if each != "NET_BIND_SERVICE"]:
        yield f"{name} adds capabilities {', '.join(map(str, added))}: leave them out"


def tokens_are_not_mounted(item: Item) -> Iterator[str]:
    """No pod carries a token for the Kubernetes API unless it says what it needs it for."""
    pod = pod_of(item)
    if pod is not None and differs(pod.get("automountServiceAccountToken"), False):
        yield f"{item.name} mounts a service-account token: set automountServiceAccountToken to false"


def resources_are_bounded(item: Item) -> Iterator[str]:
    """Requests decide placement and autoscaling, limits protect the neighbours."""
    for name, container in named_containers(item):
        for bound in ("requests", "limits"):
            given = under(container, "resources", bound)
            missing = set[str]() if given is UNKNOWN else {"cpu", "memory"} - set(given)
            if missing:
                yield f"{name} has no {bound} for {' and '.join(sorted(missing))}: set resources.{bound}"


def containers_have_probes(item: Item) -> Iterator[str]:
    """What listens is asked whether it lives and whether it is ready; Jobs end by themselves."""
    if item.kind not in SERVING:
        return
    for container in entries(pod_of(item) or {}, "containers"):
        for probe in ("livenessProbe", "readinessProbe"):
            if entries(container, "ports") and not container.get(probe) and container.get(probe) is not UNKNOWN:
                yield f"{item.name}/{container.get('name')} has ports and no {probe}: add one"


WORKLOAD_RULES: Final = (
    ResourceRule(
        "pods-are-restricted",
        pods_are_restricted,
        "Set `runAsNonRoot`, seccomp `RuntimeDefault`, `allowPrivilegeEscalation: false`, `readOnlyRootFilesystem` and "
        "drop `ALL`; use no host namespace, port or path. `infra.pods.pod_template` does all of it.",
    ),
    ResourceRule(
        "tokens-are-not-mounted",
        tokens_are_not_mounted,
        "Set `automountServiceAccountToken: false` on the pod. A pod that calls the Kubernetes API is exempted with "
        "what it calls it for.",
    ),
    ResourceRule(
        "resources-are-bounded",
        resources_are_bounded,
        "Give every container, initial ones too, requests and limits for `cpu` and `memory`.",
    ),
    ResourceRule(
        "containers-have-probes",
        containers_have_probes,
        "Give every container with ports a `livenessProbe` and a `readinessProbe`.",
    ),
)
