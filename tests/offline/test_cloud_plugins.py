"""The recording providers of AWS and GCP: what the SDK's own types refuse, and what is recorded."""

from typing import Any

import pytest
from offline_plugins.clouds import Provider
from offline_plugins.sdk_types import UnknownTypeError, faults, output_names
from offline_plugins.wire import Secret, decode, encode
from pulumi.runtime.proto import provider_pb2

from policy.tags import TAGGABLE

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


@pytest.mark.parametrize(
    ("token", "inputs", "found"),
    [
        (BLOCK, {"bucket": "b", "blockPublicAcls": True}, []),
        (BLOCK, {"blockPublicAcls": True}, [("bucket", "is required")]),
        (
            BLOCK,
            {"bucket": "b", "blockPublicAcl": True},
            [("blockPublicAcl", "is no input; did you mean blockPublicAcls?")],
        ),
        (BLOCK, {"bucket": "b", "blockPublicAcls": 3}, [("blockPublicAcls", "is a int, not bool")]),
        (
            ENCRYPTION,
            {
                "bucket": "b",
                "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsKey": "k"}}],
            },
            [
                (
                    "rules[0].applyServerSideEncryptionByDefault.kmsKey",
                    "is no input; did you mean kmsMasterKeyId?",
                )
            ],
        ),
        ("gcp:storage/bucket:Bucket", {"location": "EU", "publicAccessPrevention": "enforced"}, []),
        (
            "gcp:storage/bucket:Bucket",
            {"location": "EU", "versioning": True},
            [("versioning", "is a bool, not an object")],
        ),
    ],
)
def test_inputs_are_held_to_the_types_of_the_sdk(
    token: str, inputs: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert faults(token, inputs) == found


def test_a_type_that_the_sdk_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownTypeError, match="has no resource type aws:s3/buckett:Buckett"):
        faults("aws:s3/buckett:Buckett", {})


def test_what_is_created_is_the_inputs_with_all_tags_a_stamp_and_its_secrets_secret() -> None:
    provider: Any = Provider("aws")
    configured = {"region": "eu-west-1", "defaultTags": '{"tags": {"a": "1"}}'}
    provider.Configure(provider_pb2.ConfigureRequest(args=encode(configured)), None)
    urn = "urn:pulumi:dev::mcp::aws:kms/key:Key::key"
    inputs = {"description": Secret("hidden"), "tags": {"b": "2"}}
    made = provider.Create(provider_pb2.CreateRequest(urn=urn, properties=encode(inputs)), None)
    outputs = decode(made.properties)
    assert made.id == "key"
    assert outputs["tagsAll"] == {"a": "1", "b": "2"}
    assert outputs["arn"] == "arn:offline:kms:eu-west-1:key"
    assert outputs["description"] == Secret("hidden") and outputs["__offline"] is True


@pytest.mark.parametrize("token", sorted(TAGGABLE))
def test_every_type_that_has_to_be_tagged_can_be(token: str) -> None:
    assert {"tagsAll", "effectiveLabels"} & output_names(token)
