"""Settings of the ingress that are each valid and together are not."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from infra.faults import Fault
from infra.sections.ingress import AddressSource, ClientAddress, IngressService

if TYPE_CHECKING:
    from infra.stack_settings import StackSettings

AWS: Final = "service.beta.kubernetes.io/aws-load-balancer"
PROXY_PROTOCOL: Final = f"{AWS}-proxy-protocol"
TARGET_GROUP: Final = f"{AWS}-target-group-attributes"


def contradictions(settings: "StackSettings") -> Iterator[Fault]:
    """Every contradiction; keys are relative to ``mcp:settings``."""
    ingress = settings.ingress
    if ingress.replicas.min > ingress.replicas.max:
        reason = f"must not exceed ingress.replicas.max ({ingress.replicas.max})"
        yield Fault("ingress.replicas.min", ingress.replicas.min, reason)
    if settings.protection.is_on and not settings.is_local and ingress.replicas.max < 2:
        reason = "must be 2 or more where protection is on: one replica is no way in while it moves"
        yield Fault("ingress.replicas.max", ingress.replicas.max, reason)
    yield from _trust(ingress.client_address)
    yield from _load_balancer(ingress.client_address.source, ingress.service)


def _trust(address: ClientAddress) -> Iterator[Fault]:
    key = "ingress.clientAddress.trusted"
    believed = address.source is not AddressSource.CONNECTION
    if believed and not address.trusted:
        yield Fault(
            key,
            None,
            f"is required by source {address.source}: name the load balancer's ranges, or every client has its address "
            "and all share one limit",
        )
    if not believed and address.trusted:
        reason = "is nothing that source connection reads: leave it out, or choose proxyProtocol or forwardedFor"
        yield Fault(key, list(address.trusted), reason)


def _load_balancer(source: AddressSource, service: IngressService) -> Iterator[Fault]:
    """What an annotation makes Amazon's load balancer do, and NGINX does not expect."""
    header = PROXY_PROTOCOL in service.annotations
    attributes = service.annotations.get(TARGET_GROUP, "").replace(" ", "").split(",")
    header = header or "proxy_protocol_v2.enabled=true" in attributes
    if header and source is not AddressSource.PROXY_PROTOCOL:
        reason = "sends PROXY protocol headers, which NGINX takes for garbage: set clientAddress.source proxyProtocol"
        yield Fault("ingress.service.annotations", service.annotations, reason)
    if "preserve_client_ip.enabled=false" in attributes and source is AddressSource.CONNECTION:
        yield Fault(
            "ingress.service.annotations",
            service.annotations,
            "hides clients' addresses, so that all share one limit: preserve them, or set clientAddress.source "
            "proxyProtocol",
        )
