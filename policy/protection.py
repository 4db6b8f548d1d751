"""What cannot be made again cannot be destroyed while the stack's protection is on."""

from collections.abc import Iterator
from typing import Final

from policy.namespaces import NAMESPACE
from policy.resources import Item, entries, under
from policy.rules import Breach, StackRule
from policy.stack import Stack

OBJECTS: Final = frozenset(
    {
        ("core", "PersistentVolumeClaim"),
        ("core", "PersistentVolume"),
        ("postgresql.cnpg.io", "Cluster"),
        ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
    }
)
"""API group and kind of what holds data in a cluster."""
CLOUD: Final = frozenset(
    {
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketV2:BucketV2",
        "aws:kms/key:Key",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:ebs/volume:Volume",
        "aws:efs/fileSystem:FileSystem",
        "aws:eks/cluster:Cluster",
        "aws:dynamodb/table:Table",
        "aws:route53/zone:Zone",
        "gcp:storage/bucket:Bucket",
        "gcp:kms/keyRing:KeyRing",
        "gcp:kms/cryptoKey:CryptoKey",
        "gcp:compute/disk:Disk",
        "gcp:container/cluster:Cluster",
        "gcp:dns/managedZone:ManagedZone",
    }
)
"""Types of what holds data, decrypts it, or has an address that others know."""


def holds_data(item: Item) -> bool:
    """Whether something would be lost with it."""
    claims = item.kind == "StatefulSet" and bool(entries(under(item.properties, "spec"), "volumeClaimTemplates"))
    return item.type in CLOUD or (item.group, item.kind) in OBJECTS or claims


def stateful_things_are_protected(stack: Stack) -> Iterator[Breach]:
    """With setting `protection` on, neither `destroy` nor a replacement deletes data, its keys or its namespace."""
    if not stack.is_protected:
        return
    stateful = [item for item in stack.items if holds_data(item)]
    homes = {item.namespace for item in stateful if item.group and item.kind != "PersistentVolume"}
    stateful += [item for item in stack.of(NAMESPACE) if item.object_name in homes]
    for item in stateful:
        if not item.protect:
            how = "give it the option protect (infra.options.guarded_child), or set protection to off"
            yield item, f"{item.kind} {item.name} holds data and is not protected: {how}"


PROTECTION_RULES: Final = (
    StackRule(
        "stateful-things-are-protected",
        stateful_things_are_protected,
        "Make it with `infra.options.guarded_child(parent, protection, …)`. To destroy a stack, set `protection: off` "
        "and apply first.",
    ),
)
