"""The journal of one run: turns, drafts and audit lines, each committed before the next turn begins."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from app.database import LOST, Connection, Pool, session, transaction
from app.engine.durable.claim import Key
from app.engine.durable.ports import CONSTRAINT_REFUSED, ArtifactInfo, ArtifactWrite, Audit, LeaseLost, StepRun
from app.engine.durable.timings import Timings
from contract.turn import Usage

_LOCK: Final = "select seq from workflow where id = $1 and status = 'running' for no key update"
_HOLDS: Final = """
select true from step where workflow_id = $1 and id = $2 and status = 'running' and fence = $3 and owner = $4
"""
_TURN: Final = """
insert into turn (workflow_id, step_id, iteration, number, tenant, attempt, fence, response, results, usage)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning true
"""
_MINE: Final = """
select fence = $5 from turn where workflow_id = $1 and step_id = $2 and iteration = $3 and number = $4
"""
_DRAFT: Final = """
insert into artifact
    (workflow_id, path, version, step_id, iteration, tenant, media_type, size, sha256, content, committed)
values ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, false)
on conflict (workflow_id, step_id, iteration, path) where not committed do update set
    media_type = excluded.media_type, size = excluded.size, sha256 = excluded.sha256, content = excluded.content,
    created_at = now()
"""
_AUDIT: Final = "insert into audit (tenant, actor, action, object, detail) values ($1, $2, $3, $4, $5)"
_EVENT: Final = "insert into event (workflow_id, seq, tenant, type, step_id, data) values ($1, $2, $3, $4, $5, $6)"
_VISIBLE: Final = """
select distinct on (path) path, media_type, size, encode(sha256, 'hex') as sha256, version, step_id, id from artifact
where workflow_id = $1 and (committed or (step_id = $2 and iteration = $3)) and ($4::text is null or path = $4)
order by path, committed, version desc
"""

Answer = TypeVar("Answer")


class StepJournal:
    """The :class:`app.engine.durable.ports.Journal` of one claim."""

    def __init__(
        self, pool: Pool, run: StepRun, key: Key, owner: UUID, timings: Timings, changed: Callable[[], None]
    ) -> None:
        self._pool = pool
        self._run = run
        self._key = key
        self._owner = owner
        self._timings = timings
        self._changed = changed

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
        """See :class:`app.engine.durable.ports.Journal`.

        Where the commit's answer is lost it is read again until known, or until the lease ends and with it this run.
        """
        drafts = [(write, await asyncio.to_thread(_sha256, write.content)) for write in writes]
        unknown = False
        while True:
            try:
                async with transaction(self._pool, self._timings.call) as connection:
                    seq = await self._lock(connection)
                    if await self._recorded(connection, number, response, results, usage):
                        await self._record_rest(connection, seq, number, drafts, usage, audits, role_digest)
                    elif not unknown or not await connection.fetchval(_MINE, *self._at(number), self._key.fence):
                        raise ValueError(f"turn {number} of step {self._key.step} is already recorded")
            except LOST:
                unknown = True
                await asyncio.sleep(self._timings.pause)
            else:
                self._changed()
                return

    async def list_artifacts(self) -> list[ArtifactInfo]:
        """See :class:`app.engine.durable.ports.Journal`."""
        async with session(self._pool, self._timings.call) as connection:
            await self._check(connection)
            rows = await connection.fetch(_VISIBLE, *self._view(), None)
        return [
            ArtifactInfo(row["path"], row["media_type"], row["size"], row["sha256"], row["version"], row["step_id"])
            for row in rows
        ]

    async def read_artifact(self, path: str) -> bytes | None:
        """See :class:`app.engine.durable.ports.Journal`."""
        async with session(self._pool, self._timings.call) as connection:
            await self._check(connection)
            row = await connection.fetchrow(_VISIBLE, *self._view(), path)
            if row is None:
                return None
            content: bytes | None = await connection.fetchval("select content from artifact where id = $1", row["id"])
            return content

    async def _lock(self, connection: Connection) -> int:
        seq: int | None = await connection.fetchval(_LOCK, self._key.workflow)
        if seq is None:
            raise self._lost()
        await self._check(connection)
        return seq

    async def _check(self, connection: Connection) -> None:
        key = self._key
        if not await connection.fetchval(_HOLDS, key.workflow, key.step, key.fence, self._owner):
            raise self._lost()

    async def _recorded(
        self,
        connection: Connection,
        number: int,
        response: dict[str, Any],
        results: list[dict[str, Any]],
        usage: Usage,
    ) -> bool:
        run = self._run
        spent = usage.model_dump(mode="json")
        return bool(
            await connection.fetchval(
                _TURN, *self._at(number), run.tenant, run.attempt, self._key.fence, response, results, spent
            )
        )

    async def _record_rest(
        self,
        connection: Connection,
        seq: int,
        number: int,
        drafts: Sequence[tuple[ArtifactWrite, bytes]],
        usage: Usage,
        audits: Sequence[Audit],
        role_digest: str,
    ) -> None:
        run, key = self._run, self._key
        for write, sha256 in drafts:
            size = len(write.content)
            at = (key.workflow, write.path, key.step, run.iteration, run.tenant)
            await connection.execute(_DRAFT, *at, write.media_type, size, sha256, write.content)
        for audit in audits:
            await connection.execute(_AUDIT, run.tenant, audit.actor, audit.action, audit.object, audit.detail)
        turn = {"number": number, "iteration": run.iteration, "attempt": run.attempt, "drafts": len(drafts)}
        events: list[tuple[str, dict[str, Any]]] = [("step.turn", {**turn, "usage": usage.model_dump(mode="json")})]
        refused = [audit for audit in audits if audit.action == CONSTRAINT_REFUSED]
        events.extend((audit.action, {"object": audit.object, **audit.detail}) for audit in refused)
        for place, (event, data) in enumerate(events, seq + 1):
            await connection.execute(_EVENT, key.workflow, place, run.tenant, event, key.step, data)
        await connection.execute("update workflow set seq = $2 where id = $1", key.workflow, seq + len(events))
        await connection.execute(
            "update step set role_digest = $3 where workflow_id = $1 and id = $2", key.workflow, key.step, role_digest
        )

    def _at(self, number: int) -> tuple[UUID, str, int, int]:
        return self._key.workflow, self._key.step, self._run.iteration, number

    def _view(self) -> tuple[UUID, str, int]:
        return self._key.workflow, self._key.step, self._run.iteration

    def _lost(self) -> LeaseLost:
        return LeaseLost(self._key.workflow, self._key.step, self._run.attempt)


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
