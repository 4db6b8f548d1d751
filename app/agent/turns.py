"""One model turn under the role: ask, check the answer against the role, ask once more where it was wrong."""

import asyncio
import json
import logging
import time
from dataclasses import dataclass
from typing import Any, Final

from app.agent.metrics import AgentMetrics
from app.agent.rolefile import HeldRole, RoleFile
from app.conformance import output_fault
from app.llm.failover import Failover, LlmUnavailable, Spending
from app.llm.ports import Answered, LlmAnswer, Message, Said
from app.llm.prompt import render
from app.storable import storable
from contract.role import Role
from contract.turn import ToolCall, TurnRefusal, TurnRequest, TurnResponse, allowed_tools

LOGGER = logging.getLogger(__name__)
CALLS_PER_TURN: Final = 16
"""Tool calls of one answer; what exceeds it is refused."""
REPAIRS: Final = 1
SHOWN_CHARACTERS: Final = 2000


@dataclass(frozen=True)
class Wrong:
    """Why an answer cannot be used, in a sentence for the model."""

    reason: str


class Turns:
    """Takes turns: at most ``limits.concurrent_tasks`` of the role at once."""

    def __init__(self, role_file: RoleFile, llm: Failover, metrics: AgentMetrics, agent_timeout: float) -> None:
        self._role_file = role_file
        self._llm = llm
        self._metrics = metrics
        self._agent_timeout = agent_timeout
        self._running = 0

    async def take(self, turn: TurnRequest) -> TurnResponse | TurnRefusal:
        """Answer ``turn``, or say why not. Raises only when cancelled."""
        began = time.monotonic()
        if turn.role_digest != self._role_file.held.digest:
            self._role_file.refresh()  # the engine may have seen the newer file first
        held = self._role_file.held
        answer = self._objection(turn, held)
        if answer is None:
            self._running += 1
            self._metrics.turns_in_flight.inc()
            try:
                answer = await self._bounded(turn, held.role)
            finally:
                self._running -= 1
                self._metrics.turns_in_flight.dec()
        result = answer.code if isinstance(answer, TurnRefusal) else "ok"
        self._metrics.turns.labels(result).inc()
        said = {"workflow": turn.workflow, "step": turn.step, "turn": turn.number, "result": result}
        LOGGER.info("turn taken", extra=said | {"seconds": round(time.monotonic() - began, 3)})
        return answer

    def _objection(self, turn: TurnRequest, held: HeldRole) -> TurnRefusal | None:
        if turn.role != held.role.id:
            return TurnRefusal(code="unknown_role", detail=f"this agent is a {held.role.id}, not a {turn.role}")
        if turn.role_digest != held.digest:
            told = f"role {held.role.id} here has digest {held.digest[:12]}"
            return TurnRefusal(code="role_changed", detail=told, retry_after=2)
        if self._running >= held.role.limits.concurrent_tasks:
            return TurnRefusal(code="capacity", detail=f"{self._running} turns are running", retry_after=1)
        return None

    async def _bounded(self, turn: TurnRequest, role: Role) -> TurnResponse | TurnRefusal:
        seconds = min(role.limits.seconds, self._agent_timeout)
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(turn, role, time.monotonic() + seconds)
        except TimeoutError:
            return TurnRefusal(code="timeout", detail=f"the turn took longer than {seconds:g} s")
        except LlmUnavailable as error:
            if error.timed_out:
                return TurnRefusal(code="timeout", detail=str(error)[:500])
            if error.rejected:
                return TurnRefusal(code="internal", detail=str(error)[:500])
            return TurnRefusal(code="provider_unavailable", detail=str(error)[:500], retry_after=error.retry_after)
        except Exception:
            LOGGER.exception("turn failed", extra={"workflow": turn.workflow, "step": turn.step})
            return TurnRefusal(code="internal", detail="the agent failed; its log says why")

    async def _answer(self, turn: TurnRequest, role: Role, deadline: float) -> TurnResponse | TurnRefusal:
        spending = Spending()
        repair: tuple[Message, ...] = ()
        wrong = Wrong("")
        for tries in range(REPAIRS + 1):
            if tries and spending.left <= 0:
                break
            answer = await self._llm.complete(render(role, turn, repair), deadline, spending)
            checked = self._check(answer, turn, role, spending)
            if isinstance(checked, TurnResponse):
                return checked
            wrong = checked
            self._metrics.repairs.inc()
            repair = (Answered(_shown(answer)), Said(f"That cannot be used: {wrong.reason}. Answer again."))
        return TurnRefusal(code="invalid_output", detail=wrong.reason[:1000])

    def _check(self, answer: LlmAnswer, turn: TurnRequest, role: Role, spending: Spending) -> TurnResponse | Wrong:
        if answer.tool_calls and turn.final:
            return Wrong("this was the last turn, which must give the output and call no tool")
        if answer.tool_calls:
            allowed, refused = _sorted(answer.tool_calls, role)
            self._metrics.refused_calls.inc(len(refused))
            return self._response(answer, spending, tool_calls=allowed, refused=refused)
        if answer.output is None:
            return Wrong("there was neither a tool call nor an output")
        fault = output_fault(answer.output, role.output_schema)
        if fault is not None:
            return Wrong(f"the output does not fit its schema: {fault}")
        return self._response(answer, spending, output=answer.output)

    @staticmethod
    def _response(
        answer: LlmAnswer,
        spending: Spending,
        *,
        tool_calls: tuple[ToolCall, ...] = (),
        refused: tuple[ToolCall, ...] = (),
        output: dict[str, Any] | None = None,
    ) -> TurnResponse:
        return storable(
            TurnResponse(
                tool_calls=tool_calls,
                refused=refused,
                output=output,
                text=answer.text,
                provider=answer.provider,
                model=answer.model,
                usage=spending.usage,
            )
        )


def _sorted(calls: tuple[ToolCall, ...], role: Role) -> tuple[tuple[ToolCall, ...], tuple[ToolCall, ...]]:
    names = allowed_tools(role.tools)
    allowed = [call for call in calls if call.name in names][:CALLS_PER_TURN]
    refused = [call for call in calls if call not in allowed]
    return tuple(allowed), tuple(refused)


def _shown(answer: LlmAnswer) -> str:
    said = answer.text or json.dumps(answer.output, default=str, ensure_ascii=False)
    if answer.tool_calls:
        said = f"{said} (called {', '.join(call.name for call in answer.tool_calls)})"
    return said[:SHOWN_CHARACTERS]
