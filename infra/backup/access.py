"""What ``config-backup-sa`` may read: the kinds that the specification saves, and no other."""

from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from contract.names import Namespace


@dataclass(frozen=True)
class Readable:
    """Kinds of one API group, by their plural names."""

    group: str
    kinds: tuple[str, ...]


SAVED: Final = {
    Namespace.ORCHESTRATION: (
        Readable("", ("configmaps", "secrets", "services")),
        Readable("apps", ("deployments",)),
        Readable("networking.k8s.io", ("ingresses",)),
    ),
    Namespace.AGENTS: (
        Readable("", ("configmaps", "services")),
        Readable("apps", ("deployments",)),
    ),
}
"""Seed, "Configuration Backup". Secrets are saved of the engine's namespace alone, encrypted."""


def rules(namespace: Namespace) -> list[PolicyRuleArgs]:
    """Rules of the Role in ``namespace``."""
    return [
        PolicyRuleArgs(api_groups=[each.group], resources=list(each.kinds), verbs=["get", "list"])
        for each in SAVED[namespace]
    ]
