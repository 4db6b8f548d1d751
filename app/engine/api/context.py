"""What the routes work with, and how they get at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends, Request

from app.engine.agents import AgentProbes
from app.engine.api.authentication import Principal
from app.engine.catalogue import Catalogue
from app.engine.metrics import EngineMetrics
from contract.api import Workflow
from contract.workflow import WorkflowTemplate

if TYPE_CHECKING:
    from app.database import Pool


@dataclass(frozen=True)
class Accepted:
    """A workflow that is stored. ``replayed``: by an earlier request with the same key."""

    workflow: Workflow
    replayed: bool


class Commands(Protocol):
    """What the API asks of the durable core."""

    async def submit(
        self,
        *,
        template: WorkflowTemplate,
        tenant: str,
        workflow_input: dict[str, Any],
        title: str,
        priority: int,
        key: str,
        body_hash: bytes,
        actor: str,
    ) -> Accepted:
        """Store a workflow under its idempotency key, in one transaction. Raises ``ApiError`` where the key forbids."""
        ...

    async def cancel(self, *, tenant: str, workflow_id: UUID, actor: str) -> None:
        """Cancel a workflow unless it is finished. Raises ``ApiError`` where there is none."""
        ...


class Checks(Protocol):
    """Readiness by name: ``ok``, or the reason why not."""

    async def __call__(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class ApiContext:
    """Everything that the API needs of the engine. ``pool`` is of login ``api``."""

    pool: "Pool"
    catalogue: Catalogue
    probes: AgentProbes
    metrics: EngineMetrics
    commands: Commands
    checks: Checks
    monitoring: bool


def api_of(request: Request) -> ApiContext:
    """The context that the application was made with."""
    context: ApiContext = request.app.state.api
    return context


def caller_of(request: Request) -> Principal:
    """The caller whom the gate let through."""
    principal: Principal = request.scope["state"]["principal"]
    return principal


Api = Annotated[ApiContext, Depends(api_of)]
Caller = Annotated[Principal, Depends(caller_of)]
