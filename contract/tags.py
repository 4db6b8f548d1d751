"""Tags and labels that say what a cloud resource belongs to: infrastructure sets them, the policy pack demands them."""

from enum import StrEnum
from typing import Final


class Tag(StrEnum):
    """Keys of tags on AWS. Values: stack, region and environment by their own names, residency ``us`` or ``eu``."""

    STACK = "mcp-platform:stack"
    REGION = "mcp-platform:region"
    RESIDENCY = "mcp-platform:residency"
    ENVIRONMENT = "mcp-platform:environment"


def label_key(tag: Tag) -> str:
    """``mcp-platform:stack`` -> ``mcp-platform-stack``: GCP allows no colon in a label."""
    return tag.replace(":", "-")


EXEMPT_TAG: Final = "mcp-platform:policy-exempt"
"""Tag of an AWS resource that a policy does not hold for: ``<policy>: <reason>``."""
