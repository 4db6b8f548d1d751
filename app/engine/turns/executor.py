"""Runs one step: asks the role's agent turn by turn, executes tools, checks everything, records each turn first.

A recorded turn is never asked for again: a retry or a takeover goes on after it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from app.conformance import output_fault
from app.engine.catalogue import PinnedRole
from app.engine.durable.ports import (
    CONSTRAINT_REFUSED,
    Audit,
    Completed,
    Failed,
    Journal,
    RecordedTurn,
    Requeue,
    StepOutcome,
    StepRun,
)
from app.engine.turns.link import AgentLost, AgentUnreachable
from app.engine.turns.measures import Measures
from app.engine.turns.tools import Tools
from app.engine.turns.transcript import transcript
from app.storable import storable
from contract.globs import matches
from contract.turn import TurnRefusal, TurnRequest, TurnResponse

LOGGER = logging.getLogger(__name__)
GRACE_SECONDS: Final = 10.0
"""How much longer than the agent's own limit its answer is waited for."""
REQUEST_BYTES: Final = 4_000_000
"""Below the agents' limit of 4 MiB."""
SHOWN_PATHS: Final = 2000
REQUEUED: Final = {"capacity": 1.0, "provider_unavailable": 5.0, "role_changed": 2.0}
"""Refusals that spend no attempt, with the delay where the agent names none."""


class TakesTurns(Protocol):
    """:class:`app.engine.turns.link.AgentLinks`, or a scripted agent."""

    async def take_turn(self, url: str, turn: TurnRequest, token: str, seconds: float) -> TurnResponse | TurnRefusal:
        """One call of ``take_turn``."""
        ...


