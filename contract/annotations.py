"""Annotations by which an object says why a rule does not hold for it."""

from typing import Final

POLICY_EXEMPT: Final = "mcp-platform/policy-exempt"
"""``<policy>: <reason>``, several of them on lines of their own or with ``;`` between."""
PRIVILEGED_BECAUSE: Final = "mcp-platform/privileged-because"
"""Of a namespace: why its pods cannot be ``restricted``."""
