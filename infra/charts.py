"""Every third-party image and chart, pinned once."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Chart:
    """A Helm chart and where its release lives.

    Attributes:
        name: of the release.
        chart: name in ``repository``, or an ``oci://`` reference with an empty repository.
        version: of the chart, exact.
        namespace: of the release.
    """

    name: str
    chart: str
    version: str
    repository: str
    namespace: str


POSTGRESQL: Final = "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie"
"""Operand of CloudNativePG, the one its release 1.30.0 is made for: the major version of production, pinned once."""
VALKEY: Final = "docker.io/valkey/valkey:9.1.1-alpine"
"""BSD-licensed server of the Redis protocol."""
