"""The agent's role: read from a mounted file, read again when that changes, the last good one kept.

A ConfigMap mounted as a directory changes by swapping its ``..data`` link, so the file's resolved place is
part of what is compared.
"""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.environment import BadEnvironmentError
from app.mounted import Signature, signature
from contract import environment as names
from contract.errors import ContractError
from contract.role import Role, digest, parse_role

LOGGER = logging.getLogger(__name__)
POLL_SECONDS: Final = 2.0


@dataclass(frozen=True)
class HeldRole:
    """A role and the digest of the very text it was parsed from."""

    role: Role
    digest: str


class RoleFile:
    """The role in use, and what is wrong with the file's newest version, if anything."""

    def __init__(self, path: Path, role_id: str) -> None:
        """Raises :class:`BadEnvironmentError` where no good role can be read to begin with."""
        self._path = path
        self._role_id = role_id
        self._signature = self._look()
        self.fault: str | None = None
        self.reloads = 0
        try:
            self.held = self._read()
        except ContractError as error:
            raise BadEnvironmentError(names.ROLE_FILE, f"is refused: {error}", "mend the role file") from None

    def refresh(self) -> bool:
        """Read the file again where it changed; whether anything changed. Never raises."""
        signature = self._look()
        if signature == self._signature:
            return False
        self._signature = signature
        try:
            self.held = self._read()
        except ContractError as error:
            self.fault = str(error)
            LOGGER.error("kept the last good role: %s", error)
            return True
        self.fault = None
        self.reloads += 1
        LOGGER.info("role reloaded", extra={"role": self.held.role.id, "digest": self.held.digest[:12]})
        return True

    async def watch(self, stop: asyncio.Event, seconds: float = POLL_SECONDS) -> None:
        """Refresh every ``seconds`` until ``stop``."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await stop.wait()
            except TimeoutError:
                self.refresh()

    def _look(self) -> Signature:
        return signature(self._path)

    def _read(self) -> HeldRole:
        try:
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
            raise ContractError(str(self._path), str(reason)) from error
        role = parse_role(text, str(self._path))
        if role.id != self._role_id:
            raise ContractError(str(self._path), f"is the file of role {role.id}, not {self._role_id}")
        return HeldRole(role, digest(text))
