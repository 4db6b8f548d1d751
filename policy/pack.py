"""All rules, and how each becomes a policy of the engine."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.autoscaling import AUTOSCALING_RULES
from policy.buckets import BUCKET_RULES
from policy.delivery import SECRET_RULES
from policy.encryption import ENCRYPTION_RULES
from policy.exemptions import exemptions_are_reasoned, is_exempt
from policy.images import IMAGE_RULES
from policy.namespaces import NAMESPACE_RULES
from policy.network import NETWORK_RULES
from policy.protection import PROTECTION_RULES
from policy.residency import RESIDENCY_RULES
from policy.resources import UNKNOWN, Item, Object, Provider, settled, under
from policy.rules import ResourceRule, Rule, StackRule, description
from policy.stack import Stack
from policy.tags import TAG_RULES
from policy.workloads import WORKLOAD_RULES

NAME: Final = "mcp-platform"
THEMES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "Workloads": (*WORKLOAD_RULES, *AUTOSCALING_RULES),
    "Images and charts": IMAGE_RULES,
    "Namespaces and network": (*NAMESPACE_RULES, *NETWORK_RULES),
    "Secrets": SECRET_RULES,
    "Encryption": ENCRYPTION_RULES,
    "Buckets": BUCKET_RULES,
    "Tags, protection, residency": (*TAG_RULES, *PROTECTION_RULES, *RESIDENCY_RULES),
}
"""The pack in the order in which its reference shows it."""
_THEMED: Final = tuple(rule for rules in THEMES.values() for rule in rules)
EXEMPTIONS: Final = exemptions_are_reasoned(_THEMED)
RULES: Final[Mapping[str, Rule]] = {rule.name: rule for rule in (*_THEMED, EXEMPTIONS)}


class Inputs:
    """What the program asked for, remembered until the whole stack is looked at.

    A policy of the whole stack gets outputs, in which a server's defaults (``replicas: 1``) look as if the program had
    said them. One process serves all policies of a run, and is asked about each resource first.
    """

    def __init__(self) -> None:
        self._seen: dict[str, Object] = {}

    def remember(self, urn: str, inputs: Object) -> None:
        """Keep what the program asks for now."""
        self._seen[urn] = inputs

    def of(self, type_: str, urn: str) -> Object | None:
        """What the program asked for, of anything but components and the stack, which have only outputs."""
        return self._seen.get(urn) if type_.partition(":")[0] in ("kubernetes", "aws", "gcp") else None


def policies() -> list[Policy]:
    """One policy for each rule."""
    inputs = Inputs()
    return [
        _of_resource(rule, inputs) if isinstance(rule, ResourceRule) else _of_stack(rule, inputs)
        for rule in RULES.values()
    ]


def _of_resource(rule: ResourceRule, inputs: Inputs) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        item = _item(args)
        inputs.remember(args.urn, item.properties)
        if not is_exempt(item, rule):
            for sentence in rule.check(item):
                report(sentence, None)

    return ResourceValidationPolicy(
        rule.name, description(rule), validate, EnforcementLevel.MANDATORY, remediation_steps=rule.comply
    )


def _of_stack(rule: StackRule, inputs: Inputs) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = Stack([_stack_item(each, inputs) for each in args.resources])
        for item, sentence in rule.check(stack):
            if not is_exempt(item, rule):
                report(sentence, item.urn)

    return StackValidationPolicy(
        rule.name, description(rule), validate, EnforcementLevel.MANDATORY, remediation_steps=rule.comply
    )


def _stack_item(resource: PolicyResource, inputs: Inputs) -> Item:
    outputs: Object = settled(resource.props)
    asked = inputs.of(resource.resource_type, resource.urn)
    sources = {key: tuple(each.urn for each in found) for key, found in resource.property_dependencies.items()}
    return _item(resource, outputs if asked is None else asked, outputs, sources)


def _item(
    resource: ResourceValidationArgs | PolicyResource,
    properties: Object | None = None,
    outputs: Object | None = None,
    sources: Mapping[str, tuple[str, ...]] | None = None,
) -> Item:
    return Item(
        type=resource.resource_type,
        name=resource.name,
        properties=settled(resource.props) if properties is None else properties,
        outputs=outputs or {},
        urn=resource.urn,
        protect=resource.opts.protect,
        provider=_provider(settled(resource.provider.props) if resource.provider else {}),
        sources=sources or {},
    )


def _provider(properties: Object) -> Provider:
    region = properties.get("region")
    tags = _object(properties.get("defaultTags"))
    return Provider(
        region if isinstance(region, str) else "",
        UNKNOWN if tags is UNKNOWN else under(tags, "tags") or _object(properties.get("defaultLabels")),
    )


def _object(value: Any) -> Object:
    """A provider's setting: the engine carries those that are objects as JSON."""
    if isinstance(value, str):
        value = json.loads(value)
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]
