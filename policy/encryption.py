"""Encryption of what lies still and of what travels."""

from collections.abc import Iterator
from typing import Final

from policy.resources import UNKNOWN, Item, Object, differs, entries, under, values
from policy.rules import ResourceRule

ENCRYPTED: Final = {
    "aws:ebs/volume:Volume": "encrypted",
    "aws:ebs/snapshotCopy:SnapshotCopy": "encrypted",
    "aws:efs/fileSystem:FileSystem": "encrypted",
    "aws:ebs/encryptionByDefault:EncryptionByDefault": "enabled",
    "aws:rds/instance:Instance": "storageEncrypted",
    "aws:rds/cluster:Cluster": "storageEncrypted",
}
"""Type -> property that turns encryption on."""
EBS: Final = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs")
ON: Final = (True, "true")
SECURE: Final = ("TLS", "HTTPS", "QUIC", "TCP_QUIC", "TCP", "UDP", "TCP_UDP")
"""Protocols of listeners; TCP and UDP pass through what is encrypted behind them."""
VIEWER: Final = ("redirect-to-https", "https-only")
MODERN: Final = ("TLSv1.2_", "TLSv1.3_")
"""Beginnings of CloudFront's security policies. Its own certificate accepts any TLS, so ours is needed."""


def storage_is_encrypted(item: Item) -> Iterator[str]:
    """Volumes, also those of nodes and those that a StorageClass will make, are encrypted."""
    key = ENCRYPTED.get(item.type)
    if key and differs(item.properties.get(key, None if key != "enabled" else True), *ON):
        yield f"{item.name} is stored in clear: set {key} to true"
    by_ebs = item.kind == "StorageClass" and item.properties.get("provisioner") in EBS
    if by_ebs and differs(under(item.properties, "parameters").get("encrypted"), *ON):
        yield f'StorageClass {item.object_name} makes volumes in clear: set parameters.encrypted to "true"'
    if item.type == "aws:ec2/launchTemplate:LaunchTemplate":
        mappings = entries(item.properties, "blockDeviceMappings")
        clear = [each for each in mappings if differs(under(each, "ebs").get("encrypted"), *ON)]
        if clear or (not mappings and item.properties.get("blockDeviceMappings") is not UNKNOWN):
            yield f'{item.name} gives nodes disks in clear: set blockDeviceMappings[].ebs.encrypted to "true"'
    if item.type == "aws:eks/nodeGroup:NodeGroup" and item.properties.get("launchTemplate") is None:
        yield f"{item.name} takes the account's default for its disks: name a launchTemplate with encrypted ones"


def cluster_secrets_are_encrypted(item: Item) -> Iterator[str]:
    """Kubernetes Secrets are encrypted with a key of ours before the control plane stores them."""
    if item.type == "aws:eks/cluster:Cluster":
        config = under(item.properties, "encryptionConfig")
        key = under(config, "provider").get("keyArn")
        if config is not UNKNOWN and ("secrets" not in values(config, "resources") or not (key or key is UNKNOWN)):
            yield f'{item.name} stores Secrets in clear: set encryptionConfig to resources ["secrets"] with a keyArn'
    if item.type == "gcp:container/cluster:Cluster":
        config = under(item.properties, "databaseEncryption")
        key = config.get("keyName")
        if differs(config.get("state"), "ENCRYPTED", "ALL_OBJECTS_ENCRYPTION_ENABLED") or not (key or key is UNKNOWN):
            yield f"{item.name} stores Secrets in clear: set databaseEncryption to state ENCRYPTED with a keyName"


def keys_rotate(item: Item) -> Iterator[str]:
    """A key that encrypts data is replaced at least once a year without anybody thinking of it."""
    given = item.properties
    if given.get("keyUsage", given.get("purpose", "ENCRYPT_DECRYPT")) != "ENCRYPT_DECRYPT":
        return
    if item.type == "aws:kms/key:Key" and differs(given.get("enableKeyRotation"), True):
        yield f"{item.name} never rotates: set enableKeyRotation to true"
    period = given.get("rotationPeriod")
    if item.type == "gcp:kms/cryptoKey:CryptoKey" and not period and period is not UNKNOWN:
        yield f'{item.name} never rotates: set rotationPeriod, for example to "7776000s"'


def traffic_is_encrypted(item: Item) -> Iterator[str]:
    """What comes from outside comes by TLS 1.2 or newer; plain HTTP only redirects."""
    if item.type == "aws:lb/listener:Listener" and differs(item.properties.get("protocol"), *SECURE):
        actions = entries(item.properties, "defaultActions")
        if not actions or any(differs(each.get("type"), "redirect") for each in actions):
            yield f"{item.name} serves {item.properties.get('protocol')}: use TLS or HTTPS, or redirect to it"
    if item.type == "aws:cloudfront/distribution:Distribution":
        yield from _distribution(item)
    if item.kind == "Ingress" and item.group == "networking.k8s.io":
        spec = under(item.properties, "spec")
        minion = under(item.metadata, "annotations").get("nginx.org/mergeable-ingress-type") == "minion"
        if not minion and spec is not UNKNOWN and not entries(spec, "tls"):
            yield f"{item.name} serves plain HTTP: add spec.tls"


def _distribution(item: Item) -> Iterator[str]:
    given = item.properties
    for behaviour in (under(given, "defaultCacheBehavior"), *entries(given, "orderedCacheBehaviors")):
        if differs(behaviour.get("viewerProtocolPolicy"), *VIEWER):
            yield f"{item.name} serves plain HTTP: set viewerProtocolPolicy to redirect-to-https"
    certificate: Object = under(given, "viewerCertificate")
    version = certificate.get("minimumProtocolVersion")
    if version is not UNKNOWN and not str(version).startswith(MODERN):
        how = "set viewerCertificate.minimumProtocolVersion to TLSv1.2_2021"
        yield f"{item.name} accepts {version or 'any TLS'}: {how}"


ENCRYPTION_RULES: Final = (
    ResourceRule(
        "storage-is-encrypted",
        storage_is_encrypted,
        'Set `encrypted` on the volume, `parameters.encrypted: "true"` on an EBS StorageClass, `ebs.encrypted` in a '
        "launch template, and name that template in the node group. Disks of GCP always are.",
    ),
    ResourceRule(
        "cluster-secrets-are-encrypted",
        cluster_secrets_are_encrypted,
        "Give the cluster a KMS key: `encryptionConfig` on EKS, `databaseEncryption` on GKE.",
    ),
    ResourceRule(
        "keys-rotate",
        keys_rotate,
        "Set `enableKeyRotation: true` on AWS, `rotationPeriod` on GCP. Keys that sign are not meant.",
    ),
    ResourceRule(
        "traffic-is-encrypted",
        traffic_is_encrypted,
        "Serve TLS with version 1.2 or newer, and let plain HTTP only redirect.",
    ),
)
