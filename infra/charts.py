"""Every third-party image, pinned once. Charts join them when a stack installs operators itself."""

from typing import Final

POSTGRESQL: Final = "ghcr.io/cloudnative-pg/postgresql:18.1-system-trixie"
"""Operand of CloudNativePG: the major version of production, pinned once."""
VALKEY: Final = "docker.io/valkey/valkey:8.1.4-alpine"
"""BSD-licensed server of the Redis protocol."""
