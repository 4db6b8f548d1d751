"""Who signs the certificates of the ingress."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from infra.sections.section import HttpsUrl, OnOff, Section, Switch


class DnsProvider(StrEnum):
    """Where the zone lies in which an issuer proves that the domain is ours."""

    ROUTE53 = "route53"
    CLOUD_DNS = "cloudDNS"
    RFC2136 = "rfc2136"
    """A name server of one's own that takes dynamic updates; its key is ``dnsUpdateKey``."""


class Dns01(Section):
    """DNS-01, since HTTP-01 fails behind geolocation: the issuer may be answered by another region."""

    provider: DnsProvider
    """Where the zone lies."""
    region: str | None = None
    """Route 53's signing region."""
    zone_id: str | None = None
    """Route 53's hosted zone; left out, cert-manager looks it up."""
    project: str | None = None
    """Cloud DNS's project."""
    nameserver: str | None = None
    """``host:port`` of the name server that takes updates."""
    key_name: str | None = None
    """Name of the key that signs updates (HMAC-SHA512)."""


class Acme(Section):
    """An account at an ACME server, Let's Encrypt by default."""

    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    """Who is told before a certificate expires."""
    server: HttpsUrl = "https://acme-v02.api.letsencrypt.org/directory"
    """Directory of the ACME server."""
    dns01: Dns01
    """How the domain is proven."""


class Certificates(Section):
    """Who signs. With neither of both, ClusterIssuer ``clusterIssuer`` must exist in the cluster."""

    cluster_issuer: str = "letsencrypt-prod"
    """Name of the ClusterIssuer."""
    self_signed: OnOff = Switch.OFF
    """On: this stack makes the ClusterIssuer, self-signed."""
    acme: Acme | None = None
    """Given: this stack makes the ClusterIssuer."""
