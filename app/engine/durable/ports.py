"""What the durable core and those around it say to one another: data classes and Protocols, no code that acts.

The core hands a :class:`StepRun` and a :class:`Journal` to a :class:`StepExecutor`, which answers with a
:data:`StepOutcome`. Execution is at least once, recording is exactly once: whatever the executor wants kept goes
through the journal or the outcome, and both are fenced, so that a run that lost its lease can write nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from contract.turn import Usage

CONSTRAINT_REFUSED: Final = "constraint.refused"
"""An :class:`Audit` with this action also becomes an event of the workflow."""


class LeaseLost(Exception):  # noqa: N818 - an outcome that callers name, not a fault
    """This run no longer owns its step: taken over, cancelled or settled. Stop: nothing more can be recorded."""

    def __init__(self, workflow: UUID, step: str, attempt: int) -> None:
        super().__init__(f"attempt {attempt} of step {step} of workflow {workflow} no longer owns it")
        self.workflow = workflow
        self.step = step
        self.attempt = attempt


@dataclass(frozen=True)
class RecordedTurn:
    """A turn that is already paid for and committed. ``response`` and ``results`` are contract.turn models as JSON."""

    number: int
    response: dict[str, Any]
    results: list[dict[str, Any]]


@dataclass(frozen=True)
class StepRun:
    """One run of one attempt at one step."""

    workflow: UUID
    tenant: str
    step: str
    role: str
    attempt: int
    """From 1 to the step's ``max_attempts``. A requeue or a takeover repeats the number, a retry raises it."""
    iteration: int
    """How often a review has sent this step back."""
    task: str
    """Already rendered: ``{{input.KEY}}`` is replaced."""
    inputs: dict[str, Any]
    """Outputs of needed steps by id; ``workflow`` holds the workflow's input."""
    feedback: dict[str, Any] | None
    """Output of the review that sent the work back."""
    role_digest: str | None
    """Pinned by this attempt's first recorded turn; None before. A retry starts unpinned."""
    turns: tuple[RecordedTurn, ...]
    """Turns recorded for this (workflow, step, iteration), in order: they survive retries."""


@dataclass(frozen=True)
class ArtifactWrite:
    """A file a turn writes. It is a draft until its step completes; a later write of the path replaces it."""

    path: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class ArtifactInfo:
    """A file as the step sees it: its own drafts over the newest committed versions."""

    path: str
    media_type: str
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal."""
    version: int
    """0 for a draft of this step, else the committed version, from 1."""
    step: str


@dataclass(frozen=True)
class Audit:
    """A line of the audit log: who did what to what. The tenant and time are the core's to add."""

    actor: str
    action: str
    object: str
    detail: dict[str, Any]


class Journal(Protocol):
    """What a running step may record and read. Fenced by (workflow, step, attempt): raises :class:`LeaseLost`."""

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
        """Commit one turn, its drafts, audit lines and events in one transaction, before the next turn begins.

        Recording the same number of the same iteration twice is refused with ``ValueError``.
        """
        ...

    async def list_artifacts(self) -> list[ArtifactInfo]:
        """Every path visible to this step, sorted by path."""
        ...

    async def read_artifact(self, path: str) -> bytes | None:
        """Content visible to this step at ``path``, or None where there is none."""
        ...


@dataclass(frozen=True)
class Completed:
    """The step is done. ``output`` feeds its successors and is what a review is judged by."""

    output: dict[str, Any]


@dataclass(frozen=True)
class Requeue:
    """Not now: capacity refused, circuit open. Runs again after ``delay`` seconds and spends no attempt."""

    reason: str
    delay: float


@dataclass(frozen=True)
class Failed:
    """The attempt failed. Where ``retryable`` and attempts are left, it is tried again after a back-off."""

    code: str
    """Stable, snake_case."""
    detail: str
    """One sentence for people, without secrets."""
    retryable: bool


StepOutcome = Completed | Requeue | Failed


class StepExecutor(Protocol):
    """Does a step's work. May be cancelled at any await, when the lease is lost or the process drains."""

    async def run(self, run: StepRun, journal: Journal) -> StepOutcome:
        """Run to an outcome. An exception counts as ``Failed("internal", …, retryable=True)``."""
        ...


class RoleLimits(Protocol):
    """How many steps of each role this replica may run at once; asked before every claim.

    A role that is missing from the answer is not claimed here at all.
    """

    def __call__(self) -> Mapping[str, int]: ...
