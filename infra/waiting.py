"""The one place that decides what ``pulumi up`` waits for."""

import json
from typing import Final

from infra.sections.cluster import Operator
from infra.sections.section import Switch
from infra.stack_settings import StackSettings

SKIP: Final = {"pulumi.com/skipAwait": "true"}
DATABASE_READY: Final = (
    "condition=Ready",
    "jsonpath={.status.managedRolesStatus.byStatus.reconciled}",
)
"""The cluster is healthy and its logins exist, so that the migration can grant to them."""


def waiting_for(settings: StackSettings, operator: Operator) -> Switch:
    """Whether to wait for what ``operator`` does: not where the cluster does not run it."""
    return settings.waiting if settings.cluster.has(operator) else Switch.OFF


def wait_annotations(waiting: Switch, *conditions: str) -> dict[str, str]:
    """Annotations that make Pulumi wait for ``conditions``, or not at all where no kubelet runs.

    Deployments, StatefulSets and Jobs need no conditions, the provider knows how to wait for them. Custom resources
    are not waited for unless conditions are given. How long is said by the resource's time-outs (:mod:`infra.options`).
    """
    if not waiting.is_on:
        return dict(SKIP)
    if not conditions:
        return {}
    return {"pulumi.com/waitFor": conditions[0] if len(conditions) == 1 else json.dumps(list(conditions))}
