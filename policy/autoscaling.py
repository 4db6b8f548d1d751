"""Autoscalers and what they scale."""

from collections.abc import Iterator
from typing import Final

from policy.resources import differs, under
from policy.rules import Breach, StackRule
from policy.stack import Stack


def autoscaled_workloads_have_no_replicas(stack: Stack) -> Iterator[Breach]:
    """Two owners of one number undo each other at every update."""
    scaled: set[tuple[str, str, object]] = set()
    for item in stack.items:
        if item.kind in ("ScaledObject", "HorizontalPodAutoscaler"):
            target = under(item.properties, "spec", "scaleTargetRef")
            scaled.add((item.namespace, str(target.get("kind", "Deployment")), target.get("name")))
    for item in stack.items:
        owned = item.group == "apps" and (item.namespace, item.kind, item.object_name) in scaled
        if owned and differs(under(item.properties, "spec").get("replicas"), None):
            yield item, f"{item.name} sets replicas although an autoscaler owns them: leave them out"


AUTOSCALING_RULES: Final = (
    StackRule(
        "autoscaled-workloads-have-no-replicas",
        autoscaled_workloads_have_no_replicas,
        "Leave `replicas` out of a workload that a `ScaledObject` or `HorizontalPodAutoscaler` names.",
    ),
)
