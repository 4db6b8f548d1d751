"""The Pulumi program that makes the good stack or the bad one, as configuration key ``tiny:stack`` says."""

import json
import sys
from pathlib import Path
from typing import Any

import pulumi

sys.path.insert(0, str(Path(__file__).parents[2]))

from contract.tags import Tag, label_key
from tests.policy.cases import BAD_OUTPUT, GOOD, OUTPUTS, bad

TAGS = {Tag.STACK: "eu-west", Tag.REGION: "eu-west-1", Tag.RESIDENCY: "eu", Tag.ENVIRONMENT: "production"}
PROVIDERS = {
    "kubernetes": pulumi.ProviderResource("kubernetes", "kubernetes", {}),
    "aws": pulumi.ProviderResource(
        "aws", "aws", {"region": "eu-west-1", "defaultTags": json.dumps({"tags": {**TAGS}})}
    ),
    "aws-untagged": pulumi.ProviderResource("aws", "aws-untagged", {"region": "eu-west-1"}),
    "gcp": pulumi.ProviderResource(
        "gcp",
        "gcp",
        {"region": "europe-west1", "defaultLabels": json.dumps({label_key(tag): value for tag, value in TAGS.items()})},
    ),
}


class Resource(pulumi.CustomResource):
    """Any resource, by its type and properties."""


def resolved(value: Any, made: dict[str, Resource]) -> Any:
    """``value`` with ``@name`` replaced by that resource's id."""
    if isinstance(value, dict):
        return {key: resolved(each, made) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [resolved(each, made) for each in value]
    return made[value[1:]].id if isinstance(value, str) and value.startswith("@") else value


def main(stack: str) -> None:
    """Make everything, and the lock that says that the stack is protected."""
    made: dict[str, Resource] = {}
    for name, each in (GOOD if stack == "good" else bad()).items():
        provider = PROVIDERS[each.provider or each.type.partition(":")[0]]
        options = pulumi.ResourceOptions(provider=provider, protect=each.protect)
        made[name] = Resource(each.type, name, resolved(each.properties, made), options)
    lock = pulumi.ComponentResource("mcp:platform:Protection", "protection")
    lock.register_outputs({"protection": "on"})
    for key, value in OUTPUTS.items():
        pulumi.export(key, value)
    if stack == "bad":
        pulumi.export(*BAD_OUTPUT)


main(pulumi.Config("tiny").require("stack"))
