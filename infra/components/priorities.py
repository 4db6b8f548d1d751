"""Priority classes: who goes first when nodes run out, and who may push others out."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.scheduling.v1 import PriorityClass

from contract.names import Priority
from infra.options import child


@dataclass(frozen=True)
class Rank:
    """A class's value (higher goes first), and whether its pods push out pods of lower ones."""

    value: int
    preempts: bool
    meaning: str


RANKS: Final = {
    Priority.DATA: Rank(1_000_000, preempts=True, meaning="holds state: database, Elasticsearch"),
    Priority.SERVING: Rank(900_000, preempts=True, meaning="answers requests: ingress, engine, agents, cache"),
    Priority.OBSERVING: Rank(800_000, preempts=True, meaning="sees and tells: metrics, alerts, logs"),
    Priority.BACKGROUND: Rank(100_000, preempts=False, meaning="can wait: backups, one-off jobs"),
}
"""All below Kubernetes' own system classes (2,000,000,000), and above pods without a class (0)."""


class Priorities(ComponentResource):
    """Refuses a default class: pods of others keep priority 0."""

    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Priorities", name, None, opts)
        for priority, rank in RANKS.items():
            PriorityClass(
                priority,
                metadata=ObjectMetaArgs(name=priority),
                value=rank.value,
                preemption_policy="PreemptLowerPriority" if rank.preempts else "Never",
                global_default=False,
                description=rank.meaning,
                opts=child(self),
            )
        self.register_outputs({"classes": [str(priority) for priority in RANKS]})
