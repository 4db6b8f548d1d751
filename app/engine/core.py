"""The durable core as the engine runs it: steps go to agents, commands come from the API."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from app.engine.api.commands import StoreCommands
from app.engine.durable.core import DurableCore, ReplicaSettings
from app.engine.durable.ports import RoleLimits, StepExecutor
from app.engine.durable.store import WorkflowStore
from app.engine.durable.timings import Timings
from app.engine.readiness import OK
from app.engine.service import Core, Foundation
from app.engine.turns.endpoints import EndpointsFile
from app.engine.turns.executor import AgentExecutor
from app.engine.turns.link import AgentLinks
from app.engine.turns.measures import EngineMeasures
from app.engine.turns.tokens import TokenMint


class EngineCore(StoreCommands):
    """A replica of the durable core with the API's commands: :class:`app.engine.service.Core`."""

    def __init__(self, core: DurableCore, store: WorkflowStore) -> None:
        super().__init__(store)
        self._core = core

    async def run(self) -> None:
        """Claim and execute until :meth:`stop`."""
        await self._core.run()

    def stop(self) -> None:
        """Claim nothing more; :meth:`run` ends once nothing is running here."""
        self._core.stop()

    def health(self) -> str:
        """``ok`` while the heartbeat is written in time."""
        return OK if self._core.alive else "no heartbeat within its lease: claims nothing"

    def replica(self) -> UUID | None:
        """The id under which it claims now; a lost lease gives it another."""
        return self._core.replica


@asynccontextmanager
async def durable_core(foundation: Foundation) -> AsyncGenerator[Core]:
    """The core whose steps are done by agents over MCP."""
    settings = foundation.settings
    async with AgentLinks() as links:
        executor = AgentExecutor(
            foundation.catalogue.roles,
            EndpointsFile(settings.agent_endpoints_file),
            links,
            TokenMint(settings.signing_key),
            EngineMeasures(foundation.metrics),
            settings.agent_timeout,
        )
        yield core_around(foundation, executor, executor.limits)


def core_around(
    foundation: Foundation, executor: StepExecutor, limits: RoleLimits, timings: Timings | None = None
) -> EngineCore:
    """The core with any executor; steps in hand get one whole turn to finish when it drains."""
    timings = timings or Timings(drain=foundation.settings.agent_timeout)
    settings = ReplicaSettings(foundation.settings.max_concurrent_workflows, limits, timings=timings)
    core = DurableCore(foundation.worker_pool, executor, settings)
    core.on_change(foundation.committed)
    return EngineCore(core, WorkflowStore(foundation.api_pool, core.wake))
