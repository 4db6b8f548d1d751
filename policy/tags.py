"""Every cloud resource says what it belongs to: who pays for it, and whose data lie in it."""

from collections.abc import Iterator, Mapping
from typing import Final

from contract.residency import Zone
from contract.tags import Tag, label_key
from policy.resources import UNKNOWN, Item, under
from policy.rules import Breach, StackRule
from policy.stack import Stack, tags_of

SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:acm": ("Certificate",),
    "aws:cloudfront": ("Distribution",),
    "aws:cloudwatch": ("LogGroup", "MetricAlarm"),
    "aws:dynamodb": ("Table",),
    "aws:ebs": ("Volume",),
    "aws:ec2": (
        "Eip",
        "InternetGateway",
        "LaunchTemplate",
        "NatGateway",
        "RouteTable",
        "SecurityGroup",
        "Subnet",
        "Vpc",
    ),
    "aws:ecr": ("Repository",),
    "aws:efs": ("FileSystem",),
    "aws:eks": ("Addon", "Cluster", "NodeGroup", "PodIdentityAssociation"),
    "aws:globalaccelerator": ("Accelerator",),
    "aws:iam": ("Policy", "Role"),
    "aws:kms": ("Key", "ReplicaKey"),
    "aws:lb": ("Listener", "LoadBalancer", "TargetGroup"),
    "aws:route53": ("HealthCheck", "Zone"),
    "aws:s3": ("Bucket",),
    "aws:secretsmanager": ("Secret",),
    "aws:sns": ("Topic",),
    "aws:sqs": ("Queue",),
    "gcp:artifactregistry": ("Repository",),
    "gcp:compute": ("Address", "Disk", "ForwardingRule", "GlobalAddress", "GlobalForwardingRule"),
    "gcp:container": ("Cluster",),
    "gcp:dns": ("ManagedZone",),
    "gcp:kms": ("CryptoKey",),
    "gcp:secretmanager": ("Secret",),
    "gcp:storage": ("Bucket",),
}
"""Types that take tags or labels; a test asks the SDKs. Others count once their outputs show that they do."""
TAGGABLE: Final = frozenset(
    f"{service}/{kind[0].lower()}{kind[1:]}:{kind}" for service, kinds in SERVICES.items() for kind in kinds
)


def resources_are_tagged(stack: Stack) -> Iterator[Breach]:
    """Every taggable cloud resource carries the platform's tags, and they name this stack's residency zone."""
    for item in stack.items:
        package = item.type.partition(":")[0]
        taggable = item.type in TAGGABLE or bool({"tagsAll", "effectiveLabels"} & {*item.outputs})
        if package == "aws" and taggable:
            yield from _tagged(stack, item, [*Tag], Tag.RESIDENCY)
        if package == "gcp" and taggable:
            yield from _tagged(stack, item, [label_key(tag) for tag in Tag], label_key(Tag.RESIDENCY))


def _tagged(stack: Stack, item: Item, keys: list[str], residency: str) -> Iterator[Breach]:
    own = (under(item.properties, key) for key in ("tags", "labels", "resourceLabels"))
    if item.provider.tags is UNKNOWN or UNKNOWN in own:
        return
    tags = tags_of(item)
    what = "tags" if item.type.startswith("aws:") else "labels"
    if missing := [key for key in keys if not tags.get(key) and tags.get(key) is not UNKNOWN]:
        yield item, f"{item.name} lacks {what} {', '.join(missing)}: set them, best on the provider"
    zone = tags.get(residency)
    if stack.residency is not None and zone in (Zone.US, Zone.EU) and zone != stack.residency:
        yield item, f"{item.name} says {residency} is {zone} in a stack of {stack.residency}: set {stack.residency}"


TAG_RULES: Final = (
    StackRule(
        "resources-are-tagged",
        resources_are_tagged,
        "Set the tags on the provider (`defaultTags`, `defaultLabels`), so that every resource has them: "
        + ", ".join(f"`{tag}`" for tag in Tag)
        + "; on GCP as labels "
        + ", ".join(f"`{label_key(tag)}`" for tag in Tag)
        + ".",
    ),
)
