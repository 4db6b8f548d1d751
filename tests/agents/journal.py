"""An in-memory journal with the durable core's rules, for the executor's tests."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.engine.durable.ports import ArtifactInfo, ArtifactWrite, Audit, LeaseLost, RecordedTurn
from contract.turn import Usage


@dataclass
class MemoryJournal:
    """Fenced by ``lost``; ``committed`` is shared by the steps of one workflow."""

    workflow: UUID
    step: str
    committed: dict[str, ArtifactWrite] = field(default_factory=dict)
    drafts: dict[str, ArtifactWrite] = field(default_factory=dict)
    turns: list[RecordedTurn] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    lost: bool = False

    async def record_turn(
        self,
        number: int,
        response: dict[str, Any],
        results: list[dict[str, Any]],
        writes: Sequence[ArtifactWrite],
        usage: Usage,
        audits: Sequence[Audit],
        role_digest: str,
    ) -> None:
        if self.lost:
            raise LeaseLost(self.workflow, self.step, 1)
        if any(turn.number == number for turn in self.turns):
            raise ValueError(f"turn {number} is recorded already")
        self.turns.append(RecordedTurn(number, response, results))
        self.drafts |= {write.path: write for write in writes}
        self.audits += audits
        self.usages.append(usage)
        self.digests.append(role_digest)

    async def list_artifacts(self) -> list[ArtifactInfo]:
        seen = self.committed | self.drafts
        return [
            ArtifactInfo(
                path,
                seen[path].media_type,
                len(seen[path].content),
                hashlib.sha256(seen[path].content).hexdigest(),
                0 if path in self.drafts else 1,
                self.step,
            )
            for path in sorted(seen)
        ]

    async def read_artifact(self, path: str) -> bytes | None:
        found = (self.committed | self.drafts).get(path)
        return None if found is None else found.content

    def commit(self) -> None:
        """What completing the step does."""
        self.committed |= self.drafts
        self.drafts = {}
