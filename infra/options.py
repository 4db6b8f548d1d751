"""Resource options as small named functions, so that they can be tested where mocks hide them.

A child of a component gets ``parent=self`` and what these functions add, never the caller's options.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from pulumi import CustomTimeouts, ProviderResource, Resource, ResourceOptions

from infra.sections.section import Switch

DATABASE_TIMEOUT: Final = "10m"
"""Seed, "Deployment Script": how long the database may take to become ready."""
OPERATOR_TIMEOUT: Final = "15m"
"""Longer than a chart's own time-out, which rolls back."""
ROLLOUT_TIMEOUT: Final = "5m"
"""Seed, "Deployment Script": how long a rollout and the migration may take."""


class Wait(Enum):
    """How long an operation on a resource may take before it counts as failed."""

    DATABASE = DATABASE_TIMEOUT
    OPERATOR = OPERATOR_TIMEOUT
    ROLLOUT = ROLLOUT_TIMEOUT


def child(parent: Resource, *earlier: Resource) -> ResourceOptions:
    """A component's own child, made after ``earlier`` ones."""
    return ResourceOptions(parent=parent, depends_on=list(earlier))


def timed_child(parent: Resource, wait: Wait, *earlier: Resource) -> ResourceOptions:
    """A child that is waited for, and for how long."""
    timeouts = CustomTimeouts(create=wait.value, update=wait.value, delete=wait.value)
    return ResourceOptions(parent=parent, custom_timeouts=timeouts, depends_on=list(earlier))


def guarded_child(parent: Resource, protection: Switch, wait: Wait, *earlier: Resource) -> ResourceOptions:
    """A child that holds what cannot be made again: with protection on, ``destroy`` refuses it."""
    timeouts = CustomTimeouts(create=wait.value, update=wait.value, delete=wait.value)
    return ResourceOptions(parent=parent, protect=protection.is_on, custom_timeouts=timeouts, depends_on=list(earlier))


def after(parent: Resource, *earlier: Resource) -> ResourceOptions:
    """A component of ``parent`` that needs ``earlier`` ones to be complete."""
    return ResourceOptions(parent=parent, depends_on=list(earlier))


def with_providers(providers: Sequence[ProviderResource]) -> ResourceOptions:
    """The root component: everything below it uses these providers and no default one."""
    return ResourceOptions(providers=list(providers))
