"""The policy pack, as `pulumi preview --policy-pack policy` loads it."""

from pulumi_policy import EnforcementLevel, PolicyPack

from policy.stack_rules import STACK_POLICIES
from policy.workload_rules import WORKLOAD_POLICIES

PolicyPack(
    name="mcp-platform",
    policies=[*WORKLOAD_POLICIES, *STACK_POLICIES],
    enforcement_level=EnforcementLevel.MANDATORY,
)
