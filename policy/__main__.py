"""The policy pack, as `pulumi preview --policy-pack policy` loads it."""

from pulumi_policy import EnforcementLevel, PolicyPack

from policy.pack import NAME, policies

PolicyPack(NAME, policies(), EnforcementLevel.MANDATORY)
