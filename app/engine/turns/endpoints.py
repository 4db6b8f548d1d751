"""Where each role's agent listens: a mounted JSON file, read again when it changes."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import cast

LOGGER = logging.getLogger(__name__)


class EndpointsFile:
    """Role id -> URL of its MCP endpoint. A version that cannot be read is logged once and passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._signature: tuple[int, int, int] | None = None
        self._known: Mapping[str, str] = {}

    def __call__(self) -> Mapping[str, str]:
        """The endpoints as the file says now."""
        try:
            stat = self._path.stat()
            signature = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if signature != self._signature:
                self._signature = signature
                self._known = _read(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            LOGGER.error("kept the agents' last endpoints: %s: %s", self._path, error)
        return self._known


def _read(text: str) -> Mapping[str, str]:
    document: object = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("is no JSON object")
    return {str(role): str(url) for role, url in cast("dict[object, object]", document).items()}