class AgentExecutor:
    """:class:`app.engine.durable.ports.StepExecutor` over the agents."""

    def __init__(
        self,
        roles: Callable[[], Mapping[str, PinnedRole]],
        endpoints: Callable[[], Mapping[str, str]],
        agents: TakesTurns,
        mint: Callable[[TurnRequest], str],
        measures: Measures,
        agent_timeout: float,
    ) -> None:
        """``roles`` and ``endpoints`` are asked at every step, so that their files may change under it."""
        self._roles = roles
        self._endpoints = endpoints
        self._agents = agents
        self._mint = mint
        self._measures = measures
        self._agent_timeout = agent_timeout

    async def run(self, run: StepRun, journal: Journal) -> StepOutcome:
        """Run to an outcome; ends at once when cancelled."""
        try:
            outcome = await self._run(run, journal)
        except asyncio.CancelledError:
            self._measures.step_ended(run.role, "cancelled")
            raise
        except Exception:
            self._measures.step_ended(run.role, "failed")
            raise
        status = {Completed: "completed", Requeue: "requeued", Failed: "failed"}[type(outcome)]
        self._measures.step_ended(run.role, status)
        return outcome

    def limits(self) -> Mapping[str, int]:
        """:class:`app.engine.durable.ports.RoleLimits`: roles that have an agent, with their concurrency."""
        endpoints = self._endpoints()
        return {
            name: pinned.role.limits.concurrent_tasks for name, pinned in self._roles().items() if name in endpoints
        }

    async def _run(self, run: StepRun, journal: Journal) -> StepOutcome:
        pinned = self._roles().get(run.role)
        url = self._endpoints().get(run.role)
        if pinned is None or url is None:
            return Requeue(f"role {run.role} has no {'file' if pinned is None else 'agent'}", delay=5)
        if run.role_digest is not None and run.role_digest != pinned.digest:
            return Failed("role_changed", f"role {run.role} changed during the attempt", retryable=True)
        turns = list(run.turns)
        while True:
            ended = self._ended(turns, pinned)
            if ended is not None:
                return ended
            number = len(turns) + 1 if not turns else turns[-1].number + 1
            request = await self._request(run, journal, pinned, turns, number)
            answer = await self._ask(url, request, pinned)
            if not isinstance(answer, TurnResponse):
                return answer
            recorded, refused = await self._record(run, journal, pinned, number, answer)
            if refused is not None:
                return refused
            turns.append(recorded)

    @staticmethod
    def _ended(turns: list[RecordedTurn], pinned: PinnedRole) -> StepOutcome | None:
        """The outcome where the newest recorded turn answered, or no further turn is allowed."""
        if not turns:
            return None
        output = turns[-1].response.get("output")
        if output is not None:
            fault = output_fault(output, pinned.role.output_schema)
            if fault is None:
                return Completed(output)
            return Failed("invalid_output", fault, retryable=False)  # recorded under an older role
        if turns[-1].number >= pinned.role.limits.turns:
            return Failed("turns_exhausted", f"no output after {turns[-1].number} turns", retryable=False)
        return None

    async def _request(
        self, run: StepRun, journal: Journal, pinned: PinnedRole, turns: list[RecordedTurn], number: int
    ) -> TurnRequest:
        role = pinned.role
        paths = [info.path for info in await journal.list_artifacts() if matches(info.path, role.artifacts.read)]
        return TurnRequest(
            workflow=str(run.workflow),
            step=run.step,
            attempt=run.attempt,
            iteration=run.iteration,
            number=number,
            role=role.id,
            role_digest=pinned.digest,
            task=run.task,
            inputs=run.inputs,
            artifacts=tuple(paths[:SHOWN_PATHS]),
            feedback=run.feedback,
            transcript=transcript(turns),
            max_output_tokens=role.limits.output_tokens,
            final=number >= role.limits.turns,
        )

    async def _ask(self, url: str, request: TurnRequest, pinned: PinnedRole) -> TurnResponse | Requeue | Failed:
        size = len(request.model_dump_json().encode("utf-8", "replace"))
        if size > REQUEST_BYTES:
            return Failed("request_too_large", f"the turn's inputs are {size} bytes", retryable=False)
        seconds = min(pinned.role.limits.seconds, self._agent_timeout) + GRACE_SECONDS
        began = time.monotonic()
        try:
            answer = await self._agents.take_turn(url, request, self._mint(request), seconds)
        except AgentUnreachable as error:
            return Requeue(f"agent of role {request.role}: {error}", delay=2)
        except AgentLost as error:
            return Failed("agent_lost", str(error), retryable=True)
        except TimeoutError:
            return Failed("timeout", f"no answer within {seconds:g} s", retryable=True)
        finally:
            self._measures.turn_took(request.role, time.monotonic() - began)
        return _outcome(answer) if isinstance(answer, TurnRefusal) else storable(answer)

    async def _record(
        self, run: StepRun, journal: Journal, pinned: PinnedRole, number: int, answer: TurnResponse
    ) -> tuple[RecordedTurn, Failed | None]:
        actor = f"step:{run.step}"
        tools = Tools(pinned.role, journal, actor)
        done = await tools.execute(answer.tool_calls, answer.refused)
        fault = self._fault(answer, pinned, number)
        if fault is not None:
            LOGGER.warning("answer refused", extra={"workflow": str(run.workflow), "step": run.step, "reason": fault})
            done.audits.append(Audit(actor, CONSTRAINT_REFUSED, "output", {"role": pinned.role.id, "reason": fault}))
            answer = answer.model_copy(update={"output": None, "text": answer.text or "(an output that was refused)"})
        recorded = RecordedTurn(
            number, answer.model_dump(mode="json"), [result.model_dump(mode="json") for result in done.results]
        )
        writes = list(done.writes.values())
        await journal.record_turn(
            number, recorded.response, recorded.results, writes, answer.usage, done.audits, pinned.digest
        )
        return recorded, None if fault is None else Failed("invalid_output", fault, retryable=True)

    @staticmethod
    def _fault(answer: TurnResponse, pinned: PinnedRole, number: int) -> str | None:
        called = answer.tool_calls or answer.refused
        if answer.output is not None:
            if called:
                return "the agent gave an output and tool calls at once"
            return output_fault(answer.output, pinned.role.output_schema)
        if not called:
            return "the agent gave neither an output nor a tool call"
        return "the last turn called tools" if number >= pinned.role.limits.turns else None


def _outcome(refusal: TurnRefusal) -> Requeue | Failed:
    if refusal.code in REQUEUED:
        return Requeue(f"{refusal.code}: {refusal.detail}", refusal.retry_after or REQUEUED[refusal.code])
    return Failed(refusal.code, refusal.detail, retryable=True)
