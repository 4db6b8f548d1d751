"""The artifact tools, executed by the engine against the role's globs: the model's word is trusted for nothing."""

import mimetypes
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from app.engine.durable.ports import CONSTRAINT_REFUSED, ArtifactInfo, ArtifactWrite, Audit, Journal
from contract.globs import PathError, matches, normalise
from contract.role import Role
from contract.turn import ToolCall, ToolResult, allowed_tools

READ_BYTES: Final = 100_000
"""Most of one artifact that a model is shown."""
TURN_BYTES: Final = 400_000
"""Most that the tools of one turn return together."""
LISTED: Final = 1000
MATCHES: Final = 200
SEARCHED_BYTES: Final = 5_000_000
DRAFTS_PER_TURN: Final = 16


class Refused(Exception):  # noqa: N818 - an outcome, not a fault
    """The role may not do that; audited."""


class BadArguments(Exception):  # noqa: N818 - an outcome, not a fault
    """The call makes no sense; the model is told, nothing is audited."""


@dataclass
class ToolRun:
    """What the tools of one turn did: to be recorded with it."""

    results: list[ToolResult] = field(default_factory=list[ToolResult])
    writes: dict[str, ArtifactWrite] = field(default_factory=dict[str, ArtifactWrite])
    audits: list[Audit] = field(default_factory=list[Audit])
    shown: int = 0


class Tools:
    """The tools of one turn of a step under ``role``."""

    def __init__(self, role: Role, journal: Journal, actor: str) -> None:
        """``actor`` names the step in the audit log."""
        self._role = role
        self._journal = journal
        self._actor = actor
        self._run = ToolRun()
        self._do: dict[str, Callable[[dict[str, Any]], Coroutine[Any, Any, str]]] = {
            "list_artifacts": self._list,
            "read_artifact": self._read,
            "search_artifacts": self._search,
            "write_artifact": self._write,
        }

    async def execute(self, calls: tuple[ToolCall, ...], refused: tuple[ToolCall, ...]) -> ToolRun:
        """Execute ``calls`` in order; ``refused`` are those that the agent itself refused."""
        for call in calls:
            self._run.results.append(await self._one(call))
        for call in refused:
            self._run.results.append(self._refuse(call, f"role {self._role.id} has no tool {call.name[:60]}"))
        return self._run

    async def _one(self, call: ToolCall) -> ToolResult:
        if call.name not in allowed_tools(self._role.tools) or call.name not in self._do:
            return self._refuse(call, f"role {self._role.id} has no tool {call.name[:60]}")
        try:
            content = await self._do[call.name](call.arguments)
        except Refused as refusal:
            return self._refuse(call, str(refusal))
        except (BadArguments, PathError) as error:
            return ToolResult(id=call.id, name=call.name, status="error", content=str(error))
        self._run.shown += len(content)
        if self._run.shown > TURN_BYTES:
            content = "The tools of this turn returned too much: ask for less at once."
            return ToolResult(id=call.id, name=call.name, status="error", content=content)
        return ToolResult(id=call.id, name=call.name, status="ok", content=content)

    def _refuse(self, call: ToolCall, reason: str) -> ToolResult:
        path = call.arguments.get("path")
        detail: dict[str, Any] = {"tool": call.name[:60], "role": self._role.id, "reason": reason}
        self._run.audits.append(
            Audit(self._actor, CONSTRAINT_REFUSED, str(path)[:400] if path is not None else call.name[:60], detail)
        )
        return ToolResult(id=call.id, name=call.name[:60], status="refused", content=reason)

    async def _list(self, arguments: dict[str, Any]) -> str:
        glob = _text(arguments, "glob", "**")
        found = [info for info in await self._readable() if matches(info.path, (glob,))]
        lines = [f"{info.path} ({info.size} bytes)" for info in found[:LISTED]]
        more = [f"… and {len(found) - LISTED} more"] if len(found) > LISTED else []
        return "\n".join(lines + more) or "(none)"

    async def _read(self, arguments: dict[str, Any]) -> str:
        path = self._path(arguments, self._role.artifacts.read, "read")
        content = await self._content(path)
        if content is None:
            raise BadArguments(f"there is no artifact {path}")
        text = _shown(content)
        return text if len(text) <= READ_BYTES else f"{text[:READ_BYTES]}\n… cut after {READ_BYTES} characters"

    async def _search(self, arguments: dict[str, Any]) -> str:
        wanted = _text(arguments, "text")
        if not wanted:
            raise BadArguments("text is empty: say what to look for")
        found: list[str] = []
        seen = 0
        for info in await self._readable():
            seen += info.size
            if len(found) >= MATCHES or seen > SEARCHED_BYTES:
                break
            lines = _shown(await self._content(info.path) or b"").splitlines()
            found += [f"{info.path}:{n}: {line[:300]}" for n, line in enumerate(lines, 1) if wanted in line]
        return "\n".join(found[:MATCHES]) or "(no match)"

    async def _write(self, arguments: dict[str, Any]) -> str:
        path = self._path(arguments, self._role.artifacts.write, "write")
        text = _text(arguments, "content")
        if "\x00" in text:
            raise BadArguments("content holds a NUL: artifacts are text")
        try:
            content = text.encode()
        except UnicodeEncodeError:
            raise BadArguments("content is not valid Unicode") from None
        if len(content) > self._role.limits.artifact_bytes:
            raise Refused(f"{path} has {len(content)} bytes, role {self._role.id} may write {self._limit()}")
        if path not in self._run.writes and len(self._run.writes) >= DRAFTS_PER_TURN:
            raise BadArguments(f"more than {DRAFTS_PER_TURN} files in one turn: write the rest in the next")
        media_type = mimetypes.guess_type(path)[0] or "text/plain"
        self._run.writes[path] = ArtifactWrite(path, media_type, content)
        return f"wrote {path}, {len(content)} bytes"

    def _limit(self) -> int:
        return self._role.limits.artifact_bytes

    def _path(self, arguments: dict[str, Any], globs: tuple[str, ...], verb: str) -> str:
        raw = _text(arguments, "path")
        try:
            path = normalise(raw)
        except PathError as error:
            raise Refused(str(error)) from error
        if not matches(path, globs):
            raise Refused(f"role {self._role.id} may not {verb} {path}")
        return path

    async def _readable(self) -> list[ArtifactInfo]:
        infos = {info.path: info for info in await self._journal.list_artifacts()}
        for write in self._run.writes.values():  # this turn's own, which the journal does not know yet
            infos[write.path] = ArtifactInfo(write.path, write.media_type, len(write.content), "", 0, "")
        return [infos[path] for path in sorted(infos) if matches(path, self._role.artifacts.read)]

    async def _content(self, path: str) -> bytes | None:
        draft = self._run.writes.get(path)
        return draft.content if draft is not None else await self._journal.read_artifact(path)


def _shown(content: bytes) -> str:
    """Text as PostgreSQL can keep it too: NUL cannot be stored in JSON."""
    return content.decode("utf-8", "replace").replace("\x00", "\ufffd")


def _text(arguments: dict[str, Any], key: str, default: str | None = None) -> str:
    value: object = arguments.get(key, default)
    if not isinstance(value, str):
        raise BadArguments(f"{key} is missing or no text")
    return value
