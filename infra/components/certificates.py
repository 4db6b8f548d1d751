"""The ClusterIssuer: an ACME account that proves the domain by DNS, or one that signs itself."""

import base64
from dataclasses import dataclass
from typing import Any, Final

from pulumi import ComponentResource, Output, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from contract.names import OperatorNamespace
from infra.options import Wait, child, timed_child
from infra.secret_sources import SecretKey, configured
from infra.sections.certificates import Acme, Certificates, Dns01, DnsProvider
from infra.sections.section import Switch
from infra.waiting import wait_annotations

ACCOUNT_KEY: Final = "letsencrypt-account-key"
"""Secret that cert-manager makes, in its own namespace."""
DNS_KEY: Final = ("dns-update-key", "key")
"""Secret and entry with the key that signs updates of the zone."""


@dataclass(frozen=True)
class IssuerArgs:
    """Which issuer, and whether it is made here; ``waiting`` for its account to be registered."""

    certificates: Certificates
    waiting: Switch


class Issuer(ComponentResource):
    """Makes nothing where the cluster's own issuer signs. Refuses HTTP-01, which another region might answer."""

    def __init__(self, name: str, args: IssuerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Issuer", name, None, opts)
        certificates = args.certificates
        spec = issuer_spec(certificates)
        if spec is not None:
            key = [self._dns_key()] if _updates_a_zone(certificates) else []
            CustomResource(
                certificates.cluster_issuer,
                api_version="cert-manager.io/v1",
                kind="ClusterIssuer",
                metadata=ObjectMetaArgs(
                    name=certificates.cluster_issuer, annotations=wait_annotations(args.waiting, "condition=Ready")
                ),
                spec=spec,
                opts=timed_child(self, Wait.ROLLOUT, *key),
            )
        self.register_outputs({"cluster_issuer": certificates.cluster_issuer})

    def _dns_key(self) -> Secret:
        name, entry = DNS_KEY
        given = configured(SecretKey.DNS_UPDATE_KEY) or Output.secret("")
        return Secret(
            name,
            metadata=ObjectMetaArgs(name=name, namespace=OperatorNamespace.CERT_MANAGER),
            data={entry: given.apply(lambda text: base64.b64encode(text.encode()).decode())},
            opts=child(self),
        )


def issuer_spec(certificates: Certificates) -> dict[str, Any] | None:
    """Spec of the ClusterIssuer, None where this stack makes none."""
    if certificates.self_signed.is_on:
        return {"selfSigned": {}}
    return None if certificates.acme is None else {"acme": _account(certificates.acme)}


def _account(acme: Acme) -> dict[str, Any]:
    return {
        "email": acme.email,
        "server": acme.server,
        "privateKeySecretRef": {"name": ACCOUNT_KEY},
        "solvers": [{"dns01": _solver(acme.dns01)}],
    }


def _solver(dns01: Dns01) -> dict[str, Any]:
    match dns01.provider:
        case DnsProvider.ROUTE53:
            zone = {} if dns01.zone_id is None else {"hostedZoneID": dns01.zone_id}
            return {"route53": {"region": dns01.region} | zone}
        case DnsProvider.CLOUD_DNS:
            return {"cloudDNS": {"project": dns01.project}}
        case DnsProvider.RFC2136:
            name, entry = DNS_KEY
            return {
                "rfc2136": {
                    "nameserver": dns01.nameserver,
                    "tsigKeyName": dns01.key_name,
                    "tsigAlgorithm": "HMACSHA512",
                    "tsigSecretSecretRef": {"name": name, "key": entry},
                }
            }


def _updates_a_zone(certificates: Certificates) -> bool:
    return certificates.acme is not None and certificates.acme.dns01.provider is DnsProvider.RFC2136
