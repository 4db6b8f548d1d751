"""Buckets: private, encrypted with a key of ours, and versioned where they hold backups."""

import json
from collections.abc import Iterator
from typing import Any, Final

from policy.resources import UNKNOWN, Item, Object, differs, entries, under, values
from policy.rules import Breach, StackRule
from policy.stack import Stack

S3: Final = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
GCS: Final = "gcp:storage/bucket:Bucket"
BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BLOCKED: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
PRIVATE_ACLS: Final = (None, "private", "log-delivery-write", "bucket-owner-full-control", "bucket-owner-read")
EVERYBODY: Final = frozenset({"allUsers", "allAuthenticatedUsers"})


def companions(stack: Stack, bucket: Item, kind: str) -> list[Item]:
    """Resources of type ``kind`` for ``bucket``: by the resource their ``bucket`` comes from, else by its name."""
    name = bucket.properties.get("bucket")
    return [
        item
        for item in stack.of(kind, kind + "V2")
        if (bucket.urn and bucket.urn in item.sources.get("bucket", ()))
        or (isinstance(name, str) and item.properties.get("bucket") == name)
    ]


def buckets_are_private(stack: Stack) -> Iterator[Breach]:
    """Nobody outside the account reads or writes a bucket, whatever an access list or a policy says later."""
    for item in stack.items:
        for sentence in _public(stack, item):
            yield item, sentence


def _public(stack: Stack, item: Item) -> Iterator[str]:
    given = item.properties
    if item.type in S3:
        blocks = companions(stack, item, BLOCK)
        open_ = [key for key in BLOCKED if not any(not differs(each.properties.get(key), True) for each in blocks)]
        if open_:
            yield f"{item.name} can be made public: add a BucketPublicAccessBlock with {', '.join(open_)} set to true"
    if item.type.startswith("aws:s3/bucket") and differs(given.get("acl"), *PRIVATE_ACLS):
        yield f"{item.name} has access list {given.get('acl')}: make it private"
    if item.type == "aws:s3/bucketPolicy:BucketPolicy" and _lets_anybody(given.get("policy")):
        yield f"{item.name} lets any principal in: name the principals, or add a condition"
    if item.type == GCS:
        if differs(given.get("uniformBucketLevelAccess"), True):
            yield f"{item.name} has access lists per object: set uniformBucketLevelAccess to true"
        if differs(given.get("publicAccessPrevention"), "enforced"):
            yield f"{item.name} can be made public: set publicAccessPrevention to enforced"
    if item.type.startswith("gcp:storage/") and EVERYBODY & {given.get("member"), *values(given, "members")} - {
        UNKNOWN
    }:
        yield f"{item.name} lets everybody in: name the members"


def _lets_anybody(policy: object) -> bool:
    if not isinstance(policy, str):
        return False
    try:
        document: Any = json.loads(policy)
    except ValueError:
        return False
    statements = entries(document, "Statement") or [under(document, "Statement")]
    return any(
        each.get("Effect") == "Allow" and not each.get("Condition") and each.get("Principal") in ("*", {"AWS": "*"})
        for each in statements
    )


def buckets_are_encrypted(stack: Stack) -> Iterator[Breach]:
    """Objects are encrypted with a key of ours: who may read the bucket still needs the key."""
    for item in stack.of(*S3):
        if not any(_by_kms(each.properties) for each in companions(stack, item, ENCRYPTION)):
            kind = "BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and a kmsMasterKeyId"
            yield item, f"{item.name} is not encrypted with a key of ours: add a {kind}"
    for item in stack.of(GCS):
        key = under(item.properties, "encryption").get("defaultKmsKeyName")
        if not key and key is not UNKNOWN:
            yield item, f"{item.name} is not encrypted with a key of ours: set encryption.defaultKmsKeyName"


def _by_kms(configuration: Object) -> bool:
    defaults = [under(rule, "applyServerSideEncryptionByDefault") for rule in entries(configuration, "rules")]
    return configuration.get("rules") is UNKNOWN or any(
        not differs(each.get("sseAlgorithm"), "aws:kms", "aws:kms:dsse")
        and bool(each.get("kmsMasterKeyId") or each.get("kmsMasterKeyId") is UNKNOWN)
        for each in defaults
    )


def backups_are_versioned(stack: Stack) -> Iterator[Breach]:
    """What deletes or overwrites a backup, by mistake or on purpose, does not destroy it."""
    for item in stack.of(*S3):
        versionings = companions(stack, item, VERSIONING)
        status = (under(each.properties, "versioningConfiguration").get("status") for each in versionings)
        if _holds_backups(item) and not any(not differs(each, "Enabled") for each in status):
            yield item, f"{item.name} keeps no old versions: add a BucketVersioning with status Enabled"
    for item in stack.of(GCS):
        if _holds_backups(item) and differs(under(item.properties, "versioning").get("enabled"), True):
            yield item, f"{item.name} keeps no old versions: set versioning.enabled to true"


def _holds_backups(item: Item) -> bool:
    names = (item.name, *(item.properties.get(key) for key in ("bucket", "bucketPrefix", "name")))
    return any("backup" in name for name in names if isinstance(name, str))


BUCKET_RULES: Final = (
    StackRule(
        "buckets-are-private",
        buckets_are_private,
        "S3: a `BucketPublicAccessBlock` with all four switches true, no public access list, no policy for principal "
        "`*`. GCS: `uniformBucketLevelAccess: true`, `publicAccessPrevention: enforced`, no `allUsers`. "
        "Public files go through a CDN with origin access control.",
    ),
    StackRule(
        "buckets-are-encrypted",
        buckets_are_encrypted,
        "S3: a `BucketServerSideEncryptionConfiguration` with `aws:kms` and a `kmsMasterKeyId`. GCS: "
        "`encryption.defaultKmsKeyName`.",
    ),
    StackRule(
        "backups-are-versioned",
        backups_are_versioned,
        "Turn versioning on for every bucket with `backup` in its name: `BucketVersioning` on S3, `versioning.enabled` "
        "on GCS.",
    ),
)
