"""Exemptions: an object names the policy that does not hold for it and says why."""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from contract.annotations import POLICY_EXEMPT
from contract.tags import EXEMPT_TAG
from policy.resources import Item, under
from policy.rules import ResourceRule, Rule

BETWEEN: Final = re.compile(r"\n|;(?=\s*[a-z]+(?:-[a-z]+)+:)")
"""What separates exemptions; a reason may hold a semicolon."""


def exemptions(item: Item) -> dict[str, str]:
    """Policy -> reason, as the object's annotation, the AWS resource's tag or the chart release's description says."""
    said: dict[str, str] = {}
    for part in BETWEEN.split(_text(item)):
        policy, _, reason = part.partition(":")
        if part.strip():
            said[policy.strip()] = reason.strip()
    return said


def _text(item: Item) -> str:
    annotated = under(item.metadata, "annotations").get(POLICY_EXEMPT)
    tagged = under(item.properties, "tags").get(EXEMPT_TAG)
    described = str(item.properties.get("description", "")) if item.kind == "Release" else ""
    return next(
        (said for said in (annotated, tagged) if isinstance(said, str)),
        described.partition(f"{POLICY_EXEMPT}:")[2],
    )


def is_exempt(item: Item, rule: Rule) -> bool:
    """Whether the rule does not hold for the resource: only with a reason, and only where the rule allows it."""
    return rule.exemptable and bool(exemptions(item).get(rule.name))


def exemptions_are_reasoned(rules: Iterable[Rule]) -> ResourceRule:
    """The rule about exemptions from ``rules``."""
    known = {rule.name: rule for rule in rules}

    def check(item: Item) -> Iterator[str]:
        """An exemption names a policy that exists and may be exempted from, and gives a reason."""
        for policy, reason in exemptions(item).items():
            if policy not in known:
                near = difflib.get_close_matches(policy, known, 1)
                hint = (
                    f"did you mean {near[0]}?" if near else "write `<policy>: <reason>` with a name of docs/policies.md"
                )
                yield f"{item.name} wants an exemption from {policy!r}, which is no policy: {hint}"
            elif not known[policy].exemptable:
                yield f"{item.name} wants an exemption from {policy}, which has none: {known[policy].comply}"
            elif not reason:
                yield f"{item.name} wants an exemption from {policy} without a reason: write `{policy}: <reason>`"

    return ResourceRule(
        "exemptions-are-reasoned",
        check,
        f'Write annotation `{POLICY_EXEMPT}: "<policy>: <reason>"` with a policy of this page, or remove it.',
        exemptable=False,
    )
