"""Rules about objects that belong together. Each is a function from all items to sentences, and a policy."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pulumi_policy import ReportViolation, StackValidationArgs, StackValidationPolicy

from contract.names import IMAGE, ConfigMapName
from policy.manifests import Item, containers, item_from, pod_of, under

Rule = Callable[[Sequence[Item]], Iterator[str]]


def namespaces_deny_by_default(items: Sequence[Item]) -> Iterator[str]:
    """In every namespace one policy selects all pods and covers both directions."""
    denied = {
        str(under(item.properties, "metadata").get("namespace"))
        for item in items
        if item.type.endswith(":NetworkPolicy")
        and not under(item.properties, "spec", "podSelector")
        and set(under(item.properties, "spec").get("policyTypes", ())) == {"Ingress", "Egress"}
    }
    for item in items:
        if item.type == "kubernetes:core/v1:Namespace":
            name = str(under(item.properties, "metadata").get("name", item.name))
            if name not in denied:
                yield f"namespace {name} lets every pod talk to every other: add a default-deny network policy"


def autoscaled_workloads_have_no_replicas(items: Sequence[Item]) -> Iterator[str]:
    """Two owners of one number undo each other at every update."""
    scaled = {
        (
            under(item.properties, "metadata").get("namespace"),
            under(item.properties, "spec", "scaleTargetRef").get("name"),
        )
        for item in items
        if item.type.endswith(":ScaledObject")
    }
    for item in items:
        metadata = under(item.properties, "metadata")
        owned = item.type.endswith(":Deployment") and (metadata.get("namespace"), metadata.get("name")) in scaled
        if owned and under(item.properties, "spec").get("replicas") is not None:
            yield f"{item.name} sets replicas although an autoscaler owns them: leave them out"


def shared_clusters_run_images_by_digest(items: Sequence[Item]) -> Iterator[str]:
    """Outside environment ``local`` the platform's image never changes under its name."""
    environments = {
        under(item.properties, "data").get("ENVIRONMENT")
        for item in items
        if item.type.endswith(":ConfigMap") and under(item.properties, "metadata").get("name") == ConfigMapName.GLOBAL
    }
    if environments <= {"local"}:
        return
    for item in items:
        for container in containers(pod_of(item) or {}):
            image = str(container.get("image", ""))
            if IMAGE in image and "@sha256:" not in image:
                yield f"{item.name} runs {image} in a shared cluster: name it by digest"


RULES: Final[dict[str, Rule]] = {
    "namespaces-deny-by-default": namespaces_deny_by_default,
    "autoscaled-workloads-have-no-replicas": autoscaled_workloads_have_no_replicas,
    "shared-clusters-run-images-by-digest": shared_clusters_run_images_by_digest,
}


def _policy(name: str, rule: Rule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        items = [item_from(each.resource_type, each.name, each.props) for each in args.resources]
        for sentence in rule(items):
            report(sentence, None)

    return StackValidationPolicy(name=name, description=(rule.__doc__ or name).strip(), validate=validate)


STACK_POLICIES: Final = [_policy(name, rule) for name, rule in RULES.items()]
