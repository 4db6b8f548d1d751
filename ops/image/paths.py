"""Where things are inside the platform's image; the Dockerfile says the same."""

from typing import Final

from contract.environment import COMMAND

USER: Final = 1000
"""User and group of the process."""
NAME: Final = "platform"
"""Name of that user and group."""
CODE: Final = "/opt/platform/code"
DEPENDENCIES: Final = "/opt/platform/dependencies"
WORKDIR: Final = "/app"
"""Empty: pods mount configuration and secrets below it."""
BILL: Final = "/usr/share/sbom/platform.cdx.json"
"""The bill of materials, CycloneDX."""
OPERATE: Final = "/usr/local/bin/mcp-ops"
"""The operators' command."""
ENTRYPOINT: Final = COMMAND
ENVIRONMENT: Final = {
    "HOME": "/tmp",  # noqa: S108 - the only place that can be written
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": f"{CODE}:{DEPENDENCIES}",
    "PYTHONSAFEPATH": "1",
    "PYTHONUNBUFFERED": "1",
}
"""Variables beside PATH. Safe path: what is mounted below the working directory is never imported."""
