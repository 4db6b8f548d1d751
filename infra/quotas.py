"""Room in the two application namespaces: everything at its autoscaler's maximum, plus what a rollout adds."""

from decimal import Decimal
from typing import Final

from infra.presets import AgentsSize, EngineSize, Replicas, Resources

UNITS: Final = {"m": Decimal("0.001"), "": Decimal(1), "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
JOB_PODS: Final = 4
"""Migration and backup Jobs beside the engine, each no larger than an engine pod."""


def engine_quota(size: EngineSize) -> dict[str, str]:
    """Quota of ``mcp-orchestration``."""
    return _quota(size.resources, with_surge(size.replicas) + JOB_PODS)


def agents_quota(size: AgentsSize) -> dict[str, str]:
    """Quota of ``mcp-agents``: it depends on the capacity set, not on the roles there are."""
    return _quota(size.resources, with_surge(size.replicas) * size.capacity)


def with_surge(replicas: Replicas) -> int:
    """Pods of a Deployment in mid-rollout: a quarter more, as Kubernetes allows by default."""
    return replicas.max + -(-replicas.max // 4)


def amount(quantity: str) -> Decimal:
    """A Kubernetes quantity as a number: cores or bytes."""
    digits = quantity.rstrip("KMGTim")
    return Decimal(digits) * UNITS[quantity[len(digits) :]]


def _quota(one: Resources, pods: int) -> dict[str, str]:
    return {
        "pods": str(pods),
        "requests.cpu": _cores(amount(one.requests.cpu) * pods),
        "requests.memory": _mebibytes(amount(one.requests.memory) * pods),
        "limits.cpu": _cores(amount(one.limits.cpu) * pods),
        "limits.memory": _mebibytes(amount(one.limits.memory) * pods),
    }


def _cores(cores: Decimal) -> str:
    milli = int(cores * 1000)
    return f"{milli}m" if milli % 1000 else str(milli // 1000)


def _mebibytes(size: Decimal) -> str:
    mebibytes = int(size / 2**20)
    return f"{mebibytes}Mi" if mebibytes % 1024 else f"{mebibytes // 1024}Gi"
