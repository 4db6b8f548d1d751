"""Asking the rules directly, as the pack asks them for the engine."""

from collections.abc import Mapping
from typing import Any

from contract.tags import Tag, label_key
from policy.exemptions import is_exempt
from policy.pack import RULES
from policy.resources import Item, Provider
from policy.rules import ResourceRule
from policy.stack import Stack
from tests.policy.stack_of_cases import Made

TAGS = {Tag.STACK: "eu-west", Tag.REGION: "eu-west-1", Tag.RESIDENCY: "eu", Tag.ENVIRONMENT: "production"}
PROVIDERS = {
    "aws": Provider("eu-west-1", TAGS),
    "aws-untagged": Provider("eu-west-1"),
    "gcp": Provider("europe-west1", {label_key(tag): value for tag, value in TAGS.items()}),
}


def items(made: Mapping[str, Made]) -> list[Item]:
    """What a policy would see of a program's resources; ``@name`` is known to come from that resource."""
    return [_item(name, each) for name, each in made.items()]


def _item(name: str, made: Made) -> Item:
    references = {key: value[1:] for key, value in made.properties.items() if str(value).startswith("@")}
    return Item(
        made.type,
        name,
        {key: value for key, value in made.properties.items() if value is not None},
        urn=f"urn::{name}",
        protect=made.protect,
        provider=PROVIDERS.get(made.provider or made.type.partition(":")[0], Provider()),
        sources={key: (f"urn::{source}",) for key, source in references.items()},
    )


def stack(*more: Item, outputs: Mapping[str, Any] | None = None, protection: str = "on") -> list[Item]:
    """Resources, with the stack itself and its lock."""
    lock = Item("mcp:platform:Protection", "protection", {"protection": protection})
    return [*more, lock, Item("pulumi:pulumi:Stack", "tiny-dev", outputs or {})]


def breaches(found: list[Item]) -> list[tuple[str, str, str]]:
    """Policy, resource and sentence, of every rule."""
    said: list[tuple[str, str, str]] = []
    for rule in RULES.values():
        if isinstance(rule, ResourceRule):
            said += [
                (rule.name, item.name, sentence)
                for item in found
                if not is_exempt(item, rule)
                for sentence in rule.check(item)
            ]
        else:
            said += [
                (rule.name, item.name, sentence)
                for item, sentence in rule.check(Stack(found))
                if not is_exempt(item, rule)
            ]
    return said


def said_by(policy: str, *found: Item) -> list[str]:
    """Sentences of one policy about these resources."""
    return [sentence for name, _, sentence in breaches(list(found)) if name == policy]
