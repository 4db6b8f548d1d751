"""Settings that are each valid and together are not: one function for each theme, each fault with what to do."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from contract.residency import Zone, zones_in
from infra.faults import Fault
from infra.ingress import contradictions as ingress
from infra.logs import contradictions as logs
from infra.presets import Size
from infra.residency import Residency, zone_of
from infra.sections.certificates import Dns01, DnsProvider
from infra.sections.cluster import Operator, Presence

if TYPE_CHECKING:
    from infra.settings import Settings
    from infra.stack_settings import StackSettings


def contradictions(settings: "Settings") -> list[Fault]:
    """Every contradiction; keys are relative to ``mcp:settings``."""
    return [fault for theme in THEMES for fault in theme(settings)]


def _replicas(settings: "Settings") -> Iterator[Fault]:
    for name, replicas in (("engine", settings.engine.replicas), ("agents", settings.agents.replicas)):
        if replicas.min > replicas.max:
            yield Fault(f"{name}.replicas.min", replicas.min, f"must not exceed {name}.replicas.max ({replicas.max})")


def _residency(settings: "Settings") -> Iterator[Fault]:
    for key, region in (("region", settings.region), ("backupRegion", settings.backup_region)):
        yield from misplaced(key, region, settings.residency)
    for key, address in (
        ("monitoring.remoteWrite", settings.monitoring.remote_write),
        ("logging.forward", settings.logging.forward),
    ):
        # A name without a region says nothing of where it leads: then the settings are believed.
        for region in zones_in(address or ""):
            for fault in misplaced(key, region, settings.residency):
                yield Fault(key, address, f"names {region}, which {fault.reason}: metrics and logs stay in their zone")


def misplaced(key: str, region: str, residency: Residency) -> Iterator[Fault]:
    """A region that lies in another zone than ``residency``; names that are no cloud's are taken as declared."""
    zone = zone_of(region)
    if zone is not None and zone.value != residency.value:
        place = "no residency zone of the platform" if zone is Zone.ELSEWHERE else f"residency zone {zone}"
        yield Fault(key, region, f"lies in {place}, but residency is {residency}")


def _shared_cluster(settings: "Settings") -> Iterator[Fault]:
    if settings.is_local:
        return
    if settings.backup_region == settings.region:
        reason = "must be another region: losing one must not lose both"
        yield Fault("backupRegion", settings.backup_region, reason)
    if settings.protection.is_on and settings.database.instances < 2:
        reason = "must be 2 or more where protection is on"
        yield Fault("database.instances", settings.database.instances, reason)


def released(settings: "StackSettings") -> Iterator[Fault]:
    """An image that may change under a stack that others depend on."""
    if not settings.is_local and "@sha256:" not in settings.image:
        reason = "must end in @sha256:… outside environment local, so that it never changes"
        yield Fault("image", settings.image, reason)


def observed(settings: "StackSettings") -> Iterator[Fault]:
    """Alerts at the pace of a drill where somebody is woken by them."""
    if not settings.is_local and settings.monitoring.alert_speed != 1:
        reason = "must be 1 outside environment local: faster alerts fire at noise"
        yield Fault("monitoring.alertSpeed", settings.monitoring.alert_speed, reason)


def _primary_lease(settings: "Settings") -> Iterator[Fault]:
    lease = settings.database.primary_lease
    if lease is not None and not lease.retry_seconds < lease.renew_seconds < lease.duration_seconds:
        yield Fault(
            "database.primaryLease",
            lease.model_dump(by_alias=True),
            "must have retrySeconds < renewSeconds < durationSeconds: a primary gives up before its lease ends",
        )


def _llm(settings: "Settings") -> Iterator[Fault]:
    preference = settings.llm.preference
    if len(set(preference)) != len(preference):
        yield Fault("llm.preference", [str(name) for name in preference], "names a provider twice")


def _operators(settings: "Settings") -> Iterator[Fault]:
    def lacks(operator: Operator, why: str) -> Iterator[Fault]:
        if not settings.cluster.has(operator):
            yield Fault(f"cluster.operators.{operator}", Presence.NONE.value, why)

    yield from lacks(Operator.CLOUDNATIVE_PG, "must be stack or cluster: nothing else runs the database")
    if settings.backup.enabled.is_on:
        yield from lacks(Operator.BARMAN_CLOUD, "must be stack or cluster, or backup.enabled off: it archives")
        yield from lacks(
            Operator.CERT_MANAGER, "must be stack or cluster, or backup.enabled off: Barman's plugin asks it"
        )
    if settings.monitoring.enabled.is_on:
        yield from lacks(
            Operator.PROMETHEUS, "must be stack or cluster, or monitoring.enabled off: it reads the metrics"
        )
    if settings.logging.enabled.is_on:
        yield from lacks(Operator.ELASTIC, "must be stack or cluster, or logging.enabled off: it runs Elasticsearch")
    if settings.autoscaling.recommendations.is_on:
        yield from lacks(
            Operator.VERTICAL_POD_AUTOSCALER, "must be stack or cluster, or autoscaling.recommendations off"
        )


def certificates(settings: "StackSettings") -> Iterator[Fault]:
    """Two issuers at once, and a way of proving the domain that lacks or has too much."""
    acme = settings.certificates.acme
    if acme is None:
        return
    if settings.certificates.self_signed.is_on:
        yield Fault("certificates.selfSigned", "on", "and certificates.acme exclude one another: keep one of them")
    yield from _dns01(acme.dns01)


NEEDS: Final = {
    DnsProvider.ROUTE53: ("region",),
    DnsProvider.CLOUD_DNS: ("project",),
    DnsProvider.RFC2136: ("nameserver", "key_name"),
}
ACCEPTS: Final = NEEDS | {DnsProvider.ROUTE53: ("region", "zone_id")}


def _dns01(dns01: Dns01) -> Iterator[Fault]:
    aliases = {name: field.alias or name for name, field in Dns01.model_fields.items()}
    for name, alias in aliases.items():
        value = getattr(dns01, name)
        if name == "provider":
            continue
        key = f"certificates.acme.dns01.{alias}"
        if value is None and name in NEEDS[dns01.provider]:
            yield Fault(key, None, f"is required by provider {dns01.provider}")
        if value is not None and name not in ACCEPTS[dns01.provider]:
            yield Fault(key, value, f"is nothing that provider {dns01.provider} reads: leave it out")


def _observation(settings: "Settings") -> Iterator[Fault]:
    if settings.monitoring.remote_write is not None and not settings.monitoring.enabled.is_on:
        reason = "has nothing to send where monitoring.enabled is off"
        yield Fault("monitoring.remoteWrite", settings.monitoring.remote_write, reason)
    if settings.logging.forward is not None and not settings.logging.enabled.is_on:
        yield Fault("logging.forward", settings.logging.forward, "has nothing to send where logging.enabled is off")
    if settings.size is Size.MINIMUM:
        for name, section in (("monitoring", settings.monitoring), ("logging", settings.logging)):
            if section.dedicated_nodes:
                reason = "is for size recommended: three nodes are shared by everything"
                yield Fault(f"{name}.dedicatedNodes", True, reason)


THEMES: Final[tuple[Callable[["Settings"], Iterator[Fault]], ...]] = (
    _replicas,
    _residency,
    _shared_cluster,
    released,
    observed,
    _primary_lease,
    _llm,
    _operators,
    certificates,
    _observation,
    ingress.contradictions,
    logs.contradictions,
)
