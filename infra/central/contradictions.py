"""Settings of a monitoring stack that are each valid and together are not, and those that only a region reads."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from contract.residency import zones_in
from infra.central.settings import RUNS, ObservatorySettings
from infra.contradictions import certificates, misplaced, observed, released
from infra.faults import Fault
from infra.ingress import contradictions as ingress
from infra.logs.contradictions import versions
from infra.sections.cluster import Operator, Presence
from infra.sections.section import Section

OF_A_REGION: Final = {
    "images": ("postgresql", "valkey", "haproxy", "redis_exporter", "fluentd"),
    "monitoring": ("enabled", "slow_turn_seconds", "remote_write"),
    "logging": ("enabled", "buffer", "forward"),
}
"""Keys of shared sections that say something about a region alone."""


def contradictions(settings: ObservatorySettings) -> list[Fault]:
    """Every contradiction; keys are relative to ``mcp:settings``."""
    return [fault for theme in THEMES for fault in theme(settings)]


def _senders(settings: ObservatorySettings) -> Iterator[Fault]:
    for region, times in Counter(settings.senders).items():
        if times > 1:
            yield Fault("senders", list(settings.senders), f"names {region} {times} times: name it once")
        yield from misplaced("senders", region, settings.residency)


def _place(settings: ObservatorySettings) -> Iterator[Fault]:
    yield from misplaced("region", settings.region, settings.residency)
    for region in zones_in(settings.domain):
        for fault in misplaced("domain", region, settings.residency):
            yield Fault("domain", settings.domain, f"names {region}, which {fault.reason}")


def _of_a_region(settings: ObservatorySettings) -> Iterator[Fault]:
    for section, names in OF_A_REGION.items():
        model: Section = getattr(settings, section)
        for name in names:
            if name in model.model_fields_set:
                alias = type(model).model_fields[name].alias or name
                reason = "is what a region does or runs, and a monitoring stack does not: leave it out"
                yield Fault(f"{section}.{alias}", getattr(model, name), reason)


def _operators(settings: ObservatorySettings) -> Iterator[Fault]:
    for operator in Operator:
        key, presence = f"cluster.operators.{operator}", settings.cluster.operators.presence(operator)
        if operator in RUNS and presence is Presence.NONE:
            yield Fault(key, presence.value, "must be stack or cluster: a monitoring stack is made of it")
        if operator not in RUNS and presence is not Presence.NONE:
            yield Fault(key, presence.value, "is nothing that a monitoring stack runs or asks: leave it out")
    if settings.cluster.operators.prometheus is Presence.CLUSTER:
        reason = "must be stack: a Prometheus of the cluster's own would have to be told to receive"
        yield Fault("cluster.operators.prometheus", Presence.CLUSTER.value, reason)


THEMES: Final[tuple[Callable[[ObservatorySettings], Iterator[Fault]], ...]] = (
    _senders,
    _place,
    _of_a_region,
    _operators,
    released,
    observed,
    certificates,
    ingress.contradictions,
    versions,
)
