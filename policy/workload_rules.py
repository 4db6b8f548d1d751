"""Rules that one workload keeps or breaks by itself. Each is a function from an item to sentences, and a policy."""

from collections.abc import Callable, Iterator
from typing import Final

from pulumi_policy import ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policy.manifests import Item, containers, entries, item_from, pod_of, under

Rule = Callable[[Item], Iterator[str]]


def pods_are_restricted(item: Item) -> Iterator[str]:
    """Pods run as somebody, without privileges, on a read-only root."""
    pod = pod_of(item)
    if pod is None:
        return
    if under(pod, "securityContext").get("runAsNonRoot") is not True:
        yield f"{item.name} may run as root: set securityContext.runAsNonRoot"
    if under(pod, "securityContext", "seccompProfile").get("type") != "RuntimeDefault":
        yield f"{item.name} has no seccomp profile: set securityContext.seccompProfile.type to RuntimeDefault"
    for container in containers(pod):
        context = under(container, "securityContext")
        name = f"{item.name}/{container.get('name')}"
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{name} may gain privileges: set allowPrivilegeEscalation to false"
        if context.get("readOnlyRootFilesystem") is not True:
            yield f"{name} may write to its image: set readOnlyRootFilesystem and mount scratch directories"
        if under(context, "capabilities").get("drop") != ["ALL"]:
            yield f"{name} keeps capabilities: drop ALL"


def tokens_are_not_mounted(item: Item) -> Iterator[str]:
    """No pod of ours talks to the Kubernetes API, so none carries a token for it."""
    pod = pod_of(item)
    if pod is not None and pod.get("automountServiceAccountToken") is not False:
        yield f"{item.name} mounts a service-account token: set automountServiceAccountToken to false"


def images_do_not_float(item: Item) -> Iterator[str]:
    """An image is named by digest or by a tag that does not move."""
    for container in containers(pod_of(item) or {}):
        image = str(container.get("image", ""))
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in image and tag in ("", "latest"):
            yield f"{item.name} runs {image or 'no image'}: name a digest"


def secrets_are_files(item: Item) -> Iterator[str]:
    """A secret in the environment is read by every child process and every crash report."""
    for container in containers(pod_of(item) or {}):
        name = f"{item.name}/{container.get('name')}"
        for variable in entries(container, "env"):
            if "secretKeyRef" in under(variable, "valueFrom"):
                yield f"{name} has secret {variable.get('name')} in its environment: mount it as a file"
        for source in entries(container, "envFrom"):
            if "secretRef" in source:
                yield f"{name} has a whole Secret in its environment: mount it as files"


def resources_are_bounded(item: Item) -> Iterator[str]:
    """Requests decide placement and autoscaling, limits protect the neighbours."""
    for container in containers(pod_of(item) or {}):
        for bound in ("requests", "limits"):
            missing = {"cpu", "memory"} - set(under(container, "resources", bound))
            if missing:
                yield f"{item.name}/{container.get('name')} has no {bound} for {' and '.join(sorted(missing))}"


def ingresses_have_no_snippets(item: Item) -> Iterator[str]:
    """A snippet rewrites the whole controller's configuration."""
    if item.type.endswith(":Ingress"):
        for annotation in under(item.properties, "metadata", "annotations"):
            if annotation.endswith(("-snippets", "-snippet")):
                yield f"{item.name} has annotation {annotation}: use the controller's own annotations"


RULES: Final[dict[str, Rule]] = {
    "pods-are-restricted": pods_are_restricted,
    "tokens-are-not-mounted": tokens_are_not_mounted,
    "images-do-not-float": images_do_not_float,
    "secrets-are-files": secrets_are_files,
    "resources-are-bounded": resources_are_bounded,
    "ingresses-have-no-snippets": ingresses_have_no_snippets,
}


def _policy(name: str, rule: Rule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for sentence in rule(item_from(args.resource_type, args.name, args.props)):
            report(sentence, None)

    return ResourceValidationPolicy(name=name, description=(rule.__doc__ or name).strip(), validate=validate)


WORKLOAD_POLICIES: Final = [_policy(name, rule) for name, rule in RULES.items()]
