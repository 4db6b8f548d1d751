"""What a rule is. Each becomes one policy of the same name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policy.resources import Item
from policy.stack import Stack

Breach = tuple[Item, str]
"""A resource, and a sentence that names it, what is wrong with it and how to comply."""


@dataclass(frozen=True)
class ResourceRule:
    """A rule that one resource keeps or breaks by itself: the engine asks before it makes the resource.

    Attributes:
        check: yields a sentence for each breach; its docstring is the policy's description.
        comply: how to keep the rule, one or two sentences.
        exemptable: whether an object may be exempted by annotation.
    """

    name: str
    check: Callable[[Item], Iterator[str]]
    comply: str
    exemptable: bool = True


@dataclass(frozen=True)
class StackRule:
    """A rule about resources that belong together, or that depends on what the stack says about itself."""

    name: str
    check: Callable[[Stack], Iterator[Breach]]
    comply: str
    exemptable: bool = True


Rule = ResourceRule | StackRule


def description(rule: Rule) -> str:
    """What the rule says, in one sentence or two."""
    return " ".join((rule.check.__doc__ or rule.name).split())
