"""Every third-party image, pinned once. Charts join them when a stack installs operators itself."""

from typing import Final

POSTGRESQL: Final = "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie"
"""Operand of CloudNativePG, the one its release 1.30.0 is made for: the major version of production, pinned once."""
VALKEY: Final = "docker.io/valkey/valkey:9.1.1-alpine"
"""BSD-licensed server of the Redis protocol."""
